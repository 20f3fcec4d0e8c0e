//! Standalone activities: their tasks, limits, attempts, cancellation and end.

use crate::{
    errors,
    state::{
        Busy, State, is_uuid,
        numbers::ActivityNo,
        queue_kind::QueueKind,
        queues::{Poller, QueueKey, QueuedTask},
        standalone::{Cancellation, Standalone, failure, success},
        timers::{ActivityLimit, Timer},
        tokens::standalone_token,
    },
    time::{Nanos, nanos, retry, timestamp},
    transitions::activities::{AttemptEnd, text_payloads, timeout_type},
};
use temporalio_protos::temporal::api::{
    activity::v1::ActivityExecutionOutcome,
    common::v1::Payloads,
    enums::v1::{ActivityExecutionStatus, RetryState, TimeoutType},
    failure::v1::{
        CanceledFailureInfo, Failure, TerminatedFailureInfo, TimeoutFailureInfo,
        failure::FailureInfo,
    },
    workflowservice::v1::PollActivityTaskQueueResponse,
};
use tonic::Status;

const NO_TIME_LEFT: &str = "Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying";

impl State {
    /// The last execution of an activity's id.
    pub fn current_standalone(&self, namespace: &str, activity_id: &str) -> Option<ActivityNo> {
        let key = (namespace.to_owned(), activity_id.to_owned());
        self.standalone_ids.get(&key)?.last().copied()
    }

    /// Finds the execution that a request names. Without a run id it is the last one.
    pub fn find_standalone(
        &self,
        namespace: &str,
        activity_id: &str,
        run_id: &str,
    ) -> Result<ActivityNo, Status> {
        self.namespace(namespace)?;
        let key = (namespace.to_owned(), activity_id.to_owned());
        let executions = self.standalone_ids.get(&key);
        let found = executions.and_then(|executions| {
            executions
                .iter()
                .rev()
                .find(|no| run_id.is_empty() || self.standalone[no].run_id == run_id)
        });
        found
            .copied()
            .ok_or_else(|| errors::standalone_not_found(activity_id))
    }

    /// Finds the execution of a request that names an id and a run.
    pub fn named_standalone(
        &self,
        namespace: &str,
        activity_id: &str,
        run_id: &str,
    ) -> Result<ActivityNo, Status> {
        if activity_id.is_empty() {
            return Err(errors::invalid("activity ID is required"));
        }
        errors::check_activity_length("activity ID", activity_id)?;
        if !run_id.is_empty() && !is_uuid(run_id) {
            return Err(errors::invalid("invalid run id: must be a valid UUID"));
        }
        self.find_standalone(namespace, activity_id, run_id)
    }

    fn open_standalone(&mut self, no: ActivityNo) -> Option<&mut Standalone> {
        self.standalone
            .get_mut(&no)
            .filter(|activity| activity.is_open())
    }

    /// Puts an attempt into its task queue at a time that is to come.
    pub fn dispatch_standalone_at(&mut self, no: ActivityNo, at: Nanos) {
        let key = self
            .timers
            .add(at, Timer::StandaloneAttempt { activity: no });
        if let Some(activity) = self.open_standalone(no) {
            activity.attempt_timers.push(key);
        }
    }

    /// Puts an attempt into its task queue.
    pub fn dispatch_standalone(&mut self, no: ActivityNo) {
        let Some(activity) = self.open_standalone(no) else {
            return;
        };
        let stamp = activity.stamp;
        let to_start = nanos(activity.request.schedule_to_start_timeout.as_ref());
        let key = QueueKey {
            namespace: activity.request.namespace.clone(),
            name: activity.task_queue().to_owned(),
            kind: QueueKind::Activity,
            version: None,
        };
        self.limit_standalone(no, to_start, ActivityLimit::ScheduleToStart);
        self.busy.insert(Busy::Standalone(no));
        let task = QueuedTask::Standalone {
            activity: no,
            stamp,
        };
        self.queues.put(key, task);
    }

