//! Advice to workers whose pollers scale by themselves: one poll more, or one less. The rule and its figures are those of
//! the real server. It counts in real time whatever the server's clock does, because workers poll in real time.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// A poll that has waited for this long is one too many.
const IDLE: Duration = Duration::from_secs(1);
/// A task that waits for longer than this asks for one poll more.
const OLD_BACKLOG: Duration = Duration::from_millis(200);
/// So much more is added than handed out when one poll more is advised.
const RATIO: f64 = 1.2;
/// Advice in a second for each of the workers of a queue; as much can be saved up.
const PER_SECOND: f64 = 10.0;

/// Tasks are counted by intervals of this length, so many of them.
const INTERVAL: Duration = Duration::from_secs(5);
const INTERVALS: u32 = 6;

/// Tasks in one interval of time.
#[derive(Debug)]
struct Counts {
    began: Instant,
    added: u32,
    handed_out: u32,
}

/// Counts of the tasks of a queue, and of the advice that was given.
#[derive(Debug, Default)]
pub struct PollerScaling {
    recent: VecDeque<Counts>,
    /// Advice that may still be given, and when it was counted.
    allowance: Option<(f64, Instant)>,
}

/// A queue at the moment at which a poll gets a task.
#[derive(Debug, Clone, Copy)]
pub struct Poll {
    /// For how long the poll has waited.
    pub waited: Duration,
    /// How many workers poll the queue.
    pub workers: usize,
    /// For how long the oldest of the tasks that are left has waited. None: none is left.
    pub backlog_age: Option<Duration>,
    /// The queue is of one worker. Only its backlog counts.
    pub sticky: bool,
}

impl PollerScaling {
    pub fn task_added(&mut self, now: Instant) {
        self.current(now).added += 1;
    }

    pub fn task_handed_out(&mut self, now: Instant) {
        self.current(now).handed_out += 1;
    }

    /// By how many the polls should change. Zero: there is no advice.
    pub fn advice(&mut self, poll: Poll, now: Instant) -> i32 {
        if poll.waited >= IDLE {
            return -1;
        }
        if !self.allows(poll.workers, now) {
            return 0;
        }
        let backlog = poll.backlog_age.is_some_and(|age| age > OLD_BACKLOG);
        i32::from(backlog || (!poll.sticky && self.falls_behind(now)))
    }

    /// Takes its part of the allowance: the more workers, the less one of them takes.
    fn allows(&mut self, workers: usize, now: Instant) -> bool {
        let (left, counted) = self.allowance.unwrap_or((PER_SECOND, now));
        let earned = now.saturating_duration_since(counted).as_secs_f64() * PER_SECOND;
        let left = (left + earned).min(PER_SECOND);
        let part = 1.0 / workers.max(1) as f64;
        let allowed = left >= part;
        self.allowance = Some((if allowed { left - part } else { left }, now));
        allowed
    }

    fn falls_behind(&mut self, now: Instant) -> bool {
        self.current(now);
        let sum = |of: fn(&Counts) -> u32| f64::from(self.recent.iter().map(of).sum::<u32>());
        sum(|counts| counts.added) > RATIO * sum(|counts| counts.handed_out)
    }

    /// The counts of the interval that `now` is in. Those that are too old are gone.
    fn current(&mut self, now: Instant) -> &mut Counts {
        let age = |counts: &Counts| now.saturating_duration_since(counts.began);
        while self
            .recent
            .front()
            .is_some_and(|counts| age(counts) >= INTERVAL * INTERVALS)
        {
            self.recent.pop_front();
        }
        if self
            .recent
            .back()
            .is_none_or(|counts| age(counts) >= INTERVAL)
        {
            self.recent.push_back(Counts {
                began: now,
                added: 0,
                handed_out: 0,
            });
        }
        let last = self.recent.len() - 1;
        &mut self.recent[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Poll = Poll {
        waited: Duration::ZERO,
        workers: 1,
        backlog_age: None,
        sticky: false,
    };

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_poll_that_was_idle_is_one_too_many() {
        let now = Instant::now();
        let mut scaling = PollerScaling::default();
        let mut after = |waited| scaling.advice(Poll { waited, ..NEW }, now);
        assert_eq!(after(ms(999)), 0);
        assert_eq!(after(ms(1000)), -1);
    }

    #[test]
    fn an_old_backlog_asks_for_one_more_also_in_a_sticky_queue() {
        let now = Instant::now();
        let mut scaling = PollerScaling::default();
        let mut with = |age, sticky| {
            let backlog_age = Some(ms(age));
            scaling.advice(
                Poll {
                    backlog_age,
                    sticky,
                    ..NEW
                },
                now,
            )
        };
        assert_eq!(with(200, false), 0);
        assert_eq!(with(201, false), 1);
        assert_eq!(with(201, true), 1);
    }

    #[test]
    fn more_tasks_added_than_handed_out_ask_for_one_more_for_half_a_minute() {
        let begun = Instant::now();
        let mut scaling = PollerScaling::default();
        for _ in 0..13 {
            scaling.task_added(begun);
        }
        for _ in 0..10 {
            scaling.task_handed_out(begun);
        }
        assert_eq!(scaling.advice(NEW, begun), 1);
        let sticky = Poll {
            sticky: true,
            ..NEW
        };
        assert_eq!(scaling.advice(sticky, begun), 0);
        assert_eq!(scaling.advice(NEW, begun + ms(29_999)), 1);
        assert_eq!(scaling.advice(NEW, begun + ms(30_000)), 0);
        scaling.task_added(begun + ms(31_000));
        scaling.task_handed_out(begun + ms(31_000));
        assert_eq!(scaling.advice(NEW, begun + ms(31_000)), 0);
    }

    #[test]
    fn advice_is_limited_by_the_second_and_the_workers() {
        let given = |workers| {
            let begun = Instant::now();
            let mut scaling = PollerScaling::default();
            let poll = Poll {
                workers,
                backlog_age: Some(ms(1000)),
                ..NEW
            };
            let mut more = |now| (0..100).filter(|_| scaling.advice(poll, now) == 1).count();
            (more(begun), more(begun + ms(500)), more(begun + ms(10_000)))
        };
        assert_eq!(given(1), (10, 5, 10));
        assert_eq!(given(4), (40, 20, 40));
    }
}
