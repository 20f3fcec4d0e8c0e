//! Activities of a workflow: their tasks, limits, attempts and cancellation.

use crate::{
    state::{
        Busy, State,
        numbers::RunNo,
        queue_kind::QueueKind,
        queues::{Poller, QueueKey, QueuedTask},
        run::{Activity, Run, event},
        timers::{ActivityLimit, Timer},
    },
    time::{Nanos, duration, least, nanos, retry, timestamp},
};
use temporalio_protos::temporal::api::{
    command::v1::ScheduleActivityTaskCommandAttributes,
    common::v1::{Payload, Payloads},
    enums::v1::{RetryState, TimeoutType},
    failure::v1::{Failure, TimeoutFailureInfo, failure::FailureInfo},
    history::v1::{
        ActivityTaskCancelRequestedEventAttributes, ActivityTaskCanceledEventAttributes,
        ActivityTaskFailedEventAttributes, ActivityTaskScheduledEventAttributes,
        ActivityTaskStartedEventAttributes, ActivityTaskTimedOutEventAttributes,
        history_event::Attributes,
    },
    sdk::v1::UserMetadata,
    workflowservice::v1::PollActivityTaskQueueResponse,
};

/// How an attempt of an activity ended without a result.
pub enum AttemptEnd {
    Failed { failure: Box<Failure>, cause: i32 },
    TimedOut(TimeoutType),
}

impl State {
    /// Records an activity. The caller dispatches it, or hands it to the worker that asked for it.
    pub fn schedule_activity(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: ScheduleActivityTaskCommandAttributes,
        user_metadata: Option<UserMetadata>,
    ) -> i64 {
        let now = self.now();
        let stamp = self.new_no();
        let run = self.run(no);
        let scheduled = with_limits(run, completed_id, command);
        let mut event = event(
            now,
            Attributes::ActivityTaskScheduledEventAttributes(scheduled.clone()),
        );
        event.user_metadata = user_metadata;
        let scheduled_id = run.write_event(event);
        let to_close = nanos(scheduled.schedule_to_close_timeout.as_ref());
        run.activities
            .insert(scheduled_id, Activity::new(scheduled, now, stamp));
        self.limit_activity(no, scheduled_id, to_close, ActivityLimit::ScheduleToClose);
        scheduled_id
    }

    /// A pending activity of an open run.
    pub fn activity(&mut self, no: RunNo, scheduled_id: i64) -> Option<&mut Activity> {
        self.open_run(no)?.activities.get_mut(&scheduled_id)
    }

    /// The queue for an activity's attempts.
    pub fn activity_queue(&self, no: RunNo, scheduled_id: i64) -> Option<QueueKey> {
        let run = &self.runs[&no];
        let queue = run
            .activities
            .get(&scheduled_id)?
            .scheduled
            .task_queue
            .as_ref();
        let name = queue.map(|queue| queue.name.clone()).unwrap_or_default();
        Some(QueueKey {
            namespace: run.namespace.clone(),
            version: self.version_of_activity(no, &name),
            name,
            kind: QueueKind::Activity,
        })
    }

    /// Puts an attempt into its task queue.
    pub fn dispatch_activity(&mut self, no: RunNo, scheduled_id: i64) {
        let now = self.now();
        let Some(run) = self.open_run(no) else { return };
        let Some(activity) = run.activities.get_mut(&scheduled_id) else {
            return;
        };
        if activity.pause.is_some() {
            return;
        }
        activity.attempt_at = now;
        let to_start = nanos(activity.scheduled.schedule_to_start_timeout.as_ref());
        self.limit_activity(no, scheduled_id, to_start, ActivityLimit::ScheduleToStart);
        self.queue_activity(no, scheduled_id);
    }

    /// Puts an attempt that is due into its queue. It waits while its run is paused.
    pub fn queue_activity(&mut self, no: RunNo, scheduled_id: i64) {
        if self.run(no).is_paused() {
            return;
        }
        self.busy.insert(Busy::Activity(no, scheduled_id));
        let Some(key) = self.activity_queue(no, scheduled_id) else {
            return;
        };
        let stamp = self.runs[&no].activities[&scheduled_id].stamp;
        self.queues.put(
            key,
            QueuedTask::Activity {
                run: no,
                scheduled_id,
                stamp,
            },
        );
    }

    /// Sets one of an activity's limits, if there is one.
    pub fn limit_activity(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        after: Nanos,
        limit: ActivityLimit,
    ) {
        if after <= 0 {
            return;
        }
        let at = self.now().saturating_add(after);
        let key = self.timers.add(
            at,
            Timer::ActivityLimit {
                run: no,
                scheduled_id,
                limit,
            },
        );
        let Some(activity) = self.activity(no, scheduled_id) else {
            return;
        };
        match limit {
            ActivityLimit::Heartbeat => activity.heartbeat_timer = Some(key),
            ActivityLimit::ScheduleToClose => activity.close_timer = Some(key),
            ActivityLimit::ScheduleToStart | ActivityLimit::StartToClose => {
                activity.attempt_timers.push(key);
            }
        }
    }

