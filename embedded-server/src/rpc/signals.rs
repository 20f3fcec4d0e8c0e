//! Signals from clients.

use crate::{
    errors::{self, check_length},
    limits::check_blob,
    shared::Shared,
    transitions::{
        signals::Signal,
        start::{Conflict, Started},
    },
};
use temporalio_protos::temporal::api::{
    enums::v1::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    workflowservice::v1::{
        SignalWithStartWorkflowExecutionRequest, SignalWithStartWorkflowExecutionResponse,
        SignalWorkflowExecutionRequest, SignalWorkflowExecutionResponse,
        StartWorkflowExecutionRequest,
    },
};
use tonic::Status;

/// The most signals that a run takes.
const MAX_SIGNALS: u64 = 10_000;

pub async fn signal_workflow_execution(
    shared: &Shared,
    request: SignalWorkflowExecutionRequest,
) -> Result<SignalWorkflowExecutionResponse, Status> {
    let mut state = shared.state();
    if request.signal_name.is_empty() {
        return Err(errors::invalid("SignalName is not set on request."));
    }
    check_length("SignalName", &request.signal_name)?;
    check_length("RequestId", &request.request_id)?;
    let no = state.find_open(&request.namespace, request.workflow_execution.as_ref())?;
    check_blob(request.input.as_ref())?;
    if state.run(no).signals >= MAX_SIGNALS {
        return Err(errors::invalid(
            "exceeded workflow execution limit for signal events",
        ));
    }
    let signal = Signal {
        name: request.signal_name,
        input: request.input,
        header: request.header,
        identity: request.identity,
        request_id: request.request_id,
        links: request.links,
        sender: None,
    };
    state.signal(no, signal);
    Ok(SignalWorkflowExecutionResponse::default())
}

#[allow(deprecated)]
pub async fn signal_with_start_workflow_execution(
    shared: &Shared,
    request: SignalWithStartWorkflowExecutionRequest,
) -> Result<SignalWithStartWorkflowExecutionResponse, Status> {
    let mut state = shared.state();
    if request.signal_name.is_empty() {
        return Err(errors::invalid("SignalName is not set on request."));
    }
    check_length("SignalName", &request.signal_name)?;
    let signal = Signal {
        name: request.signal_name,
        input: request.signal_input,
        header: request.header.clone(),
        identity: request.identity.clone(),
        request_id: request.request_id.clone(),
        links: request.links.clone(),
        sender: None,
    };
    let start = StartWorkflowExecutionRequest {
        namespace: request.namespace,
        workflow_id: request.workflow_id,
        workflow_type: request.workflow_type,
        task_queue: request.task_queue,
        input: request.input,
        workflow_execution_timeout: request.workflow_execution_timeout,
        workflow_run_timeout: request.workflow_run_timeout,
        workflow_task_timeout: request.workflow_task_timeout,
        identity: request.identity,
        request_id: request.request_id,
        workflow_id_reuse_policy: request.workflow_id_reuse_policy,
        workflow_id_conflict_policy: request.workflow_id_conflict_policy,
        retry_policy: request.retry_policy,
        cron_schedule: request.cron_schedule,
        memo: request.memo,
        search_attributes: request.search_attributes,
        header: request.header,
        workflow_start_delay: request.workflow_start_delay,
        user_metadata: request.user_metadata,
        priority: request.priority,
        versioning_override: request.versioning_override,
        links: request.links,
        ..Default::default()
    };
    let policy = Conflict {
        reuse: start.workflow_id_reuse_policy(),
        conflict: match start.workflow_id_conflict_policy() {
            WorkflowIdConflictPolicy::Unspecified => WorkflowIdConflictPolicy::UseExisting,
            asked => asked,
        },
    };
    let mut new = state.new_run(start)?;
    check_blob(signal.input.as_ref())?;
    if policy.conflict == WorkflowIdConflictPolicy::Fail {
        return Err(errors::invalid(
            "Invalid WorkflowIDConflictPolicy: WORKFLOW_ID_CONFLICT_POLICY_FAIL is not supported for this operation.",
        ));
    }
    let existing = state
        .current(&new.namespace, &new.start.workflow_id)
        .filter(|no| state.runs[no].is_open())
        .filter(|_| {
            policy.conflict != WorkflowIdConflictPolicy::TerminateExisting
                && policy.reuse != WorkflowIdReusePolicy::TerminateIfRunning
        });
    let started = if let Some(run) = existing {
        if state.signal(run, signal) {
            // A signal by itself waits for the first workflow task that a run is to have.
            state.need_workflow_task_now(run);
        }
        Started { run, is_new: false }
    } else {
        new.first_signal = Some(signal);
        state.start_run(new, policy)?
    };
    let run = state.run(started.run);
    Ok(SignalWithStartWorkflowExecutionResponse {
        run_id: run.run_id.clone(),
        first_execution_run_id: run.start.first_execution_run_id.clone(),
        started: started.is_new,
        signal_link: None,
    })
}
