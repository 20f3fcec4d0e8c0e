//! Options of a server.

use std::collections::HashSet;

/// How the server's time goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeMode {
    /// As a time-skipping test server: it jumps only while a client has unlocked it.
    #[default]
    Locked,
    /// It jumps to the next timer whenever no task is waiting or out, until a client locks it.
    Unlocked,
    /// It never jumps.
    Real,
}

/// Options of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// The namespace that exists from the start.
    pub namespace: String,
    /// How time goes on.
    pub time: TimeMode,
    /// Custom search attributes of that namespace: names, and values of `temporal.api.enums.v1.IndexedValueType`.
    pub search_attributes: Vec<(String, i32)>,
    /// The order of tasks, and faults.
    pub schedule: ScheduleConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            time: TimeMode::default(),
            search_attributes: Vec::new(),
            schedule: ScheduleConfig::default(),
        }
    }
}

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
