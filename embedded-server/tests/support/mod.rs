//! A client and a worker by hand: one call at a time, so that a test decides what happens when.

#![allow(dead_code)]

use prost::{Message, Name};
use temporal_bun_embedded_server::{Config, Server, TimeMode};
use temporalio_protos::temporal::api::{
    command::v1::{
        Command, ScheduleActivityTaskCommandAttributes,
        StartChildWorkflowExecutionCommandAttributes, StartTimerCommandAttributes,
        command::Attributes,
    },
    common::v1::{ActivityType, Payload, Payloads, WorkflowExecution, WorkflowType},
    enums::v1::{EventType, WorkflowExecutionStatus},
    failure::v1::{Failure, failure::FailureInfo},
    history::v1::HistoryEvent,
    taskqueue::v1::TaskQueue,
    workflowservice::v1::*,
};
use tonic::{Status, metadata::MetadataMap};

pub const NAMESPACE: &str = "default";
pub const QUEUE: &str = "queue";

const SERVICE: &str = "temporal.api.workflowservice.v1.WorkflowService";

/// A server whose timers fire.
pub fn server(time: TimeMode) -> Server {
    let server = Server::new(Config {
        time,
        ..Config::default()
    });
    tokio::spawn(server.drive());
    server
}

/// Calls a method of the workflow service, whose name is the request's.
pub async fn call<Request: Message + Name, Response: Message + Default>(
    server: &Server,
    request: Request,
) -> Result<Response, Status> {
    call_of(server, SERVICE, request).await
}

/// Calls a method of a service, whose name is the request's.
pub async fn call_of<Request: Message + Name, Response: Message + Default>(
    server: &Server,
    service: &str,
    request: Request,
) -> Result<Response, Status> {
    let method = Request::NAME.strip_suffix("Request").unwrap();
    let response = server
        .call(
            service,
            method,
            &MetadataMap::new(),
            &request.encode_to_vec(),
        )
        .await?;
    Ok(Response::decode(response.as_slice()).unwrap())
}

pub fn queue() -> Option<TaskQueue> {
    Some(TaskQueue {
        name: QUEUE.to_owned(),
        ..Default::default()
    })
}

pub fn execution(workflow_id: &str) -> Option<WorkflowExecution> {
    Some(WorkflowExecution {
        workflow_id: workflow_id.to_owned(),
        run_id: String::new(),
    })
}

pub fn workflow_type(name: &str) -> Option<WorkflowType> {
    Some(WorkflowType {
        name: name.to_owned(),
    })
}

pub fn activity_type(name: &str) -> Option<ActivityType> {
    Some(ActivityType {
        name: name.to_owned(),
    })
}

pub fn seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}

pub fn start_request(workflow_id: &str) -> StartWorkflowExecutionRequest {
    StartWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_id: workflow_id.to_owned(),
        workflow_type: workflow_type("test"),
        task_queue: queue(),
        ..Default::default()
    }
}

pub async fn start(server: &Server, workflow_id: &str) -> StartWorkflowExecutionResponse {
    call(server, start_request(workflow_id)).await.unwrap()
}

/// The next workflow task.
pub async fn poll(server: &Server) -> PollWorkflowTaskQueueResponse {
    let request = PollWorkflowTaskQueueRequest {
        namespace: NAMESPACE.to_owned(),
        task_queue: queue(),
        identity: "worker".to_owned(),
        ..Default::default()
    };
    call(server, request).await.unwrap()
}

/// The next activity task.
pub async fn poll_activity(server: &Server) -> PollActivityTaskQueueResponse {
    let request = PollActivityTaskQueueRequest {
        namespace: NAMESPACE.to_owned(),
        task_queue: queue(),
        identity: "worker".to_owned(),
        ..Default::default()
    };
    call(server, request).await.unwrap()
}

pub async fn answer(
    server: &Server,
    task: &PollWorkflowTaskQueueResponse,
    commands: Vec<Attributes>,
) -> Result<RespondWorkflowTaskCompletedResponse, Status> {
    let request = RespondWorkflowTaskCompletedRequest {
        task_token: task.task_token.clone(),
        commands: commands
            .into_iter()
            .map(|attributes| Command {
                attributes: Some(attributes),
                ..Default::default()
            })
            .collect(),
        identity: "worker".to_owned(),
        ..Default::default()
    };
    call(server, request).await
}

