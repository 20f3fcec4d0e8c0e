//! Standalone activities, which a client starts by itself.

use crate::support::*;
use prost::Message;
use temporal_bun_embedded_server::{Config, Fault, ScheduleConfig, Server, TimeMode};
use temporalio_protos::{
    google,
    temporal::api::{
        activity::v1::{ActivityExecutionInfo, activity_execution_outcome::Value},
        common::v1::{Payloads, RetryPolicy},
        enums::v1::{
            ActivityExecutionStatus as Status, ActivityIdConflictPolicy, ActivityIdReusePolicy,
            PendingActivityState, RetryState, TimeoutType,
        },
        errordetails::v1::ActivityExecutionAlreadyStartedFailure,
        failure::v1::{Failure, failure::FailureInfo},
        workflowservice::v1::*,
    },
};
use tonic::Code;

fn request(id: &str) -> StartActivityExecutionRequest {
    StartActivityExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: id.to_owned(),
        activity_type: activity_type("act"),
        task_queue: queue(),
        start_to_close_timeout: seconds(60),
        input: payloads("input"),
        ..Default::default()
    }
}

async fn start_activity(
    server: &Server,
    request: StartActivityExecutionRequest,
) -> Result<StartActivityExecutionResponse, tonic::Status> {
    call(server, request).await
}

async fn started(server: &Server, request: StartActivityExecutionRequest) -> String {
    start_activity(server, request).await.unwrap().run_id
}

async fn describe(server: &Server, id: &str) -> DescribeActivityExecutionResponse {
    let request = DescribeActivityExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: id.to_owned(),
        include_input: true,
        include_outcome: true,
        include_heartbeat_details: true,
        include_last_failure: true,
        ..Default::default()
    };
    call(server, request).await.unwrap()
}

async fn info(server: &Server, id: &str) -> ActivityExecutionInfo {
    describe(server, id).await.info.unwrap()
}

/// Waits for the outcome: the result, or the failure and the reason why there is no further attempt.
async fn outcome(server: &Server, id: &str) -> Result<Payloads, (Failure, RetryState)> {
    let request = PollActivityExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: id.to_owned(),
        ..Default::default()
    };
    let response: PollActivityExecutionResponse = call(server, request).await.unwrap();
    let outcome = response.outcome.unwrap();
    let state = outcome.retry_state();
    match outcome.value.unwrap() {
        Value::Result(result) => Ok(result),
        Value::Failure(failure) => Err((failure, state)),
    }
}

async fn cancel(server: &Server, id: &str, request_id: &str) -> Result<(), tonic::Status> {
    let request = RequestCancelActivityExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: id.to_owned(),
        identity: "me".to_owned(),
        request_id: request_id.to_owned(),
        reason: "enough".to_owned(),
        ..Default::default()
    };
    let _: RequestCancelActivityExecutionResponse = call(server, request).await?;
    Ok(())
}

async fn terminate(server: &Server, id: &str, request_id: &str) -> Result<(), tonic::Status> {
    let request = TerminateActivityExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: id.to_owned(),
        identity: "me".to_owned(),
        request_id: request_id.to_owned(),
        reason: "stop".to_owned(),
        ..Default::default()
    };
    let _: TerminateActivityExecutionResponse = call(server, request).await?;
    Ok(())
}

async fn heartbeat(server: &Server, task_token: Vec<u8>, details: &str) -> bool {
    let request = RecordActivityTaskHeartbeatRequest {
        task_token,
        details: payloads(details),
        ..Default::default()
    };
    let response: RecordActivityTaskHeartbeatResponse = call(server, request).await.unwrap();
    response.cancel_requested
}