    /// Cancels the timers of an attempt that is over.
    pub fn end_attempt(&mut self, no: RunNo, scheduled_id: i64) {
        self.busy.remove(&Busy::Activity(no, scheduled_id));
        let Some(activity) = self.activity(no, scheduled_id) else {
            return;
        };
        let mut keys = std::mem::take(&mut activity.attempt_timers);
        keys.extend(activity.heartbeat_timer.take());
        for key in keys {
            self.timers.cancel(key);
        }
    }

    /// Hands an attempt to a worker. None if the task is out of date.
    pub fn take_activity(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        stamp: u64,
        worker: &Poller,
    ) -> Option<PollActivityTaskQueueResponse> {
        if self.open_run(no)?.is_paused() {
            return None;
        }
        let activity = self.activity(no, scheduled_id)?;
        if activity.stamp != stamp || activity.started_at != 0 || activity.pause.is_some() {
            return None;
        }
        let task = self.start_activity(no, scheduled_id, worker);
        self.deliver_activity(no, scheduled_id, task)
    }

    /// Starts an attempt, whose activity is pending.
    pub fn start_activity(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        worker: &Poller,
    ) -> PollActivityTaskQueueResponse {
        let now = self.now();
        let request_id = self.new_uuid();
        self.end_attempt(no, scheduled_id);
        self.busy.insert(Busy::Activity(no, scheduled_id));
        let run = self.run(no);
        let Some(activity) = run.activities.get_mut(&scheduled_id) else {
            return PollActivityTaskQueueResponse::default();
        };
        activity.started_at = now;
        activity.identity.clone_from(&worker.identity);
        activity.worker_version.clone_from(&worker.version);
        activity.request_id = request_id;
        let scheduled = activity.scheduled.clone();
        let response = PollActivityTaskQueueResponse {
            task_token: crate::state::tokens::event_token(no, scheduled_id, activity.stamp),
            activity_type: scheduled.activity_type,
            activity_id: scheduled.activity_id,
            header: scheduled.header,
            input: scheduled.input,
            heartbeat_details: activity.heartbeat.clone(),
            scheduled_time: Some(timestamp(activity.scheduled_at)),
            current_attempt_scheduled_time: Some(timestamp(activity.attempt_at)),
            started_time: Some(timestamp(now)),
            attempt: activity.attempt,
            schedule_to_close_timeout: scheduled.schedule_to_close_timeout,
            start_to_close_timeout: scheduled.start_to_close_timeout,
            heartbeat_timeout: scheduled.heartbeat_timeout,
            retry_policy: scheduled.retry_policy,
            priority: scheduled.priority.or_else(|| run.priority.clone()),
            workflow_namespace: run.namespace.clone(),
            workflow_type: run.start.workflow_type.clone(),
            workflow_execution: Some(run.execution()),
            ..Default::default()
        };
        let to_close = nanos(scheduled.start_to_close_timeout.as_ref());
        let heartbeat = nanos(scheduled.heartbeat_timeout.as_ref());
        self.limit_activity(no, scheduled_id, to_close, ActivityLimit::StartToClose);
        self.limit_activity(no, scheduled_id, heartbeat, ActivityLimit::Heartbeat);
        response
    }

    /// Takes note of a heartbeat, and says whether the activity is asked to cancel.
    pub fn heartbeat(&mut self, no: RunNo, scheduled_id: i64, details: Option<Payloads>) -> bool {
        let now = self.now();
        let Some(activity) = self.activity(no, scheduled_id) else {
            return false;
        };
        if details.is_some() {
            activity.heartbeat = details;
        }
        activity.heartbeat_at = now;
        let cancelled = activity.cancel_requested_id != 0;
        let limit = nanos(activity.scheduled.heartbeat_timeout.as_ref());
        if let Some(key) = activity.heartbeat_timer.take() {
            self.timers.cancel(key);
        }
        self.limit_activity(no, scheduled_id, limit, ActivityLimit::Heartbeat);
        cancelled
    }

