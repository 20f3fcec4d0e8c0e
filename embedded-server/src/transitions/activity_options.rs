//! Pauses of pending activities, and changes of their options.

use crate::{
    errors,
    state::{
        State,
        numbers::RunNo,
        run::Activity,
        timers::{ActivityLimit, Timer},
    },
    time::{Nanos, nanos, retry, timestamp},
    transitions::{activities::with_limits, command_checks::check_activity},
};
use temporalio_protos::temporal::api::{
    activity::v1::ActivityOptions,
    command::v1::ScheduleActivityTaskCommandAttributes,
    history::v1::{ActivityTaskScheduledEventAttributes, history_event::Attributes},
    taskqueue::v1::TaskQueue,
    workflow::v1::pending_activity_info::{PauseInfo, pause_info},
};
use tonic::Status;

/// The activities of a run that a request is about.
#[derive(Clone, Debug)]
pub enum Selector {
    Id(String),
    Type(String),
    All,
}

/// Options of a reset or of the end of a pause.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renewal {
    /// Begins again with the first attempt.
    pub resets_attempts: bool,
    /// Forgets the details of heartbeats.
    pub resets_heartbeats: bool,
    /// Leaves an activity paused. Of resets only.
    pub keeps_paused: bool,
    /// Takes the options that the workflow has set. Of resets only.
    pub restores_options: bool,
}

impl Activity {
    fn type_name(&self) -> &str {
        let activity_type = self.scheduled.activity_type.as_ref();
        activity_type.map_or("", |activity_type| &activity_type.name)
    }

    /// Whether it waits for a worker, or for its next attempt.
    fn is_waiting(&self) -> bool {
        self.started_at == 0 && self.cancel_requested_id == 0
    }

    /// The options that can be changed.
    pub fn options(&self) -> ActivityOptions {
        let scheduled = &self.scheduled;
        ActivityOptions {
            task_queue: scheduled.task_queue.as_ref().map(|queue| TaskQueue {
                name: queue.name.clone(),
                ..Default::default()
            }),
            schedule_to_close_timeout: scheduled.schedule_to_close_timeout,
            schedule_to_start_timeout: scheduled.schedule_to_start_timeout,
            start_to_close_timeout: scheduled.start_to_close_timeout,
            heartbeat_timeout: scheduled.heartbeat_timeout,
            retry_policy: scheduled.retry_policy.clone().map(|mut policy| {
                // The real server keeps the types of errors to itself.
                policy.non_retryable_error_types.clear();
                policy
            }),
            ..Default::default()
        }
    }
}

impl State {
    /// The scheduled events of the activities that a request is about. There must be one.
    fn selected(&mut self, no: RunNo, selector: &Selector) -> Result<Vec<i64>, Status> {
        let found: Vec<i64> = self
            .run(no)
            .activities
            .iter()
            .filter(|(_, activity)| match selector {
                Selector::Id(id) => activity.scheduled.activity_id == *id,
                Selector::Type(name) => activity.type_name() == name,
                Selector::All => true,
            })
            .map(|(scheduled_id, _)| *scheduled_id)
            .collect();
        if found.is_empty() {
            return Err(errors::not_found(
                "Can't find pending activity with such ID. Invalid activityID or activity already completed",
            ));
        }
        Ok(found)
    }

    /// Pauses activities. An attempt that a worker has goes on, and learns of it with its next heartbeat.
    pub fn pause_activities(
        &mut self,
        no: RunNo,
        selector: &Selector,
        identity: &str,
        reason: &str,
    ) -> Result<(), Status> {
        let now = self.now();
        for scheduled_id in self.selected(no, selector)? {
            let Some(activity) = self.activity(no, scheduled_id) else {
                continue;
            };
            if activity.pause.is_some() {
                continue;
            }
            let manual = pause_info::Manual {
                identity: identity.to_owned(),
                reason: reason.to_owned(),
            };
            activity.pause = Some(PauseInfo {
                pause_time: Some(timestamp(now)),
                paused_by: Some(pause_info::PausedBy::Manual(manual)),
            });
            if activity.is_waiting() {
                self.withdraw(no, scheduled_id);
            }
        }
        Ok(())
    }

    /// Ends the pauses of activities: those that wait go out at once.
    pub fn unpause_activities(
        &mut self,
        no: RunNo,
        selector: &Selector,
        renewal: Renewal,
    ) -> Result<(), Status> {
        for scheduled_id in self.selected(no, selector)? {
            let Some(activity) = self.activity(no, scheduled_id) else {
                continue;
            };
            if activity.pause.take().is_none() {
                continue;
            }
            if renewal.resets_attempts {
                activity.attempt = 1;
            }
            self.send_out_again(no, scheduled_id, renewal.resets_heartbeats);
        }
        Ok(())
    }

