//! Polls of task queues, and their descriptions.

use crate::{
    shared::Shared,
    state::{
        State,
        queues::{Poller, QueueKey, QueueKind, QueuedTask},
    },
    transitions::faults::Turn,
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    enums::v1::TaskQueueType,
    workflowservice::v1::{
        DescribeTaskQueueRequest, DescribeTaskQueueResponse, PollActivityTaskQueueRequest,
        PollActivityTaskQueueResponse, PollNexusTaskQueueRequest, PollNexusTaskQueueResponse,
        PollWorkflowTaskQueueRequest, PollWorkflowTaskQueueResponse, ShutdownWorkerRequest,
        ShutdownWorkerResponse,
    },
};
use tokio::time::Instant;
use tonic::Status;

/// The time after which a poll is answered with nothing, as the real server does.
const POLL_TIMEOUT: Duration = Duration::from_secs(60);

/// A poll that waits, for as long as this lives. Only a server that goes by a seed asks who waits.
struct Waiting<'a> {
    shared: &'a Shared,
    key: &'a QueueKey,
}

impl<'a> Waiting<'a> {
    fn new(shared: &'a Shared, key: &'a QueueKey) -> Option<Self> {
        let mut state = shared.state();
        if !state.schedule.orders() {
            return None;
        }
        state.queues.note_waiting(key, true);
        drop(state);
        Some(Self { shared, key })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.state().queues.note_waiting(self.key, false);
    }
}

/// Waits until `take` has something.
async fn poll<T: Default>(
    shared: &Shared,
    key: QueueKey,
    identity: &str,
    take: impl Fn(&mut State, &QueueKey) -> Option<T>,
) -> Result<T, Status> {
    let deadline = Instant::now() + POLL_TIMEOUT;
    loop {
        let (task_came, turn) = {
            let mut state = shared.state();
            state.namespace(&key.namespace)?;
            let now = state.now();
            let task_came = state.queues.polled(&key, identity, now);
            let turn = state.turn_of(&key);
            if turn == Turn::Now
                && let Some(task) = take(&mut state, &key)
            {
                return Ok(task);
            }
            (task_came, turn)
        };
        let _waiting = Waiting::new(shared, &key);
        let until = match turn {
            Turn::At(at) => deadline.min(at.into()),
            Turn::Now | Turn::OfAnother => deadline,
        };
        let timed_out = tokio::time::timeout_at(until, task_came.notified())
            .await
            .is_err();
        if timed_out && Instant::now() >= deadline {
            return Ok(T::default());
        }
    }
}

#[allow(deprecated)]
pub async fn poll_workflow_task_queue(
    shared: &Shared,
    request: PollWorkflowTaskQueueRequest,
) -> Result<PollWorkflowTaskQueueResponse, Status> {
    let key = queue_key(
        &request.namespace,
        request.task_queue.as_ref().map(|queue| queue.name.as_str()),
        QueueKind::Workflow,
    )?;
    let worker = Poller::new(
        &request.identity,
        request.worker_version_capabilities.as_ref(),
    );
    poll(shared, key, &worker.identity, |state, key| {
        while let Some(task) = state.queues.pop(key) {
            let taken = match task {
                QueuedTask::Workflow { run, stamp } => state
                    .take_workflow_task(run, stamp, &worker)
                    .and_then(|task| state.deliver_workflow_task(run, key, task)),
                QueuedTask::Again(task) => Some(*task),
                QueuedTask::Query(query) => state.take_query(query),
                QueuedTask::Activity { .. } | QueuedTask::Nexus { .. } => None,
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

#[allow(deprecated)]
pub async fn poll_activity_task_queue(
    shared: &Shared,
    request: PollActivityTaskQueueRequest,
) -> Result<PollActivityTaskQueueResponse, Status> {
    let key = queue_key(
        &request.namespace,
        request.task_queue.as_ref().map(|queue| queue.name.as_str()),
        QueueKind::Activity,
    )?;
    let worker = Poller::new(
        &request.identity,
        request.worker_version_capabilities.as_ref(),
    );
    poll(shared, key, &worker.identity, |state, key| {
        while let Some(task) = state.queues.pop(key) {
            if let QueuedTask::Activity {
                run,
                scheduled_id,
                stamp,
            } = task
                && let Some(taken) = state.take_activity(run, scheduled_id, stamp, &worker)
            {
                return Some(taken);
            }
        }
        None
    })
    .await
}

pub async fn poll_nexus_task_queue(
    shared: &Shared,
    request: PollNexusTaskQueueRequest,
) -> Result<PollNexusTaskQueueResponse, Status> {
    let key = queue_key(
        &request.namespace,
        request.task_queue.as_ref().map(|queue| queue.name.as_str()),
        QueueKind::Nexus,
    )?;
    poll(shared, key, &request.identity, |state, key| {
        while let Some(task) = state.queues.pop(key) {
            if let QueuedTask::Nexus {
                run,
                scheduled_id,
                stamp,
            } = task
                && let Some(taken) = state.take_nexus(run, scheduled_id, stamp)
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
        _ => Err(crate::errors::invalid("taskQueue is not set")),
    }
}

/// A worker ends: what waits in its sticky queue goes to the queue that all workers poll.
pub async fn shutdown_worker(
    shared: &Shared,
    request: ShutdownWorkerRequest,
) -> Result<ShutdownWorkerResponse, Status> {
    let mut state = shared.state();
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
                // A copy goes with its worker.
                QueuedTask::Activity { .. } | QueuedTask::Nexus { .. } | QueuedTask::Again(_) => {}
            }
        }
    }
    Ok(ShutdownWorkerResponse::default())
}

pub async fn describe_task_queue(
    shared: &Shared,
    request: DescribeTaskQueueRequest,
) -> Result<DescribeTaskQueueResponse, Status> {
    let state = shared.state();
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
