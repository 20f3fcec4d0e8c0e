//! Limits of sizes and counts, and what happens beyond them.

use crate::support::*;
use temporal_bun_embedded_server::TimeMode;
use temporalio_protos::temporal::api::{
    command::v1::{
        RecordMarkerCommandAttributes, SignalExternalWorkflowExecutionCommandAttributes,
        command::Attributes,
    },
    enums::v1::{EventType, WorkflowExecutionStatus, WorkflowTaskFailedCause},
    history::v1::history_event::Attributes as Event,
    workflowservice::v1::*,
};
use tonic::Code;

const MEGABYTE: usize = 1024 * 1024;

fn large() -> String {
    "x".repeat(2 * MEGABYTE)
}

#[tokio::test]
async fn requests_with_large_payloads_are_refused() {
    let server = server(TimeMode::Real);
    let request = StartWorkflowExecutionRequest {
        input: payloads(&large()),
        ..start_request("w")
    };
    let started: Result<StartWorkflowExecutionResponse, _> = call(&server, request).await;
    let error = started.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::InvalidArgument, "Blob data size exceeds limit.")
    );
    start(&server, "w").await;
    let request = SignalWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution("w"),
        signal_name: "s".to_owned(),
        input: payloads(&large()),
        ..Default::default()
    };
    let signaled: Result<SignalWorkflowExecutionResponse, _> = call(&server, request).await;
    assert_eq!(
        signaled.unwrap_err().message(),
        "Blob data size exceeds limit."
    );
}

#[tokio::test]
async fn a_command_with_a_large_payload_ends_the_run() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = poll(&server).await;
    let mut activity = activity("1");
    activity.input = payloads(&large());
    let error = answer(&server, &task, vec![schedule(activity)])
        .await
        .unwrap_err();
    let message = "BadScheduleActivityAttributes: ScheduleActivityTaskCommandAttributes.Input exceeds size limit.";
    assert_eq!(error.message(), message);
    let events = history(&server, execution("w")).await;
    let Some(Event::WorkflowExecutionTerminatedEventAttributes(end)) =
        events.last().unwrap().attributes.clone()
    else {
        panic!("the run goes on");
    };
    assert_eq!(end.reason, message);
}

#[tokio::test]
async fn an_activity_with_a_large_result_fails() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![schedule(activity("1"))]).await;
    let request = RespondActivityTaskCompletedRequest {
        task_token: poll_activity(&server).await.task_token,
        result: payloads(&large()),
        ..Default::default()
    };
    let _: RespondActivityTaskCompletedResponse = call(&server, request).await.unwrap();
    let events = history(&server, execution("w")).await;
    let failed = events
        .iter()
        .find_map(|event| match &event.attributes {
            Some(Event::ActivityTaskFailedEventAttributes(failed)) => failed.failure.clone(),
            _ => None,
        })
        .unwrap();
    assert_eq!(failed.message, "Complete result exceeds size limit.");
}

#[tokio::test]
async fn more_signals_to_others_than_may_be_pending_fail_the_task() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = poll(&server).await;
    let signal = Attributes::SignalExternalWorkflowExecutionCommandAttributes(
        SignalExternalWorkflowExecutionCommandAttributes {
            execution: execution("other"),
            signal_name: "s".to_owned(),
            ..Default::default()
        },
    );
    let error = answer(&server, &task, vec![signal; 2001])
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "PendingSignalsLimitExceeded: the number of pending signals to external workflows, 2000, has reached the per-workflow limit of 2000"
    );
    let events = history(&server, execution("w")).await;
    let causes: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.attributes {
            Some(Event::WorkflowTaskFailedEventAttributes(failed)) => Some(failed.cause()),
            _ => None,
        })
        .collect();
    assert_eq!(
        causes,
        [WorkflowTaskFailedCause::PendingSignalsLimitExceeded]
    );
}

#[tokio::test]
async fn a_long_history_is_told_to_continue_as_new_and_ends_where_it_goes_on() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let marker = Attributes::RecordMarkerCommandAttributes(RecordMarkerCommandAttributes {
        marker_name: "m".to_owned(),
        ..Default::default()
    });
    step(&server, vec![marker.clone(); 5000]).await;
    signal(&server, "w", "s").await;
    let task = poll(&server).await;
    let started = task.history.as_ref().unwrap().events.last().unwrap();
    let Some(Event::WorkflowTaskStartedEventAttributes(started)) = &started.attributes else {
        unreachable!()
    };
    assert!(started.suggest_continue_as_new);
    answer(&server, &task, vec![marker; 47_000]).await.unwrap();
    assert_eq!(
        status(&server, "w").await,
        WorkflowExecutionStatus::Terminated
    );
    let request = GetWorkflowExecutionHistoryReverseRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        maximum_page_size: 1,
        ..Default::default()
    };
    let reversed: GetWorkflowExecutionHistoryReverseResponse =
        call(&server, request).await.unwrap();
    let last = &reversed.history.unwrap().events[0];
    assert_eq!(last.event_type(), EventType::WorkflowExecutionTerminated);
    let Some(Event::WorkflowExecutionTerminatedEventAttributes(end)) = &last.attributes else {
        unreachable!()
    };
    assert_eq!(end.reason, "Workflow history count exceeds limit.");
}
