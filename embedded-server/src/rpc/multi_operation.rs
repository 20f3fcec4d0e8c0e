//! Update-with-start: both in one step.

use crate::{errors, rpc::updates, shared::Shared};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    workflowservice::v1::{
        ExecuteMultiOperationRequest, ExecuteMultiOperationResponse,
        execute_multi_operation_request::{Operation, operation},
        execute_multi_operation_response::{Response, response},
    },
};
use tonic::Status;

pub async fn execute_multi_operation(
    shared: &Shared,
    request: ExecuteMultiOperationRequest,
) -> Result<ExecuteMultiOperationResponse, Status> {
    let wrong = || errors::invalid("Operations have to be exactly [Start, Update].");
    let [start, update]: [Operation; 2] = request.operations.try_into().map_err(|_| wrong())?;
    let (
        Some(operation::Operation::StartWorkflow(start)),
        Some(operation::Operation::UpdateWorkflow(update)),
    ) = (start.operation, update.operation)
    else {
        return Err(wrong());
    };
    let (started, no, id) = {
        let mut state = shared.state();
        let workflow_id = start.workflow_id.clone();
        let namespace = start.namespace.clone();
        let named = update.workflow_execution.unwrap_or_default();
        if named.workflow_id != workflow_id {
            return Err(errors::invalid(
                "WorkflowId is not consistent with previous operation(s)",
            ));
        }
        let (started, at) = state.start_workflow(start)?;
        let execution = WorkflowExecution {
            workflow_id,
            run_id: state.run(at.run).run_id.clone(),
        };
        let (no, id) = state.admit_update(&namespace, Some(&execution), "", update.request)?;
        (started, no, id)
    };
    let reached = updates::wait(shared, no, &id, update.wait_policy).await?;
    let responses = [
        response::Response::StartWorkflow(started),
        response::Response::UpdateWorkflow(reached.into_response()),
    ];
    Ok(ExecuteMultiOperationResponse {
        responses: responses
            .map(|response| Response {
                response: Some(response),
            })
            .into(),
    })
}
