//! Batch operations: what they do to the workflows of a query, and their descriptions.

#![allow(deprecated)]

use crate::support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    batch::v1::{
        BatchOperationCancellation, BatchOperationDeletion, BatchOperationReset,
        BatchOperationSignal, BatchOperationTermination,
    },
    enums::v1::{
        BatchOperationState, BatchOperationType, EventType, ResetType, WorkflowExecutionStatus,
    },
    workflowservice::v1::{start_batch_operation_request::Operation, *},
};
use tonic::{Code, Status};

async fn batch(server: &Server, job_id: &str, operation: Operation) -> Result<(), Status> {
    let request = StartBatchOperationRequest {
        namespace: NAMESPACE.to_owned(),
        visibility_query: "WorkflowId STARTS_WITH 'in-'".to_owned(),
        job_id: job_id.to_owned(),
        reason: "because".to_owned(),
        operation: Some(operation),
        ..Default::default()
    };
    let _: StartBatchOperationResponse = call(server, request).await?;
    Ok(())
}

async fn describe(server: &Server, job_id: &str) -> DescribeBatchOperationResponse {
    let request = DescribeBatchOperationRequest {
        namespace: NAMESPACE.to_owned(),
        job_id: job_id.to_owned(),
    };
    call(server, request).await.unwrap()
}

async fn with_workflows() -> Server {
    let server = server(TimeMode::Real);
    for id in ["in-1", "in-2", "out"] {
        start(&server, id).await;
    }
    server
}

#[tokio::test]
async fn a_batch_terminates_the_workflows_of_a_query_and_no_others() {
    let server = with_workflows().await;
    let termination = BatchOperationTermination {
        identity: "me".to_owned(),
        ..Default::default()
    };
    batch(&server, "job", Operation::TerminationOperation(termination))
        .await
        .unwrap();
    for id in ["in-1", "in-2"] {
        assert_eq!(
            status(&server, id).await,
            WorkflowExecutionStatus::Terminated
        );
    }
    assert_eq!(
        status(&server, "out").await,
        WorkflowExecutionStatus::Running
    );
    let described = describe(&server, "job").await;
    assert_eq!(described.state(), BatchOperationState::Completed);
    assert_eq!(described.operation_type(), BatchOperationType::Terminate);
    assert_eq!(
        (
            described.complete_operation_count,
            described.failure_operation_count
        ),
        (2, 0)
    );
    assert_eq!(
        (described.identity.as_str(), described.reason.as_str()),
        ("me", "because")
    );
}

#[tokio::test]
async fn batches_signal_cancel_reset_and_delete() {
    let server = with_workflows().await;
    let signal = BatchOperationSignal {
        signal: "go".to_owned(),
        ..Default::default()
    };
    batch(&server, "signal", Operation::SignalOperation(signal))
        .await
        .unwrap();
    let cancellation = BatchOperationCancellation::default();
    batch(
        &server,
        "cancel",
        Operation::CancellationOperation(cancellation),
    )
    .await
    .unwrap();
    let seen = types(&history(&server, execution("in-1")).await);
    assert!(seen.contains(&EventType::WorkflowExecutionSignaled));
    assert!(seen.contains(&EventType::WorkflowExecutionCancelRequested));

    for _ in 0..3 {
        step(&server, vec![]).await;
    }
    let reset = BatchOperationReset {
        reset_type: ResetType::FirstWorkflowTask as i32,
        ..Default::default()
    };
    batch(&server, "reset", Operation::ResetOperation(reset))
        .await
        .unwrap();
    assert_eq!(describe(&server, "reset").await.complete_operation_count, 2);
    let count = CountWorkflowExecutionsRequest {
        namespace: NAMESPACE.to_owned(),
        query: "WorkflowId STARTS_WITH 'in-'".to_owned(),
    };
    let counted: CountWorkflowExecutionsResponse = call(&server, count.clone()).await.unwrap();
    assert_eq!(counted.count, 4);

    let deletion = BatchOperationDeletion::default();
    batch(&server, "delete", Operation::DeletionOperation(deletion))
        .await
        .unwrap();
    let counted: CountWorkflowExecutionsResponse = call(&server, count).await.unwrap();
    assert_eq!(counted.count, 0);

    let list = ListBatchOperationsRequest {
        namespace: NAMESPACE.to_owned(),
        page_size: 3,
        ..Default::default()
    };
    let listed: ListBatchOperationsResponse = call(&server, list.clone()).await.unwrap();
    assert_eq!(listed.operation_info.len(), 3);
    let rest = ListBatchOperationsRequest {
        next_page_token: listed.next_page_token,
        ..list
    };
    let listed: ListBatchOperationsResponse = call(&server, rest).await.unwrap();
    assert_eq!(listed.operation_info.len(), 1);
    assert!(listed.next_page_token.is_empty());
}

#[tokio::test]
async fn a_batch_is_refused_that_lacks_something_or_was_there() {
    let server = with_workflows().await;
    let termination = Operation::TerminationOperation(BatchOperationTermination::default());
    let error = batch(&server, "", termination.clone()).await.unwrap_err();
    assert_eq!(error.message(), "JobId is not set on request.");
    batch(&server, "job", termination.clone()).await.unwrap();
    let error = batch(&server, "job", termination).await.unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
    let stop = StopBatchOperationRequest {
        namespace: NAMESPACE.to_owned(),
        job_id: "job".to_owned(),
        reason: "enough".to_owned(),
        ..Default::default()
    };
    let stopped: Result<StopBatchOperationResponse, _> = call(&server, stop).await;
    let error = stopped.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::NotFound, "workflow execution already completed")
    );
}