    /// Lets activities begin again. An attempt that a worker has goes on, and the one after it is the first again; the
    /// answers of an attempt that is not the first are refused from then on.
    pub fn reset_activities(
        &mut self,
        no: RunNo,
        selector: &Selector,
        renewal: Renewal,
    ) -> Result<(), Status> {
        for scheduled_id in self.selected(no, selector)? {
            let stamp = self.new_no();
            if renewal.restores_options {
                self.restore_options(no, scheduled_id);
            }
            let Some(activity) = self.activity(no, scheduled_id) else {
                continue;
            };
            if activity.attempt != 1 {
                activity.stamp = stamp;
            }
            activity.attempt = 1;
            if activity.started_at != 0 {
                activity.reset = true;
                activity.resets_heartbeats = renewal.resets_heartbeats;
                continue;
            }
            if activity.pause.is_some() && renewal.keeps_paused {
                continue;
            }
            activity.pause = None;
            self.send_out_again(no, scheduled_id, renewal.resets_heartbeats);
        }
        Ok(())
    }

    /// Lets an activity that waits go out at once, without the details of its heartbeats if they are to be forgotten.
    fn send_out_again(&mut self, no: RunNo, scheduled_id: i64, forgets_heartbeats: bool) {
        let Some(activity) = self.activity(no, scheduled_id) else {
            return;
        };
        if forgets_heartbeats {
            activity.heartbeat = None;
            activity.heartbeat_at = 0;
        }
        if activity.is_waiting() {
            self.withdraw(no, scheduled_id);
            self.dispatch_activity(no, scheduled_id);
        }
    }

    /// Changes the options of activities that `paths` name. Returns those of the last one.
    pub fn update_activity_options(
        &mut self,
        no: RunNo,
        selector: &Selector,
        options: &ActivityOptions,
        paths: &[String],
    ) -> Result<Option<ActivityOptions>, Status> {
        let mut updated = None;
        for scheduled_id in self.selected(no, selector)? {
            let run = self.run(no);
            let Some(activity) = run.activities.get(&scheduled_id) else {
                continue;
            };
            let command = merged(&activity.scheduled, options, paths)?;
            check_activity(&command).map_err(|refusal| {
                let (_, message) = refusal.message.split_once(": ").unwrap_or_default();
                errors::invalid(message)
            })?;
            let completed_id = activity.scheduled.workflow_task_completed_event_id;
            let scheduled = with_limits(run, completed_id, command);
            updated = Some(self.change_options(no, scheduled_id, scheduled));
        }
        Ok(updated)
    }

    /// Gives activities the options that their workflow has set. Returns those of the last one.
    pub fn restore_activity_options(
        &mut self,
        no: RunNo,
        selector: &Selector,
    ) -> Result<Option<ActivityOptions>, Status> {
        let mut restored = None;
        for scheduled_id in self.selected(no, selector)? {
            restored = self.restore_options(no, scheduled_id);
        }
        Ok(restored)
    }

    fn restore_options(&mut self, no: RunNo, scheduled_id: i64) -> Option<ActivityOptions> {
        let run = self.run(no);
        let event = run.events.get(scheduled_id as usize - 1)?;
        let Some(Attributes::ActivityTaskScheduledEventAttributes(original)) =
            event.attributes.clone()
        else {
            return None;
        };
        Some(self.change_options(no, scheduled_id, original))
    }

    fn change_options(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        scheduled: ActivityTaskScheduledEventAttributes,
    ) -> ActivityOptions {
        let now = self.now();
        let Some(activity) = self.activity(no, scheduled_id) else {
            return ActivityOptions::default();
        };
        activity.scheduled = scheduled;
        let options = activity.options();
        let since_scheduled = now - activity.scheduled_at;
        let since_started = now - activity.started_at;
        let since_heartbeat = now - activity.heartbeat_at.max(activity.started_at);
        let (is_started, is_waiting) = (activity.started_at != 0, activity.is_waiting());
        let next_at = activity.next_attempt_at();
        let mut timers = std::mem::take(&mut activity.attempt_timers);
        timers.extend(activity.close_timer.take());
        timers.extend(activity.heartbeat_timer.take());
        for timer in timers {
            self.timers.cancel(timer);
        }
        let to_close = options.schedule_to_close_timeout.as_ref();
        let left = left(to_close, since_scheduled);
        self.limit_activity(no, scheduled_id, left, ActivityLimit::ScheduleToClose);
        if is_started {
            let attempt = self::left(options.start_to_close_timeout.as_ref(), since_started);
            self.limit_activity(no, scheduled_id, attempt, ActivityLimit::StartToClose);
            let heartbeat = self::left(options.heartbeat_timeout.as_ref(), since_heartbeat);
            self.limit_activity(no, scheduled_id, heartbeat, ActivityLimit::Heartbeat);
        } else if is_waiting {
            self.withdraw(no, scheduled_id);
            if next_at > now {
                self.wait_for_attempt(no, scheduled_id, next_at);
            } else {
                self.dispatch_activity(no, scheduled_id);
            }
        }
        options
    }

