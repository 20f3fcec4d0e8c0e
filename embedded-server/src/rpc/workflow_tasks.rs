//! Answers to workflow tasks.

use crate::shared::Shared;
use temporalio_protos::temporal::api::workflowservice::v1::{
    ResetStickyTaskQueueRequest, ResetStickyTaskQueueResponse, RespondWorkflowTaskCompletedRequest,
    RespondWorkflowTaskCompletedResponse, RespondWorkflowTaskFailedRequest,
    RespondWorkflowTaskFailedResponse,
};
use tonic::Status;

pub async fn respond_workflow_task_completed(
    shared: &Shared,
    request: RespondWorkflowTaskCompletedRequest,
) -> Result<RespondWorkflowTaskCompletedResponse, Status> {
    shared.state().complete_workflow_task(request)
}

pub async fn respond_workflow_task_failed(
    shared: &Shared,
    request: RespondWorkflowTaskFailedRequest,
) -> Result<RespondWorkflowTaskFailedResponse, Status> {
    let mut state = shared.state();
    let no = state.run_of_token(&request.task_token)?;
    let cause = request.cause();
    state.fail_workflow_task(no, cause, request.failure, &request.identity);
    state.need_workflow_task(no);
    Ok(RespondWorkflowTaskFailedResponse {})
}

pub async fn reset_sticky_task_queue(
    shared: &Shared,
    request: ResetStickyTaskQueueRequest,
) -> Result<ResetStickyTaskQueueResponse, Status> {
    let mut state = shared.state();
    let no = state.find_open(&request.namespace, request.execution.as_ref())?;
    state.run(no).sticky = None;
    Ok(ResetStickyTaskQueueResponse {})
}
