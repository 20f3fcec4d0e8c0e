//! Pauses of workflows.

use crate::support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    enums::v1::{EventType, WorkflowExecutionStatus, WorkflowTaskFailedCause},
    history::v1::history_event::Attributes as Event,
    query::v1::WorkflowQuery,
    update::v1::{Input, Meta, Request},
    workflowservice::v1::*,
};
use tonic::{Code, Status};

async fn pause(server: &Server, request_id: &str) -> Result<(), Status> {
    let request = PauseWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_id: "w".to_owned(),
        identity: "me".to_owned(),
        reason: "wait".to_owned(),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    let _: PauseWorkflowExecutionResponse = call(server, request).await?;
    Ok(())
}

async fn unpause(server: &Server) -> Result<(), Status> {
    let request = UnpauseWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_id: "w".to_owned(),
        identity: "me".to_owned(),
        ..Default::default()
    };
    let _: UnpauseWorkflowExecutionResponse = call(server, request).await?;
    Ok(())
}

/// The types of all events of the workflow.
async fn all_types(server: &Server) -> Vec<EventType> {
    let events = history(server, execution("w")).await;
    events.iter().map(|event| event.event_type()).collect()
}

#[tokio::test]
async fn a_workflow_task_that_waits_is_taken_back_and_comes_after_the_pause() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    pause(&server, "").await.unwrap();
    signal(&server, "w", "hello").await;
    assert_eq!(status(&server, "w").await, WorkflowExecutionStatus::Paused);
    // The only task in the queue is that of another workflow.
    start(&server, "other").await;
    let task = step(&server, vec![complete()]).await;
    assert_eq!(task.workflow_execution.unwrap().workflow_id, "other");
    unpause(&server).await.unwrap();
    assert_eq!(status(&server, "w").await, WorkflowExecutionStatus::Running);
    let task = step(&server, vec![complete()]).await;
    assert_eq!(task.attempt, 1);
    assert_eq!(
        all_types(&server).await,
        [
            EventType::WorkflowExecutionStarted,
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowExecutionPaused,
            EventType::WorkflowTaskFailed,
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowExecutionUnpaused,
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskCompleted,
            EventType::WorkflowExecutionCompleted,
        ]
    );
    let events = history(&server, execution("w")).await;
    let Some(Event::WorkflowTaskFailedEventAttributes(failed)) = &events[3].attributes else {
        panic!("{:?}", events[3]);
    };
    assert_eq!(
        failed.cause(),
        WorkflowTaskFailedCause::WorkflowPauseRequestedBeforeTaskStarted
    );
}

#[tokio::test]
async fn a_task_that_a_worker_has_may_be_answered_and_its_activity_waits() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = poll(&server).await;
    pause(&server, "").await.unwrap();
    answer(&server, &task, vec![schedule(activity("1"))])
        .await
        .unwrap();
    let events = types(&history(&server, execution("w")).await);
    assert_eq!(
        events[1..],
        [
            EventType::ActivityTaskScheduled,
            EventType::WorkflowExecutionPaused
        ]
    );
    // Another activity is the first that a worker gets.
    start(&server, "other").await;
    step(&server, vec![schedule(activity("2"))]).await;
    assert_eq!(poll_activity(&server).await.activity_id, "2");
    unpause(&server).await.unwrap();
    let task = poll_activity(&server).await;
    assert_eq!((task.activity_id.as_str(), task.attempt), ("1", 1));
    complete_activity(&server, task.task_token).await;
    step(&server, vec![complete()]).await;
    assert_eq!(
        status(&server, "w").await,
        WorkflowExecutionStatus::Completed
    );
}

#[tokio::test]
async fn an_activity_that_waited_before_the_pause_is_handed_out_once_after_it() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![schedule(activity("1"))]).await;
    pause(&server, "").await.unwrap();
    unpause(&server).await.unwrap();
    let task = poll_activity(&server).await;
    start(&server, "other").await;
    // The workflow task of the end of the pause comes first.
    step(&server, vec![]).await;
    step(&server, vec![schedule(activity("2"))]).await;
    assert_eq!(task.activity_id, "1");
    assert_eq!(poll_activity(&server).await.activity_id, "2");
}

#[tokio::test]
async fn timers_fire_in_a_pause() {
    let server = server(TimeMode::Unlocked);
    start(&server, "w").await;
    let task = poll(&server).await;
    pause(&server, "").await.unwrap();
    // Time jumps to the timer as soon as it is there, as no task is out.
    answer(&server, &task, vec![timer("1", 3600)])
        .await
        .unwrap();
    let events = history(&server, execution("w")).await;
    assert_eq!(
        types(&events)[1..],
        [
            EventType::TimerStarted,
            EventType::WorkflowExecutionPaused,
            EventType::TimerFired
        ]
    );
    unpause(&server).await.unwrap();
    step(&server, vec![complete()]).await;
}

#[tokio::test]
async fn a_paused_workflow_takes_no_updates_and_no_queries() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![]).await;
    pause(&server, "").await.unwrap();
    let update = UpdateWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution("w"),
        request: Some(Request {
            meta: Some(Meta::default()),
            input: Some(Input {
                name: "update".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = call::<_, UpdateWorkflowExecutionResponse>(&server, update).await;
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (
            Code::FailedPrecondition,
            "Workflow is paused. Cannot update the workflow."
        )
    );
    let query = QueryWorkflowRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
        query: Some(WorkflowQuery {
            query_type: "query".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let rejected: QueryWorkflowResponse = call(&server, query).await.unwrap();
    assert_eq!(
        rejected.query_rejected.unwrap().status(),
        WorkflowExecutionStatus::Paused
    );
}

#[tokio::test]
async fn a_pause_can_be_asked_for_again_by_the_same_request_only() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let error = unpause(&server).await.unwrap_err();
    assert_eq!(error.message(), "workflow is not paused.");
    pause(&server, "one").await.unwrap();
    pause(&server, "one").await.unwrap();
    let error = pause(&server, "two").await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::FailedPrecondition, "workflow is already paused.")
    );
    let request = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
    };
    let described: DescribeWorkflowExecutionResponse = call(&server, request).await.unwrap();
    let info = described
        .workflow_extended_info
        .unwrap()
        .pause_info
        .unwrap();
    assert_eq!(
        (info.identity.as_str(), info.reason.as_str()),
        ("me", "wait")
    );
    let list = ListWorkflowExecutionsRequest {
        namespace: NAMESPACE.to_owned(),
        query: "ExecutionStatus = 'Paused' AND TemporalPauseInfo = 'Reason:wait'".to_owned(),
        ..Default::default()
    };
    let listed: ListWorkflowExecutionsResponse = call(&server, list).await.unwrap();
    assert_eq!(listed.executions.len(), 1);
}

#[tokio::test]
async fn a_paused_workflow_can_be_terminated() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    pause(&server, "").await.unwrap();
    let request = TerminateWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution("w"),
        ..Default::default()
    };
    let _: TerminateWorkflowExecutionResponse = call(&server, request).await.unwrap();
    assert_eq!(
        status(&server, "w").await,
        WorkflowExecutionStatus::Terminated
    );
    assert_eq!(unpause(&server).await.unwrap_err().code(), Code::NotFound);
}