    /// Takes a waiting attempt out of its queue, and out of its time.
    fn withdraw(&mut self, no: RunNo, scheduled_id: i64) {
        let stamp = self.new_no();
        self.end_attempt(no, scheduled_id);
        if let Some(activity) = self.activity(no, scheduled_id) {
            activity.stamp = stamp;
        }
    }

    fn wait_for_attempt(&mut self, no: RunNo, scheduled_id: i64, at: Nanos) {
        let timer = Timer::ActivityRetry {
            run: no,
            scheduled_id,
        };
        let key = self.timers.add(at, timer);
        if let Some(activity) = self.activity(no, scheduled_id) {
            activity.attempt_at = at;
            activity.attempt_timers.push(key);
        }
    }
}

impl Activity {
    /// The time of the attempt that waits, by the policy that holds now.
    fn next_attempt_at(&self) -> Nanos {
        match &self.scheduled.retry_policy {
            Some(policy) if self.attempt > 1 => self
                .last_completed_at
                .saturating_add(retry::interval(policy, self.attempt - 1)),
            _ => self.scheduled_at,
        }
    }
}

/// The rest of a limit of which some time is over. 0 for no limit.
fn left(limit: Option<&prost_types::Duration>, passed: Nanos) -> Nanos {
    match nanos(limit) {
        0 => 0,
        limit => (limit - passed).max(1),
    }
}

/// The command that would have scheduled an activity with the options that are asked for.
fn merged(
    scheduled: &ActivityTaskScheduledEventAttributes,
    options: &ActivityOptions,
    paths: &[String],
) -> Result<ScheduleActivityTaskCommandAttributes, Status> {
    let mut command = ScheduleActivityTaskCommandAttributes {
        activity_id: scheduled.activity_id.clone(),
        activity_type: scheduled.activity_type.clone(),
        task_queue: scheduled.task_queue.clone(),
        header: scheduled.header.clone(),
        input: scheduled.input.clone(),
        schedule_to_close_timeout: scheduled.schedule_to_close_timeout,
        schedule_to_start_timeout: scheduled.schedule_to_start_timeout,
        start_to_close_timeout: scheduled.start_to_close_timeout,
        heartbeat_timeout: scheduled.heartbeat_timeout,
        retry_policy: scheduled.retry_policy.clone(),
        priority: scheduled.priority.clone(),
        ..Default::default()
    };
    let missing = |field: &str| errors::invalid(format!("{field} is not provided"));
    let asked = options.retry_policy.as_ref();
    let policy = command.retry_policy.get_or_insert_default();
    for path in paths {
        match camel(path).as_str() {
            "taskQueue.name" => {
                let queue = options.task_queue.as_ref();
                let name = &queue.ok_or_else(|| missing("TaskQueue"))?.name;
                command
                    .task_queue
                    .get_or_insert_default()
                    .name
                    .clone_from(name);
            }
            "scheduleToCloseTimeout" => {
                command.schedule_to_close_timeout = options.schedule_to_close_timeout;
            }
            "scheduleToStartTimeout" => {
                command.schedule_to_start_timeout = options.schedule_to_start_timeout;
            }
            "startToCloseTimeout" => {
                command.start_to_close_timeout = options.start_to_close_timeout;
            }
            "heartbeatTimeout" => command.heartbeat_timeout = options.heartbeat_timeout,
            "retryPolicy.initialInterval" => {
                let asked = asked.ok_or_else(|| missing("RetryPolicy"))?;
                policy.initial_interval = asked.initial_interval;
            }
            "retryPolicy.backoffCoefficient" => {
                let asked = asked.ok_or_else(|| missing("RetryPolicy"))?;
                policy.backoff_coefficient = asked.backoff_coefficient;
            }
            "retryPolicy.maximumInterval" => {
                let asked = asked.ok_or_else(|| missing("RetryPolicy"))?;
                policy.maximum_interval = asked.maximum_interval;
            }
            "retryPolicy.maximumAttempts" => {
                let asked = asked.ok_or_else(|| missing("RetryPolicy"))?;
                policy.maximum_attempts = asked.maximum_attempts;
            }
            _ => {}
        }
    }
    Ok(command)
}

/// A path of a field mask with its names in camel case, in which it may come already.
fn camel(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut is_next_upper = false;
    for letter in path.chars() {
        if letter == '_' {
            is_next_upper = true;
        } else if std::mem::take(&mut is_next_upper) {
            camel.extend(letter.to_uppercase());
        } else {
            camel.push(letter);
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_in_either_case() {
        assert_eq!(camel("start_to_close_timeout"), "startToCloseTimeout");
        assert_eq!(
            camel("retryPolicy.maximum_attempts"),
            "retryPolicy.maximumAttempts"
        );
    }

    #[test]
    fn a_limit_that_is_over_ends_at_once() {
        let limit = crate::time::duration(5);
        assert_eq!(left(Some(&limit), 2), 3);
        assert_eq!(left(Some(&limit), 9), 1);
        assert_eq!(left(None, 9), 0);
    }
}
