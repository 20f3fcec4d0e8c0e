//! Updates: calls that wait for a stage.

use crate::{
    errors,
    shared::Shared,
    state::{is_uuid, numbers::RunNo, update::Progress},
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage,
    errordetails::v1::PermissionDeniedFailure,
    update::v1::{Outcome, UpdateRef, WaitPolicy},
    workflowservice::v1::{
        PollWorkflowExecutionUpdateRequest, PollWorkflowExecutionUpdateResponse,
        UpdateWorkflowExecutionRequest, UpdateWorkflowExecutionResponse,
    },
};
use tokio::time::Instant;
use tonic::{Code, Status};

/// The time after which a call is answered with the stage that the update has reached.
const WAIT_TIMEOUT: Duration = Duration::from_secs(20);

/// The message of an update that was not accepted when its run ended.
pub const ABORTED: &str = "workflow update was aborted by closing workflow";

/// How far an update has come.
pub struct Reached {
    pub update_ref: UpdateRef,
    pub stage: Stage,
    pub outcome: Option<Outcome>,
}

/// Waits until an update has reached a stage, or for as long as a call may wait.
pub async fn wait(
    shared: &Shared,
    mut no: RunNo,
    id: &str,
    policy: Option<WaitPolicy>,
) -> Result<Reached, Status> {
    let wanted = stage_of(policy);
    let deadline = Instant::now() + WAIT_TIMEOUT;
    let mut is_late = false;
    loop {
        let changed = {
            let mut state = shared.state();
            let run = state.run(no);
            let execution = run.execution();
            let Some(update) = run.update(id) else {
                return Err(errors::not_found(format!("update {id:?} not found")));
            };
            match update.progress {
                Progress::Aborted => {
                    return Err(errors::not_found(ABORTED));
                }
                Progress::Moved(next) => {
                    no = next;
                    continue;
                }
                _ => {}
            }
            let stage = update.stage();
            if stage >= wanted || is_late {
                return Ok(Reached {
                    update_ref: UpdateRef {
                        workflow_execution: Some(execution),
                        update_id: id.to_owned(),
                    },
                    stage,
                    outcome: update.outcome(),
                });
            }
            run.watch()
        };
        is_late = tokio::time::timeout_at(deadline, changed).await.is_err();
    }
}

impl Reached {
    pub fn into_response(self) -> UpdateWorkflowExecutionResponse {
        UpdateWorkflowExecutionResponse {
            update_ref: Some(self.update_ref),
            outcome: self.outcome,
            stage: self.stage as i32,
            link: None,
        }
    }
}

/// Refuses a request that is wrong by itself.
pub fn check(request: &UpdateWorkflowExecutionRequest) -> Result<(), Status> {
    let Some(execution) = &request.workflow_execution else {
        return Err(errors::invalid("Execution is not set on request."));
    };
    if execution.workflow_id.is_empty() {
        return Err(errors::invalid("WorkflowId is not set on request."));
    }
    if !execution.run_id.is_empty() && !is_uuid(&execution.run_id) {
        return Err(errors::invalid("Invalid RunId."));
    }
    let update = request.request.as_ref();
    let Some(meta) = update.and_then(|update| update.meta.as_ref()) else {
        return Err(errors::invalid("Update meta is not set on request."));
    };
    errors::check_length("UpdateId", &meta.update_id)?;
    let Some(input) = update.and_then(|update| update.input.as_ref()) else {
        return Err(errors::invalid("Update input is not set on request."));
    };
    if input.name.is_empty() {
        return Err(errors::invalid("Update name is not set on request."));
    }
    if stage_of(request.wait_policy) == Stage::Admitted {
        return Err(errors::with_detail(
            Code::PermissionDenied,
            "UpdateWorkflowExecution issued asynchronously and waiting on update admitted is not supported.",
            &PermissionDeniedFailure::default(),
        ));
    }
    Ok(())
}

fn stage_of(policy: Option<WaitPolicy>) -> Stage {
    policy.map_or(Stage::Unspecified, |policy| policy.lifecycle_stage())
}

/// The id of an update. Empty if the server is to give it one.
pub fn id_of(request: &UpdateWorkflowExecutionRequest) -> &str {
    let meta = request
        .request
        .as_ref()
        .and_then(|update| update.meta.as_ref());
    meta.map_or("", |meta| &meta.update_id)
}

/// Adds what a request that was checked leaves to the server: an id, and to wait for the end.
pub fn complete(shared: &Shared, request: &mut UpdateWorkflowExecutionRequest) {
    if stage_of(request.wait_policy) == Stage::Unspecified {
        request.wait_policy = Some(WaitPolicy {
            lifecycle_stage: Stage::Completed as i32,
        });
    }
    let id = shared.state().new_uuid();
    let update = request.request.get_or_insert_default();
    let meta = update.meta.get_or_insert_default();
    if meta.update_id.is_empty() {
        meta.update_id = id;
    }
}

pub async fn update_workflow_execution(
    shared: &Shared,
    mut request: UpdateWorkflowExecutionRequest,
) -> Result<UpdateWorkflowExecutionResponse, Status> {
    check(&request)?;
    complete(shared, &mut request);
    let (no, id) = shared.state().admit_update(
        &request.namespace,
        request.workflow_execution.as_ref(),
        &request.first_execution_run_id,
        request.request,
    )?;
    let reached = wait(shared, no, &id, request.wait_policy).await?;
    Ok(reached.into_response())
}

pub async fn poll_workflow_execution_update(
    shared: &Shared,
    request: PollWorkflowExecutionUpdateRequest,
) -> Result<PollWorkflowExecutionUpdateResponse, Status> {
    let Some(update_ref) = request.update_ref else {
        return Err(errors::invalid("UpdateRef is not set on request."));
    };
    let no = shared
        .state()
        .find(&request.namespace, update_ref.workflow_execution.as_ref())?;
    shared
        .state()
        .run(no)
        .forget_rejected(&update_ref.update_id);
    let reached = wait(shared, no, &update_ref.update_id, request.wait_policy).await?;
    Ok(PollWorkflowExecutionUpdateResponse {
        outcome: reached.outcome,
        stage: reached.stage as i32,
        update_ref: Some(reached.update_ref),
    })
}
