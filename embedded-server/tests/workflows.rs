//! Whole workflows, as a client and a worker see them.

use crate::support::*;
use temporal_bun_embedded_server::TimeMode;
use temporalio_protos::temporal::api::{
    command::v1::{
        CancelTimerCommandAttributes, ContinueAsNewWorkflowExecutionCommandAttributes,
        FailWorkflowExecutionCommandAttributes, RequestCancelActivityTaskCommandAttributes,
        RequestCancelExternalWorkflowExecutionCommandAttributes,
        ScheduleActivityTaskCommandAttributes, SignalExternalWorkflowExecutionCommandAttributes,
        command::Attributes,
    },
    common::v1::RetryPolicy,
    enums::v1::{
        EventType, ParentClosePolicy, QueryResultType, RetryState, TimeoutType,
        WorkflowExecutionStatus, WorkflowIdConflictPolicy, WorkflowIdReusePolicy,
    },
    failure::v1::{Failure, failure::FailureInfo},
    history::v1::history_event,
    query::v1::{WorkflowQuery, WorkflowQueryResult},
    workflowservice::v1::*,
};
use tonic::{Code, metadata::MetadataMap};

#[tokio::test]
async fn a_workflow_runs_an_activity_and_completes() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = step(&server, vec![schedule(activity("1"))]).await;
    assert_eq!(task.workflow_type.unwrap().name, "test");
    assert_eq!(task.previous_started_event_id, 0);
    let activity = poll_activity(&server).await;
    assert_eq!((activity.activity_id.as_str(), activity.attempt), ("1", 1));
    complete_activity(&server, activity.task_token).await;
    let task = step(&server, vec![complete()]).await;
    assert_eq!(task.previous_started_event_id, 3);
    let types: Vec<_> = history(&server, execution("w"))
        .await
        .iter()
        .map(|event| event.event_type())
        .collect();
    use EventType::*;
    assert_eq!(
        types,
        [
            WorkflowExecutionStarted,
            WorkflowTaskScheduled,
            WorkflowTaskStarted,
            WorkflowTaskCompleted,
            ActivityTaskScheduled,
            ActivityTaskStarted,
            ActivityTaskCompleted,
            WorkflowTaskScheduled,
            WorkflowTaskStarted,
            WorkflowTaskCompleted,
            WorkflowExecutionCompleted,
        ]
    );
    assert_eq!(
        status(&server, "w").await,
        WorkflowExecutionStatus::Completed
    );
}

#[tokio::test]
async fn time_jumps_to_a_timer_where_it_is_unlocked() {
    let server = server(TimeMode::Unlocked);
    start(&server, "w").await;
    step(&server, vec![timer("1", 365 * 24 * 3600), timer("2", 7)]).await;
    let task = poll(&server).await;
    let cancel = Attributes::CancelTimerCommandAttributes(CancelTimerCommandAttributes {
        timer_id: "1".to_owned(),
    });
    answer(&server, &task, vec![cancel, complete()])
        .await
        .unwrap();
    let events = history(&server, execution("w")).await;
    use EventType::*;
    assert_eq!(
        types(&events),
        [
            WorkflowExecutionStarted,
            TimerStarted,
            TimerStarted,
            TimerFired,
            TimerCanceled,
            WorkflowExecutionCompleted
        ]
    );
    let at = |index: usize| events[index].event_time.as_ref().unwrap().seconds;
    let passed = at(events.len() - 1) - at(0);
    assert!((7..60).contains(&passed), "{passed}");
}

#[tokio::test]
async fn locked_time_jumps_for_a_sleep_and_no_further() {
    let server = server(TimeMode::Locked);
    start(&server, "w").await;
    step(&server, vec![timer("soon", 3600), timer("late", 7200)]).await;
    let sleep = temporalio_protos::temporal::api::testservice::v1::SleepRequest {
        duration: seconds(5400),
    };
    let test_service = "temporal.api.testservice.v1.TestService";
    let request = prost::Message::encode_to_vec(&sleep);
    let metadata = MetadataMap::new();
    let sleeps = server.call(
        test_service,
        "UnlockTimeSkippingWithSleep",
        &metadata,
        &request,
    );
    // Time stands still at the first timer until its workflow task is answered.
    let works = async {
        step(&server, vec![]).await;
    };
    let (slept, ()) = tokio::join!(sleeps, works);
    slept.unwrap();
    let fired = history(&server, execution("w"))
        .await
        .into_iter()
        .filter(|event| event.event_type() == EventType::TimerFired)
        .count();
    assert_eq!(fired, 1);
}