fn timeout_of(failure: &Failure) -> TimeoutType {
    match &failure.failure_info {
        Some(FailureInfo::TimeoutFailureInfo(info)) => info.timeout_type(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_activity_without_a_workflow_has_an_outcome_of_its_own() {
    let server = server(TimeMode::Real);
    let run_id = started(&server, request("a")).await;
    assert_eq!(
        info(&server, "a").await.run_state(),
        PendingActivityState::Scheduled
    );
    let task = poll_activity(&server).await;
    assert_eq!(task.activity_id, "a");
    assert_eq!(task.activity_run_id, run_id);
    assert_eq!(task.input, payloads("input"));
    assert_eq!((task.attempt, task.workflow_execution), (1, None));
    let running = info(&server, "a").await;
    assert_eq!(running.status(), Status::Running);
    assert_eq!(running.run_state(), PendingActivityState::Started);
    assert_eq!(running.last_worker_identity, "worker");
    complete_activity(&server, task.task_token).await;
    assert_eq!(outcome(&server, "a").await, Ok(payloads("result").unwrap()));
    let described = describe(&server, "a").await;
    assert_eq!(described.input, payloads("input"));
    let closed = described.info.unwrap();
    assert_eq!(closed.status(), Status::Completed);
    assert!(closed.close_time.is_some() && closed.execution_duration.is_some());
}

#[tokio::test]
async fn policies_decide_over_a_second_start_of_an_id() {
    let server = server(TimeMode::Real);
    let first = started(
        &server,
        StartActivityExecutionRequest {
            request_id: "one".to_owned(),
            ..request("a")
        },
    )
    .await;
    let refused = start_activity(&server, request("a")).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert_eq!(refused.message(), "activity execution already started");
    let status = google::rpc::Status::decode(refused.details()).unwrap();
    let detail = &status.details[0];
    assert!(
        detail
            .type_url
            .ends_with("ActivityExecutionAlreadyStartedFailure")
    );
    let detail = ActivityExecutionAlreadyStartedFailure::decode(&detail.value[..]).unwrap();
    assert_eq!(
        (detail.start_request_id, detail.run_id),
        ("one".into(), first.clone())
    );
    let existing = StartActivityExecutionRequest {
        id_conflict_policy: ActivityIdConflictPolicy::UseExisting as i32,
        ..request("a")
    };
    let same = start_activity(&server, existing).await.unwrap();
    assert_eq!((same.run_id, same.started), (first.clone(), false));
    let again = StartActivityExecutionRequest {
        request_id: "one".to_owned(),
        ..request("a")
    };
    assert_eq!(started(&server, again).await, first);

    complete_activity(&server, poll_activity(&server).await.task_token).await;
    for policy in [
        ActivityIdReusePolicy::RejectDuplicate,
        ActivityIdReusePolicy::AllowDuplicateFailedOnly,
    ] {
        let reused = StartActivityExecutionRequest {
            id_reuse_policy: policy as i32,
            ..request("a")
        };
        let refused = start_activity(&server, reused).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists);
    }
    assert_ne!(started(&server, request("a")).await, first);
    terminate(&server, "a", "").await.unwrap();
    let after_failure = StartActivityExecutionRequest {
        id_reuse_policy: ActivityIdReusePolicy::AllowDuplicateFailedOnly as i32,
        ..request("a")
    };
    assert!(
        start_activity(&server, after_failure)
            .await
            .unwrap()
            .started
    );
}

#[tokio::test]
async fn wrong_starts_are_refused_in_the_words_of_the_real_server() {
    let server = server(TimeMode::Real);
    let no_timeout = StartActivityExecutionRequest {
        start_to_close_timeout: None,
        ..request("a")
    };
    let no_queue = StartActivityExecutionRequest {
        task_queue: None,
        ..request("a")
    };
    let no_type = StartActivityExecutionRequest {
        activity_type: None,
        ..request("a")
    };
    let negative = StartActivityExecutionRequest {
        heartbeat_timeout: seconds(-1),
        ..request("a")
    };
    for (request, message) in [
        (request(""), "activityId is not set"),
        (no_type, "activityType is not set"),
        (no_queue, "taskQueue is not set"),
        (negative, "invalid HeartbeatTimeout: negative duration"),
        (
            no_timeout,
            "a valid StartToCloseTimeout or ScheduleToCloseTimeout must be set on the activity. ActivityId=a ActivityType=act",
        ),
        (
            request(&"a".repeat(1001)),
            "activityId exceeds length limit. Length=1001 Limit=1000",
        ),
    ] {
        let refused = start_activity(&server, request).await.unwrap_err();
        assert_eq!(
            (refused.code(), refused.message()),
            (Code::InvalidArgument, message)
        );
    }
    let missing = cancel(&server, "nothing", "").await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    assert_eq!(missing.message(), "activity not found for ID: nothing");
}

#[tokio::test]
async fn a_failure_is_tried_again_with_the_details_of_the_last_heartbeat() {
    let server = server(TimeMode::Unlocked);
    let policy = StartActivityExecutionRequest {
        retry_policy: Some(RetryPolicy {
            initial_interval: seconds(10),
            maximum_attempts: 2,
            ..Default::default()
        }),
        ..request("a")
    };
    started(&server, policy).await;
    let first = poll_activity(&server).await;
    assert!(!heartbeat(&server, first.task_token.clone(), "half").await);
    fail_activity(&server, first.task_token.clone()).await;
    let second = poll_activity(&server).await;
    assert_eq!(
        (second.attempt, second.heartbeat_details),
        (2, payloads("half"))
    );
    // The first attempt is over.
    let late = RespondActivityTaskCompletedRequest {
        task_token: first.task_token,
        ..Default::default()
    };
    let late = call::<_, RespondActivityTaskCompletedResponse>(&server, late).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
    let tried = info(&server, "a").await;
    assert_eq!((tried.attempt, tried.total_heartbeat_count), (2, 1));
    assert_eq!(tried.last_failure.unwrap().message, "no");
    fail_activity(&server, second.task_token).await;
    let (failure, state) = outcome(&server, "a").await.unwrap_err();
    assert_eq!(failure.message, "no");
    assert_eq!(state, RetryState::MaximumAttemptsReached);
    assert_eq!(info(&server, "a").await.status(), Status::Failed);
}

#[tokio::test]
async fn each_limit_ends_an_activity() {
    let server = server(TimeMode::Unlocked);
    let once = |id: &str| StartActivityExecutionRequest {
        retry_policy: Some(RetryPolicy {
            maximum_attempts: 1,
            ..Default::default()
        }),
        ..request(id)
    };
    let limits = [
        (
            StartActivityExecutionRequest {
                start_to_close_timeout: Some(short()),
                ..once("to close")
            },
            TimeoutType::StartToClose,
            RetryState::MaximumAttemptsReached,
        ),
        (
            StartActivityExecutionRequest {
                heartbeat_timeout: Some(short()),
                ..once("heartbeat")
            },
            TimeoutType::Heartbeat,
            RetryState::MaximumAttemptsReached,
        ),
        (
            StartActivityExecutionRequest {
                schedule_to_close_timeout: Some(short()),
                ..once("all")
            },
            TimeoutType::ScheduleToClose,
            RetryState::Timeout,
        ),
    ];
    for (request, timeout, state) in limits {
        let id = request.activity_id.clone();
        started(&server, request).await;
        poll_activity(&server).await;
        let (failure, reached) = outcome(&server, &id).await.unwrap_err();
        assert_eq!((timeout_of(&failure), reached), (timeout, state), "{id}");
        assert_eq!(info(&server, &id).await.status(), Status::TimedOut);
    }
    let waiting = StartActivityExecutionRequest {
        schedule_to_start_timeout: Some(short()),
        ..request("waiting")
    };
    started(&server, waiting).await;
    let (failure, state) = outcome(&server, "waiting").await.unwrap_err();
    assert_eq!(timeout_of(&failure), TimeoutType::ScheduleToStart);
    assert_eq!(state, RetryState::Timeout);
    assert_eq!(failure.message, "activity ScheduleToStart timeout");
}

/// A limit that is reached at once, also in real time.
fn short() -> prost_types::Duration {
    prost_types::Duration {
        seconds: 0,
        nanos: 20_000_000,
    }
}

#[tokio::test]
async fn no_attempt_begins_that_would_come_too_late() {
    let server = server(TimeMode::Real);
    let hasty = StartActivityExecutionRequest {
        schedule_to_close_timeout: seconds(10),
        retry_policy: Some(RetryPolicy {
            initial_interval: seconds(60),
            maximum_interval: seconds(60),
            ..Default::default()
        }),
        start_to_close_timeout: Some(short()),
        ..request("a")
    };
    started(&server, hasty).await;
    poll_activity(&server).await;
    let (failure, state) = outcome(&server, "a").await.unwrap_err();
    assert_eq!(timeout_of(&failure), TimeoutType::ScheduleToClose);
    assert_eq!(state, RetryState::Timeout);
    assert!(
        failure
            .message
            .starts_with("Not enough time to schedule next retry")
    );
}

#[tokio::test]
async fn a_start_delay_holds_back_the_first_attempt() {
    let server = server(TimeMode::Unlocked);
    let delayed = StartActivityExecutionRequest {
        start_delay: seconds(3600),
        ..request("a")
    };
    let lock = server_time(&server).await;
    started(&server, delayed).await;
    let task = poll_activity(&server).await;
    let scheduled = task.scheduled_time.unwrap();
    assert_eq!(
        task.current_attempt_scheduled_time.unwrap().seconds,
        scheduled.seconds + 3600
    );
    assert!(server_time(&server).await >= lock + 3600);
}

/// The server's time, in seconds.
async fn server_time(server: &Server) -> i64 {
    use temporalio_protos::temporal::api::testservice::v1::GetCurrentTimeResponse;
    let response = server
        .call(
            "temporal.api.testservice.v1.TestService",
            "GetCurrentTime",
            &tonic::metadata::MetadataMap::new(),
            &[],
        )
        .await
        .unwrap();
    let response = GetCurrentTimeResponse::decode(&response[..]).unwrap();
    response.time.unwrap().seconds
}

#[tokio::test]
async fn a_cancellation_waits_for_the_worker_that_has_the_activity() {
    let server = server(TimeMode::Real);
    started(&server, request("a")).await;
    let task = poll_activity(&server).await;
    cancel(&server, "a", "one").await.unwrap();
    cancel(&server, "a", "one").await.unwrap();
    let second = cancel(&server, "a", "two").await.unwrap_err();
    assert_eq!(
        second.message(),
        "cancellation already requested with request ID one"
    );
    let asked = info(&server, "a").await;
    assert_eq!(asked.run_state(), PendingActivityState::CancelRequested);
    assert_eq!(asked.canceled_reason, "enough");
    assert!(heartbeat(&server, task.task_token.clone(), "").await);
    let confirmed = RespondActivityTaskCanceledRequest {
        task_token: task.task_token,
        details: payloads("stopped"),
        ..Default::default()
    };
    let _: RespondActivityTaskCanceledResponse = call(&server, confirmed).await.unwrap();
    let (failure, _) = outcome(&server, "a").await.unwrap_err();
    let Some(FailureInfo::CanceledFailureInfo(canceled)) = failure.failure_info else {
        panic!("{failure:?}");
    };
    assert_eq!(
        (canceled.details, canceled.identity),
        (payloads("stopped"), "me".to_owned())
    );
    let late = cancel(&server, "a", "three").await.unwrap_err();
    assert_eq!(late.message(), "activity is in terminal state Canceled");
}

#[tokio::test]
async fn a_failure_after_a_request_to_cancel_is_not_tried_again() {
    let server = server(TimeMode::Real);
    started(&server, request("a")).await;
    let task = poll_activity(&server).await;
    cancel(&server, "a", "").await.unwrap();
    fail_activity(&server, task.task_token).await;
    let (failure, state) = outcome(&server, "a").await.unwrap_err();
    assert_eq!(
        (failure.message.as_str(), state),
        ("no", RetryState::CancelRequested)
    );
}

#[tokio::test]
async fn a_cancellation_that_nobody_asked_for_is_refused() {
    let server = server(TimeMode::Real);
    started(&server, request("a")).await;
    let task = poll_activity(&server).await;
    let confirmed = RespondActivityTaskCanceledRequest {
        task_token: task.task_token,
        ..Default::default()
    };
    let refused = call::<_, RespondActivityTaskCanceledResponse>(&server, confirmed).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(info(&server, "a").await.status(), Status::Running);
}

#[tokio::test]
async fn a_cancellation_ends_an_activity_that_waits() {
    let server = server(TimeMode::Real);
    started(&server, request("a")).await;
    cancel(&server, "a", "").await.unwrap();
    assert_eq!(info(&server, "a").await.status(), Status::Canceled);
    // Its task is out of date.
    started(&server, request("b")).await;
    assert_eq!(poll_activity(&server).await.activity_id, "b");
}

#[tokio::test]
async fn a_termination_ends_an_activity_at_once() {
    let server = server(TimeMode::Real);
    started(&server, request("a")).await;
    let task = poll_activity(&server).await;
    terminate(&server, "a", "one").await.unwrap();
    terminate(&server, "a", "one").await.unwrap();
    let second = terminate(&server, "a", "two").await.unwrap_err();
    assert_eq!(second.code(), Code::FailedPrecondition);
    assert_eq!(second.message(), "already terminated with request ID one");
    let (failure, _) = outcome(&server, "a").await.unwrap_err();
    assert_eq!(failure.message, "stop");
    let late = RecordActivityTaskHeartbeatRequest {
        task_token: task.task_token,
        ..Default::default()
    };
    let late = call::<_, RecordActivityTaskHeartbeatResponse>(&server, late).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_client_may_complete_an_activity_by_its_id_before_a_worker_has_it() {
    let server = server(TimeMode::Real);
    started(&server, request("a")).await;
    let failed = RespondActivityTaskFailedByIdRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: "a".to_owned(),
        ..Default::default()
    };
    let failed = call::<_, RespondActivityTaskFailedByIdResponse>(&server, failed).await;
    assert_eq!(failed.unwrap_err().code(), Code::NotFound);
    let completed = RespondActivityTaskCompletedByIdRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: "a".to_owned(),
        result: payloads("from elsewhere"),
        ..Default::default()
    };
    let _: RespondActivityTaskCompletedByIdResponse = call(&server, completed).await.unwrap();
    assert_eq!(
        outcome(&server, "a").await,
        Ok(payloads("from elsewhere").unwrap())
    );
}

#[tokio::test]
async fn a_description_can_wait_for_the_next_change() {
    let server = server(TimeMode::Real);
    let run_id = started(&server, request("a")).await;
    let token = describe(&server, "a").await.long_poll_token;
    let waiting = DescribeActivityExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: "a".to_owned(),
        run_id,
        long_poll_token: token,
        ..Default::default()
    };
    let (described, _task) = tokio::join!(
        call::<_, DescribeActivityExecutionResponse>(&server, waiting),
        poll_activity(&server)
    );
    let info = described.unwrap().info.unwrap();
    assert_eq!(info.run_state(), PendingActivityState::Started);
}