    /// Sets one of the limits of an attempt, if there is one.
    fn limit_standalone(&mut self, no: ActivityNo, after: Nanos, limit: ActivityLimit) {
        if after <= 0 {
            return;
        }
        let timer = Timer::StandaloneLimit {
            activity: no,
            limit,
        };
        let key = self.timers.add(self.now().saturating_add(after), timer);
        if let Some(activity) = self.open_standalone(no) {
            match limit {
                ActivityLimit::Heartbeat => activity.heartbeat_timer = Some(key),
                _ => activity.attempt_timers.push(key),
            }
        }
    }

    /// Cancels the timers of an attempt that is over.
    fn end_attempt_of_standalone(&mut self, no: ActivityNo) {
        self.busy.remove(&Busy::Standalone(no));
        let Some(activity) = self.open_standalone(no) else {
            return;
        };
        let mut keys = std::mem::take(&mut activity.attempt_timers);
        keys.extend(activity.heartbeat_timer.take());
        for key in keys {
            self.timers.cancel(key);
        }
    }

    /// Hands an attempt to a worker. None if the task is out of date.
    pub fn take_standalone(
        &mut self,
        no: ActivityNo,
        stamp: u64,
        worker: &Poller,
    ) -> Option<PollActivityTaskQueueResponse> {
        let now = self.now();
        let activity = self.open_standalone(no)?;
        if activity.stamp != stamp || activity.is_out {
            return None;
        }
        self.end_attempt_of_standalone(no);
        self.busy.insert(Busy::Standalone(no));
        let activity = self.open_standalone(no)?;
        activity.is_out = true;
        activity.started_at = now;
        activity.identity.clone_from(&worker.identity);
        activity.note_change();
        let task = task_of(no, activity);
        let to_close = nanos(activity.request.start_to_close_timeout.as_ref());
        let heartbeat = nanos(activity.request.heartbeat_timeout.as_ref());
        self.limit_standalone(no, to_close, ActivityLimit::StartToClose);
        self.limit_standalone(no, heartbeat, ActivityLimit::Heartbeat);
        self.deliver_standalone(no, task)
    }

    pub fn standalone_limit_reached(&mut self, no: ActivityNo, limit: ActivityLimit) {
        let Some(activity) = self.open_standalone(no) else {
            return;
        };
        let state = match activity.cancellation {
            Some(_) => RetryState::CancelRequested,
            None => RetryState::Timeout,
        };
        let timeout = timeout_type(limit);
        match limit {
            ActivityLimit::ScheduleToStart | ActivityLimit::ScheduleToClose => {
                let message = format!("activity {} timeout", retry::timeout_name(timeout));
                let ended = timed_out(activity, timeout, message);
                self.close_standalone(no, ActivityExecutionStatus::TimedOut, failure(ended, state));
            }
            ActivityLimit::StartToClose | ActivityLimit::Heartbeat => {
                self.standalone_attempt_ended(no, AttemptEnd::TimedOut(timeout));
            }
        }
    }

    /// An attempt ended without a result: tries again as the policy says, or ends the activity.
    pub fn standalone_attempt_ended(&mut self, no: ActivityNo, end: AttemptEnd) {
        let now = self.now();
        let stamp = self.new_no();
        let Some(activity) = self.open_standalone(no) else {
            return;
        };
        let ended = match &end {
            AttemptEnd::Failed { failure, .. } => (**failure).clone(),
            AttemptEnd::TimedOut(timeout) => Failure {
                message: format!("activity {} timeout", retry::timeout_name(*timeout)),
                failure_info: Some(FailureInfo::TimeoutFailureInfo(TimeoutFailureInfo {
                    timeout_type: *timeout as i32,
                    ..Default::default()
                })),
                ..Default::default()
            },
        };
        let next = if activity.cancellation.is_some() {
            Err(RetryState::CancelRequested)
        } else {
            retry::next_attempt(
                activity.request.retry_policy.as_ref(),
                activity.attempt,
                &ended,
                now,
                activity.expires_at(),
            )
        };
        activity.last_completed_at = now;
        match (next, end) {
            (Ok(interval), _) => {
                let at = now.saturating_add(interval);
                activity.last_failure = Some(ended);
                activity.attempt += 1;
                activity.attempt_at = at;
                activity.retry_interval = interval;
                activity.is_out = false;
                activity.stamp = stamp;
                activity.note_change();
                self.end_attempt_of_standalone(no);
                self.dispatch_standalone_at(no, at);
            }
            (Err(state), AttemptEnd::Failed { .. }) => {
                activity.last_failure = Some(ended.clone());
                self.close_standalone(no, ActivityExecutionStatus::Failed, failure(ended, state));
            }
            (Err(state), AttemptEnd::TimedOut(timeout)) => {
                let of_attempt = timed_out(activity, timeout, ended.message);
                // No time is left for a further attempt: the time for all of them is over.
                let of_activity = match state {
                    RetryState::Timeout => timed_out(
                        activity,
                        TimeoutType::ScheduleToClose,
                        NO_TIME_LEFT.to_owned(),
                    ),
                    _ => of_attempt.clone(),
                };
                activity.last_failure = Some(of_attempt);
                self.close_standalone(
                    no,
                    ActivityExecutionStatus::TimedOut,
                    failure(of_activity, state),
                );
            }
        }
    }

