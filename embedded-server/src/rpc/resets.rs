//! Resets of workflows.

#![allow(deprecated)]

use crate::{
    errors::{self, check_length},
    shared::Shared,
    transitions::resets::Reset,
};
use temporalio_protos::temporal::api::workflowservice::v1::{
    ResetWorkflowExecutionRequest, ResetWorkflowExecutionResponse,
};
use tonic::Status;

pub async fn reset_workflow_execution(
    shared: &Shared,
    request: ResetWorkflowExecutionRequest,
) -> Result<ResetWorkflowExecutionResponse, Status> {
    if request.request_id.is_empty() {
        return Err(errors::invalid("RequestId is not set on request."));
    }
    check_length("RequestId", &request.request_id)?;
    let mut state = shared.state();
    let base = state.find(&request.namespace, request.workflow_execution.as_ref())?;
    if let Some(operation) = request.post_reset_operations.first() {
        return Err(Status::unimplemented(format!(
            "the embedded server does not serve operations after a reset: {operation:?}"
        )));
    }
    let reset = Reset::new(
        request.workflow_task_finish_event_id,
        request.reason,
        request.request_id,
        request.reset_reapply_type,
        &request.reset_reapply_exclude_types,
    );
    let no = state.reset(base, reset)?;
    let run_id = state.run(no).run_id.clone();
    Ok(ResetWorkflowExecutionResponse { run_id })
}
