//! Task queues: tasks that wait for a worker, and polls that wait for a task.

use crate::{
    state::deployment::Version,
    state::numbers::{ActivityNo, QueryNo, RunNo},
    state::poller_scaling::{Poll, PollerScaling},
    state::queue_kind::QueueKind,
    time::{Nanos, timestamp},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};
use temporalio_protos::temporal::api::{
    common::v1::{WorkerVersionCapabilities, WorkerVersionStamp},
    deployment::v1::WorkerDeploymentOptions,
    taskqueue::v1::PollerInfo,
    workflowservice::v1::PollWorkflowTaskQueueResponse,
};
use tokio::sync::Notify;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueueKey {
    pub namespace: String,
    pub name: String,
    pub kind: QueueKind,
    /// The version of the workers that its tasks are for. None: those without one.
    pub version: Option<Version>,
}

/// The worker that polls.
#[derive(Clone, Debug, Default)]
pub struct Poller {
    pub identity: String,
    /// The build that events of its tasks name.
    pub version: Option<WorkerVersionStamp>,
}

impl Poller {
    #[allow(deprecated)]
    pub fn new(identity: &str, capabilities: Option<&WorkerVersionCapabilities>) -> Self {
        Self {
            identity: identity.to_owned(),
            version: capabilities.map(|capabilities| WorkerVersionStamp {
                build_id: capabilities.build_id.clone(),
                use_versioning: capabilities.use_versioning,
            }),
        }
    }
}

/// A task in a queue. One that is out of date by then is skipped when it is taken.
#[derive(Clone, Debug)]
pub enum QueuedTask {
    Workflow {
        run: RunNo,
        stamp: u64,
    },
    /// A workflow task that a worker has already.
    Again(Box<PollWorkflowTaskQueueResponse>),
    Query(QueryNo),
    Activity {
        run: RunNo,
        scheduled_id: i64,
        stamp: u64,
    },
    Standalone {
        activity: ActivityNo,
        stamp: u64,
    },
    /// A call to the handler of a Nexus operation.
    Nexus {
        run: RunNo,
        scheduled_id: i64,
        stamp: u64,
    },
}

#[derive(Debug, Default)]
struct Queue {
    /// With the real time at which each came.
    tasks: VecDeque<(Instant, QueuedTask)>,
    scaling: PollerScaling,
    polls: Arc<Notify>,
    /// How many polls wait.
    waiting: usize,
    /// By their identities: the time of the last poll, and the deployment that it named.
    pollers: HashMap<String, (Nanos, Option<WorkerDeploymentOptions>)>,
    /// The worker of a sticky queue has said that it ends.
    ended: bool,
}

/// All task queues.
#[derive(Debug, Default)]
pub struct Queues {
    queues: HashMap<QueueKey, Queue>,
}

impl Queues {
    /// Puts a task at the end of its queue, and wakes one poll.
    pub fn put(&mut self, key: QueueKey, task: QueuedTask) {
        let queue = self.queues.entry(key).or_default();
        let now = Instant::now();
        queue.tasks.push_back((now, task));
        queue.scaling.task_added(now);
        queue.polls.notify_one();
    }

    /// Wakes a poll of a queue.
    pub fn wake(&self, key: &QueueKey) {
        if let Some(queue) = self.queues.get(key) {
            queue.polls.notify_one();
        }
    }

    /// Notes that a poll waits, or waits no longer.
    pub fn note_waiting(&mut self, key: &QueueKey, waits: bool) {
        let queue = self.queues.entry(key.clone()).or_default();
        queue.waiting = if waits {
            queue.waiting + 1
        } else {
            queue.waiting.saturating_sub(1)
        };
    }

    /// The tasks of a queue, in their order.
    pub fn tasks(&self, key: &QueueKey) -> impl Iterator<Item = &QueuedTask> {
        self.queues
            .get(key)
            .into_iter()
            .flat_map(|queue| &queue.tasks)
            .map(|(_, task)| task)
    }

