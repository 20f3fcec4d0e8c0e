//! Nexus operations, as a caller, a handler and a workflow behind the handler see them.

#![allow(deprecated)]

use crate::support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    command::v1::{
        CancelWorkflowExecutionCommandAttributes, RequestCancelNexusOperationCommandAttributes,
        ScheduleNexusOperationCommandAttributes, command::Attributes,
    },
    common::v1::{Callback, Link, Payload, callback, link},
    enums::v1::{CallbackState, EventType, PendingNexusOperationState, WorkflowIdConflictPolicy},
    failure::v1::failure::FailureInfo,
    history::v1::history_event::Attributes as Event,
    nexus::v1::{
        CancelOperationResponse, EndpointSpec, EndpointTarget, HandlerError, Link as NexusLink,
        Response, StartOperationRequest, StartOperationResponse, endpoint_target, request,
        response, start_operation_response,
    },
    operatorservice::v1::{
        CreateNexusEndpointRequest, CreateNexusEndpointResponse, DeleteNexusEndpointRequest,
        DeleteNexusEndpointResponse, ListNexusEndpointsRequest, ListNexusEndpointsResponse,
        UpdateNexusEndpointRequest, UpdateNexusEndpointResponse,
    },
    workflow::v1::OnConflictOptions,
    workflowservice::v1::*,
};
use tonic::{Code, Status};

const OPERATOR: &str = "temporal.api.operatorservice.v1.OperatorService";

fn spec() -> Option<EndpointSpec> {
    let worker = endpoint_target::Worker {
        namespace: NAMESPACE.to_owned(),
        task_queue: QUEUE.to_owned(),
    };
    Some(EndpointSpec {
        name: "endpoint".to_owned(),
        target: Some(EndpointTarget {
            variant: Some(endpoint_target::Variant::Worker(worker)),
        }),
        ..Default::default()
    })
}

async fn create_endpoint(server: &Server) -> Result<CreateNexusEndpointResponse, Status> {
    call_of(
        server,
        OPERATOR,
        CreateNexusEndpointRequest { spec: spec() },
    )
    .await
}

fn operation() -> ScheduleNexusOperationCommandAttributes {
    ScheduleNexusOperationCommandAttributes {
        endpoint: "endpoint".to_owned(),
        service: "service".to_owned(),
        operation: "operation".to_owned(),
        ..Default::default()
    }
}

fn schedule_nexus(operation: ScheduleNexusOperationCommandAttributes) -> Attributes {
    Attributes::ScheduleNexusOperationCommandAttributes(operation)
}

/// A server with an endpoint, on which a workflow has called an operation.
async fn with_operation(operation: ScheduleNexusOperationCommandAttributes) -> Server {
    with_operation_in(TimeMode::Unlocked, operation).await
}

async fn with_operation_in(
    time: TimeMode,
    operation: ScheduleNexusOperationCommandAttributes,
) -> Server {
    let server = server(time);
    create_endpoint(&server).await.unwrap();
    start(&server, "caller").await;
    step(&server, vec![schedule_nexus(operation)]).await;
    server
}

async fn poll_nexus(server: &Server) -> PollNexusTaskQueueResponse {
    let request = PollNexusTaskQueueRequest {
        namespace: NAMESPACE.to_owned(),
        task_queue: queue(),
        identity: "handler".to_owned(),
        ..Default::default()
    };
    call(server, request).await.unwrap()
}

fn start_of(task: &PollNexusTaskQueueResponse) -> StartOperationRequest {
    match task.request.clone().unwrap().variant {
        Some(request::Variant::StartOperation(start)) => start,
        other => panic!("{other:?}"),
    }
}

async fn respond(server: &Server, task: &PollNexusTaskQueueResponse, variant: response::Variant) {
    let request = RespondNexusTaskCompletedRequest {
        namespace: NAMESPACE.to_owned(),
        task_token: task.task_token.clone(),
        response: Some(Response {
            variant: Some(variant),
        }),
        ..Default::default()
    };
    let _: RespondNexusTaskCompletedResponse = call(server, request).await.unwrap();
}

fn started(variant: start_operation_response::Variant) -> response::Variant {
    response::Variant::StartOperation(StartOperationResponse {
        variant: Some(variant),
    })
}

