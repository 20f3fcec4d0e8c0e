//! An activity that a client has started by itself, without a workflow.

use crate::{
    state::timers::TimerKey,
    time::{Nanos, nanos},
};
use temporalio_protos::temporal::api::{
    activity::v1::{ActivityExecutionOutcome, activity_execution_outcome},
    common::v1::Payloads,
    enums::v1::{ActivityExecutionStatus, PendingActivityState, RetryState},
    failure::v1::Failure,
    workflowservice::v1::StartActivityExecutionRequest,
};
use tokio::sync::oneshot;

/// A request for a cancellation.
#[derive(Clone, Debug)]
pub struct Cancellation {
    pub identity: String,
    pub request_id: String,
    pub reason: String,
}

/// An execution of a standalone activity, open or closed.
#[derive(Debug)]
pub struct Standalone {
    pub run_id: String,
    /// The request that has started it, with what it left to the server.
    pub request: StartActivityExecutionRequest,
    pub status: ActivityExecutionStatus,
    pub scheduled_at: Nanos,
    /// When this attempt was, or will be, in the queue.
    pub attempt_at: Nanos,
    pub attempt: i32,
    /// A worker has this attempt.
    pub is_out: bool,
    /// When the last attempt that a worker has taken was started. 0 for none.
    pub started_at: Nanos,
    pub closed_at: Option<Nanos>,
    pub identity: String,
    pub heartbeat: Option<Payloads>,
    /// 0 for none.
    pub heartbeat_at: Nanos,
    pub heartbeats: i64,
    pub last_failure: Option<Failure>,
    pub last_completed_at: Nanos,
    /// The time between the last attempt and this one.
    pub retry_interval: Nanos,
    pub cancellation: Option<Cancellation>,
    /// The request that has terminated it.
    pub terminate_request_id: String,
    pub outcome: Option<ActivityExecutionOutcome>,
    /// Tells this attempt from all others in tokens and queues.
    pub stamp: u64,
    pub heartbeat_timer: Option<TimerKey>,
    /// Those of this attempt.
    pub attempt_timers: Vec<TimerKey>,
    /// How often it has changed.
    pub changes: i64,
    /// Calls that wait for a change.
    watchers: Vec<oneshot::Sender<()>>,
}

impl Standalone {
    /// An activity of which no attempt has been handed out.
    pub fn new(
        request: StartActivityExecutionRequest,
        run_id: String,
        now: Nanos,
        stamp: u64,
    ) -> Self {
        let mut activity = Self {
            run_id,
            request,
            status: ActivityExecutionStatus::Running,
            scheduled_at: now,
            attempt_at: now,
            attempt: 1,
            is_out: false,
            started_at: 0,
            closed_at: None,
            identity: String::new(),
            heartbeat: None,
            heartbeat_at: 0,
            heartbeats: 0,
            last_failure: None,
            last_completed_at: 0,
            retry_interval: 0,
            cancellation: None,
            terminate_request_id: String::new(),
            outcome: None,
            stamp,
            heartbeat_timer: None,
            attempt_timers: Vec::new(),
            changes: 1,
            watchers: Vec::new(),
        };
        activity.attempt_at = activity.first_attempt_at();
        activity
    }

    pub fn is_open(&self) -> bool {
        self.status == ActivityExecutionStatus::Running
    }

    /// The name of its status, as in lists and messages.
    pub fn status_name(&self) -> &'static str {
        match self.status {
            ActivityExecutionStatus::Running => "Running",
            ActivityExecutionStatus::Completed => "Completed",
            ActivityExecutionStatus::Failed => "Failed",
            ActivityExecutionStatus::Canceled => "Canceled",
            ActivityExecutionStatus::Terminated => "Terminated",
            ActivityExecutionStatus::TimedOut => "TimedOut",
            ActivityExecutionStatus::Paused => "Paused",
            ActivityExecutionStatus::Unspecified => "",
        }
    }

    pub fn activity_type(&self) -> &str {
        let activity_type = self.request.activity_type.as_ref();
        activity_type.map_or("", |activity_type| &activity_type.name)
    }

    pub fn task_queue(&self) -> &str {
        let queue = self.request.task_queue.as_ref();
        queue.map_or("", |queue| &queue.name)
    }

    /// When the first attempt was, or will be, in the queue.
    pub fn first_attempt_at(&self) -> Nanos {
        let delay = nanos(self.request.start_delay.as_ref());
        self.scheduled_at.saturating_add(delay)
    }

    /// The end of all attempts. 0 for none.
    pub fn expires_at(&self) -> Nanos {
        match nanos(self.request.schedule_to_close_timeout.as_ref()) {
            0 => 0,
            limit => self.first_attempt_at().saturating_add(limit),
        }
    }

    /// The state within its status while it is open.
    pub fn run_state(&self) -> PendingActivityState {
        if !self.is_open() {
            PendingActivityState::Unspecified
        } else if self.cancellation.is_some() {
            PendingActivityState::CancelRequested
        } else if self.is_out {
            PendingActivityState::Started
        } else {
            PendingActivityState::Scheduled
        }
    }

    /// Notes a change, and wakes the calls that wait for one.
    pub fn note_change(&mut self) {
        self.changes += 1;
        for watcher in self.watchers.drain(..) {
            // A call that was cancelled waits no longer.
            let _ = watcher.send(());
        }
    }

    /// A future that ends with the next change.
    pub fn watch(&mut self) -> oneshot::Receiver<()> {
        let (watcher, changed) = oneshot::channel();
        // Those of calls that were cancelled would pile up.
        self.watchers.retain(|watcher| !watcher.is_closed());
        self.watchers.push(watcher);
        changed
    }
}

/// The outcome of an activity that has a result.
pub fn success(result: Option<Payloads>) -> ActivityExecutionOutcome {
    use activity_execution_outcome::Value;
    ActivityExecutionOutcome {
        value: Some(Value::Result(result.unwrap_or_default())),
        ..Default::default()
    }
}

/// The outcome of an activity that has none.
pub fn failure(failure: Failure, state: RetryState) -> ActivityExecutionOutcome {
    use activity_execution_outcome::Value;
    ActivityExecutionOutcome {
        value: Some(Value::Failure(failure)),
        retry_state: state as i32,
    }
}