#[tokio::test]
async fn an_activity_is_tried_again_until_its_policy_ends() {
    let server = server(TimeMode::Unlocked);
    start(&server, "w").await;
    let activity = ScheduleActivityTaskCommandAttributes {
        retry_policy: Some(RetryPolicy {
            maximum_attempts: 3,
            ..Default::default()
        }),
        ..activity("1")
    };
    step(&server, vec![schedule(activity)]).await;
    for attempt in 1..=3 {
        let task = poll_activity(&server).await;
        assert_eq!(task.attempt, attempt);
        fail_activity(&server, task.task_token).await;
    }
    step(&server, vec![complete()]).await;
    let events = history(&server, execution("w")).await;
    let failed = events
        .iter()
        .find_map(|event| match &event.attributes {
            Some(history_event::Attributes::ActivityTaskFailedEventAttributes(failed)) => {
                Some(failed)
            }
            _ => None,
        })
        .unwrap();
    assert_eq!(failed.retry_state(), RetryState::MaximumAttemptsReached);
    let started = &events[failed.started_event_id as usize - 1];
    assert!(matches!(
        &started.attributes,
        Some(history_event::Attributes::ActivityTaskStartedEventAttributes(started))
            if started.attempt == 3 && started.last_failure.is_some()
    ));
}

