//! Updates: calls that wait for a stage.

use crate::{
    errors,
    shared::Shared,
    state::{numbers::RunNo, update::Progress},
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage,
    update::v1::{Outcome, UpdateRef, WaitPolicy},
    workflowservice::v1::{
        PollWorkflowExecutionUpdateRequest, PollWorkflowExecutionUpdateResponse,
        UpdateWorkflowExecutionRequest, UpdateWorkflowExecutionResponse,
    },
};
use tokio::time::Instant;
use tonic::Status;

/// The time after which a call is answered with the stage that the update has reached.
const WAIT_TIMEOUT: Duration = Duration::from_secs(20);

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
    let wanted = policy.map_or(Stage::Unspecified, |policy| policy.lifecycle_stage());
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
                    return Err(errors::not_found(
                        "workflow update was aborted by closing workflow",
                    ));
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

pub async fn update_workflow_execution(
    shared: &Shared,
    request: UpdateWorkflowExecutionRequest,
) -> Result<UpdateWorkflowExecutionResponse, Status> {
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
    let update_ref = request.update_ref.unwrap_or_default();
    let no = shared
        .state()
        .find(&request.namespace, update_ref.workflow_execution.as_ref())?;
    let reached = wait(shared, no, &update_ref.update_id, request.wait_policy).await?;
    Ok(PollWorkflowExecutionUpdateResponse {
        outcome: reached.outcome,
        stage: reached.stage as i32,
        update_ref: Some(reached.update_ref),
    })
}
