//! Resets to the first workflow task that a build has completed.

#![allow(deprecated)]

use crate::support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    batch::v1::BatchOperationReset,
    command::v1::{Command, ContinueAsNewWorkflowExecutionCommandAttributes, command::Attributes},
    common::v1::{ResetOptions, WorkerVersionStamp, WorkflowExecution, reset_options::Target},
    enums::v1::EventType,
    workflow::v1::ResetPointInfo,
    workflowservice::v1::{start_batch_operation_request::Operation, *},
};

/// Takes the next workflow task, and answers it as a worker of a build.
async fn step_as(server: &Server, build_id: &str, command: Attributes) {
    let task = poll(server).await;
    let request = RespondWorkflowTaskCompletedRequest {
        task_token: task.task_token,
        commands: vec![Command {
            attributes: Some(command),
            ..Default::default()
        }],
        worker_version_stamp: Some(WorkerVersionStamp {
            build_id: build_id.to_owned(),
            use_versioning: false,
        }),
        ..Default::default()
    };
    let _: RespondWorkflowTaskCompletedResponse = call(server, request).await.unwrap();
}

async fn current(server: &Server) -> (WorkflowExecution, Vec<ResetPointInfo>) {
    let request = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
    };
    let described: DescribeWorkflowExecutionResponse = call(server, request).await.unwrap();
    let info = described.workflow_execution_info.unwrap();
    let points = info.auto_reset_points.unwrap().points;
    (info.execution.unwrap(), points)
}

/// Resets the workflow by a batch. Returns how many resets have failed.
async fn reset(server: &Server, job_id: &str, options: ResetOptions) -> i64 {
    let request = StartBatchOperationRequest {
        namespace: NAMESPACE.to_owned(),
        job_id: job_id.to_owned(),
        reason: "bad build".to_owned(),
        executions: vec![WorkflowExecution {
            workflow_id: "w".to_owned(),
            ..Default::default()
        }],
        operation: Some(Operation::ResetOperation(BatchOperationReset {
            options: Some(options),
            ..Default::default()
        })),
        ..Default::default()
    };
    let _: StartBatchOperationResponse = call(server, request).await.unwrap();
    let request = DescribeBatchOperationRequest {
        namespace: NAMESPACE.to_owned(),
        job_id: job_id.to_owned(),
    };
    let described: DescribeBatchOperationResponse = call(server, request).await.unwrap();
    described.failure_operation_count
}

fn to_build(build_id: &str) -> ResetOptions {
    ResetOptions {
        target: Some(Target::BuildId(build_id.to_owned())),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_batch_resets_to_the_first_task_of_a_build() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step_as(&server, "1.0", timer("1", 3600)).await;
    for name in ["first", "second"] {
        signal(&server, "w", "go on").await;
        step_as(&server, "2.0", timer(name, 3600)).await;
    }
    let (before, points) = current(&server).await;
    let builds: Vec<_> = points.iter().map(|point| point.build_id.as_str()).collect();
    assert_eq!(builds, ["1.0", "2.0"]);
    assert!(
        points
            .iter()
            .all(|point| point.resettable && point.run_id == before.run_id)
    );
    assert_eq!(reset(&server, "unknown", to_build("3.0")).await, 1);
    assert_eq!(reset(&server, "reset", to_build("2.0")).await, 0);
    let (after, points) = current(&server).await;
    assert_ne!(after.run_id, before.run_id);
    // What the second build did is not there, and its signals come again.
    assert_eq!(
        types(&history(&server, Some(after.clone())).await),
        [
            EventType::WorkflowExecutionStarted,
            EventType::TimerStarted,
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskFailed,
            EventType::WorkflowExecutionSignaled,
        ]
    );
    let builds: Vec<_> = points.iter().map(|point| point.build_id.as_str()).collect();
    assert_eq!(builds, ["1.0"]);
    assert_eq!(points[0].run_id, after.run_id);
}

#[tokio::test]
async fn a_build_may_have_worked_on_a_run_before() {
    let server = server(TimeMode::Unlocked);
    let first = start(&server, "w").await;
    let again = ContinueAsNewWorkflowExecutionCommandAttributes {
        workflow_type: workflow_type("test"),
        task_queue: queue(),
        ..Default::default()
    };
    step_as(
        &server,
        "1.0",
        Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(again),
    )
    .await;
    step_as(&server, "2.0", child("child")).await;
    let (second, points) = current(&server).await;
    assert_eq!(points[0].run_id, first.run_id);
    assert!(points[0].expire_time.is_some());
    assert_eq!(
        (&points[1].run_id, &points[1].expire_time),
        (&second.run_id, &None)
    );
    let current_only = ResetOptions {
        current_run_only: true,
        ..to_build("1.0")
    };
    assert_eq!(reset(&server, "current", current_only).await, 1);
    assert_eq!(reset(&server, "earlier", to_build("1.0")).await, 0);
    let (third, _) = current(&server).await;
    let events = history(&server, Some(third)).await;
    let scheduled = types(&events);
    assert_eq!(
        scheduled,
        [
            EventType::WorkflowExecutionStarted,
            EventType::WorkflowTaskFailed
        ]
    );
}
