//! Batch operations.

#![allow(deprecated)]

use crate::{
    errors,
    rpc::visibility::{page_of, page_token},
    shared::Shared,
    transitions::batches::type_of,
};
use temporalio_protos::temporal::api::{
    batch::v1::{batch_operation_reset_activities, batch_operation_unpause_activities},
    enums::v1::ResetType,
    workflowservice::v1::{
        DescribeBatchOperationRequest, DescribeBatchOperationResponse, ListBatchOperationsRequest,
        ListBatchOperationsResponse, StartBatchOperationRequest, StartBatchOperationResponse,
        StopBatchOperationRequest, StopBatchOperationResponse,
        start_batch_operation_request::Operation,
    },
};
use tonic::Status;

/// Refuses a request that lacks something.
fn check(request: &StartBatchOperationRequest) -> Result<&Operation, Status> {
    let has_query = !request.visibility_query.is_empty();
    let has_executions = !request.executions.is_empty();
    let missing = || {
        errors::invalid(
            "must provide required parameters: BatchType/Reason/Namespace/Query/Executions",
        )
    };
    let operation = request.operation.as_ref().ok_or_else(missing)?;
    if request.reason.is_empty() || request.namespace.is_empty() || (!has_query && !has_executions)
    {
        return Err(missing());
    }
    if request.job_id.is_empty() {
        return Err(errors::invalid("JobId is not set on request."));
    }
    if has_query && has_executions {
        return Err(Status::unknown(
            "batch query and executions are mutually exclusive",
        ));
    }
    check_operation(operation)?;
    Ok(operation)
}

fn check_operation(operation: &Operation) -> Result<(), Status> {
    const NO_ACTIVITY: &str =
        "Either activity type must be set, or match all should be set to true";
    match operation {
        Operation::SignalOperation(one) if one.signal.is_empty() => {
            Err(Status::unknown("must provide signal name"))
        }
        Operation::ResetOperation(one) => match &one.options {
            Some(options) if options.target.is_none() => {
                Err(errors::invalid("batch reset missing target"))
            }
            None if one.reset_type() == ResetType::Unspecified => {
                Err(errors::invalid("unknown batch reset type Unspecified"))
            }
            _ => Ok(()),
        },
        Operation::UnpauseActivitiesOperation(one) => {
            use batch_operation_unpause_activities::Activity;
            match &one.activity {
                None => Err(errors::invalid("activity filter must be set")),
                Some(Activity::Type(name)) if name.is_empty() => Err(errors::invalid(NO_ACTIVITY)),
                Some(Activity::MatchAll(false)) => Err(errors::invalid(NO_ACTIVITY)),
                _ => Ok(()),
            }
        }
        Operation::ResetActivitiesOperation(one) => {
            use batch_operation_reset_activities::Activity;
            match &one.activity {
                None => Err(errors::invalid("must provide ActivityType or MatchAll")),
                Some(Activity::Type(name)) if name.is_empty() => Err(errors::invalid(NO_ACTIVITY)),
                Some(Activity::MatchAll(false)) => {
                    Err(errors::invalid("must provide ActivityType or MatchAll"))
                }
                _ => Ok(()),
            }
        }
        Operation::UpdateActivityOptionsOperation(one) => {
            match (&one.activity_options, one.restore_original) {
                (Some(_), true) => Err(errors::invalid(
                    "cannot set both activity options and restore original",
                )),
                (None, false) => Err(errors::invalid(
                    "Either activity type must be set, or restore original should be set to true",
                )),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

pub async fn start_batch_operation(
    shared: &Shared,
    request: StartBatchOperationRequest,
) -> Result<StartBatchOperationResponse, Status> {
    let operation = check(&request)?.clone();
    let mut state = shared.state();
    state.namespace(&request.namespace)?;
    let Some((operation_type, identity)) = type_of(&operation) else {
        return Err(Status::unimplemented(
            "the embedded server does not serve this batch operation",
        ));
    };
    let key = (request.namespace.clone(), request.job_id.clone());
    if let Some(batch) = state.batches.get(&key) {
        let message = format!(
            "Workflow execution already finished. WorkflowId: {}, RunId: {}. Workflow Id reuse policy: reject duplicate workflow Id.",
            batch.job_id, batch.run_id
        );
        return Err(errors::already_started(message, "", &batch.run_id));
    }
    state.run_batch(request, &operation, operation_type, identity.to_owned());
    Ok(StartBatchOperationResponse {})
}

fn check_job(namespace: &str, job_id: &str) -> Result<(), Status> {
    if job_id.is_empty() {
        return Err(errors::invalid("JobId is not set on request."));
    }
    if namespace.is_empty() {
        return Err(errors::invalid("Namespace is not set on request."));
    }
    Ok(())
}

pub async fn describe_batch_operation(
    shared: &Shared,
    request: DescribeBatchOperationRequest,
) -> Result<DescribeBatchOperationResponse, Status> {
    check_job(&request.namespace, &request.job_id)?;
    let state = shared.state();
    state.namespace(&request.namespace)?;
    let key = (request.namespace, request.job_id);
    match state.batches.get(&key) {
        Some(batch) => Ok(batch.describe()),
        None => Err(errors::workflow_not_found(&key.1)),
    }
}

pub async fn list_batch_operations(
    shared: &Shared,
    request: ListBatchOperationsRequest,
) -> Result<ListBatchOperationsResponse, Status> {
    if request.namespace.is_empty() {
        return Err(errors::invalid("Namespace is not set on request."));
    }
    let state = shared.state();
    state.namespace(&request.namespace)?;
    let mut batches: Vec<_> = state
        .batches
        .iter()
        .filter(|((namespace, _), _)| *namespace == request.namespace)
        .map(|(_, batch)| batch)
        .collect();
    batches.sort_by_key(|batch| std::cmp::Reverse((batch.closed_at, batch.started_at)));
    let page = page_of(&request.next_page_token, request.page_size, batches.len());
    Ok(ListBatchOperationsResponse {
        next_page_token: page_token(&page, batches.len()),
        operation_info: batches[page].iter().map(|batch| batch.info()).collect(),
    })
}

/// Ends a batch. It is always too late, as a batch is over when the call that starts it is.
pub async fn stop_batch_operation(
    shared: &Shared,
    request: StopBatchOperationRequest,
) -> Result<StopBatchOperationResponse, Status> {
    check_job(&request.namespace, &request.job_id)?;
    if request.reason.is_empty() {
        return Err(errors::invalid("Reason is not set on request."));
    }
    let state = shared.state();
    state.namespace(&request.namespace)?;
    let key = (request.namespace, request.job_id);
    if state.batches.contains_key(&key) {
        return Err(errors::workflow_closed());
    }
    Err(errors::workflow_not_found(&key.1))
}
