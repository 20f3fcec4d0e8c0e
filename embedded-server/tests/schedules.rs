//! Schedules, as a client and a worker see them.

use crate::support::*;
use temporal_bun_embedded_server::{Config, Server, TimeMode};
use temporalio_protos::temporal::api::{
    command::v1::{FailWorkflowExecutionCommandAttributes, command::Attributes},
    enums::v1::{ScheduleOverlapPolicy as Overlap, WorkflowExecutionStatus},
    failure::v1::Failure,
    schedule::v1::{
        BackfillRequest, CalendarSpec, IntervalSpec, Schedule, ScheduleAction, SchedulePatch,
        SchedulePolicies, ScheduleSpec, ScheduleState, TriggerImmediatelyRequest, schedule_action,
    },
    testservice::v1::{SleepRequest, SleepResponse},
    workflow::v1::NewWorkflowExecutionInfo,
    workflowservice::v1::*,
};
use tonic::{Code, metadata::MetadataMap};

const ID: &str = "schedule";

fn hourly(overlap: Overlap) -> Schedule {
    Schedule {
        spec: Some(ScheduleSpec {
            interval: vec![IntervalSpec {
                interval: seconds(3600),
                phase: None,
            }],
            ..Default::default()
        }),
        action: Some(ScheduleAction {
            action: Some(schedule_action::Action::StartWorkflow(
                NewWorkflowExecutionInfo {
                    workflow_id: "scheduled".to_owned(),
                    workflow_type: workflow_type("test"),
                    task_queue: queue(),
                    ..Default::default()
                },
            )),
        }),
        policies: Some(SchedulePolicies {
            overlap_policy: overlap as i32,
            ..Default::default()
        }),
        state: None,
    }
}

fn create_request(schedule: Schedule) -> CreateScheduleRequest {
    CreateScheduleRequest {
        namespace: NAMESPACE.to_owned(),
        schedule_id: ID.to_owned(),
        schedule: Some(schedule),
        request_id: "request".to_owned(),
        ..Default::default()
    }
}

async fn create(server: &Server, schedule: Schedule) {
    let _: CreateScheduleResponse = call(server, create_request(schedule)).await.unwrap();
}

async fn describe(server: &Server) -> DescribeScheduleResponse {
    let request = DescribeScheduleRequest {
        namespace: NAMESPACE.to_owned(),
        schedule_id: ID.to_owned(),
    };
    call(server, request).await.unwrap()
}

async fn patch(server: &Server, patch: SchedulePatch) {
    let request = PatchScheduleRequest {
        namespace: NAMESPACE.to_owned(),
        schedule_id: ID.to_owned(),
        patch: Some(patch),
        ..Default::default()
    };
    let _: PatchScheduleResponse = call(server, request).await.unwrap();
}

async fn sleep(server: &Server, length: i64) {
    let request = SleepRequest {
        duration: seconds(length),
    };
    let service = "temporal.api.testservice.v1.TestService";
    let method = "UnlockTimeSkippingWithSleep";
    let bytes = prost::Message::encode_to_vec(&request);
    let response = server
        .call(service, method, &MetadataMap::new(), &bytes)
        .await
        .unwrap();
    let _: SleepResponse = prost::Message::decode(response.as_slice()).unwrap();
}

#[tokio::test]
async fn the_times_of_a_schedule_start_workflows() {
    let server = server(TimeMode::Unlocked);
    create(&server, hourly(Overlap::AllowAll)).await;
    let first = poll(&server).await;
    let id = first.workflow_execution.clone().unwrap().workflow_id;
    // The time is in the id, in whole seconds of UTC.
    assert!(id.starts_with("scheduled-20"), "{id}");
    assert!(id.ends_with(":00:00Z"), "{id}");
    answer(&server, &first, vec![complete()]).await.unwrap();
    let second = poll(&server).await;
    let fields = describe_run(&server, &second).await;
    let names: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert!(
        names.contains(&("TemporalScheduledById", "\"schedule\"")),
        "{names:?}"
    );
    let info = describe(&server).await.info.unwrap();
    assert_eq!(info.action_count, 2);
    assert_eq!(info.future_action_times.len(), 10);
    let statuses: Vec<_> = info
        .recent_actions
        .iter()
        .map(|action| action.start_workflow_status())
        .collect();
    assert_eq!(
        statuses,
        [
            WorkflowExecutionStatus::Completed,
            WorkflowExecutionStatus::Running
        ]
    );
}

/// The search attributes of a task's run, with their JSON.
async fn describe_run(
    server: &Server,
    task: &PollWorkflowTaskQueueResponse,
) -> Vec<(String, String)> {
    let request = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: task.workflow_execution.clone(),
    };
    let described: DescribeWorkflowExecutionResponse = call(server, request).await.unwrap();
    let info = described.workflow_execution_info.unwrap();
    info.search_attributes
        .unwrap()
        .indexed_fields
        .into_iter()
        .map(|(name, payload)| (name, String::from_utf8(payload.data).unwrap()))
        .collect()
}

