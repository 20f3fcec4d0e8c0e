//! Task queues: tasks that wait for a worker, and polls that wait for a task.

use crate::{
    queries::QueryNo,
    run::RunNo,
    server::Server,
    state::State,
    time::{Nanos, timestamp},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use temporalio_protos::temporal::api::{
    enums::v1::TaskQueueType,
    taskqueue::v1::PollerInfo,
    workflowservice::v1::{
        DescribeTaskQueueRequest, DescribeTaskQueueResponse, PollActivityTaskQueueRequest,
        PollActivityTaskQueueResponse, PollWorkflowTaskQueueRequest, PollWorkflowTaskQueueResponse,
        ShutdownWorkerRequest, ShutdownWorkerResponse,
    },
};
use tokio::{sync::Notify, time::Instant};
use tonic::Status;

/// The time after which a poll is answered with nothing, as the real server does.
const POLL_TIMEOUT: Duration = Duration::from_secs(60);

/// Kinds of task queues that share a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueKind {
    Workflow,
    Activity,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueueKey {
    pub namespace: String,
    pub name: String,
    pub kind: QueueKind,
}

/// A task in a queue. One that is out of date by then is skipped when it is taken.
#[derive(Clone, Debug)]
pub enum QueuedTask {
    Workflow {
        run: RunNo,
        stamp: u64,
    },
    Query(QueryNo),
    Activity {
        run: RunNo,
        scheduled_id: i64,
        stamp: u64,
    },
}

#[derive(Debug, Default)]
struct Queue {
    tasks: VecDeque<QueuedTask>,
    polls: Arc<Notify>,
    pollers: HashMap<String, Nanos>,
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
        queue.tasks.push_back(task);
        queue.polls.notify_one();
    }

    pub fn pop(&mut self, key: &QueueKey) -> Option<QueuedTask> {
        self.queues.get_mut(key)?.tasks.pop_front()
    }

    pub fn backlog(&self, key: &QueueKey) -> usize {
        self.queues.get(key).map_or(0, |queue| queue.tasks.len())
    }

    /// Whether tasks still belong into a sticky queue.
    pub fn is_served(&self, key: &QueueKey) -> bool {
        self.queues.get(key).is_none_or(|queue| !queue.ended)
    }

    fn polled(&mut self, key: &QueueKey, identity: &str, now: Nanos) -> Arc<Notify> {
        let queue = self.queues.entry(key.clone()).or_default();
        queue.ended = false;
        queue.pollers.insert(identity.to_owned(), now);
        queue.polls.clone()
    }

    /// Ends a sticky queue, and returns its tasks.
    fn end(&mut self, key: &QueueKey) -> Vec<QueuedTask> {
        let queue = self.queues.entry(key.clone()).or_default();
        queue.ended = true;
        queue.tasks.drain(..).collect()
    }

    fn pollers(&self, key: &QueueKey) -> Vec<PollerInfo> {
        let pollers = self.queues.get(key).map(|queue| &queue.pollers);
        pollers
            .into_iter()
            .flatten()
            .map(|(identity, at)| PollerInfo {
                last_access_time: Some(timestamp(*at)),
                identity: identity.clone(),
                rate_per_second: 100_000.0,
                ..Default::default()
            })
            .collect()
    }
}

/// Waits until `take` has something.
async fn poll<T: Default>(
    server: &Server,
    key: QueueKey,
    identity: &str,
    take: impl Fn(&mut State, &QueueKey) -> Option<T>,
) -> Result<T, Status> {
    let deadline = Instant::now() + POLL_TIMEOUT;
    loop {
        let task_came = {
            let mut state = server.state();
            state.namespace(&key.namespace)?;
            let now = state.now();
            let task_came = state.queues.polled(&key, identity, now);
            if let Some(task) = take(&mut state, &key) {
                return Ok(task);
            }
            task_came
        };
        if tokio::time::timeout_at(deadline, task_came.notified())
            .await
            .is_err()
        {
            return Ok(T::default());
        }
    }
}

pub async fn poll_workflow_task_queue(
    server: &Server,
    request: PollWorkflowTaskQueueRequest,
) -> Result<PollWorkflowTaskQueueResponse, Status> {
    let key = queue_key(
        &request.namespace,
        request.task_queue.as_ref().map(|queue| queue.name.as_str()),
        QueueKind::Workflow,
    )?;
    poll(server, key, &request.identity, |state, key| {
        while let Some(task) = state.queues.pop(key) {
            let taken = match task {
                QueuedTask::Workflow { run, stamp } => {
                    state.take_workflow_task(run, stamp, &request.identity)
                }
                QueuedTask::Query(query) => state.take_query(query),
                QueuedTask::Activity { .. } => None,
            };
            if let Some(mut taken) = taken {
                taken.backlog_count_hint = state.queues.backlog(key) as i64;
                return Some(taken);
            }
        }
        None
    })
    .await
}

pub async fn poll_activity_task_queue(
    server: &Server,
    request: PollActivityTaskQueueRequest,
) -> Result<PollActivityTaskQueueResponse, Status> {
    let key = queue_key(
        &request.namespace,
        request.task_queue.as_ref().map(|queue| queue.name.as_str()),
        QueueKind::Activity,
    )?;
    poll(server, key, &request.identity, |state, key| {
        while let Some(task) = state.queues.pop(key) {
            if let QueuedTask::Activity {
                run,
                scheduled_id,
                stamp,
            } = task
                && let Some(taken) =
                    state.take_activity(run, scheduled_id, stamp, &request.identity)
            {
                return Some(taken);
            }
        }
        None
    })
    .await
}

fn queue_key(namespace: &str, name: Option<&str>, kind: QueueKind) -> Result<QueueKey, Status> {
    match name {
        Some(name) if !name.is_empty() => Ok(QueueKey {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            kind,
        }),
        _ => Err(crate::errors::invalid("TaskQueue is not set on request.")),
    }
}

/// A worker ends: what waits in its sticky queue goes to the queue that all workers poll.
pub async fn shutdown_worker(
    server: &Server,
    request: ShutdownWorkerRequest,
) -> Result<ShutdownWorkerResponse, Status> {
    let mut state = server.state();
    state.namespace(&request.namespace)?;
    if !request.sticky_task_queue.is_empty() {
        let key = QueueKey {
            namespace: request.namespace,
            name: request.sticky_task_queue,
            kind: QueueKind::Workflow,
        };
        for task in state.queues.end(&key) {
            match task {
                QueuedTask::Workflow { run, stamp } => state.move_from_sticky(run, stamp),
                QueuedTask::Query(query) => state.dispatch_query(query),
                QueuedTask::Activity { .. } => {}
            }
        }
    }
    Ok(ShutdownWorkerResponse::default())
}

pub async fn describe_task_queue(
    server: &Server,
    request: DescribeTaskQueueRequest,
) -> Result<DescribeTaskQueueResponse, Status> {
    let state = server.state();
    state.namespace(&request.namespace)?;
    let kind = if request.task_queue_type == TaskQueueType::Activity as i32 {
        QueueKind::Activity
    } else {
        QueueKind::Workflow
    };
    let name = request.task_queue.as_ref().map(|queue| queue.name.as_str());
    let key = queue_key(&request.namespace, name, kind)?;
    Ok(DescribeTaskQueueResponse {
        pollers: state.queues.pollers(&key),
        ..Default::default()
    })
}
