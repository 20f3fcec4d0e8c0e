//! Updates: admitted, sent with a workflow task, accepted or rejected, completed.

use crate::{
    errors,
    state::{
        State,
        numbers::RunNo,
        run::{Run, TaskKind},
        update::{Progress, Update},
    },
};
use prost::Name;
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
    history::v1::{
        WorkflowExecutionUpdateAcceptedEventAttributes,
        WorkflowExecutionUpdateCompletedEventAttributes, history_event::Attributes,
    },
    protocol::v1::{Message, message::SequencingId},
    update::v1::{Acceptance, Outcome, Rejection, Request, Response, outcome},
};
use tonic::Status;

/// The most updates of a run that have no outcome.
const MAX_IN_FLIGHT: usize = 10;
/// The most updates of a run.
const MAX_TOTAL: usize = 2000;

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
            .filter_map(|update| {
                update.progress = Progress::Sent;
                (!update.has_event).then(|| Message {
                    id: format!("{}/request", update.id),
                    protocol_instance_id: update.id.clone(),
                    body: Some(errors::any(&update.request)),
                    sequencing_id: Some(SequencingId::EventId(sequencing_event_id)),
                })
            })
            .collect()
    }

    /// Forgets an update that was rejected: its id can be used again.
    pub fn forget_rejected(&mut self, id: &str) {
        self.updates
            .retain(|update| update.id != id || !matches!(update.progress, Progress::Rejected(_)));
    }

    /// Rejects the updates that a worker has not answered with its workflow task.
    pub fn reject_unprocessed(&mut self) {
        for update in &mut self.updates {
            if update.progress == Progress::Sent {
                update.progress = Progress::Rejected(Box::new(never_processed()));
            }
        }
    }

    /// The workflow task that brought them failed: another one brings them again.
    pub fn readmit_updates(&mut self) {
        for update in &mut self.updates {
            if update.progress == Progress::Sent {
                update.progress = Progress::Admitted;
            }
        }
    }

    /// Ends the updates of a run that has ended, except those that a next run takes.
    pub fn end_updates(&mut self, has_next: bool) {
        for update in &mut self.updates {
            update.progress = match &update.progress {
                Progress::Admitted | Progress::Sent if has_next && update.follows => {
                    Progress::Admitted
                }
                Progress::Admitted | Progress::Sent => Progress::Aborted,
                Progress::Accepted(_) => Progress::Completed(Box::new(never_completed())),
                ended => ended.clone(),
            };
        }
    }
}

fn never_completed() -> Outcome {
    failed(
        "AcceptedUpdateCompletedWorkflow",
        "Workflow Update failed because the Workflow completed before the Update completed.",
    )
}

fn never_processed() -> Outcome {
    failed(
        "UnprocessedUpdate",
        "Workflow Update is rejected because it wasn't processed by worker. Probably, Workflow Update is not supported by the worker.",
    )
}

fn failed(error_type: &str, message: &str) -> Outcome {
    let info = ApplicationFailureInfo {
        r#type: error_type.to_owned(),
        non_retryable: true,
        ..Default::default()
    };
    Outcome {
        value: Some(outcome::Value::Failure(Failure {
            message: message.to_owned(),
            source: "Server".to_owned(),
            failure_info: Some(FailureInfo::ApplicationFailureInfo(info)),
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
                        accepted_request: (!update.has_event).then_some(update.request),
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
            run.set_progress(&id, Progress::Rejected(Box::new(outcome)));
        }
        run.wake_watchers();
    }

    /// Gives the updates that a run has left to the next run of its chain.
    pub fn move_updates(&mut self, no: RunNo, next: RunNo) {
        let run = self.run(no);
        let mut moved = Vec::new();
        for update in &mut run.updates {
            if update.progress == Progress::Admitted {
                moved.push(update.clone());
                update.progress = Progress::Moved(next);
            }
        }
        run.wake_watchers();
        let next = self.run(next);
        next.updates.append(&mut moved);
    }

    /// Admits an update, unless one of its id is there. Returns the run, and the update's id.
    pub fn admit_update(
        &mut self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
        first_run_id: &str,
        request: Option<Request>,
    ) -> Result<(RunNo, String), Status> {
        let request = request.unwrap_or_default();
        let id = request
            .meta
            .as_ref()
            .map(|meta| meta.update_id.clone())
            .unwrap_or_default();
        let no = self.find(namespace, execution)?;
        let run = self.run(no);
        if !first_run_id.is_empty() && run.start.first_execution_run_id != first_run_id {
            return Err(errors::not_found("workflow execution not found"));
        }
        run.forget_rejected(&id);
        if run.update(&id).is_some() {
            return Ok((no, id));
        }
        if !run.is_open() {
            return Err(errors::workflow_closed());
        }
        if run.is_paused() {
            return Err(errors::failed_precondition(
                "Workflow is paused. Cannot update the workflow.",
            ));
        }
        if run.keeps_failing() {
            return Err(errors::workflow_not_ready(
                "Unable to perform workflow execution update due to Workflow Task in failed state.",
            ));
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
            has_event: false,
            follows: execution.is_some_and(|execution| execution.run_id.is_empty()),
            progress: Progress::Admitted,
        });
        if run.task.is_none() {
            self.schedule_workflow_task(no, TaskKind::Speculative);
            self.offer_workflow_task(no);
        }
        Ok((no, id))
    }
}
