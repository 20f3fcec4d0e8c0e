//! Updates: admitted, sent with a workflow task, accepted or rejected, completed.

use crate::{
    errors, history,
    run::{Run, RunNo, TaskKind},
    server::Server,
    state::State,
};
use prost::Name;
use std::time::Duration;
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage,
    failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
    history::v1::{
        WorkflowExecutionUpdateAcceptedEventAttributes,
        WorkflowExecutionUpdateCompletedEventAttributes, history_event::Attributes,
    },
    protocol::v1::{Message, message::SequencingId},
    update::v1::{
        Acceptance, Outcome, Rejection, Request, Response, UpdateRef, WaitPolicy, outcome,
    },
    workflowservice::v1::{
        PollWorkflowExecutionUpdateRequest, PollWorkflowExecutionUpdateResponse,
        UpdateWorkflowExecutionRequest, UpdateWorkflowExecutionResponse,
    },
};
use tokio::time::Instant;
use tonic::Status;

/// The time after which a call is answered with the stage that the update has reached.
const WAIT_TIMEOUT: Duration = Duration::from_secs(20);
/// The most updates of a run that have no outcome.
const MAX_IN_FLIGHT: usize = 10;
/// The most updates of a run.
const MAX_TOTAL: usize = 2000;

#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    Admitted,
    /// A worker has it.
    Sent,
    /// Holds the id of the event.
    Accepted(i64),
    Completed(Box<Outcome>),
    /// The run ended before the worker took it.
    Aborted,
}

/// An update of a run.
#[derive(Clone, Debug)]
pub struct Update {
    pub id: String,
    pub request: Request,
    pub progress: Progress,
}

impl Update {
    fn stage(&self) -> Stage {
        match self.progress {
            Progress::Admitted | Progress::Sent | Progress::Aborted => Stage::Admitted,
            Progress::Accepted(_) => Stage::Accepted,
            Progress::Completed(_) => Stage::Completed,
        }
    }

    fn is_in_flight(&self) -> bool {
        !matches!(self.progress, Progress::Completed(_) | Progress::Aborted)
    }

    fn outcome(&self) -> Option<Outcome> {
        match &self.progress {
            Progress::Completed(outcome) => Some((**outcome).clone()),
            _ => None,
        }
    }
}

fn is_type<M: Name>(message: &Message) -> bool {
    message.body.as_ref().is_some_and(|body| {
        body.type_url
            .rsplit('/')
            .next()
            .is_some_and(|name| name == M::full_name())
    })
}

fn decode<M: prost::Message + Name + Default>(message: &Message) -> Option<M> {
    let body = message.body.as_ref()?;
    is_type::<M>(message)
        .then(|| M::decode(body.value.as_slice()).ok())
        .flatten()
}

pub fn is_rejection(message: &Message) -> bool {
    is_type::<Rejection>(message)
}

/// Checks that messages belong to updates which a worker has.
pub fn check_messages(run: &Run, messages: &[Message]) -> Result<(), String> {
    for message in messages {
        let id = &message.protocol_instance_id;
        let known = run
            .updates
            .iter()
            .any(|update| update.id == *id && update.progress != Progress::Admitted);
        if !known {
            return Err(format!("update {id} not found"));
        }
    }
    Ok(())
}

impl Run {
    pub fn has_admitted_updates(&self) -> bool {
        self.updates
            .iter()
            .any(|update| update.progress == Progress::Admitted)
    }

    /// The requests that go with a workflow task.
    pub fn messages_for_task(&mut self, sequencing_event_id: i64) -> Vec<Message> {
        self.updates
            .iter_mut()
            .filter(|update| update.progress == Progress::Admitted)
            .map(|update| {
                update.progress = Progress::Sent;
                Message {
                    id: format!("{}/request", update.id),
                    protocol_instance_id: update.id.clone(),
                    body: Some(errors::any(&update.request)),
                    sequencing_id: Some(SequencingId::EventId(sequencing_event_id)),
                }
            })
            .collect()
    }

    /// The workflow task that brought them failed: another one brings them again.
    pub fn readmit_updates(&mut self) {
        for update in &mut self.updates {
            if update.progress == Progress::Sent {
                update.progress = Progress::Admitted;
            }
        }
    }

    /// Ends the updates of a run that has ended.
    pub fn end_updates(&mut self) {
        for update in &mut self.updates {
            update.progress = match &update.progress {
                Progress::Admitted | Progress::Sent => Progress::Aborted,
                Progress::Accepted(_) => Progress::Completed(Box::new(never_completed())),
                ended => ended.clone(),
            };
        }
    }

    fn update(&mut self, id: &str) -> Option<&mut Update> {
        self.updates.iter_mut().find(|update| update.id == id)
    }
}

fn never_completed() -> Outcome {
    Outcome {
        value: Some(outcome::Value::Failure(Failure {
            message:
                "Workflow Update failed because the Workflow completed before the Update completed."
                    .to_owned(),
            source: "Server".to_owned(),
            failure_info: Some(FailureInfo::ApplicationFailureInfo(
                ApplicationFailureInfo {
                    r#type: "AcceptedUpdateCompletedWorkflow".to_owned(),
                    non_retryable: true,
                    ..Default::default()
                },
            )),
            ..Default::default()
        })),
    }
}