    /// Ends a pending activity: records that it was started, if it was, and `end`, which gets the started event's id.
    #[allow(deprecated)]
    pub fn close_activity(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        end: impl FnOnce(&Activity, i64) -> Attributes,
    ) {
        let now = self.now();
        self.end_attempt(no, scheduled_id);
        let run = self.run(no);
        let Some(activity) = run.activities.remove(&scheduled_id) else {
            return;
        };
        let mut started_id = 0;
        if activity.started_at != 0 {
            let started = ActivityTaskStartedEventAttributes {
                scheduled_event_id: scheduled_id,
                identity: activity.identity.clone(),
                request_id: activity.request_id.clone(),
                attempt: activity.attempt,
                last_failure: activity.last_failure.clone(),
                worker_version: activity.worker_version.clone(),
                ..Default::default()
            };
            // An event that is kept has no id yet: whoever writes it fills it in.
            started_id = run.next_event_id();
            let event = event(
                activity.started_at,
                Attributes::ActivityTaskStartedEventAttributes(started),
            );
            run.record_event(event);
        }
        let end = end(&activity, started_id);
        run.record(now, end);
        if let Some(key) = activity.close_timer {
            self.timers.cancel(key);
        }
        self.need_workflow_task(no);
    }

    /// An attempt ended without a result: tries again as the policy says, or ends the activity.
    pub fn attempt_ended(&mut self, no: RunNo, scheduled_id: i64, end: AttemptEnd) {
        let now = self.now();
        let Some(activity) = self.activity(no, scheduled_id) else {
            return;
        };
        let failure = match &end {
            AttemptEnd::Failed { failure, .. } => (**failure).clone(),
            AttemptEnd::TimedOut(timeout) => timeout_failure(*timeout, activity),
        };
        let to_close = nanos(activity.scheduled.schedule_to_close_timeout.as_ref());
        let until = if to_close > 0 {
            activity.scheduled_at.saturating_add(to_close)
        } else {
            0
        };
        let next = if activity.cancel_requested_id != 0 {
            Err(RetryState::CancelRequested)
        } else {
            retry::next_attempt(
                activity.scheduled.retry_policy.as_ref(),
                activity.attempt,
                &failure,
                now,
                until,
            )
        };
        match next {
            Ok(interval) => self.try_activity_again(no, scheduled_id, failure, interval),
            Err(state) => self.close_activity(no, scheduled_id, |activity, started_id| match end {
                AttemptEnd::Failed { failure, cause } => {
                    Attributes::ActivityTaskFailedEventAttributes(
                        ActivityTaskFailedEventAttributes {
                            failure: Some(*failure),
                            scheduled_event_id: scheduled_id,
                            started_event_id: started_id,
                            identity: activity.identity.clone(),
                            retry_state: state as i32,
                            cause,
                            ..Default::default()
                        },
                    )
                }
                AttemptEnd::TimedOut(timeout) => {
                    // No time is left for a further attempt: the time for all of them is over.
                    let timeout = if state == RetryState::Timeout {
                        TimeoutType::ScheduleToClose
                    } else {
                        timeout
                    };
                    let mut failure = timeout_failure(timeout, activity);
                    failure.cause = activity.last_failure.clone().map(Box::new);
                    Attributes::ActivityTaskTimedOutEventAttributes(
                        ActivityTaskTimedOutEventAttributes {
                            failure: Some(failure),
                            scheduled_event_id: scheduled_id,
                            started_event_id: started_id,
                            retry_state: state as i32,
                        },
                    )
                }
            }),
        }
    }

    fn try_activity_again(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        failure: Failure,
        interval: Nanos,
    ) {
        let now = self.now();
        let stamp = self.new_no();
        self.end_attempt(no, scheduled_id);
        let Some(activity) = self.activity(no, scheduled_id) else {
            return;
        };
        activity.attempt = if std::mem::take(&mut activity.reset) {
            1
        } else {
            activity.attempt + 1
        };
        if std::mem::take(&mut activity.resets_heartbeats) {
            activity.heartbeat = None;
            activity.heartbeat_at = 0;
        }
        activity.started_at = 0;
        activity.last_failure = Some(failure);
        activity.last_completed_at = now;
        activity.attempt_at = now.saturating_add(interval);
        activity.stamp = stamp;
        let key = self.timers.add(
            now.saturating_add(interval),
            Timer::ActivityRetry {
                run: no,
                scheduled_id,
            },
        );
        if let Some(activity) = self.activity(no, scheduled_id) {
            activity.attempt_timers.push(key);
        }
    }

    pub fn activity_limit_reached(&mut self, no: RunNo, scheduled_id: i64, limit: ActivityLimit) {
        let is_of_start = limit == ActivityLimit::ScheduleToClose
            && self
                .activity(no, scheduled_id)
                .is_some_and(|activity| activity.could_start_until_it_closes());
        // Of two limits that end at once, the real server takes the one of the start.
        let limit = if is_of_start {
            ActivityLimit::ScheduleToStart
        } else {
            limit
        };
        let end = AttemptEnd::TimedOut(timeout_type(limit));
        self.attempt_ended(no, scheduled_id, end);
    }

