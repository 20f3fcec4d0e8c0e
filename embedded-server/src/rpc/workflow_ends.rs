//! Terminations and cancellations of workflows.

use crate::{errors, shared::Shared};
use temporalio_protos::temporal::api::workflowservice::v1::{
    RequestCancelWorkflowExecutionRequest, RequestCancelWorkflowExecutionResponse,
    TerminateWorkflowExecutionRequest, TerminateWorkflowExecutionResponse,
};
use tonic::Status;

pub async fn terminate_workflow_execution(
    shared: &Shared,
    request: TerminateWorkflowExecutionRequest,
) -> Result<TerminateWorkflowExecutionResponse, Status> {
    let mut state = shared.state();
    let no = state.find_in_chain(
        &request.namespace,
        request.workflow_execution.as_ref(),
        &request.first_execution_run_id,
    )?;
    if !state.run(no).is_open() {
        return Err(errors::workflow_closed());
    }
    state.terminate(no, request.reason, request.details, request.identity);
    Ok(TerminateWorkflowExecutionResponse {})
}

pub async fn request_cancel_workflow_execution(
    shared: &Shared,
    request: RequestCancelWorkflowExecutionRequest,
) -> Result<RequestCancelWorkflowExecutionResponse, Status> {
    let mut state = shared.state();
    let no = state.find_in_chain(
        &request.namespace,
        request.workflow_execution.as_ref(),
        &request.first_execution_run_id,
    )?;
    // A run that has ended needs no cancellation any more.
    if state.run(no).is_open() {
        state.request_cancel(no, None, &request.reason, &request.identity);
    }
    Ok(RequestCancelWorkflowExecutionResponse {})
}