async fn fail(server: &Server, task: &PollNexusTaskQueueResponse, error_type: &str) {
    let request = RespondNexusTaskFailedRequest {
        namespace: NAMESPACE.to_owned(),
        task_token: task.task_token.clone(),
        error: Some(HandlerError {
            error_type: error_type.to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let _: RespondNexusTaskFailedResponse = call(server, request).await.unwrap();
}

/// Answers as a handler whose operation goes on.
async fn answer_started(server: &Server, task: &PollNexusTaskQueueResponse) {
    let answer = start_operation_response::Async {
        operation_token: "token".to_owned(),
        ..Default::default()
    };
    respond(
        server,
        task,
        started(start_operation_response::Variant::AsyncSuccess(answer)),
    )
    .await;
}

/// Starts the workflow behind an operation, as a handler does, and answers with its start.
async fn start_behind(server: &Server, task: &PollNexusTaskQueueResponse) {
    let start = start_of(task);
    let request = StartWorkflowExecutionRequest {
        request_id: start.request_id,
        completion_callbacks: vec![Callback {
            variant: Some(callback::Variant::Nexus(callback::Nexus {
                url: start.callback,
                ..Default::default()
            })),
            ..Default::default()
        }],
        ..start_request("behind")
    };
    let _: StartWorkflowExecutionResponse = call(server, request).await.unwrap();
    answer_started(server, task).await;
}

/// A server with an operation behind which a workflow runs: the workflow tasks of the caller, about the start, and of that one.
async fn with_workflow_behind() -> (Server, [PollWorkflowTaskQueueResponse; 2]) {
    let server = with_operation(operation()).await;
    start_behind(&server, &poll_nexus(&server).await).await;
    let mut tasks = [poll(&server).await, poll(&server).await];
    tasks.sort_by_key(|task| task.workflow_execution.as_ref().unwrap().workflow_id == "behind");
    (server, tasks)
}

async fn caller_types(server: &Server) -> Vec<EventType> {
    types(&history(server, execution("caller")).await)
}

#[tokio::test]
async fn an_operation_completes_with_the_answer_to_its_start() {
    let server = with_operation(operation()).await;
    let task = poll_nexus(&server).await;
    let start = start_of(&task);
    assert_eq!(
        (start.service.as_str(), start.operation.as_str()),
        ("service", "operation")
    );
    let success = start_operation_response::Sync {
        payload: Some(Payload {
            data: b"result".to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    };
    respond(
        &server,
        &task,
        started(start_operation_response::Variant::SyncSuccess(success)),
    )
    .await;
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        caller_types(&server).await,
        [
            WorkflowExecutionStarted,
            NexusOperationScheduled,
            NexusOperationCompleted,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn an_operation_ends_with_the_workflow_behind_it() {
    let (server, [caller, behind]) = with_workflow_behind().await;
    // The caller hears of the start before the workflow behind ends.
    answer(&server, &caller, vec![]).await.unwrap();
    answer(&server, &behind, vec![complete()]).await.unwrap();
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        caller_types(&server).await,
        [
            WorkflowExecutionStarted,
            NexusOperationScheduled,
            NexusOperationStarted,
            NexusOperationCompleted,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn a_cancellation_goes_to_the_handler_and_the_operation_ends_as_its_workflow_does() {
    let (server, [caller, behind]) = with_workflow_behind().await;
    let cancel = RequestCancelNexusOperationCommandAttributes {
        scheduled_event_id: 5,
    };
    let cancel = Attributes::RequestCancelNexusOperationCommandAttributes(cancel);
    answer(&server, &caller, vec![cancel]).await.unwrap();
    let task = poll_nexus(&server).await;
    let Some(request::Variant::CancelOperation(cancel)) = task.request.clone().unwrap().variant
    else {
        panic!("the handler does not hear of the cancellation");
    };
    assert_eq!(cancel.operation_token, "token");
    let answered = response::Variant::CancelOperation(CancelOperationResponse {});
    respond(&server, &task, answered).await;
    let cancelled = Attributes::CancelWorkflowExecutionCommandAttributes(
        CancelWorkflowExecutionCommandAttributes::default(),
    );
    answer(&server, &behind, vec![cancelled]).await.unwrap();
    step(&server, vec![complete()]).await;
    use EventType::*;
    assert_eq!(
        caller_types(&server).await,
        [
            WorkflowExecutionStarted,
            NexusOperationScheduled,
            NexusOperationStarted,
            NexusOperationCancelRequested,
            NexusOperationCancelRequestCompleted,
            NexusOperationCanceled,
            WorkflowExecutionCompleted
        ]
    );
}

#[tokio::test]
async fn a_handler_is_called_again_after_an_error_of_its_own_only() {
    let server = with_operation(operation()).await;
    fail(&server, &poll_nexus(&server).await, "INTERNAL").await;
    fail(&server, &poll_nexus(&server).await, "NOT_FOUND").await;
    step(&server, vec![complete()]).await;
    let events = history(&server, execution("caller")).await;
    let failure = events
        .iter()
        .find_map(|event| match &event.attributes {
            Some(Event::NexusOperationFailedEventAttributes(failed)) => failed.failure.clone(),
            _ => None,
        })
        .unwrap();
    assert_eq!(failure.message, "nexus operation completed unsuccessfully");
    let Some(FailureInfo::NexusHandlerFailureInfo(info)) = failure.cause.unwrap().failure_info
    else {
        panic!("the cause is not the handler's error");
    };
    assert_eq!(info.r#type, "NOT_FOUND");
}

#[tokio::test]
async fn an_operation_times_out() {
    let server = with_operation(ScheduleNexusOperationCommandAttributes {
        schedule_to_close_timeout: seconds(60),
        ..operation()
    })
    .await;
    let task = poll_nexus(&server).await;
    answer_started(&server, &task).await;
    step(&server, vec![]).await;
    step(&server, vec![complete()]).await;
    let types = caller_types(&server).await;
    assert!(
        types.contains(&EventType::NexusOperationTimedOut),
        "{types:?}"
    );
}

#[tokio::test]
async fn an_operation_of_an_unknown_endpoint_fails_the_task() {
    let server = server(TimeMode::Real);
    start(&server, "caller").await;
    let task = poll(&server).await;
    let error = answer(&server, &task, vec![schedule_nexus(operation())])
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "BadScheduleNexusOperationAttributes: endpoint \"endpoint\" not found"
    );
}

#[tokio::test]
async fn endpoints_are_created_changed_listed_and_deleted() {
    let server = server(TimeMode::Real);
    let endpoint = create_endpoint(&server).await.unwrap().endpoint.unwrap();
    assert_eq!(endpoint.version, 1);
    let error = create_endpoint(&server).await.unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
    let update = UpdateNexusEndpointRequest {
        id: endpoint.id.clone(),
        version: 1,
        spec: spec(),
    };
    let updated: UpdateNexusEndpointResponse =
        call_of(&server, OPERATOR, update.clone()).await.unwrap();
    assert_eq!(updated.endpoint.unwrap().version, 2);
    let again: Result<UpdateNexusEndpointResponse, _> = call_of(&server, OPERATOR, update).await;
    assert_eq!(
        again.unwrap_err().message(),
        "nexus endpoint version mismatch. received: 1 expected 2"
    );
    let list = ListNexusEndpointsRequest {
        name: "endpoint".to_owned(),
        ..Default::default()
    };
    let listed: ListNexusEndpointsResponse =
        call_of(&server, OPERATOR, list.clone()).await.unwrap();
    assert_eq!(listed.endpoints.len(), 1);
    let delete = DeleteNexusEndpointRequest {
        id: endpoint.id,
        version: 2,
    };
    let _: DeleteNexusEndpointResponse = call_of(&server, OPERATOR, delete).await.unwrap();
    let listed: ListNexusEndpointsResponse = call_of(&server, OPERATOR, list).await.unwrap();
    assert!(listed.endpoints.is_empty());
}

async fn describe(server: &Server, workflow_id: &str) -> DescribeWorkflowExecutionResponse {
    let request = DescribeWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution(workflow_id),
    };
    call(server, request).await.unwrap()
}

#[tokio::test]
async fn links_lead_from_the_caller_to_the_workflow_behind_and_back() {
    let server = with_operation(operation()).await;
    let task = poll_nexus(&server).await;
    let start = start_of(&task);
    assert_eq!(start.links.len(), 1);
    assert!(
        start.links[0].url.contains("/workflows/caller/")
            && start.links[0].url.ends_with(
                "?eventID=5&eventType=NexusOperationScheduled&referenceType=EventReference"
            ),
        "{}",
        start.links[0].url
    );
    // The caller's event, as a handler hands it on.
    let caller = history(&server, execution("caller")).await;
    let run_id = describe(&server, "caller")
        .await
        .workflow_execution_info
        .unwrap()
        .execution
        .unwrap()
        .run_id;
    let link = Link {
        variant: Some(link::Variant::WorkflowEvent(link::WorkflowEvent {
            namespace: NAMESPACE.to_owned(),
            workflow_id: "caller".to_owned(),
            run_id,
            reference: Some(link::workflow_event::Reference::EventRef(
                link::workflow_event::EventReference {
                    event_id: caller[4].event_id,
                    event_type: caller[4].event_type,
                },
            )),
        })),
    };
    let request = StartWorkflowExecutionRequest {
        links: vec![link.clone()],
        ..start_request("behind")
    };
    let answer: StartWorkflowExecutionResponse = call(&server, request).await.unwrap();
    let behind = history(&server, execution("behind")).await;
    assert_eq!(behind[0].links, [link]);
    let Some(link::Variant::WorkflowEvent(to_behind)) = answer.link.clone().unwrap().variant else {
        panic!("the answer has a link to the first event");
    };
    let success = start_operation_response::Async {
        operation_token: "token".to_owned(),
        links: vec![NexusLink {
            url: format!(
                "temporal:///namespaces/{NAMESPACE}/workflows/behind/{}/history?eventID=1&eventType=WorkflowExecutionStarted&referenceType=EventReference",
                to_behind.run_id
            ),
            r#type: "temporal.api.common.v1.Link.WorkflowEvent".to_owned(),
        }],
        ..Default::default()
    };
    respond(
        &server,
        &task,
        started(start_operation_response::Variant::AsyncSuccess(success)),
    )
    .await;
    let caller = history(&server, execution("caller")).await;
    let started = caller
        .iter()
        .find(|event| event.event_type() == EventType::NexusOperationStarted)
        .unwrap();
    assert_eq!(started.links, [answer.link.unwrap()]);
}

#[tokio::test]
async fn a_description_has_pending_operations_and_callbacks() {
    let server = with_operation_in(TimeMode::Real, operation()).await;
    let pending = async || {
        let described = describe(&server, "caller").await;
        described
            .pending_nexus_operations
            .into_iter()
            .next()
            .unwrap()
    };
    use PendingNexusOperationState::*;
    let at_first = pending().await;
    assert_eq!((at_first.state(), at_first.attempt), (Scheduled, 0));
    fail(&server, &poll_nexus(&server).await, "INTERNAL").await;
    let failed = pending().await;
    assert_eq!((failed.state(), failed.attempt), (BackingOff, 1));
    assert!(failed.last_attempt_failure.is_some() && failed.next_attempt_schedule_time.is_some());
    start_behind(&server, &poll_nexus(&server).await).await;
    let started = pending().await;
    assert_eq!(
        (started.state(), started.operation_token.as_str()),
        (Started, "token")
    );
    let callback = || async { describe(&server, "behind").await.callbacks[0].state() };
    assert_eq!(callback().await, CallbackState::Standby);
    let terminated = TerminateWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution("behind"),
        ..Default::default()
    };
    let _: TerminateWorkflowExecutionResponse = call(&server, terminated).await.unwrap();
    assert_eq!(callback().await, CallbackState::Succeeded);
    assert!(
        describe(&server, "caller")
            .await
            .pending_nexus_operations
            .is_empty()
    );
}

#[tokio::test]
async fn a_start_that_finds_the_run_attaches_its_callbacks() {
    let server = with_operation(operation()).await;
    start(&server, "behind").await;
    let task = poll_nexus(&server).await;
    let start = start_of(&task);
    let request = StartWorkflowExecutionRequest {
        request_id: start.request_id,
        workflow_id_conflict_policy: WorkflowIdConflictPolicy::UseExisting as i32,
        on_conflict_options: Some(OnConflictOptions {
            attach_request_id: true,
            attach_completion_callbacks: true,
            attach_links: true,
        }),
        completion_callbacks: vec![Callback {
            variant: Some(callback::Variant::Nexus(callback::Nexus {
                url: start.callback,
                ..Default::default()
            })),
            ..Default::default()
        }],
        ..start_request("behind")
    };
    for _ in 0..2 {
        let answer: StartWorkflowExecutionResponse = call(&server, request.clone()).await.unwrap();
        assert!(!answer.started);
    }
    use EventType::*;
    assert_eq!(
        types(&history(&server, execution("behind")).await),
        [WorkflowExecutionStarted, WorkflowExecutionOptionsUpdated]
    );
    step(&server, vec![complete()]).await;
    assert!(
        caller_types(&server)
            .await
            .contains(&NexusOperationCompleted)
    );
}
