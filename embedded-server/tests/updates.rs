//! Updates that meet the end of a run, and signals that start one.

use crate::support::*;
use prost::Message;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::google;
use temporalio_protos::temporal::api::{
    command::v1::{ContinueAsNewWorkflowExecutionCommandAttributes, command::Attributes},
    enums::v1::{EventType, WorkflowIdConflictPolicy},
    errordetails::v1::MultiOperationExecutionFailure,
    update::v1::{Input, Meta, Request, WaitPolicy, outcome},
    workflowservice::v1::{
        execute_multi_operation_request::{Operation, operation},
        execute_multi_operation_response::response,
        *,
    },
};
use tokio::task::JoinHandle;
use tonic::{Code, Status};

type Answer = JoinHandle<Result<UpdateWorkflowExecutionResponse, Status>>;

fn update(server: &Server, id: &str) -> Answer {
    let server = server.clone();
    let request = update_request(id);
    tokio::spawn(async move { call(&server, request).await })
}

fn update_request(id: &str) -> UpdateWorkflowExecutionRequest {
    UpdateWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution("w"),
        wait_policy: Some(WaitPolicy { lifecycle_stage: 3 }),
        request: Some(Request {
            meta: Some(Meta {
                update_id: id.to_owned(),
                identity: String::new(),
            }),
            input: Some(Input {
                name: "change".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_update_that_comes_while_a_run_continues_as_new_is_for_the_next_run() {
    let server = server(TimeMode::Unlocked);
    start(&server, "w").await;
    let task = poll(&server).await;
    let answered = update(&server, "u");
    tokio::task::yield_now().await;
    let next = Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(
        ContinueAsNewWorkflowExecutionCommandAttributes::default(),
    );
    answer(&server, &task, vec![next]).await.unwrap();
    let task = poll(&server).await;
    assert_ne!(
        task.workflow_execution.as_ref().unwrap().run_id,
        "",
        "the next run has a task"
    );
    let ids: Vec<_> = task
        .messages
        .iter()
        .map(|message| message.protocol_instance_id.as_str())
        .collect();
    assert_eq!(ids, ["u"]);
    // A worker that does not answer an update has it rejected.
    answer(&server, &task, vec![]).await.unwrap();
    let outcome = answered.await.unwrap().unwrap().outcome.unwrap();
    let Some(outcome::Value::Failure(failure)) = outcome.value else {
        panic!("the update has a result");
    };
    assert!(failure.message.contains("wasn't processed by worker"));
}

#[tokio::test]
async fn an_update_that_comes_while_a_run_ends_is_aborted() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = poll(&server).await;
    let answered = update(&server, "u");
    tokio::task::yield_now().await;
    answer(&server, &task, vec![complete()]).await.unwrap();
    let error = answered.await.unwrap().unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::NotFound,
            "workflow update was aborted by closing workflow"
        )
    );
}

#[tokio::test]
async fn a_signal_that_starts_is_delivered_once_for_a_request() {
    let server = server(TimeMode::Real);
    let request = SignalWithStartWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_id: "w".to_owned(),
        workflow_type: workflow_type("test"),
        task_queue: queue(),
        signal_name: "s".to_owned(),
        request_id: "request".to_owned(),
        ..Default::default()
    };
    let first: SignalWithStartWorkflowExecutionResponse =
        call(&server, request.clone()).await.unwrap();
    let again: SignalWithStartWorkflowExecutionResponse =
        call(&server, request.clone()).await.unwrap();
    assert_eq!((first.started, again.started), (true, false));
    assert_eq!(first.run_id, again.run_id);
    let other = SignalWithStartWorkflowExecutionRequest {
        request_id: "another request".to_owned(),
        ..request
    };
    let _: SignalWithStartWorkflowExecutionResponse = call(&server, other).await.unwrap();
    let signals = types(&history(&server, execution("w")).await)
        .into_iter()
        .filter(|event_type| *event_type == EventType::WorkflowExecutionSignaled)
        .count();
    assert_eq!(signals, 2);
}

fn with_start(
    server: &Server,
    id: &str,
    start: StartWorkflowExecutionRequest,
) -> JoinHandle<Result<ExecuteMultiOperationResponse, Status>> {
    let server = server.clone();
    let operations = [
        operation::Operation::StartWorkflow(start),
        operation::Operation::UpdateWorkflow(update_request(id)),
    ];
    let request = ExecuteMultiOperationRequest {
        namespace: NAMESPACE.to_owned(),
        operations: operations
            .map(|operation| Operation {
                operation: Some(operation),
            })
            .into(),
        ..Default::default()
    };
    tokio::spawn(async move { call(&server, request).await })
}

/// The statuses of the start and of the update.
fn statuses_of(error: &Status) -> Vec<(Code, String)> {
    let status = google::rpc::Status::decode(error.details()).unwrap();
    let failure = MultiOperationExecutionFailure::decode(status.details[0].value.as_slice());
    let statuses = failure.unwrap().statuses.into_iter();
    statuses
        .map(|status| (Code::from_i32(status.code), status.message))
        .collect()
}

fn aborted() -> (Code, String) {
    (Code::Aborted, "Operation was aborted.".to_owned())
}

#[tokio::test]
async fn a_start_that_is_refused_aborts_its_update() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let mut again = start_request("w");
    again.workflow_id_conflict_policy = WorkflowIdConflictPolicy::Fail as i32;
    let error = with_start(&server, "u", again).await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
    assert_eq!(error.message(), "Update-with-Start could not be executed.");
    let statuses = statuses_of(&error);
    assert_eq!(statuses[0].0, Code::AlreadyExists);
    assert_eq!(statuses[1], aborted());
}

