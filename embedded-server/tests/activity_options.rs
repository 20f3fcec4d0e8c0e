//! Pauses, resets and changed options of pending activities.

use crate::support::*;
use prost_types::FieldMask;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    activity::v1::ActivityOptions, common::v1::RetryPolicy, enums::v1::PendingActivityState,
    workflow::v1::PendingActivityInfo, workflowservice::v1::*,
};
use tonic::Code;

async fn pending(server: &Server) -> PendingActivityInfo {
    let request = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
    };
    let described: DescribeWorkflowExecutionResponse = call(server, request).await.unwrap();
    described.pending_activities.into_iter().next().unwrap()
}

async fn pause(server: &Server) {
    let request = PauseActivityRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        identity: "me".to_owned(),
        reason: "wait".to_owned(),
        activity: Some(pause_activity_request::Activity::Id("1".to_owned())),
        ..Default::default()
    };
    let _: PauseActivityResponse = call(server, request).await.unwrap();
}

async fn unpause(server: &Server, reset_attempts: bool) {
    unpause_with(server, reset_attempts, false).await;
}

async fn unpause_with(server: &Server, reset_attempts: bool, reset_heartbeat: bool) {
    let request = UnpauseActivityRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        reset_attempts,
        reset_heartbeat,
        activity: Some(unpause_activity_request::Activity::Type("act".to_owned())),
        ..Default::default()
    };
    let _: UnpauseActivityResponse = call(server, request).await.unwrap();
}

async fn with_activity(time: TimeMode) -> Server {
    let server = server(time);
    start(&server, "w").await;
    step(&server, vec![schedule(activity("1"))]).await;
    server
}

#[tokio::test]
async fn a_paused_activity_waits_for_the_end_of_its_pause() {
    let server = with_activity(TimeMode::Real).await;
    pause(&server).await;
    let info = pending(&server).await;
    assert_eq!(info.state(), PendingActivityState::Paused);
    assert!(info.paused && info.pause_info.is_some());
    unpause(&server, false).await;
    let task = poll_activity(&server).await;
    assert_eq!(task.attempt, 1);
    assert!(!pending(&server).await.paused);
    complete_activity(&server, task.task_token).await;
}

#[tokio::test]
async fn an_attempt_that_runs_learns_of_the_pause_and_is_the_last_until_its_end() {
    let server = with_activity(TimeMode::Unlocked).await;
    let task = poll_activity(&server).await;
    pause(&server).await;
    assert_eq!(
        pending(&server).await.state(),
        PendingActivityState::PauseRequested
    );
    let request = RecordActivityTaskHeartbeatRequest {
        task_token: task.task_token.clone(),
        ..Default::default()
    };
    let heartbeat: RecordActivityTaskHeartbeatResponse = call(&server, request).await.unwrap();
    assert!(heartbeat.activity_paused);
    fail_activity(&server, task.task_token).await;
    let info = pending(&server).await;
    assert_eq!(
        (info.state(), info.attempt),
        (PendingActivityState::Paused, 2)
    );
    unpause(&server, true).await;
    assert_eq!(poll_activity(&server).await.attempt, 1);
}

async fn reset(server: &Server, reset_heartbeat: bool) {
    let request = ResetActivityRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        reset_heartbeat,
        activity: Some(reset_activity_request::Activity::Id("1".to_owned())),
        ..Default::default()
    };
    let _: ResetActivityResponse = call(server, request).await.unwrap();
}

#[tokio::test]
async fn a_reset_activity_begins_again() {
    let server = with_activity(TimeMode::Unlocked).await;
    let task = poll_activity(&server).await;
    reset(&server, false).await;
    fail_activity(&server, task.task_token).await;
    assert_eq!(poll_activity(&server).await.attempt, 1);
}

/// Takes the next attempt, and sends the details of a heartbeat for it.
async fn with_heartbeat(server: &Server) -> PollActivityTaskQueueResponse {
    let task = poll_activity(server).await;
    let request = RecordActivityTaskHeartbeatRequest {
        task_token: task.task_token.clone(),
        details: payloads("half"),
        ..Default::default()
    };
    let _: RecordActivityTaskHeartbeatResponse = call(server, request).await.unwrap();
    task
}

#[tokio::test]
async fn the_end_of_a_pause_forgets_the_heartbeat_if_it_is_asked_to() {
    for (forgets, details) in [(true, None), (false, payloads("half"))] {
        let server = with_activity(TimeMode::Unlocked).await;
        let task = with_heartbeat(&server).await;
        pause(&server).await;
        fail_activity(&server, task.task_token).await;
        assert_eq!(pending(&server).await.heartbeat_details, payloads("half"));
        unpause_with(&server, false, forgets).await;
        assert_eq!(pending(&server).await.heartbeat_details, details);
        assert_eq!(poll_activity(&server).await.heartbeat_details, details);
    }
}

#[tokio::test]
async fn a_reset_forgets_the_heartbeat_if_it_is_asked_to_once_the_attempt_is_over() {
    for (forgets, details) in [(true, None), (false, payloads("half"))] {
        let server = with_activity(TimeMode::Unlocked).await;
        let task = with_heartbeat(&server).await;
        reset(&server, forgets).await;
        assert_eq!(pending(&server).await.heartbeat_details, payloads("half"));
        fail_activity(&server, task.task_token).await;
        assert_eq!(poll_activity(&server).await.heartbeat_details, details);
    }
}

#[tokio::test]
async fn changed_options_hold_from_then_on_and_can_be_restored() {
    let server = with_activity(TimeMode::Unlocked).await;
    let mut request = UpdateActivityOptionsRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        activity: Some(update_activity_options_request::Activity::Id(
            "1".to_owned(),
        )),
        activity_options: Some(ActivityOptions {
            start_to_close_timeout: seconds(7),
            heartbeat_timeout: seconds(3),
            retry_policy: Some(RetryPolicy {
                maximum_attempts: 1,
                ..Default::default()
            }),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec![
                "start_to_close_timeout".to_owned(),
                "retryPolicy.maximumAttempts".to_owned(),
            ],
        }),
        ..Default::default()
    };
    let updated: UpdateActivityOptionsResponse = call(&server, request.clone()).await.unwrap();
    let options = updated.activity_options.unwrap();
    assert_eq!(options.start_to_close_timeout, seconds(7));
    assert_eq!(options.heartbeat_timeout, seconds(0));
    let task = poll_activity(&server).await;
    assert_eq!(task.start_to_close_timeout, seconds(7));
    request.restore_original = true;
    let restored: UpdateActivityOptionsResponse = call(&server, request).await.unwrap();
    let options = restored.activity_options.unwrap();
    assert_eq!(options.start_to_close_timeout, seconds(60));
    assert_eq!(options.retry_policy.unwrap().maximum_attempts, 0);
    complete_activity(&server, task.task_token).await;
}

#[tokio::test]
async fn an_activity_that_is_not_there_is_not_paused() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let request = PauseActivityRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        activity: Some(pause_activity_request::Activity::Type("other".to_owned())),
        ..Default::default()
    };
    let paused: Result<PauseActivityResponse, _> = call(&server, request).await;
    assert_eq!(paused.unwrap_err().code(), Code::NotFound);
}