#[tokio::test]
async fn a_time_that_meets_a_run_is_skipped_and_time_does_not_stand_still_for_it() {
    let server = server(TimeMode::Locked);
    create(&server, hourly(Overlap::Skip)).await;
    patch(&server, trigger(Overlap::Unspecified)).await;
    // The run waits for a signal.
    let _ = step(&server, vec![]).await;
    sleep(&server, 3 * 3600).await;
    let info = describe(&server).await.info.unwrap();
    assert_eq!(info.action_count, 1);
    assert_eq!(info.overlap_skipped, 3);
    assert_eq!(info.running_workflows.len(), 1);
}

fn trigger(overlap: Overlap) -> SchedulePatch {
    SchedulePatch {
        trigger_immediately: Some(TriggerImmediatelyRequest {
            overlap_policy: overlap as i32,
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_buffered_action_starts_when_the_run_ends() {
    let server = server(TimeMode::Locked);
    create(&server, hourly(Overlap::BufferOne)).await;
    patch(&server, trigger(Overlap::Unspecified)).await;
    let first = poll(&server).await;
    sleep_a_little_later(&server).await;
    patch(&server, trigger(Overlap::Unspecified)).await;
    patch(&server, trigger(Overlap::Unspecified)).await;
    let info = describe(&server).await.info.unwrap();
    assert_eq!((info.buffer_size, info.overlap_skipped), (1, 1));
    answer(&server, &first, vec![complete()]).await.unwrap();
    let second = poll(&server).await;
    assert_ne!(first.workflow_execution, second.workflow_execution);
    let info = describe(&server).await.info.unwrap();
    assert_eq!((info.buffer_size, info.action_count), (0, 2));
}

/// The ids of runs have the second in which they started.
async fn sleep_a_little_later(server: &Server) {
    sleep(server, 2).await;
}

#[tokio::test]
async fn another_action_cancels_or_terminates_the_run_before() {
    let server = server(TimeMode::Locked);
    create(&server, hourly(Overlap::TerminateOther)).await;
    patch(&server, trigger(Overlap::Unspecified)).await;
    let first = poll(&server).await;
    sleep_a_little_later(&server).await;
    patch(&server, trigger(Overlap::Unspecified)).await;
    assert_eq!(
        last_event(&server, &first).await,
        temporalio_protos::temporal::api::enums::v1::EventType::WorkflowExecutionTerminated
    );
    let second = poll(&server).await;
    answer(&server, &second, vec![]).await.unwrap();
    sleep_a_little_later(&server).await;
    patch(&server, trigger(Overlap::CancelOther)).await;
    let asked = poll(&server).await;
    assert_eq!(asked.workflow_execution, second.workflow_execution);
    let cancelled = Attributes::CancelWorkflowExecutionCommandAttributes(Default::default());
    answer(&server, &asked, vec![cancelled]).await.unwrap();
    let third = poll(&server).await;
    assert_ne!(third.workflow_execution, second.workflow_execution);
}

async fn last_event(
    server: &Server,
    task: &PollWorkflowTaskQueueResponse,
) -> temporalio_protos::temporal::api::enums::v1::EventType {
    let events = history(server, task.workflow_execution.clone()).await;
    events.last().unwrap().event_type()
}

#[tokio::test]
async fn a_paused_schedule_does_nothing_until_it_goes_on() {
    let server = server(TimeMode::Locked);
    let mut schedule = hourly(Overlap::AllowAll);
    schedule.state = Some(ScheduleState {
        paused: true,
        notes: "not yet".to_owned(),
        ..Default::default()
    });
    create(&server, schedule).await;
    sleep(&server, 2 * 3600).await;
    let described = describe(&server).await;
    let info = described.info.unwrap();
    assert_eq!(info.action_count, 0);
    assert_eq!(info.future_action_times.len(), 10);
    patch(
        &server,
        SchedulePatch {
            unpause: "now".to_owned(),
            ..Default::default()
        },
    )
    .await;
    let state = describe(&server).await.schedule.unwrap().state.unwrap();
    assert_eq!((state.paused, state.notes.as_str()), (false, "now"));
    // Time stands still until the run has had its workflow task.
    tokio::join!(sleep(&server, 3600), step(&server, vec![complete()]));
    assert_eq!(describe(&server).await.info.unwrap().action_count, 1);
}

#[tokio::test]
async fn a_backfill_starts_what_was_missed() {
    let server = server(TimeMode::Locked);
    create(&server, hourly(Overlap::Skip)).await;
    let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    patch(
        &server,
        SchedulePatch {
            backfill_request: vec![BackfillRequest {
                start_time: time(1_704_067_200),
                end_time: time(1_704_067_200 + 2 * 3600),
                overlap_policy: Overlap::AllowAll as i32,
            }],
            ..Default::default()
        },
    )
    .await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let task = step(&server, vec![complete()]).await;
        ids.push(task.workflow_execution.unwrap().workflow_id);
    }
    assert_eq!(
        ids,
        [
            "scheduled-2024-01-01T00:00:00Z",
            "scheduled-2024-01-01T01:00:00Z",
            "scheduled-2024-01-01T02:00:00Z"
        ]
    );
}

#[tokio::test]
async fn a_limit_of_actions_ends_a_schedule_and_a_failure_pauses_one() {
    let server = server(TimeMode::Unlocked);
    let mut schedule = hourly(Overlap::Skip);
    schedule.state = Some(ScheduleState {
        limited_actions: true,
        remaining_actions: 1,
        ..Default::default()
    });
    schedule.policies.as_mut().unwrap().pause_on_failure = true;
    create(&server, schedule).await;
    let failure = Failure {
        message: "broken".to_owned(),
        ..Default::default()
    };
    let fail = Attributes::FailWorkflowExecutionCommandAttributes(
        FailWorkflowExecutionCommandAttributes {
            failure: Some(failure),
        },
    );
    let task = step(&server, vec![fail]).await;
    let id = task.workflow_execution.unwrap().workflow_id;
    let described = describe(&server).await;
    let state = described.schedule.unwrap().state.unwrap();
    assert_eq!(state.remaining_actions, 0);
    assert_eq!(
        state.notes,
        format!("paused due to workflow failure: {id}: broken")
    );
    assert_eq!(described.info.unwrap().action_count, 1);
}

#[tokio::test]
async fn an_update_takes_the_place_of_a_schedule_unless_another_came_first() {
    let server = server(TimeMode::Locked);
    create(&server, hourly(Overlap::Skip)).await;
    let update = |token: &[u8], notes: &str| UpdateScheduleRequest {
        namespace: NAMESPACE.to_owned(),
        schedule_id: ID.to_owned(),
        schedule: Some(Schedule {
            spec: Some(ScheduleSpec {
                calendar: vec![CalendarSpec {
                    hour: "5".to_owned(),
                    ..Default::default()
                }],
                ..Default::default()
            }),
            state: Some(ScheduleState {
                notes: notes.to_owned(),
                ..Default::default()
            }),
            ..hourly(Overlap::Skip)
        }),
        conflict_token: token.to_vec(),
        ..Default::default()
    };
    let token = describe(&server).await.conflict_token;
    for notes in ["first", "second"] {
        let _: UpdateScheduleResponse = call(&server, update(&token, notes)).await.unwrap();
    }
    let schedule = describe(&server).await.schedule.unwrap();
    assert_eq!(schedule.state.unwrap().notes, "first");
    let spec = schedule.spec.unwrap();
    assert_eq!(spec.interval, []);
    assert_eq!(spec.structured_calendar[0].hour[0].start, 5);
}

#[tokio::test]
async fn schedules_are_listed_by_queries_and_forgotten_when_deleted() {
    let server = server(TimeMode::Locked);
    create(&server, hourly(Overlap::Skip)).await;
    let list = |query: &str| ListSchedulesRequest {
        namespace: NAMESPACE.to_owned(),
        query: query.to_owned(),
        ..Default::default()
    };
    for (query, count) in [
        ("", 1),
        ("TemporalSchedulePaused = true", 0),
        (
            "TemporalSchedulePaused = false AND ScheduleId = 'schedule'",
            1,
        ),
    ] {
        let listed: ListSchedulesResponse = call(&server, list(query)).await.unwrap();
        assert_eq!(listed.schedules.len(), count, "{query}");
    }
    let delete = DeleteScheduleRequest {
        namespace: NAMESPACE.to_owned(),
        schedule_id: ID.to_owned(),
        ..Default::default()
    };
    let _: DeleteScheduleResponse = call(&server, delete).await.unwrap();
    let request = DescribeScheduleRequest {
        namespace: NAMESPACE.to_owned(),
        schedule_id: ID.to_owned(),
    };
    let error = call::<_, DescribeScheduleResponse>(&server, request)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::NotFound, "schedule not found")
    );
    let listed: ListSchedulesResponse = call(&server, list("")).await.unwrap();
    assert_eq!(listed.schedules, []);
}

#[tokio::test]
async fn wrong_schedules_are_refused_in_the_words_of_the_real_server() {
    let server = Server::new(Config::default());
    let error = async |request| {
        let error = call::<_, CreateScheduleResponse>(&server, request)
            .await
            .unwrap_err();
        (error.code(), error.message().to_owned())
    };
    let mut request = create_request(hourly(Overlap::Skip));
    request.request_id.clear();
    assert_eq!(
        error(request).await,
        (
            Code::InvalidArgument,
            "RequestId is not set on request.".to_owned()
        )
    );
    let mut schedule = hourly(Overlap::Skip);
    schedule.spec.as_mut().unwrap().cron_string = vec!["99 * * * *".to_owned()];
    assert_eq!(
        error(create_request(schedule)).await,
        (
            Code::InvalidArgument,
            "Invalid schedule spec: Minute is not in range [0-59]".to_owned()
        )
    );
    create(&server, hourly(Overlap::Skip)).await;
    let mut request = create_request(hourly(Overlap::Skip));
    request.request_id = "another".to_owned();
    let (code, message) = error(request).await;
    assert_eq!(code, Code::AlreadyExists);
    assert!(message.starts_with(
        "Workflow execution is already running. WorkflowId: temporal-sys-scheduler:schedule, RunId: "
    ));
}