    /// The tasks of the queues that a poll waits for, and of the one that is `polled`.
    pub fn polled_tasks<'a>(
        &'a self,
        polled: Option<&'a QueueKey>,
    ) -> impl Iterator<Item = (&'a QueueKey, &'a QueuedTask)> {
        self.queues
            .iter()
            .filter(move |(key, queue)| queue.waiting > 0 || polled == Some(key))
            .flat_map(|(key, queue)| queue.tasks.iter().map(move |(_, task)| (key, task)))
    }

    /// Brings the task with the least rank to the front of its queue.
    pub fn bring_least_to_front(&mut self, key: &QueueKey, ranks: Vec<u64>) {
        let least = (0..ranks.len()).min_by_key(|at| ranks[*at]);
        if let (Some(queue), Some(least)) = (self.queues.get_mut(key), least) {
            queue.tasks.swap(0, least);
        }
    }

    pub fn pop(&mut self, key: &QueueKey) -> Option<QueuedTask> {
        let queue = self.queues.get_mut(key)?;
        let (_, task) = queue.tasks.pop_front()?;
        queue.scaling.task_handed_out(Instant::now());
        Some(task)
    }

    /// By how many the polls of a queue should change, as the one that has waited since `polled` and has got a task is told.
    pub fn poller_scaling(&mut self, key: &QueueKey, polled: Instant, sticky: bool) -> i32 {
        let Some(queue) = self.queues.get_mut(key) else {
            return 0;
        };
        let now = Instant::now();
        let since = |at: Instant| -> Duration { now.saturating_duration_since(at) };
        let poll = Poll {
            waited: since(polled),
            workers: queue.pollers.len(),
            backlog_age: queue.tasks.front().map(|(came, _)| since(*came)),
            sticky,
        };
        queue.scaling.advice(poll, now)
    }

    pub fn backlog(&self, key: &QueueKey) -> usize {
        self.queues.get(key).map_or(0, |queue| queue.tasks.len())
    }

    /// Whether tasks still belong into a sticky queue.
    pub fn is_served(&self, key: &QueueKey) -> bool {
        self.queues.get(key).is_none_or(|queue| !queue.ended)
    }

    pub fn polled(
        &mut self,
        key: &QueueKey,
        identity: &str,
        deployment: Option<&WorkerDeploymentOptions>,
        now: Nanos,
    ) -> Arc<Notify> {
        let queue = self.queues.entry(key.clone()).or_default();
        queue.ended = false;
        queue
            .pollers
            .insert(identity.to_owned(), (now, deployment.cloned()));
        queue.polls.clone()
    }

    /// Ends a sticky queue, and returns its tasks.
    pub fn end(&mut self, key: &QueueKey) -> Vec<QueuedTask> {
        let queue = self.queues.entry(key.clone()).or_default();
        queue.ended = true;
        queue.tasks.drain(..).map(|(_, task)| task).collect()
    }

    /// Those who poll a queue, in whatever version.
    pub fn pollers(&self, namespace: &str, name: &str, kind: QueueKind) -> Vec<PollerInfo> {
        self.queues
            .iter()
            .filter(|(key, _)| key.namespace == namespace && key.name == name && key.kind == kind)
            .flat_map(|(_, queue)| &queue.pollers)
            .map(|(identity, (at, deployment))| PollerInfo {
                last_access_time: Some(timestamp(*at)),
                identity: identity.clone(),
                rate_per_second: 100_000.0,
                deployment_options: deployment.clone(),
                ..Default::default()
            })
            .collect()
    }

    /// Takes all tasks out of the queues of a namespace.
    pub fn take_all(&mut self, namespace: &str) -> Vec<(QueueKey, QueuedTask)> {
        self.queues
            .iter_mut()
            .filter(|(key, _)| key.namespace == namespace)
            .flat_map(|(key, queue)| {
                let tasks = std::mem::take(&mut queue.tasks);
                tasks.into_iter().map(move |(_, task)| (key.clone(), task))
            })
            .collect()
    }
}
