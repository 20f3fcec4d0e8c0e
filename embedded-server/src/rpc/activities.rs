//! Heartbeats and results of activities, from workers and clients.

use crate::{errors, shared::Shared};
use temporalio_protos::temporal::api::failure::v1::{Failure, failure::FailureInfo};
use temporalio_protos::temporal::api::workflowservice::v1::{
    RecordActivityTaskHeartbeatByIdRequest, RecordActivityTaskHeartbeatByIdResponse,
    RecordActivityTaskHeartbeatRequest, RecordActivityTaskHeartbeatResponse,
    RespondActivityTaskCanceledByIdRequest, RespondActivityTaskCanceledByIdResponse,
    RespondActivityTaskCanceledRequest, RespondActivityTaskCanceledResponse,
    RespondActivityTaskCompletedByIdRequest, RespondActivityTaskCompletedByIdResponse,
    RespondActivityTaskCompletedRequest, RespondActivityTaskCompletedResponse,
    RespondActivityTaskFailedByIdRequest, RespondActivityTaskFailedByIdResponse,
    RespondActivityTaskFailedRequest, RespondActivityTaskFailedResponse,
};
use tonic::Status;

pub async fn record_activity_task_heartbeat(
    shared: &Shared,
    request: RecordActivityTaskHeartbeatRequest,
) -> Result<RecordActivityTaskHeartbeatResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_token(&request.task_token)?;
    let (cancel_requested, activity_paused, activity_reset) =
        state.answer_heartbeat(pending, request.details)?;
    Ok(RecordActivityTaskHeartbeatResponse {
        cancel_requested,
        activity_paused,
        activity_reset,
    })
}

pub async fn record_activity_task_heartbeat_by_id(
    shared: &Shared,
    request: RecordActivityTaskHeartbeatByIdRequest,
) -> Result<RecordActivityTaskHeartbeatByIdResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    let (cancel_requested, activity_paused, activity_reset) =
        state.answer_heartbeat(pending, request.details)?;
    Ok(RecordActivityTaskHeartbeatByIdResponse {
        cancel_requested,
        activity_paused,
        activity_reset,
    })
}

pub async fn respond_activity_task_completed(
    shared: &Shared,
    request: RespondActivityTaskCompletedRequest,
) -> Result<RespondActivityTaskCompletedResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_token(&request.task_token)?;
    state.complete_activity(pending, request.result, request.identity)?;
    Ok(RespondActivityTaskCompletedResponse {})
}

pub async fn respond_activity_task_completed_by_id(
    shared: &Shared,
    request: RespondActivityTaskCompletedByIdRequest,
) -> Result<RespondActivityTaskCompletedByIdResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    state.complete_activity(pending, request.result, request.identity)?;
    Ok(RespondActivityTaskCompletedByIdResponse {})
}

/// Refuses the failure of an activity that is none of an application.
fn check_failure(failure: Option<&Failure>) -> Result<(), Status> {
    let is_of_application = |failure: &Failure| {
        matches!(
            failure.failure_info,
            Some(FailureInfo::ApplicationFailureInfo(_))
        )
    };
    if failure.is_some_and(|failure| !is_of_application(failure)) {
        return Err(errors::invalid("Failure must have ApplicationFailureInfo."));
    }
    Ok(())
}

pub async fn respond_activity_task_failed(
    shared: &Shared,
    request: RespondActivityTaskFailedRequest,
) -> Result<RespondActivityTaskFailedResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_token(&request.task_token)?;
    check_failure(request.failure.as_ref())?;
    state.fail_activity(
        pending,
        request.failure,
        request.last_heartbeat_details,
        request.cause,
    )?;
    Ok(RespondActivityTaskFailedResponse::default())
}

pub async fn respond_activity_task_failed_by_id(
    shared: &Shared,
    request: RespondActivityTaskFailedByIdRequest,
) -> Result<RespondActivityTaskFailedByIdResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    check_failure(request.failure.as_ref())?;
    state.fail_activity(
        pending,
        request.failure,
        request.last_heartbeat_details,
        request.cause,
    )?;
    Ok(RespondActivityTaskFailedByIdResponse::default())
}

pub async fn respond_activity_task_canceled(
    shared: &Shared,
    request: RespondActivityTaskCanceledRequest,
) -> Result<RespondActivityTaskCanceledResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_token(&request.task_token)?;
    state.cancel_activity(pending, request.details, request.identity)?;
    Ok(RespondActivityTaskCanceledResponse {})
}

pub async fn respond_activity_task_canceled_by_id(
    shared: &Shared,
    request: RespondActivityTaskCanceledByIdRequest,
) -> Result<RespondActivityTaskCanceledByIdResponse, Status> {
    let mut state = shared.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    state.cancel_activity(pending, request.details, request.identity)?;
    Ok(RespondActivityTaskCanceledByIdResponse {})
}