#[tokio::test]
async fn lists_and_counts_go_by_queries() {
    let server = server(TimeMode::Real);
    for id in ["a", "b", "c"] {
        started(&server, request(id)).await;
    }
    terminate(&server, "b", "").await.unwrap();
    let list = |query: &str, page_size: i32, next_page_token: Vec<u8>| {
        let request = ListActivityExecutionsRequest {
            namespace: NAMESPACE.to_owned(),
            query: query.to_owned(),
            page_size,
            next_page_token,
        };
        call::<_, ListActivityExecutionsResponse>(&server, request)
    };
    let ids = |response: &ListActivityExecutionsResponse| {
        let ids = response
            .executions
            .iter()
            .map(|one| one.activity_id.clone());
        ids.collect::<Vec<_>>()
    };
    let running = "ActivityType = 'act' AND ExecutionStatus = 'Running'";
    let first = list(running, 1, Vec::new()).await.unwrap();
    assert_eq!(ids(&first), ["c"]);
    let rest = list(running, 1, first.next_page_token).await.unwrap();
    assert_eq!(
        (ids(&rest), rest.next_page_token),
        (vec!["a".to_owned()], Vec::new())
    );
    let one = list("ActivityId = 'b'", 0, Vec::new()).await.unwrap();
    assert_eq!(one.executions[0].status(), Status::Terminated);
    assert!(list("Nothing = 1", 0, Vec::new()).await.is_err());
    let count = CountActivityExecutionsRequest {
        namespace: NAMESPACE.to_owned(),
        query: "GROUP BY ExecutionStatus".to_owned(),
    };
    let count: CountActivityExecutionsResponse = call(&server, count).await.unwrap();
    let groups: Vec<_> = count.groups.iter().map(|group| group.count).collect();
    assert_eq!((count.count, groups), (3, vec![2, 1]));
}