    /// Completes an activity, also one that no worker has begun.
    pub fn complete_standalone(
        &mut self,
        no: ActivityNo,
        result: Option<Payloads>,
        identity: String,
    ) {
        let now = self.now();
        let Some(activity) = self.open_standalone(no) else {
            return;
        };
        if !activity.is_out {
            activity.started_at = now;
        }
        activity.last_completed_at = now;
        activity.identity = identity;
        self.close_standalone(no, ActivityExecutionStatus::Completed, success(result));
    }

    /// Confirms the cancellation that was asked for.
    pub fn cancel_standalone(
        &mut self,
        no: ActivityNo,
        details: Option<Payloads>,
    ) -> Result<(), Status> {
        let cancellation = self
            .open_standalone(no)
            .and_then(|activity| activity.cancellation.clone())
            .ok_or_else(|| {
                errors::invalid(
                    "unable to mark activity as canceled without activity being request canceled first",
                )
            })?;
        let canceled = Failure {
            message: "Activity canceled".to_owned(),
            failure_info: Some(FailureInfo::CanceledFailureInfo(CanceledFailureInfo {
                details,
                identity: cancellation.identity,
            })),
            ..Default::default()
        };
        self.close_standalone(
            no,
            ActivityExecutionStatus::Canceled,
            failure(canceled, RetryState::Unspecified),
        );
        Ok(())
    }

    /// Asks for the cancellation of an activity, which ends at once if no worker has it.
    pub fn request_cancel_standalone(
        &mut self,
        no: ActivityNo,
        cancellation: Cancellation,
    ) -> Result<(), Status> {
        let Some(activity) = self.standalone.get_mut(&no) else {
            return Ok(());
        };
        let earlier = activity.cancellation.as_ref();
        if earlier.is_some_and(|earlier| earlier.request_id == cancellation.request_id) {
            return Ok(());
        }
        if !activity.is_open() {
            return Err(errors::failed_precondition(format!(
                "activity is in terminal state {}",
                activity.status_name()
            )));
        }
        if let Some(earlier) = earlier {
            return Err(errors::failed_precondition(format!(
                "cancellation already requested with request ID {}",
                earlier.request_id
            )));
        }
        let details = text_payloads(&cancellation.reason);
        activity.cancellation = Some(cancellation);
        activity.note_change();
        if activity.is_out {
            return Ok(());
        }
        self.cancel_standalone(no, Some(details))
    }

