//! Pauses of workflows: events still come, but no task is handed out.

use crate::{
    errors,
    state::{
        Busy, SERVER_IDENTITY, State,
        numbers::RunNo,
        run::{Pause, TaskKind},
    },
};
use temporalio_protos::temporal::api::{
    common::v1::Payload,
    enums::v1::{WorkflowExecutionStatus, WorkflowTaskFailedCause},
    history::v1::{
        WorkflowExecutionPausedEventAttributes, WorkflowExecutionUnpausedEventAttributes,
        history_event::Attributes,
    },
};
use tonic::Status;

/// The search attribute that says what is paused, and why.
const PAUSE_INFO: &str = "TemporalPauseInfo";

/// A request for a pause or its end.
pub struct PauseRequest {
    pub identity: String,
    pub reason: String,
    pub request_id: String,
}

impl State {
    /// Pauses a run. A task that a worker has may still be answered; one that waits is taken back.
    pub fn pause_run(&mut self, no: RunNo, request: PauseRequest) -> Result<(), Status> {
        let now = self.now();
        let run = self.run(no);
        if let Some(pause) = run.pause.as_ref().filter(|_| run.is_paused()) {
            if !pause.request_id.is_empty() && pause.request_id == request.request_id {
                return Ok(());
            }
            return Err(errors::failed_precondition("workflow is already paused."));
        }
        run.pause = Some(Pause {
            at: now,
            identity: request.identity.clone(),
            reason: request.reason.clone(),
            request_id: request.request_id.clone(),
        });
        run.status = WorkflowExecutionStatus::Paused;
        let mut about = vec![format!("Workflow:{}", run.workflow_id)];
        if !request.reason.is_empty() {
            about.push(format!("Reason:{}", request.reason));
        }
        let fields = &mut run.search_attributes.indexed_fields;
        fields.insert(PAUSE_INFO.to_owned(), keywords(&about));
        run.record(
            now,
            Attributes::WorkflowExecutionPausedEventAttributes(
                WorkflowExecutionPausedEventAttributes {
                    identity: request.identity,
                    reason: request.reason,
                    request_id: request.request_id,
                },
            ),
        );
        self.take_back_workflow_task(no);
        let waiting = self.waiting_activities(no);
        for scheduled_id in waiting {
            self.busy.remove(&Busy::Activity(no, scheduled_id));
        }
        self.run(no).wake_watchers();
        Ok(())
    }

    /// Fails the workflow task that no worker has.
    fn take_back_workflow_task(&mut self, no: RunNo) {
        let task = self.run(no).task.as_ref();
        let Some(kind) = task
            .filter(|task| task.started_id == 0)
            .map(|task| task.kind)
        else {
            return;
        };
        if kind == TaskKind::Normal {
            let cause = WorkflowTaskFailedCause::WorkflowPauseRequestedBeforeTaskStarted;
            self.fail_workflow_task(no, cause, None, SERVER_IDENTITY);
        } else {
            self.drop_workflow_task(no);
        }
        self.run(no).task_attempt = 1;
    }

    /// The activities that wait for a worker.
    fn waiting_activities(&self, no: RunNo) -> Vec<i64> {
        let activities = self.runs[&no].activities.iter();
        activities
            .filter(|(_, activity)| activity.started_at == 0 && activity.pause.is_none())
            .map(|(scheduled_id, _)| *scheduled_id)
            .collect()
    }

    /// Ends the pause of a run: its activities and its workflow task are handed out again.
    pub fn unpause_run(&mut self, no: RunNo, request: PauseRequest) -> Result<(), Status> {
        let now = self.now();
        let run = self.run(no);
        if !run.is_paused() {
            return Err(errors::failed_precondition("workflow is not paused."));
        }
        run.status = WorkflowExecutionStatus::Running;
        run.pause = None;
        run.search_attributes.indexed_fields.remove(PAUSE_INFO);
        run.record(
            now,
            Attributes::WorkflowExecutionUnpausedEventAttributes(
                WorkflowExecutionUnpausedEventAttributes {
                    identity: request.identity,
                    reason: request.reason,
                    request_id: request.request_id,
                },
            ),
        );
        for scheduled_id in self.waiting_activities(no) {
            let stamp = self.new_no();
            let Some(activity) = self.activity(no, scheduled_id) else {
                continue;
            };
            // One that is tried again later has a timer.
            if activity.attempt_at <= now {
                activity.stamp = stamp;
                self.queue_activity(no, scheduled_id);
            }
        }
        self.need_workflow_task(no);
        self.run(no).wake_watchers();
        Ok(())
    }
}

/// A list of keywords, as a search attribute has it.
fn keywords(words: &[String]) -> Payload {
    Payload {
        metadata: [
            ("encoding".to_owned(), b"json/plain".to_vec()),
            ("type".to_owned(), b"KeywordList".to_vec()),
        ]
        .into(),
        data: serde_json::to_vec(words).unwrap_or_default(),
        ..Default::default()
    }
}