impl State {
    /// Takes what a worker says about an update.
    pub fn apply_message(&mut self, no: RunNo, message: Message) {
        let now = self.now();
        let run = self.run(no);
        let id = message.protocol_instance_id.clone();
        let Some(update) = run.update(&id).cloned() else {
            return;
        };
        if let Some(acceptance) = decode::<Acceptance>(&message) {
            let event_id = run.write(
                now,
                Attributes::WorkflowExecutionUpdateAcceptedEventAttributes(
                    WorkflowExecutionUpdateAcceptedEventAttributes {
                        protocol_instance_id: id.clone(),
                        accepted_request_message_id: acceptance.accepted_request_message_id,
                        accepted_request_sequencing_event_id: acceptance
                            .accepted_request_sequencing_event_id,
                        accepted_request: Some(update.request),
                    },
                ),
            );
            run.set_progress(&id, Progress::Accepted(event_id));
        } else if let Some(response) = decode::<Response>(&message) {
            let outcome = response.outcome.unwrap_or_default();
            let accepted_event_id = match update.progress {
                Progress::Accepted(event_id) => event_id,
                _ => 0,
            };
            run.write(
                now,
                Attributes::WorkflowExecutionUpdateCompletedEventAttributes(
                    WorkflowExecutionUpdateCompletedEventAttributes {
                        meta: update.request.meta,
                        accepted_event_id,
                        outcome: Some(outcome.clone()),
                    },
                ),
            );
            run.set_progress(&id, Progress::Completed(Box::new(outcome)));
        } else if let Some(rejection) = decode::<Rejection>(&message) {
            let outcome = Outcome {
                value: rejection.failure.map(outcome::Value::Failure),
            };
            // A rejected update leaves no trace: its id can be used again.
            run.set_progress(&id, Progress::Completed(Box::new(outcome)));
        }
        run.wake_watchers();
    }

    /// Admits an update, unless one of its id is there. Returns the run, and the update's id.
    pub fn admit_update(
        &mut self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
        first_run_id: &str,
        request: Option<Request>,
    ) -> Result<(RunNo, String), Status> {
        let mut request = request.unwrap_or_default();
        if request
            .input
            .as_ref()
            .is_none_or(|input| input.name.is_empty())
        {
            return Err(errors::invalid("name is not set on update request input."));
        }
        let new_id = self.new_uuid();
        let meta = request.meta.get_or_insert_default();
        if meta.update_id.is_empty() {
            meta.update_id = new_id;
        }
        let id = meta.update_id.clone();
        let no = self.find(namespace, execution)?;
        let run = self.run(no);
        if !first_run_id.is_empty() && run.start.first_execution_run_id != first_run_id {
            return Err(errors::workflow_not_found(&run.workflow_id));
        }
        if run.update(&id).is_some() {
            return Ok((no, id));
        }
        if !run.is_open() {
            return Err(errors::workflow_closed());
        }
        if run
            .updates
            .iter()
            .filter(|update| update.is_in_flight())
            .count()
            >= MAX_IN_FLIGHT
        {
            return Err(Status::resource_exhausted(format!(
                "limit on number of concurrent in-flight updates has been reached ({MAX_IN_FLIGHT})"
            )));
        }
        if run.updates.len() >= MAX_TOTAL {
            return Err(Status::failed_precondition(format!(
                "The limit on number of total updates has been reached ({MAX_TOTAL}). Make sure any duplicate updates share an Update ID so the server can deduplicate them, and consider rejecting updates that you aren't going to process"
            )));
        }
        run.updates.push(Update {
            id: id.clone(),
            request,
            progress: Progress::Admitted,
        });
        if run.task.is_none() && !run.waits_for_first_task {
            self.schedule_workflow_task(no, TaskKind::Speculative);
            self.offer_workflow_task(no);
        }
        Ok((no, id))
    }
}

impl Run {
    fn set_progress(&mut self, id: &str, progress: Progress) {
        if let Some(update) = self.update(id) {
            update.progress = progress;
        }
    }
}

/// How far an update has come.
pub struct Reached {
    pub update_ref: UpdateRef,
    pub stage: Stage,
    pub outcome: Option<Outcome>,
}

/// Waits until an update has reached a stage, or for as long as a call may wait.
pub async fn wait(
    server: &Server,
    no: RunNo,
    id: &str,
    policy: Option<WaitPolicy>,
) -> Result<Reached, Status> {
    let wanted = policy.map_or(Stage::Unspecified, |policy| policy.lifecycle_stage());
    let deadline = Instant::now() + WAIT_TIMEOUT;
    let mut is_late = false;
    loop {
        let changed = {
            let mut state = server.state();
            let run = state.run(no);
            let execution = run.execution();
            let Some(update) = run.update(id) else {
                return Err(errors::not_found(format!("update {id:?} not found")));
            };
            if update.progress == Progress::Aborted {
                return Err(errors::workflow_closed());
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
            history::watch(run)
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
    server: &Server,
    request: UpdateWorkflowExecutionRequest,
) -> Result<UpdateWorkflowExecutionResponse, Status> {
    let (no, id) = server.state().admit_update(
        &request.namespace,
        request.workflow_execution.as_ref(),
        &request.first_execution_run_id,
        request.request,
    )?;
    let reached = wait(server, no, &id, request.wait_policy).await?;
    Ok(reached.into_response())
}

pub async fn poll_workflow_execution_update(
    server: &Server,
    request: PollWorkflowExecutionUpdateRequest,
) -> Result<PollWorkflowExecutionUpdateResponse, Status> {
    let update_ref = request.update_ref.unwrap_or_default();
    let no = server
        .state()
        .find(&request.namespace, update_ref.workflow_execution.as_ref())?;
    let reached = wait(server, no, &update_ref.update_id, request.wait_policy).await?;
    Ok(PollWorkflowExecutionUpdateResponse {
        outcome: reached.outcome,
        stage: reached.stage as i32,
        update_ref: Some(reached.update_ref),
    })
}
