//! The state: everything that the server knows, and the time.

pub mod batch;
pub mod deployment;
pub mod namespace;
pub mod nexus;
pub mod numbers;
pub mod poller_scaling;
pub mod query;
pub mod queue_kind;
pub mod queues;
pub mod rebuild;
pub mod reset_points;
pub mod run;
pub mod schedule;
pub mod standalone;
pub mod timers;
pub mod tokens;
pub mod update;
pub mod workflow_schedule;

use crate::{
    config::{Config, TimeMode},
    errors,
    state::{
        batch::{Batch, BatchKey},
        deployment::Deployment,
        namespace::Namespace,
        nexus::Endpoint,
        numbers::{ActivityNo, QueryNo, RunNo, ScheduleKey},
        query::Query,
        queues::Queues,
        run::Run,
        schedule::Schedule,
        standalone::Standalone,
        timers::Timers,
        workflow_schedule::WorkflowSchedule,
    },
    time::{Nanos, clock::Clock},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    time::Duration,
};
use temporalio_protos::temporal::api::common::v1::WorkflowExecution;
use tonic::Status;

/// Identity of what the server itself does.
pub const SERVER_IDENTITY: &str = "history-service";

/// Work that waits for a worker or is with one. Time does not jump meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Busy {
    WorkflowTask(RunNo),
    Activity(RunNo, i64),
    Nexus(RunNo, i64),
    Standalone(ActivityNo),
    Query(QueryNo),
}

/// A change of another run, which follows from the one that was made.
#[derive(Debug)]
pub enum Consequence {
    StartChild {
        parent: RunNo,
        initiated_id: i64,
    },
    SignalExternal {
        run: RunNo,
        initiated_id: i64,
    },
    CancelExternal {
        run: RunNo,
        initiated_id: i64,
    },
    /// Tells a parent how its child has ended.
    ChildClosed {
        child: RunNo,
    },
    /// Completes the Nexus operations that wait for a run which has ended.
    CompleteCallbacks {
        run: RunNo,
    },
    /// Tells the schedule that has started a run of its end.
    ScheduledClosed {
        run: RunNo,
    },
    /// Does with the children of a closed run what their policies say.
    ParentClosed {
        parent: RunNo,
    },
}

/// The state of the server.
pub struct State {
    pub clock: Clock,
    pub time_mode: TimeMode,
    /// How often skipping is locked. Time jumps only where it is not.
    pub skipping_locks: i64,
    pub timers: Timers,
    pub namespaces: HashMap<String, Namespace>,
    pub runs: HashMap<RunNo, Run>,
    pub run_numbers: HashMap<String, RunNo>,
    /// All runs of a workflow id, the last of them last.
    pub workflows: HashMap<(String, String), Vec<RunNo>>,
    pub standalone: HashMap<ActivityNo, Standalone>,
    /// All executions of a standalone activity's id, the last of them last.
    pub standalone_ids: HashMap<(String, String), Vec<ActivityNo>>,
    /// In the order of their ids.
    pub schedules: BTreeMap<ScheduleKey, WorkflowSchedule>,
    pub deleted_schedules: HashSet<ScheduleKey>,
    pub batches: BTreeMap<BatchKey, Batch>,
    /// By their ids.
    pub endpoints: HashMap<String, Endpoint>,
    /// By their namespaces and names.
    pub deployments: BTreeMap<(String, String), Deployment>,
    pub queues: Queues,
    pub schedule: Schedule,
    /// The task that was handed out last, and its stamp.
    pub last_out: Option<(Busy, u64)>,
    pub queries: HashMap<QueryNo, Query>,
    pub busy: HashSet<Busy>,
    pub consequences: VecDeque<Consequence>,
    ids: fastrand::Rng,
    last_no: u64,
}

impl State {
    pub fn new(config: Config) -> Self {
        let mut state = Self {
            clock: Clock::new(),
            time_mode: config.time,
            skipping_locks: i64::from(config.time == TimeMode::Locked),
            timers: Timers::default(),
            namespaces: HashMap::new(),
            runs: HashMap::new(),
            run_numbers: HashMap::new(),
            workflows: HashMap::new(),
            standalone: HashMap::new(),
            standalone_ids: HashMap::new(),
            schedules: BTreeMap::new(),
            deleted_schedules: HashSet::new(),
            batches: BTreeMap::new(),
            endpoints: HashMap::new(),
            deployments: BTreeMap::new(),
            queues: Queues::default(),
            last_out: None,
            queries: HashMap::new(),
            busy: HashSet::new(),
            consequences: VecDeque::new(),
            ids: fastrand::Rng::with_seed(config.schedule.seed.unwrap_or_else(entropy)),
            schedule: Schedule::new(config.schedule),
            last_no: 0,
        };
        let id = state.new_uuid();
        state.namespaces.insert(
            config.namespace.clone(),
            Namespace::new(config.namespace, id, config.search_attributes),
        );
        state
    }