    pub fn terminate_standalone(
        &mut self,
        no: ActivityNo,
        reason: String,
        identity: String,
        request_id: String,
    ) -> Result<(), Status> {
        let Some(activity) = self.standalone.get_mut(&no) else {
            return Ok(());
        };
        if activity.status == ActivityExecutionStatus::Terminated {
            if activity.terminate_request_id == request_id {
                return Ok(());
            }
            return Err(errors::failed_precondition(format!(
                "already terminated with request ID {}",
                activity.terminate_request_id
            )));
        }
        if !activity.is_open() {
            return Err(errors::failed_precondition(format!(
                "invalid transition from {}",
                activity.status_name()
            )));
        }
        activity.terminate_request_id = request_id;
        let terminated = Failure {
            message: reason,
            failure_info: Some(FailureInfo::TerminatedFailureInfo(TerminatedFailureInfo {
                identity,
            })),
            ..Default::default()
        };
        self.close_standalone(
            no,
            ActivityExecutionStatus::Terminated,
            failure(terminated, RetryState::Unspecified),
        );
        Ok(())
    }

    /// Ends an activity if it is open, and forgets it.
    pub fn delete_standalone(&mut self, no: ActivityNo) {
        let reason = "Delete activity execution".to_owned();
        if self.open_standalone(no).is_some() {
            // An open activity can be terminated.
            let _ = self.terminate_standalone(no, reason, String::new(), String::new());
        }
        let Some(activity) = self.standalone.remove(&no) else {
            return;
        };
        let key = (activity.request.namespace, activity.request.activity_id);
        if let Some(executions) = self.standalone_ids.get_mut(&key) {
            executions.retain(|other| *other != no);
            if executions.is_empty() {
                self.standalone_ids.remove(&key);
            }
        }
    }

    /// Takes note of a heartbeat, and says whether the activity is asked to cancel.
    pub fn heartbeat_of_standalone(&mut self, no: ActivityNo, details: Option<Payloads>) -> bool {
        let now = self.now();
        let Some(activity) = self.open_standalone(no) else {
            return false;
        };
        activity.heartbeat = details;
        activity.heartbeat_at = now;
        activity.heartbeats += 1;
        activity.note_change();
        let cancelled = activity.cancellation.is_some();
        let limit = nanos(activity.request.heartbeat_timeout.as_ref());
        if let Some(key) = activity.heartbeat_timer.take() {
            self.timers.cancel(key);
        }
        self.limit_standalone(no, limit, ActivityLimit::Heartbeat);
        cancelled
    }

    fn close_standalone(
        &mut self,
        no: ActivityNo,
        status: ActivityExecutionStatus,
        outcome: ActivityExecutionOutcome,
    ) {
        let now = self.now();
        self.busy.remove(&Busy::Standalone(no));
        self.timers.cancel_all_of(no);
        if let Some(activity) = self.open_standalone(no) {
            activity.status = status;
            activity.outcome = Some(outcome);
            activity.closed_at = Some(now);
            activity.is_out = false;
            activity.note_change();
        }
    }
}

/// The task of an attempt that has been started.
fn task_of(no: ActivityNo, activity: &Standalone) -> PollActivityTaskQueueResponse {
    let request = activity.request.clone();
    PollActivityTaskQueueResponse {
        task_token: standalone_token(no, activity.stamp),
        activity_type: request.activity_type,
        activity_id: request.activity_id,
        activity_run_id: activity.run_id.clone(),
        workflow_namespace: request.namespace,
        header: request.header,
        input: request.input,
        heartbeat_details: activity.heartbeat.clone(),
        scheduled_time: Some(timestamp(activity.scheduled_at)),
        current_attempt_scheduled_time: Some(timestamp(activity.attempt_at)),
        started_time: Some(timestamp(activity.started_at)),
        attempt: activity.attempt,
        schedule_to_close_timeout: request.schedule_to_close_timeout,
        start_to_close_timeout: request.start_to_close_timeout,
        heartbeat_timeout: request.heartbeat_timeout,
        retry_policy: request.retry_policy,
        priority: request.priority,
        ..Default::default()
    }
}

/// The failure of an activity that has timed out.
fn timed_out(activity: &Standalone, timeout: TimeoutType, message: String) -> Failure {
    Failure {
        message,
        cause: activity.last_failure.clone().map(Box::new),
        failure_info: Some(FailureInfo::TimeoutFailureInfo(TimeoutFailureInfo {
            timeout_type: timeout as i32,
            last_heartbeat_details: activity.heartbeat.clone(),
        })),
        ..Default::default()
    }
}
