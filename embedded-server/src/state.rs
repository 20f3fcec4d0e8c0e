//! The state machine: everything that the server knows, and the time.

use crate::{
    clock::Clock,
    errors,
    matching::Queues,
    namespaces::Namespace,
    queries::{Query, QueryNo},
    run::{Run, RunNo},
    server::{Config, TimeMode},
    time::Nanos,
    timers::{Timer, Timers},
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    time::Duration,
};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution, history::v1::history_event::Attributes,
};
use tonic::Status;

/// Work that waits for a worker or is with one. Time does not jump meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Busy {
    WorkflowTask(RunNo),
    Activity(RunNo, i64),
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
    pub queues: Queues,
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
            queues: Queues::default(),
            queries: HashMap::new(),
            busy: HashSet::new(),
            consequences: VecDeque::new(),
            ids: fastrand::Rng::with_seed(entropy()),
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
        let bits = self.ids.u128(..);
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

    /// Performs the consequences of a change, fires the timers that are due, and lets time jump if nothing can run.
    pub fn settle(&mut self) {
        loop {
            if let Some(consequence) = self.consequences.pop_front() {
                self.perform(consequence);
            } else if let Some((_, timer)) = self.timers.pop_due(self.clock.now()) {
                self.fire(timer);
            } else if self.skips_time()
                && let Some(at) = self.timers.next_at()
            {
                self.clock.jump_to(at);
            } else {
                return;
            }
        }
    }

    fn skips_time(&self) -> bool {
        self.time_mode != TimeMode::Real && self.skipping_locks <= 0 && self.busy.is_empty()
    }

    /// The real time until the next timer is due.
    pub fn until_next_timer(&self) -> Option<Duration> {
        let at = self.timers.next_at()?;
        Some(Duration::from_nanos((at - self.now()).max(0) as u64))
    }

    fn perform(&mut self, consequence: Consequence) {
        match consequence {
            Consequence::StartChild {
                parent,
                initiated_id,
            } => self.start_child(parent, initiated_id),
            Consequence::SignalExternal { run, initiated_id } => {
                self.signal_external(run, initiated_id);
            }
            Consequence::CancelExternal { run, initiated_id } => {
                self.cancel_external(run, initiated_id);
            }
            Consequence::ChildClosed { child } => self.child_closed(child),
            Consequence::ParentClosed { parent } => self.parent_closed(parent),
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::User { run, id } => self.user_timer_fired(run, &id),
            Timer::ActivityLimit {
                run,
                scheduled_id,
                limit,
            } => self.activity_limit_reached(run, scheduled_id, limit),
            Timer::ActivityRetry { run, scheduled_id } => {
                self.dispatch_activity(run, scheduled_id);
            }
            Timer::WorkflowTaskTimeout { run } => self.workflow_task_timed_out(run),
            Timer::StickyTimeout { run } => self.sticky_timed_out(run),
            Timer::RunTimeout { run } => self.run_timed_out(run),
            Timer::FirstWorkflowTask { run } => self.first_workflow_task_due(run),
            Timer::Sleep { wake, relocks } => {
                self.skipping_locks += i64::from(relocks);
                // A client that sleeps no longer has gone.
                let _ = wake.send(());
            }
        }
    }

    pub fn namespace(&self, name: &str) -> Result<&Namespace, Status> {
        if name.is_empty() {
            return Err(errors::invalid("Namespace not set on request."));
        }
        self.namespaces
            .get(name)
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
                    "workflow not found for ID: {}",
                    execution.workflow_id
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

    /// Records an event that came from outside of the workflow, and lets the workflow see it.
    pub fn record(&mut self, run: RunNo, attributes: Attributes) {
        let now = self.now();
        self.run(run).record(now, attributes);
        self.need_workflow_task(run);
    }
}

/// A number that differs from server to server.
fn entropy() -> u64 {
    RandomState::new().hash_one(0)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