    pub fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// A number that nothing else has.
    pub fn new_no(&mut self) -> u64 {
        self.last_no += 1;
        self.last_no
    }

    /// A random UUID of version 4.
    pub fn new_uuid(&mut self) -> String {
        uuid(self.ids.u128(..))
    }

    /// The id of a further run of a workflow. With a seed it is always the same.
    pub fn new_run_id(&mut self, namespace: &str, workflow_id: &str) -> String {
        let key = (namespace.to_owned(), workflow_id.to_owned());
        let runs = self.workflows.get(&key).map_or(0, Vec::len);
        self.id_of_place(&format!("run {runs} of {workflow_id} in {namespace}"))
    }

    /// The id of a run that is at a place, in words. With a seed it is always the same.
    pub fn id_of_place(&mut self, place: &str) -> String {
        if !self.schedule.is_on() {
            return self.new_uuid();
        }
        let high = u128::from(self.schedule.decide("run id, first half", place));
        let low = u128::from(self.schedule.decide("run id, second half", place));
        uuid(high << 64 | low)
    }

    /// The real time until the next timer is due.
    pub fn until_next_timer(&self) -> Option<Duration> {
        let at = self.timers.next_at()?;
        Some(Duration::from_nanos((at - self.now()).max(0) as u64))
    }

    pub fn namespace(&self, name: &str) -> Result<&Namespace, Status> {
        if name.is_empty() {
            return Err(errors::invalid("Namespace is empty."));
        }
        self.namespaces
            .get(name)
            .ok_or_else(|| errors::namespace_not_found(name))
    }

    pub fn namespace_id(&self, name: &str) -> String {
        let namespace = self.namespaces.get(name);
        namespace.map_or_else(String::new, |namespace| namespace.id.clone())
    }

    /// A namespace, to change it.
    pub fn namespace_mut(&mut self, name: &str) -> Result<&mut Namespace, Status> {
        self.namespaces
            .get_mut(name)
            .ok_or_else(|| errors::namespace_not_found(name))
    }

    /// A run that is known to exist: runs are removed only by their deletion, which cancels all that names them.
    pub fn run(&mut self, run: RunNo) -> &mut Run {
        self.runs
            .get_mut(&run)
            .expect("a run's number is forgotten with the run")
    }

    pub fn open_run(&mut self, run: RunNo) -> Option<&mut Run> {
        self.runs.get_mut(&run).filter(|run| run.is_open())
    }

    /// The current run of a workflow id.
    pub fn current(&self, namespace: &str, workflow_id: &str) -> Option<RunNo> {
        let runs = self
            .workflows
            .get(&(namespace.to_owned(), workflow_id.to_owned()))?;
        runs.last().copied()
    }

    /// Finds the run that a request names. Without a run id it is the current one.
    pub fn find(
        &self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
    ) -> Result<RunNo, Status> {
        self.namespace(namespace)?;
        let Some(execution) = execution else {
            return Err(errors::invalid("Execution is not set on request."));
        };
        if execution.workflow_id.is_empty() {
            return Err(errors::invalid("WorkflowId is not set on request."));
        }
        if execution.run_id.is_empty() {
            return self
                .current(namespace, &execution.workflow_id)
                .ok_or_else(|| errors::workflow_not_found(&execution.workflow_id));
        }
        if !is_uuid(&execution.run_id) {
            return Err(errors::invalid("Invalid RunId."));
        }
        self.run_numbers
            .get(&execution.run_id)
            .copied()
            .filter(|no| {
                let run = &self.runs[no];
                run.namespace == namespace && run.workflow_id == execution.workflow_id
            })
            .ok_or_else(|| {
                errors::not_found(format!(
                    "workflow execution not found for workflow ID {:?} and run ID {:?}",
                    execution.workflow_id, execution.run_id
                ))
            })
    }

    /// Finds a run that must be open.
    pub fn find_open(
        &self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
    ) -> Result<RunNo, Status> {
        let run = self.find(namespace, execution)?;
        if self.runs[&run].is_open() {
            Ok(run)
        } else {
            Err(errors::workflow_closed())
        }
    }
}

/// A UUID of version 4 with these random bits.
fn uuid(bits: u128) -> String {
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// A number that differs from server to server.
fn entropy() -> u64 {
    RandomState::new().hash_one(0)
}

/// Whether a text has the form of a run id.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
