//! Polls of task queues, and their descriptions.

use crate::{
    shared::Shared,
    state::{
        State,
        queues::{QueueKey, QueueKind, QueuedTask},
    },
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    enums::v1::TaskQueueType,
    workflowservice::v1::{
        DescribeTaskQueueRequest, DescribeTaskQueueResponse, PollActivityTaskQueueRequest,
        PollActivityTaskQueueResponse, PollWorkflowTaskQueueRequest, PollWorkflowTaskQueueResponse,
        ShutdownWorkerRequest, ShutdownWorkerResponse,
    },
};
use tokio::time::Instant;
use tonic::Status;

/// The time after which a poll is answered with nothing, as the real server does.
const POLL_TIMEOUT: Duration = Duration::from_secs(60);

/// Waits until `take` has something.
async fn poll<T: Default>(
    shared: &Shared,
    key: QueueKey,
    identity: &str,
    take: impl Fn(&mut State, &QueueKey) -> Option<T>,
) -> Result<T, Status> {
    let deadline = Instant::now() + POLL_TIMEOUT;
    loop {
        let task_came = {
            let mut state = shared.state();
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
    shared: &Shared,
    request: PollWorkflowTaskQueueRequest,
) -> Result<PollWorkflowTaskQueueResponse, Status> {
    let key = queue_key(
        &request.namespace,
        request.task_queue.as_ref().map(|queue| queue.name.as_str()),
        QueueKind::Workflow,
    )?;
    poll(shared, key, &request.identity, |state, key| {
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
    shared: &Shared,
    request: PollActivityTaskQueueRequest,
) -> Result<PollActivityTaskQueueResponse, Status> {
    let key = queue_key(
        &request.namespace,
        request.task_queue.as_ref().map(|queue| queue.name.as_str()),
        QueueKind::Activity,
    )?;
    poll(shared, key, &request.identity, |state, key| {
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
                QueuedTask::Activity { .. } => {}
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
