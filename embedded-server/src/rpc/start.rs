//! The start of workflows.

use crate::shared::Shared;
use temporalio_protos::temporal::api::workflowservice::v1::{
    StartWorkflowExecutionRequest, StartWorkflowExecutionResponse,
};
use tonic::Status;

pub async fn start_workflow_execution(
    shared: &Shared,
    request: StartWorkflowExecutionRequest,
) -> Result<StartWorkflowExecutionResponse, Status> {
    Ok(shared.state().start_workflow(request)?.0)
}
