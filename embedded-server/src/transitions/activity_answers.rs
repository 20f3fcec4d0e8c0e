//! Heartbeats and results of activities, from workers and clients, by token or by id.

use crate::{
    config::Fault,
    errors,
    limits::is_too_large,
    state::{
        State,
        numbers::ActivityNo,
        tokens::{ActivityOf, read_activity_token},
    },
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

impl State {
    /// The started activity that a token names.
    pub fn activity_of_token(&mut self, bytes: &[u8]) -> Result<ActivityOf, Status> {
        let (of, stamp) = read_activity_token(bytes)?;
        let is_it = match of {
            ActivityOf::Run(no, scheduled_id) => {
                let run = self.runs.get(&no).ok_or_else(errors::activity_not_found)?;
                if !run.is_open() {
                    return Err(errors::workflow_closed());
                }
                let activity = run.activities.get(&scheduled_id);
                activity.is_some_and(|activity| activity.stamp == stamp && activity.started_at != 0)
            }
            ActivityOf::Client(no) => {
                let activity = self
                    .standalone
                    .get(&no)
                    .ok_or_else(errors::activity_not_found)?;
                if activity.stamp != stamp || !activity.is_out {
                    let id = &activity.request.activity_id;
                    return Err(errors::standalone_not_found(id));
                }
                true
            }
        };
        is_it.then_some(of).ok_or_else(errors::activity_not_found)
    }

    /// The activity of an id. Without a workflow id it is a standalone one.
    pub fn activity_of_id(
        &mut self,
        namespace: &str,
        workflow_id: String,
        run_id: String,
        activity_id: &str,
    ) -> Result<ActivityOf, Status> {
        if activity_id.is_empty() {
            return Err(errors::invalid("ActivityId is not set on request."));
        }
        if workflow_id.is_empty() {
            let no = self.find_standalone(namespace, activity_id, &run_id)?;
            return Ok(ActivityOf::Client(no));
        }
        let execution = WorkflowExecution {
            workflow_id,
            run_id,
        };
        let no = self.find_open(namespace, Some(&execution))?;
        let activities = &self.run(no).activities;
        let found = activities
            .iter()
            .find(|(_, activity)| activity.scheduled.activity_id == activity_id);
        match found {
            Some((scheduled_id, activity)) if activity.started_at != 0 => {
                Ok(ActivityOf::Run(no, *scheduled_id))
            }
            Some(_) => Err(errors::activity_not_found()),
            None => Err(errors::not_found(format!(
                "cannot find pending activity with ActivityID {activity_id}, check workflow execution history for more details"
            ))),
        }
    }

    /// Refuses what only a worker that has a standalone activity may say of it.
    fn check_is_out(&self, no: ActivityNo) -> Result<(), Status> {
        let activity = &self.standalone[&no];
        if activity.is_out {
            return Ok(());
        }
        Err(errors::standalone_not_found(&activity.request.activity_id))
    }

    pub fn complete_activity(
        &mut self,
        of: ActivityOf,
        result: Option<Payloads>,
        identity: String,
    ) -> Result<(), Status> {
        if let ActivityOf::Client(no) = of
            && !self.standalone[&no].is_open()
        {
            self.check_is_out(no)?;
        }
        if is_too_large(result.as_ref()) {
            return self.refuse_size(of, "Complete result exceeds size limit.");
        }
        let place = self.place_of(of);
        if self.schedule.happens(Fault::ActivityResultLost, &place) {
            self.end_attempt_of(of, AttemptEnd::TimedOut(TimeoutType::StartToClose));
            return Ok(());
        }
        match of {
            ActivityOf::Run(no, scheduled_id) => {
                self.close_activity(no, scheduled_id, |_, started_event_id| {
                    Attributes::ActivityTaskCompletedEventAttributes(
                        ActivityTaskCompletedEventAttributes {
                            result,
                            scheduled_event_id: scheduled_id,
                            started_event_id,
                            identity,
                            ..Default::default()
                        },
                    )
                });
            }
            ActivityOf::Client(no) => self.complete_standalone(no, result, identity),
        }
        if self.schedule.happens(Fault::AnswerLost, &place) {
            return Err(answer_lost());
        }
        Ok(())
    }

    fn place_of(&self, of: ActivityOf) -> String {
        match of {
            ActivityOf::Run(no, scheduled_id) => self.place_of_activity(no, scheduled_id),
            ActivityOf::Client(no) => self.place_of_standalone(no),
        }
    }

    fn end_attempt_of(&mut self, of: ActivityOf, end: AttemptEnd) {
        match of {
            ActivityOf::Run(no, scheduled_id) => self.attempt_ended(no, scheduled_id, end),
            ActivityOf::Client(no) => self.standalone_attempt_ended(no, end),
        }
    }

    /// Fails an activity for good that has sent too much.
    fn refuse_size(&mut self, of: ActivityOf, message: &str) -> Result<(), Status> {
        let failure = Failure {
            message: message.to_owned(),
            failure_info: Some(FailureInfo::ServerFailureInfo(ServerFailureInfo {
                non_retryable: true,
            })),
            ..Default::default()
        };
        self.fail_activity(of, Some(failure), None, 0)
    }

    pub fn fail_activity(
        &mut self,
        of: ActivityOf,
        failure: Option<Failure>,
        heartbeat: Option<Payloads>,
        cause: i32,
    ) -> Result<(), Status> {
        let failure = match of {
            ActivityOf::Run(no, scheduled_id) => {
                if let (Some(activity), Some(details)) =
                    (self.activity(no, scheduled_id), heartbeat)
                {
                    activity.heartbeat = Some(details);
                }
                failure.unwrap_or_default()
            }
            ActivityOf::Client(no) => {
                self.check_is_out(no)?;
                if heartbeat.is_some() {
                    self.heartbeat_of_standalone(no, heartbeat);
                }
                failure.unwrap_or_else(|| Failure {
                    message: "activity task failed without failure details".to_owned(),
                    ..Default::default()
                })
            }
        };
        let failure = Box::new(failure);
        self.end_attempt_of(of, AttemptEnd::Failed { failure, cause });
        Ok(())
    }

    pub fn cancel_activity(
        &mut self,
        of: ActivityOf,
        details: Option<Payloads>,
        identity: String,
    ) -> Result<(), Status> {
        let (no, scheduled_id) = match of {
            ActivityOf::Run(no, scheduled_id) => (no, scheduled_id),
            ActivityOf::Client(no) => {
                self.check_is_out(no)?;
                return self.cancel_standalone(no, details);
            }
        };
        let asked = self
            .activity(no, scheduled_id)
            .is_some_and(|activity| activity.cancel_requested_id != 0);
        if !asked {
            return Err(errors::invalid(
                "unable to mark activity as canceled without activity being request canceled first",
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
        of: ActivityOf,
        details: Option<Payloads>,
    ) -> Result<(bool, bool, bool), Status> {
        if let ActivityOf::Client(no) = of {
            self.check_is_out(no)?;
        }
        if is_too_large(details.as_ref()) {
            self.refuse_size(of, "Heartbeat details exceed size limit.")?;
            return Ok((true, false, false));
        }
        let is_late = match of {
            ActivityOf::Run(no, scheduled_id) => self.heartbeat_is_late(no, scheduled_id),
            ActivityOf::Client(no) => self.standalone_heartbeat_is_late(no),
        };
        let cancelled = match of {
            ActivityOf::Run(no, scheduled_id) => self.heartbeat(no, scheduled_id, details),
            ActivityOf::Client(no) => self.heartbeat_of_standalone(no, details),
        };
        if is_late {
            self.end_attempt_of(of, AttemptEnd::TimedOut(TimeoutType::Heartbeat));
            return Ok((false, false, false));
        }
        let activity = match of {
            ActivityOf::Run(no, scheduled_id) => self.activity(no, scheduled_id),
            ActivityOf::Client(_) => None,
        };
        Ok(activity.map_or((cancelled, false, false), |activity| {
            (cancelled, activity.pause.is_some(), activity.reset)
        }))
    }
}