#[tokio::test]
async fn an_update_that_is_wrong_starts_nothing() {
    let server = server(TimeMode::Real);
    let mut delayed = start_request("w");
    delayed.workflow_start_delay = seconds(5);
    let error = with_start(&server, "u", delayed)
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let refusal = "WorkflowStartDelay is not supported.".to_owned();
    assert_eq!(
        statuses_of(&error),
        [(Code::InvalidArgument, refusal), aborted()]
    );
    let long = "x".repeat(1_001);
    let error = with_start(&server, &long, start_request("w"))
        .await
        .unwrap()
        .unwrap_err();
    let refusal = "UpdateId length exceeds limit.".to_owned();
    assert_eq!(
        statuses_of(&error),
        [aborted(), (Code::InvalidArgument, refusal)]
    );
    let description = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution("w"),
    };
    let found = call::<_, DescribeWorkflowExecutionResponse>(&server, description).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn an_update_whose_run_ends_first_starts_the_next() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    let task = poll(&server).await;
    let mut use_existing = start_request("w");
    use_existing.workflow_id_conflict_policy = WorkflowIdConflictPolicy::UseExisting as i32;
    let answered = with_start(&server, "u", use_existing);
    tokio::task::yield_now().await;
    answer(&server, &task, vec![complete()]).await.unwrap();
    let next = poll(&server).await;
    assert_eq!(next.messages[0].protocol_instance_id, "u");
    answer(&server, &next, Vec::new()).await.unwrap();
    // The worker has not processed it.
    let response = answered.await.unwrap().unwrap();
    let Some(response::Response::StartWorkflow(started)) = &response.responses[0].response else {
        panic!("{response:?}");
    };
    assert!(started.started);
    assert_eq!(started.run_id, next.workflow_execution.unwrap().run_id);
}

#[tokio::test]
async fn an_update_of_a_run_whose_task_keeps_failing_is_refused() {
    let server = server(TimeMode::Unlocked);
    start(&server, "w").await;
    for _ in 0..2 {
        let task = poll(&server).await;
        let failed = RespondWorkflowTaskFailedRequest {
            namespace: NAMESPACE.to_owned(),
            task_token: task.task_token,
            ..Default::default()
        };
        let _: RespondWorkflowTaskFailedResponse = call(&server, failed).await.unwrap();
    }
    let error = update(&server, "u").await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(
        error.message(),
        "Unable to perform workflow execution update due to Workflow Task in failed state."
    );
}
