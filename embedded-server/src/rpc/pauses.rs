//! Pauses of workflows.

use crate::{errors, shared::Shared, transitions::pauses::PauseRequest};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    workflowservice::v1::{
        PauseWorkflowExecutionRequest, PauseWorkflowExecutionResponse,
        UnpauseWorkflowExecutionRequest, UnpauseWorkflowExecutionResponse,
    },
};
use tonic::Status;

/// The most bytes of each text of a request.
const MAX_LENGTH: usize = 1000;

fn check(request: &PauseRequest) -> Result<(), Status> {
    let texts = [
        ("reason", &request.reason),
        ("request id", &request.request_id),
        ("identity", &request.identity),
    ];
    for (field, text) in texts {
        if text.len() > MAX_LENGTH {
            return Err(errors::invalid(format!("{field} is too long.")));
        }
    }
    Ok(())
}

pub async fn pause_workflow_execution(
    shared: &Shared,
    request: PauseWorkflowExecutionRequest,
) -> Result<PauseWorkflowExecutionResponse, Status> {
    let execution = WorkflowExecution {
        workflow_id: request.workflow_id,
        run_id: request.run_id,
    };
    let asked = PauseRequest {
        identity: request.identity,
        reason: request.reason,
        request_id: request.request_id,
    };
    check(&asked)?;
    let mut state = shared.state();
    let no = state.find_open(&request.namespace, Some(&execution))?;
    state.pause_run(no, asked)?;
    Ok(PauseWorkflowExecutionResponse {})
}

pub async fn unpause_workflow_execution(
    shared: &Shared,
    request: UnpauseWorkflowExecutionRequest,
) -> Result<UnpauseWorkflowExecutionResponse, Status> {
    let execution = WorkflowExecution {
        workflow_id: request.workflow_id,
        run_id: request.run_id,
    };
    let asked = PauseRequest {
        identity: request.identity,
        reason: request.reason,
        request_id: request.request_id,
    };
    check(&asked)?;
    let mut state = shared.state();
    let no = state.find_open(&request.namespace, Some(&execution))?;
    state.unpause_run(no, asked)?;
    Ok(UnpauseWorkflowExecutionResponse {})
}
