//! All timers of the server, in the order in which they fire.

use crate::{
    state::numbers::{ActivityNo, RunNo, ScheduleKey},
    time::Nanos,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio::sync::oneshot;

/// A timer's place in the order: its time, and its number among those of the same time.
pub type TimerKey = (Nanos, u64);

/// One of an activity's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityLimit {
    ScheduleToStart,
    ScheduleToClose,
    StartToClose,
    Heartbeat,
}

/// An event that comes with time.
#[derive(Debug)]
pub enum Timer {
    /// A timer that a workflow started.
    User {
        run: RunNo,
        id: String,
    },
    ActivityLimit {
        run: RunNo,
        scheduled_id: i64,
        limit: ActivityLimit,
    },
    ActivityRetry {
        run: RunNo,
        scheduled_id: i64,
    },
    StandaloneLimit {
        activity: ActivityNo,
        limit: ActivityLimit,
    },
    /// The first attempt of a standalone activity that starts late, or a further one.
    StandaloneAttempt {
        activity: ActivityNo,
    },
    /// The end of a Nexus operation.
    NexusTimeout {
        run: RunNo,
        scheduled_id: i64,
    },
    /// The handler of a Nexus operation has not answered a call in time.
    NexusTaskTimeout {
        run: RunNo,
        scheduled_id: i64,
    },
    /// The handler of a Nexus operation is called again.
    NexusRetry {
        run: RunNo,
        scheduled_id: i64,
    },
    /// A started workflow task was not answered in time.
    WorkflowTaskTimeout {
        run: RunNo,
    },
    /// A workflow task was not taken from the sticky queue in time.
    StickyTimeout {
        run: RunNo,
    },
    /// The end of a run, or of the whole execution.
    RunTimeout {
        run: RunNo,
    },
    /// The first workflow task of a run that starts late.
    FirstWorkflowTask {
        run: RunNo,
    },
    /// The next time of a schedule.
    Schedule {
        schedule: ScheduleKey,
    },
    /// A client sleeps. `relocks`: time does not skip further than this.
    Sleep {
        wake: oneshot::Sender<()>,
        relocks: bool,
    },
}

impl Timer {
    /// The run, or the standalone activity, whose end cancels it.
    fn owner(&self) -> Option<u64> {
        match self {
            Timer::User { run, .. }
            | Timer::ActivityLimit { run, .. }
            | Timer::ActivityRetry { run, .. }
            | Timer::NexusTimeout { run, .. }
            | Timer::NexusTaskTimeout { run, .. }
            | Timer::NexusRetry { run, .. }
            | Timer::WorkflowTaskTimeout { run }
            | Timer::StickyTimeout { run }
            | Timer::RunTimeout { run }
            | Timer::FirstWorkflowTask { run } => Some(*run),
            Timer::StandaloneLimit { activity, .. } | Timer::StandaloneAttempt { activity } => {
                Some(*activity)
            }
            Timer::Schedule { .. } | Timer::Sleep { .. } => None,
        }
    }
}

/// The timers that have not fired.
#[derive(Debug, Default)]
pub struct Timers {
    queue: BTreeMap<TimerKey, Timer>,
    by_owner: HashMap<u64, HashSet<TimerKey>>,
    next: u64,
}

impl Timers {
    pub fn add(&mut self, at: Nanos, timer: Timer) -> TimerKey {
        self.next += 1;
        let key = (at, self.next);
        if let Some(owner) = timer.owner() {
            self.by_owner.entry(owner).or_default().insert(key);
        }
        self.queue.insert(key, timer);
        key
    }

    pub fn cancel(&mut self, key: TimerKey) {
        if let Some(timer) = self.queue.remove(&key) {
            self.forget(key, &timer);
        }
    }

    /// Cancels all timers of a run or a standalone activity that has ended.
    pub fn cancel_all_of(&mut self, owner: u64) {
        for key in self.by_owner.remove(&owner).unwrap_or_default() {
            self.queue.remove(&key);
        }
    }

    pub fn next_at(&self) -> Option<Nanos> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Takes the first timer if it is due.
    pub fn pop_due(&mut self, now: Nanos) -> Option<(TimerKey, Timer)> {
        if self.next_at()? > now {
            return None;
        }
        let (key, timer) = self.queue.pop_first()?;
        self.forget(key, &timer);
        Some((key, timer))
    }

    fn forget(&mut self, key: TimerKey, timer: &Timer) {
        let Some(owner) = timer.owner() else { return };
        if let Some(keys) = self.by_owner.get_mut(&owner) {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_owner.remove(&owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(run: RunNo, id: &str) -> Timer {
        Timer::User {
            run,
            id: id.to_owned(),
        }
    }

    fn due(timers: &mut Timers, now: Nanos) -> Vec<String> {
        std::iter::from_fn(|| timers.pop_due(now))
            .map(|(_, timer)| match timer {
                Timer::User { id, .. } => id,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn timers_fire_by_time_and_then_in_the_order_of_their_start() {
        let mut timers = Timers::default();
        timers.add(20, user(1, "late"));
        timers.add(10, user(1, "first"));
        timers.add(10, user(2, "second"));
        assert_eq!(due(&mut timers, 9), Vec::<String>::new());
        assert_eq!(due(&mut timers, 10), ["first", "second"]);
        assert_eq!(timers.next_at(), Some(20));
    }

    #[test]
    fn a_cancelled_timer_does_not_fire() {
        let mut timers = Timers::default();
        let key = timers.add(1, user(1, "one"));
        timers.add(1, user(2, "of another run"));
        timers.add(1, user(1, "another"));
        timers.cancel(key);
        timers.cancel_all_of(1);
        assert_eq!(due(&mut timers, 5), ["of another run"]);
    }
}
