//! Updates that meet the end of a run, and signals that start one.

use crate::support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    command::v1::{ContinueAsNewWorkflowExecutionCommandAttributes, command::Attributes},
    enums::v1::EventType,
    update::v1::{Input, Meta, Request, WaitPolicy, outcome},
    workflowservice::v1::*,
};
use tokio::task::JoinHandle;
use tonic::{Code, Status};

type Answer = JoinHandle<Result<UpdateWorkflowExecutionResponse, Status>>;

fn update(server: &Server, id: &str) -> Answer {
    let server = server.clone();
    let request = UpdateWorkflowExecutionRequest {
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
    };
    tokio::spawn(async move { call(&server, request).await })
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