#[tokio::test]
async fn a_deletion_ends_and_forgets_an_activity() {
    let server = server(TimeMode::Real);
    started(&server, request("a")).await;
    let task = poll_activity(&server).await;
    let deleted = DeleteActivityExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        activity_id: "a".to_owned(),
        ..Default::default()
    };
    let _: DeleteActivityExecutionResponse = call(&server, deleted.clone()).await.unwrap();
    let again = call::<_, DeleteActivityExecutionResponse>(&server, deleted).await;
    assert_eq!(again.unwrap_err().code(), Code::NotFound);
    let late = RespondActivityTaskCompletedRequest {
        task_token: task.task_token,
        ..Default::default()
    };
    let late = call::<_, RespondActivityTaskCompletedResponse>(&server, late).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn faults_happen_to_it_as_to_those_of_workflows() {
    let server = Server::new(Config {
        schedule: ScheduleConfig {
            seed: Some(1),
            faults: vec![(Fault::ActivityFailure, 1.0)],
            ..Default::default()
        },
        ..Config::default()
    });
    tokio::spawn(server.drive());
    let once = StartActivityExecutionRequest {
        retry_policy: Some(RetryPolicy {
            maximum_attempts: 1,
            ..Default::default()
        }),
        ..request("a")
    };
    started(&server, once).await;
    let poll = tokio::spawn({
        let server = server.clone();
        async move { poll_activity(&server).await }
    });
    let (failure, _) = outcome(&server, "a").await.unwrap_err();
    poll.abort();
    assert!(failure.message.contains("by a fault"));
    let step = &server.schedule()[0];
    assert_eq!(step.fault, Some(Fault::ActivityFailure));
    assert_eq!(step.place, "activity act (a), attempt 1");
}
