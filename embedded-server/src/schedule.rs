//! The schedule of a server that goes by a seed: the order in which it hands out tasks, and the faults that happen.
//!
//! Each decision is a number that follows from the seed and from the place where it is made, such as the third workflow
//! task of a workflow. So it does not depend on what else goes on at that moment, and the same seed decides the same.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// A fault that a server can be told to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A workflow task is handed out a second time.
    WorkflowTaskTwice,
    /// A workflow task times out, and its answer comes too late.
    WorkflowTaskTimeout,
    /// The worker loses the run from its cache, and gets the whole history with the next task.
    StickyCacheLost,
    /// The worker is told to evict the run, and asks for the history with the next task.
    Eviction,
    /// A task is lost on its way to the worker.
    PollLost,
    /// The server's answer to a task's result is lost: the worker sends the result again.
    AnswerLost,
    /// The result of an activity is lost, and the activity times out.
    ActivityResultLost,
    /// An activity fails before it has begun.
    ActivityFailure,
    /// An activity times out before it has begun.
    ActivityTimeout,
    /// A heartbeat comes too late, and the activity times out.
    LateHeartbeat,
}

impl Fault {
    /// All faults, by their names in configurations.
    pub const ALL: &'static [(Fault, &'static str)] = &[
        (Fault::WorkflowTaskTwice, "workflowTaskTwice"),
        (Fault::WorkflowTaskTimeout, "workflowTaskTimeout"),
        (Fault::StickyCacheLost, "stickyCacheLost"),
        (Fault::Eviction, "eviction"),
        (Fault::PollLost, "pollLost"),
        (Fault::AnswerLost, "answerLost"),
        (Fault::ActivityResultLost, "activityResultLost"),
        (Fault::ActivityFailure, "activityFailure"),
        (Fault::ActivityTimeout, "activityTimeout"),
        (Fault::LateHeartbeat, "lateHeartbeat"),
    ];

    /// The fault's name in configurations.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(fault, _)| *fault == self)
            .map_or("", |(_, name)| name)
    }
}

/// Options of a server's schedule.
#[derive(Clone, Debug, Default)]
pub struct ScheduleConfig {
    /// Decides the order of tasks, and which faults happen. None: first come, first served.
    pub seed: Option<u64>,
    /// How likely each fault is wherever it can happen, from 0 to 1.
    pub faults: Vec<(Fault, f64)>,
    /// The only faults that may happen, as the schedule names them. None: all.
    pub only: Option<HashSet<String>>,
    /// Leaves the order alone: the seed decides over faults only.
    pub keeps_order: bool,
}

/// An entry of a schedule: what was done, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The fault that happened. None: a task was handed out.
    pub fault: Option<Fault>,
    /// The place, in words. Together with the fault's name it is what [`ScheduleConfig::only`] holds.
    pub place: String,
}

/// The longest schedule that is kept.
const MOST_STEPS: usize = 10_000;
/// The time for which no other task is handed out while a worker has one.
const TURN: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub struct Schedule {
    config: ScheduleConfig,
    steps: Vec<Step>,
    /// The end of the time that the task which was handed out last has for itself.
    turn_ends: Option<Instant>,
}

impl Schedule {
    pub fn new(config: ScheduleConfig) -> Self {
        Self {
            config,
            steps: Vec::new(),
            turn_ends: None,
        }
    }

    /// Whether a seed or faults decide over what happens. Then tasks are never handed out with an answer.
    pub fn is_on(&self) -> bool {
        self.config.seed.is_some() || !self.config.faults.is_empty()
    }

    /// Whether the seed decides over the order of tasks, which are handed out one at a time.
    pub fn orders(&self) -> bool {
        self.config.seed.is_some() && !self.config.keeps_order
    }

    /// Decides whether a fault happens at a place, and notes it.
    pub fn happens(&mut self, fault: Fault, place: &str) -> bool {
        let likely = self
            .config
            .faults
            .iter()
            .find(|(other, _)| *other == fault)
            .is_some_and(|(_, probability)| self.share(fault.name(), place) < *probability);
        let may = self
            .config
            .only
            .as_ref()
            .is_none_or(|only| only.contains(&format!("{}: {place}", fault.name())));
        if likely && may {
            self.note(Some(fault), place);
        }
        likely && may
    }

    /// The place of a task in the order of those that wait: the least is next.
    pub fn rank(&self, place: &str) -> u64 {
        self.decide("order", place)
    }

    /// A task is handed out.
    pub fn handed_out(&mut self, place: &str) {
        self.turn_ends = Some(Instant::now() + TURN);
        self.note(None, place);
    }

    /// The task that was handed out last is with no worker any more.
    pub fn end_turn(&mut self) {
        self.turn_ends = None;
    }

    /// The time at which another task may be handed out. None: now.
    pub fn turn_ends(&self) -> Option<Instant> {
        self.turn_ends.filter(|end| *end > Instant::now())
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// A number that follows from the seed and the names of what it is for.
    pub fn decide(&self, purpose: &str, place: &str) -> u64 {
        let seed = self.config.seed.unwrap_or_default().to_be_bytes();
        let text = seed.iter().chain(purpose.as_bytes()).chain(&[0]);
        mix(text.chain(place.as_bytes()).fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// The same as a number from 0 up to, not including, 1.
    fn share(&self, purpose: &str, place: &str) -> f64 {
        (self.decide(purpose, place) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn note(&mut self, fault: Option<Fault>, place: &str) {
        if self.steps.len() < MOST_STEPS {
            self.steps.push(Step {
                fault,
                place: place.to_owned(),
            });
        }
    }
}

/// Spreads a hash over all bits. The function is the end of splitmix64.
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(seed: u64, probability: f64, only: Option<&[&str]>) -> Schedule {
        Schedule::new(ScheduleConfig {
            seed: Some(seed),
            faults: vec![(Fault::PollLost, probability)],
            only: only.map(|only| only.iter().map(|one| (*one).to_owned()).collect()),
            keeps_order: false,
        })
    }

    #[test]
    fn the_same_seed_decides_the_same() {
        let decide = |seed| {
            let mut schedule = schedule(seed, 0.5, None);
            (0..200)
                .map(|at| schedule.happens(Fault::PollLost, &at.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(decide(1), decide(1));
        assert_ne!(decide(1), decide(2));
        let count = decide(1).into_iter().filter(|happens| *happens).count();
        assert!((70..130).contains(&count), "{count}");
    }

    #[test]
    fn a_fault_happens_as_often_as_it_is_likely() {
        assert!(!schedule(1, 0.0, None).happens(Fault::PollLost, "a"));
        assert!(schedule(1, 1.0, None).happens(Fault::PollLost, "a"));
        assert!(!schedule(1, 1.0, None).happens(Fault::Eviction, "a"));
    }

    #[test]
    fn only_what_is_named_happens() {
        let mut schedule = schedule(1, 1.0, Some(&["pollLost: b"]));
        assert!(!schedule.happens(Fault::PollLost, "a"));
        assert!(schedule.happens(Fault::PollLost, "b"));
        let step = Step {
            fault: Some(Fault::PollLost),
            place: "b".to_owned(),
        };
        assert_eq!(schedule.steps(), [step]);
    }
}
