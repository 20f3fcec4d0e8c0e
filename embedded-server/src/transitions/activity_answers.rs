//! Heartbeats and results of activities, from workers and clients, by token or by id.

use crate::{
    config::Fault,
    errors,
    limits::is_too_large,
    state::{State, numbers::RunNo, tokens::read_activity_token},
    transitions::{activities::AttemptEnd, faults::answer_lost},
};
use temporalio_protos::temporal::api::{
    common::v1::{Payloads, WorkflowExecution},
    enums::v1::TimeoutType,
    failure::v1::{Failure, ServerFailureInfo, failure::FailureInfo},
    history::v1::{
        ActivityTaskCanceledEventAttributes, ActivityTaskCompletedEventAttributes,
        history_event::Attributes,
    },
};
use tonic::Status;

/// The run and the scheduled event of an activity.
pub type Pending = (RunNo, i64);

impl State {
    /// The started activity that a token names.
    pub fn activity_of_token(&mut self, bytes: &[u8]) -> Result<Pending, Status> {
        let (no, scheduled_id, stamp) = read_activity_token(bytes)?;
        let run = self.runs.get(&no).ok_or_else(errors::activity_not_found)?;
        if !run.is_open() {
            return Err(errors::workflow_closed());
        }
        match run.activities.get(&scheduled_id) {
            Some(activity) if activity.stamp == stamp && activity.started_at != 0 => {
                Ok((no, scheduled_id))
            }
            _ => Err(errors::activity_not_found()),
        }
    }

    /// The started activity of an id.
    pub fn activity_of_id(
        &mut self,
        namespace: &str,
        workflow_id: String,
        run_id: String,
        activity_id: &str,
    ) -> Result<Pending, Status> {
        let execution = WorkflowExecution {
            workflow_id,
            run_id,
        };
        if activity_id.is_empty() {
            return Err(errors::invalid("ActivityId is not set on request."));
        }
        let no = self.find_open(namespace, Some(&execution))?;
        let activities = &self.run(no).activities;
        let found = activities
            .iter()
            .find(|(_, activity)| activity.scheduled.activity_id == activity_id);
        match found {
            Some((scheduled_id, activity)) if activity.started_at != 0 => Ok((no, *scheduled_id)),
            Some(_) => Err(errors::activity_not_found()),
            None => Err(errors::not_found(format!(
                "cannot find pending activity with ActivityID {activity_id}, check workflow execution history for more details"
            ))),
        }
    }

    pub fn complete_activity(
        &mut self,
        (no, scheduled_id): Pending,
        result: Option<Payloads>,
        identity: String,
    ) -> Result<(), Status> {
        if is_too_large(result.as_ref()) {
            self.refuse_size(no, scheduled_id, "Complete result exceeds size limit.");
            return Ok(());
        }
        let place = self.place_of_activity(no, scheduled_id);
        if self.schedule.happens(Fault::ActivityResultLost, &place) {
            let end = AttemptEnd::TimedOut(TimeoutType::StartToClose);
            self.attempt_ended(no, scheduled_id, end);
            return Ok(());
        }
        self.close_activity(no, scheduled_id, |_, started_event_id| {
            Attributes::ActivityTaskCompletedEventAttributes(ActivityTaskCompletedEventAttributes {
                result,
                scheduled_event_id: scheduled_id,
                started_event_id,
                identity,
                ..Default::default()
            })
        });
        if self.schedule.happens(Fault::AnswerLost, &place) {
            return Err(answer_lost());
        }
        Ok(())
    }

    /// Fails an activity for good that has sent too much.
    fn refuse_size(&mut self, no: RunNo, scheduled_id: i64, message: &str) {
        let failure = Failure {
            message: message.to_owned(),
            failure_info: Some(FailureInfo::ServerFailureInfo(ServerFailureInfo {
                non_retryable: true,
            })),
            ..Default::default()
        };
        self.fail_activity((no, scheduled_id), Some(failure), None, 0);
    }

    pub fn fail_activity(
        &mut self,
        (no, scheduled_id): Pending,
        failure: Option<Failure>,
        heartbeat: Option<Payloads>,
        cause: i32,
    ) {
        if let (Some(activity), Some(details)) = (self.activity(no, scheduled_id), heartbeat) {
            activity.heartbeat = Some(details);
        }
        let failure = Box::new(failure.unwrap_or_default());
        self.attempt_ended(no, scheduled_id, AttemptEnd::Failed { failure, cause });
    }

    pub fn cancel_activity(
        &mut self,
        (no, scheduled_id): Pending,
        details: Option<Payloads>,
        identity: String,
    ) -> Result<(), Status> {
        let asked = self
            .activity(no, scheduled_id)
            .is_some_and(|activity| activity.cancel_requested_id != 0);
        if !asked {
            return Err(errors::invalid(
                "unable to record activity cancellation: the workflow has not requested it",
            ));
        }
        self.close_activity(no, scheduled_id, |activity, started_event_id| {
            Attributes::ActivityTaskCanceledEventAttributes(ActivityTaskCanceledEventAttributes {
                details,
                latest_cancel_requested_event_id: activity.cancel_requested_id,
                scheduled_event_id: scheduled_id,
                started_event_id,
                identity,
                ..Default::default()
            })
        });
        Ok(())
    }

    /// Answers a heartbeat: cancelled, paused, reset.
    pub fn answer_heartbeat(
        &mut self,
        (no, scheduled_id): Pending,
        details: Option<Payloads>,
    ) -> (bool, bool, bool) {
        if is_too_large(details.as_ref()) {
            self.refuse_size(no, scheduled_id, "Heartbeat details exceed size limit.");
            return (true, false, false);
        }
        if self.heartbeat_is_late(no, scheduled_id) {
            self.heartbeat(no, scheduled_id, details);
            let end = AttemptEnd::TimedOut(TimeoutType::Heartbeat);
            self.attempt_ended(no, scheduled_id, end);
            return (false, false, false);
        }
        let cancelled = self.heartbeat(no, scheduled_id, details);
        let activity = self.activity(no, scheduled_id);
        activity.map_or((cancelled, false, false), |activity| {
            (cancelled, activity.pause.is_some(), activity.reset)
        })
    }
}