    /// A workflow asks for the cancellation of an activity. Returns whether the activity ended at once.
    pub fn request_cancel_activity(
        &mut self,
        no: RunNo,
        completed_id: i64,
        scheduled_id: i64,
        identity: &str,
    ) -> bool {
        let now = self.now();
        let run = self.run(no);
        let id = run.write(
            now,
            Attributes::ActivityTaskCancelRequestedEventAttributes(
                ActivityTaskCancelRequestedEventAttributes {
                    scheduled_event_id: scheduled_id,
                    workflow_task_completed_event_id: completed_id,
                },
            ),
        );
        let Some(activity) = run.activities.get_mut(&scheduled_id) else {
            return false;
        };
        activity.cancel_requested_id = id;
        if activity.started_at != 0 {
            return false;
        }
        let close_timer = activity.close_timer;
        self.end_attempt(no, scheduled_id);
        if let Some(key) = close_timer {
            self.timers.cancel(key);
        }
        let run = self.run(no);
        run.activities.remove(&scheduled_id);
        run.write(
            now,
            Attributes::ActivityTaskCanceledEventAttributes(ActivityTaskCanceledEventAttributes {
                details: Some(text_payloads("ACTIVITY_ID_NOT_STARTED")),
                latest_cancel_requested_event_id: id,
                scheduled_event_id: scheduled_id,
                identity: identity.to_owned(),
                ..Default::default()
            }),
        );
        true
    }
}

/// The type of the timeout when a limit is reached.
pub fn timeout_type(limit: ActivityLimit) -> TimeoutType {
    match limit {
        ActivityLimit::ScheduleToStart => TimeoutType::ScheduleToStart,
        ActivityLimit::ScheduleToClose => TimeoutType::ScheduleToClose,
        ActivityLimit::StartToClose => TimeoutType::StartToClose,
        ActivityLimit::Heartbeat => TimeoutType::Heartbeat,
    }
}

/// The event of an activity, with what the command leaves to the server.
#[allow(deprecated)]
pub fn with_limits(
    run: &Run,
    completed_id: i64,
    command: ScheduleActivityTaskCommandAttributes,
) -> ActivityTaskScheduledEventAttributes {
    let run_timeout = nanos(run.start.workflow_run_timeout.as_ref());
    let mut to_close = nanos(command.schedule_to_close_timeout.as_ref());
    let mut to_start = nanos(command.schedule_to_start_timeout.as_ref());
    let mut start_to_close = nanos(command.start_to_close_timeout.as_ref());
    let heartbeat = nanos(command.heartbeat_timeout.as_ref());
    if to_close > 0 {
        to_start = if to_start > 0 {
            to_start.min(to_close)
        } else {
            to_close
        };
        start_to_close = if start_to_close > 0 {
            start_to_close.min(to_close)
        } else {
            to_close
        };
    } else {
        to_close = run_timeout;
        to_start = least([to_start, run_timeout]);
    }
    to_close = least([to_close, run_timeout]);
    to_start = least([to_start, run_timeout]);
    start_to_close = least([start_to_close, run_timeout]);
    ActivityTaskScheduledEventAttributes {
        activity_id: command.activity_id,
        activity_type: command.activity_type,
        task_queue: command.task_queue.map(|mut queue| {
            if queue.name.is_empty() {
                queue.name = run.task_queue().to_owned();
            }
            queue.kind = temporalio_protos::temporal::api::enums::v1::TaskQueueKind::Normal as i32;
            queue
        }),
        header: command.header,
        input: command.input,
        schedule_to_close_timeout: Some(duration(to_close)),
        schedule_to_start_timeout: Some(duration(to_start)),
        start_to_close_timeout: Some(duration(start_to_close)),
        heartbeat_timeout: Some(duration(least([heartbeat, start_to_close]).min(heartbeat))),
        workflow_task_completed_event_id: completed_id,
        retry_policy: Some(retry::with_defaults(
            command.retry_policy.unwrap_or_default(),
        )),
        use_workflow_build_id: command.use_workflow_build_id,
        priority: command.priority,
    }
}

fn timeout_failure(timeout: TimeoutType, activity: &Activity) -> Failure {
    Failure {
        message: format!("activity {} timeout", retry::timeout_name(timeout)),
        source: "Server".to_owned(),
        failure_info: Some(FailureInfo::TimeoutFailureInfo(TimeoutFailureInfo {
            timeout_type: timeout as i32,
            last_heartbeat_details: activity.heartbeat.clone(),
        })),
        ..Default::default()
    }
}

/// A text as the server itself encodes one.
pub fn text_payloads(text: &str) -> Payloads {
    Payloads {
        payloads: vec![Payload {
            metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
            data: format!("{text:?}").into_bytes(),
            ..Default::default()
        }],
    }
}