/// Takes the next workflow task, and answers it.
pub async fn step(server: &Server, commands: Vec<Attributes>) -> PollWorkflowTaskQueueResponse {
    let task = poll(server).await;
    answer(server, &task, commands).await.unwrap();
    task
}

pub async fn history(server: &Server, execution: Option<WorkflowExecution>) -> Vec<HistoryEvent> {
    let request = GetWorkflowExecutionHistoryRequest {
        namespace: NAMESPACE.to_owned(),
        execution,
        ..Default::default()
    };
    let response: GetWorkflowExecutionHistoryResponse = call(server, request).await.unwrap();
    response.history.unwrap().events
}

/// The types of a history's events, without those of its workflow tasks.
pub fn types(events: &[HistoryEvent]) -> Vec<EventType> {
    events
        .iter()
        .map(HistoryEvent::event_type)
        .filter(|event_type| {
            !matches!(
                event_type,
                EventType::WorkflowTaskScheduled
                    | EventType::WorkflowTaskStarted
                    | EventType::WorkflowTaskCompleted
            )
        })
        .collect()
}

pub fn complete() -> Attributes {
    Attributes::CompleteWorkflowExecutionCommandAttributes(Default::default())
}

pub fn payloads(text: &str) -> Option<Payloads> {
    Some(Payloads {
        payloads: vec![Payload {
            data: text.as_bytes().to_vec(),
            ..Default::default()
        }],
    })
}

pub fn timer(id: &str, length: i64) -> Attributes {
    Attributes::StartTimerCommandAttributes(StartTimerCommandAttributes {
        timer_id: id.to_owned(),
        start_to_fire_timeout: seconds(length),
    })
}

pub fn activity(id: &str) -> ScheduleActivityTaskCommandAttributes {
    ScheduleActivityTaskCommandAttributes {
        activity_id: id.to_owned(),
        activity_type: activity_type("act"),
        task_queue: queue(),
        start_to_close_timeout: seconds(60),
        ..Default::default()
    }
}

pub fn schedule(activity: ScheduleActivityTaskCommandAttributes) -> Attributes {
    Attributes::ScheduleActivityTaskCommandAttributes(activity)
}

pub fn child(id: &str) -> Attributes {
    Attributes::StartChildWorkflowExecutionCommandAttributes(
        StartChildWorkflowExecutionCommandAttributes {
            workflow_id: id.to_owned(),
            workflow_type: workflow_type("child"),
            task_queue: queue(),
            ..Default::default()
        },
    )
}

pub async fn signal(server: &Server, workflow_id: &str, name: &str) {
    let request = SignalWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution(workflow_id),
        signal_name: name.to_owned(),
        ..Default::default()
    };
    let _: SignalWorkflowExecutionResponse = call(server, request).await.unwrap();
}

pub async fn status(server: &Server, workflow_id: &str) -> WorkflowExecutionStatus {
    let request = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution(workflow_id),
    };
    let described: DescribeWorkflowExecutionResponse = call(server, request).await.unwrap();
    described.workflow_execution_info.unwrap().status()
}

pub async fn complete_activity(server: &Server, task_token: Vec<u8>) {
    let request = RespondActivityTaskCompletedRequest {
        task_token,
        result: payloads("result"),
        ..Default::default()
    };
    let _: RespondActivityTaskCompletedResponse = call(server, request).await.unwrap();
}

pub async fn fail_activity(server: &Server, task_token: Vec<u8>) {
    let request = RespondActivityTaskFailedRequest {
        task_token,
        failure: Some(Failure {
            message: "no".to_owned(),
            failure_info: Some(FailureInfo::ApplicationFailureInfo(Default::default())),
            ..Default::default()
        }),
        ..Default::default()
    };
    let _: RespondActivityTaskFailedResponse = call(server, request).await.unwrap();
}