/// The type of the timeout that ends an activity which nobody takes.
async fn timeout_of(activity: ScheduleActivityTaskCommandAttributes) -> TimeoutType {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![schedule(activity)]).await;
    step(&server, vec![complete()]).await;
    let events = history(&server, execution("w")).await;
    let timed_out = events
        .iter()
        .find_map(|event| match &event.attributes {
            Some(history_event::Attributes::ActivityTaskTimedOutEventAttributes(timed_out)) => {
                timed_out.failure.as_ref()?.failure_info.as_ref()
            }
            _ => None,
        })
        .unwrap();
    match timed_out {
        FailureInfo::TimeoutFailureInfo(info) => info.timeout_type(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_activity_that_nobody_takes_times_out() {
    let limit = Some(prost_types::Duration {
        seconds: 0,
        nanos: 20_000_000,
    });
    let to_start = ScheduleActivityTaskCommandAttributes {
        schedule_to_start_timeout: limit,
        ..activity("1")
    };
    assert_eq!(timeout_of(to_start).await, TimeoutType::ScheduleToStart);
    let to_close = ScheduleActivityTaskCommandAttributes {
        schedule_to_close_timeout: limit,
        ..activity("1")
    };
    // As nobody starts it until then.
    assert_eq!(timeout_of(to_close).await, TimeoutType::ScheduleToStart);
}

#[tokio::test]
async fn an_activity_that_has_not_started_is_cancelled_at_once() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![schedule(activity("1")), timer("2", 3600)]).await;
    signal(&server, "w", "go").await;
    let cancel = Attributes::RequestCancelActivityTaskCommandAttributes(
        RequestCancelActivityTaskCommandAttributes {
            scheduled_event_id: 5,
        },
    );
    step(&server, vec![cancel]).await;
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("w")).await),
        [
            WorkflowExecutionStarted,
            ActivityTaskScheduled,
            TimerStarted,
            WorkflowExecutionSignaled,
            ActivityTaskCancelRequested,
            ActivityTaskCanceled,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn a_completion_fails_if_a_signal_came_meanwhile() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = poll(&server).await;
    signal(&server, "w", "late").await;
    let refused = answer(&server, &task, vec![complete()]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(refused.message(), "UnhandledCommand");
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("w")).await),
        [
            WorkflowExecutionStarted,
            WorkflowTaskFailed,
            WorkflowExecutionSignaled,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn a_wrong_command_fails_the_task_and_changes_nothing() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = poll(&server).await;
    let refused = answer(&server, &task, vec![timer("1", 1), timer("1", 2)])
        .await
        .unwrap_err();
    assert!(
        refused.message().starts_with("StartTimerDuplicateId: "),
        "{refused}"
    );
    let again = poll(&server).await;
    assert_eq!(again.attempt, 2);
    answer(&server, &again, vec![complete()]).await.unwrap();
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("w")).await),
        [
            WorkflowExecutionStarted,
            WorkflowTaskFailed,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn a_task_that_is_refused_again_is_left_to_time_out() {
    let server = server(TimeMode::Unlocked);
    start(&server, "w").await;
    let wrong = || vec![timer("1", 1), timer("1", 2)];
    let mut waits = Vec::new();
    let mut last = 0;
    for attempt in 1..=6 {
        let task = poll(&server).await;
        assert_eq!(task.attempt, attempt);
        let started_at = task.started_time.unwrap().seconds;
        waits.push(started_at - std::mem::replace(&mut last, started_at));
        let refused = answer(&server, &task, wrong()).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    // The first one fails, and is tried again at once. The others time out.
    assert_eq!(waits[1..], [0, 10, 10, 15, 20]);
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("w")).await),
        [
            WorkflowExecutionStarted,
            WorkflowTaskFailed,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn a_parent_learns_how_its_child_ended() {
    let server = server(TimeMode::Real);
    start(&server, "parent").await;
    step(&server, vec![child("child")]).await;
    let task = step(&server, vec![complete()]).await;
    assert_eq!(task.workflow_type.unwrap().name, "child");
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("parent")).await),
        [
            WorkflowExecutionStarted,
            StartChildWorkflowExecutionInitiated,
            ChildWorkflowExecutionStarted,
            ChildWorkflowExecutionCompleted,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn the_end_of_a_parent_terminates_its_child() {
    let server = server(TimeMode::Real);
    start(&server, "parent").await;
    step(&server, vec![child("child"), complete()]).await;
    // The child of a parent that has ended by then does not start.
    let missing = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("child"),
    };
    let missing = call::<_, DescribeWorkflowExecutionResponse>(&server, missing).await;
    assert_eq!(missing.unwrap_err().code(), Code::NotFound);
    start(&server, "second").await;
    step(&server, vec![child("child")]).await;
    let task = poll(&server).await;
    answer(&server, &task, vec![]).await.unwrap();
    let task = poll(&server).await;
    let parent = task.workflow_type.as_ref().unwrap().name == "test";
    answer(
        &server,
        &task,
        if parent { vec![complete()] } else { vec![] },
    )
    .await
    .unwrap();
    if !parent {
        signal(&server, "second", "end").await;
        step(&server, vec![complete()]).await;
    }
    assert_eq!(
        status(&server, "child").await,
        WorkflowExecutionStatus::Terminated
    );
}

#[tokio::test]
async fn a_signal_to_nobody_fails() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let send = Attributes::SignalExternalWorkflowExecutionCommandAttributes(
        SignalExternalWorkflowExecutionCommandAttributes {
            execution: execution("nobody"),
            signal_name: "hey".to_owned(),
            ..Default::default()
        },
    );
    step(&server, vec![send]).await;
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("w")).await),
        [
            WorkflowExecutionStarted,
            SignalExternalWorkflowExecutionInitiated,
            SignalExternalWorkflowExecutionFailed,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn a_run_that_continues_as_new_is_followed_by_one_of_the_same_chain() {
    let server = server(TimeMode::Unlocked);
    let first = start(&server, "w").await;
    let again = Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(
        ContinueAsNewWorkflowExecutionCommandAttributes {
            input: payloads("next"),
            ..Default::default()
        },
    );
    step(&server, vec![again]).await;
    let task = step(&server, vec![complete()]).await;
    let events = task.history.unwrap().events;
    let Some(history_event::Attributes::WorkflowExecutionStartedEventAttributes(started)) =
        &events[0].attributes
    else {
        panic!("{events:?}");
    };
    assert_eq!(started.continued_execution_run_id, first.run_id);
    assert_eq!(started.first_execution_run_id, first.run_id);
    assert_eq!(started.input, payloads("next"));
    assert_ne!(task.workflow_execution.unwrap().run_id, first.run_id);
}

#[tokio::test]
async fn a_workflow_that_fails_is_tried_again() {
    let server = server(TimeMode::Unlocked);
    let request = StartWorkflowExecutionRequest {
        retry_policy: Some(RetryPolicy {
            maximum_attempts: 2,
            ..Default::default()
        }),
        ..start_request("w")
    };
    let _: StartWorkflowExecutionResponse = call(&server, request).await.unwrap();
    let fail = || {
        Attributes::FailWorkflowExecutionCommandAttributes(FailWorkflowExecutionCommandAttributes {
            failure: Some(Failure::default()),
        })
    };
    step(&server, vec![fail()]).await;
    let task = step(&server, vec![fail()]).await;
    assert!(matches!(
        &task.history.unwrap().events[0].attributes,
        Some(history_event::Attributes::WorkflowExecutionStartedEventAttributes(started))
            if started.attempt == 2 && started.continued_failure.is_some()
    ));
    assert_eq!(status(&server, "w").await, WorkflowExecutionStatus::Failed);
}

#[tokio::test]
async fn a_run_times_out() {
    let server = server(TimeMode::Unlocked);
    let request = StartWorkflowExecutionRequest {
        workflow_run_timeout: seconds(3600),
        ..start_request("w")
    };
    let _: StartWorkflowExecutionResponse = call(&server, request).await.unwrap();
    step(&server, vec![timer("1", 7200)]).await;
    assert_eq!(
        status(&server, "w").await,
        WorkflowExecutionStatus::TimedOut
    );
}

#[tokio::test]
async fn a_second_start_does_what_the_policies_say() {
    let server = server(TimeMode::Real);
    let first = start(&server, "w").await;
    let second = call::<_, StartWorkflowExecutionResponse>(&server, start_request("w")).await;
    assert_eq!(second.unwrap_err().code(), Code::AlreadyExists);
    let existing = StartWorkflowExecutionRequest {
        workflow_id_conflict_policy: WorkflowIdConflictPolicy::UseExisting as i32,
        ..start_request("w")
    };
    let existing: StartWorkflowExecutionResponse = call(&server, existing).await.unwrap();
    assert_eq!((existing.run_id, existing.started), (first.run_id, false));
    let other = StartWorkflowExecutionRequest {
        workflow_id_conflict_policy: WorkflowIdConflictPolicy::TerminateExisting as i32,
        ..start_request("w")
    };
    let other: StartWorkflowExecutionResponse = call(&server, other).await.unwrap();
    assert!(other.started);
    step(&server, vec![complete()]).await;
    let rejected = StartWorkflowExecutionRequest {
        workflow_id_reuse_policy: WorkflowIdReusePolicy::RejectDuplicate as i32,
        ..start_request("w")
    };
    let rejected = call::<_, StartWorkflowExecutionResponse>(&server, rejected).await;
    assert_eq!(rejected.unwrap_err().code(), Code::AlreadyExists);
}

#[tokio::test]
async fn a_query_gets_a_task_of_its_own_or_goes_with_one() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let query = || QueryWorkflowRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        query: Some(WorkflowQuery {
            query_type: "q".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let with_task = async {
        let task = poll(&server).await;
        let queries = task.queries.keys().cloned();
        let request = RespondWorkflowTaskCompletedRequest {
            task_token: task.task_token.clone(),
            query_results: queries
                .map(|id| {
                    let result = WorkflowQueryResult {
                        result_type: QueryResultType::Answered as i32,
                        answer: payloads("first"),
                        ..Default::default()
                    };
                    (id, result)
                })
                .collect(),
            ..Default::default()
        };
        let _: RespondWorkflowTaskCompletedResponse = call(&server, request).await.unwrap();
    };
    let (answered, ()) = tokio::join!(call(&server, query()), with_task);
    let answered: QueryWorkflowResponse = answered.unwrap();
    assert_eq!(answered.query_result, payloads("first"));
    let alone = async {
        let task = poll(&server).await;
        assert_eq!(task.query.unwrap().query_type, "q");
        let request = RespondQueryTaskCompletedRequest {
            task_token: task.task_token,
            completed_type: QueryResultType::Failed as i32,
            error_message: "no".to_owned(),
            ..Default::default()
        };
        let _: RespondQueryTaskCompletedResponse = call(&server, request).await.unwrap();
    };
    let (failed, ()) = tokio::join!(call::<_, QueryWorkflowResponse>(&server, query()), alone);
    let failed = failed.unwrap_err();
    assert_eq!(
        (failed.code(), failed.message()),
        (Code::InvalidArgument, "no")
    );
}

#[tokio::test]
async fn lists_are_filtered_by_queries() {
    let server = server(TimeMode::Real);
    start(&server, "one").await;
    step(&server, vec![complete()]).await;
    start(&server, "two").await;
    let ids = async |query: &str| -> Result<Vec<String>, tonic::Status> {
        let request = ListWorkflowExecutionsRequest {
            namespace: NAMESPACE.to_owned(),
            query: query.to_owned(),
            ..Default::default()
        };
        let listed: ListWorkflowExecutionsResponse = call(&server, request).await?;
        let executions = listed.executions.into_iter();
        Ok(executions
            .map(|info| info.execution.unwrap().workflow_id)
            .collect())
    };
    assert_eq!(ids("").await.unwrap(), ["two", "one"]);
    assert_eq!(ids("ExecutionStatus = 'Completed'").await.unwrap(), ["one"]);
    assert_eq!(
        ids("WorkflowType = 'test' AND WorkflowId STARTS_WITH 'tw'")
            .await
            .unwrap(),
        ["two"]
    );
    assert_eq!(ids("CloseTime IS NULL").await.unwrap(), ["two"]);
    let unknown = ids("Foo = 1").await.unwrap_err();
    assert_eq!(
        unknown.message(),
        "invalid query: invalid expression: column name 'Foo' is not a valid search attribute"
    );
}

#[tokio::test]
async fn what_is_not_served_names_itself() {
    let server = server(TimeMode::Real);
    let service = "temporal.api.workflowservice.v1.WorkflowService";
    let error = server
        .call(service, "CreateWorkflowRule", &MetadataMap::new(), &[])
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
    assert!(
        error
            .message()
            .contains("WorkflowService/CreateWorkflowRule"),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_run_asks_of_others_with_its_end_goes_nowhere() {
    let server = server(TimeMode::Real);
    start(&server, "target").await;
    step(&server, vec![]).await;
    start(&server, "w").await;
    let target = || execution("target");
    let mut abandoned = child("child");
    if let Attributes::StartChildWorkflowExecutionCommandAttributes(child) = &mut abandoned {
        child.parent_close_policy = ParentClosePolicy::Abandon as i32;
    }
    #[allow(deprecated)]
    let commands = vec![
        abandoned,
        Attributes::SignalExternalWorkflowExecutionCommandAttributes(
            SignalExternalWorkflowExecutionCommandAttributes {
                execution: target(),
                signal_name: "s".to_owned(),
                ..Default::default()
            },
        ),
        Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(
            RequestCancelExternalWorkflowExecutionCommandAttributes {
                workflow_id: "target".to_owned(),
                ..Default::default()
            },
        ),
        complete(),
    ];
    step(&server, commands).await;
    assert_eq!(
        types(&history(&server, target()).await),
        [EventType::WorkflowExecutionStarted]
    );
    let request = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("child"),
    };
    let missing = call::<_, DescribeWorkflowExecutionResponse>(&server, request)
        .await
        .unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
}

#[tokio::test]
async fn a_workflow_cannot_send_itself_anything() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let signal = SignalExternalWorkflowExecutionCommandAttributes {
        execution: execution("w"),
        signal_name: "s".to_owned(),
        ..Default::default()
    };
    step(
        &server,
        vec![Attributes::SignalExternalWorkflowExecutionCommandAttributes(signal)],
    )
    .await;
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("w")).await),
        [
            WorkflowExecutionStarted,
            SignalExternalWorkflowExecutionInitiated,
            SignalExternalWorkflowExecutionFailed
        ]
    );
}
