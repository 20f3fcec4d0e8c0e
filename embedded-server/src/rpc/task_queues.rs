//! Polls of task queues, and their descriptions.

use crate::{
    shared::Shared,
    state::{
        State,
        deployment::Version,
        queue_kind::QueueKind,
        queues::{Poller, QueueKey, QueuedTask},
    },
    transitions::faults::Turn,
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    deployment::v1::WorkerDeploymentOptions,
    enums::v1::{TaskQueueKind, TaskQueueType},
    taskqueue::v1::{PollerScalingDecision, TaskQueue},
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

/// An answer to a poll, which can say how many polls there should be.
trait Polled: Default {
    fn advise(&mut self, decision: PollerScalingDecision);
}

macro_rules! polled {
    ($($response:ty),*) => {
        $(impl Polled for $response {
            fn advise(&mut self, decision: PollerScalingDecision) {
                self.poller_scaling_decision = Some(decision);
            }
        })*
    };
}

polled!(
    PollWorkflowTaskQueueResponse,
    PollActivityTaskQueueResponse,
    PollNexusTaskQueueResponse
);

/// Waits until `take` has something.
async fn poll<T: Polled>(
    shared: &Shared,
    PolledQueue { key, sticky }: PolledQueue,
    identity: &str,
    deployment: Option<&WorkerDeploymentOptions>,
    take: impl Fn(&mut State, &QueueKey) -> Option<T>,
) -> Result<T, Status> {
    let began = Instant::now();
    let deadline = began + POLL_TIMEOUT;
    loop {
        let (task_came, turn) = {
            let mut state = shared.state();
            state.namespace(&key.namespace)?;
            let now = state.now();
            let task_came = state.queues.polled(&key, identity, deployment, now);
            state.register_version(&key);
            let turn = state.turn_of(&key);
            if turn == Turn::Now
                && let Some(mut task) = take(&mut state, &key)
            {
                // What goes by a seed hands out one task at a time, however many polls there are.
                if !state.schedule.orders() {
                    let change = state.queues.poller_scaling(&key, began.into(), sticky);
                    if change != 0 {
                        task.advise(PollerScalingDecision {
                            poll_request_delta_suggestion: change,
                        });
                    }
                }
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
    let deployment = request.deployment_options.as_ref();
    let queue = polled_queue(
        &request.namespace,
        request.task_queue.as_ref(),
        QueueKind::Workflow,
        deployment,
    )?;
    let worker = Poller::new(
        &request.identity,
        request.worker_version_capabilities.as_ref(),
    );
    poll(shared, queue, &worker.identity, deployment, |state, key| {
        while let Some(task) = state.queues.pop(key) {
            let taken = match task {
                QueuedTask::Workflow { run, stamp } => state
                    .take_workflow_task(run, stamp, &worker)
                    .and_then(|task| state.deliver_workflow_task(run, key, task)),
                QueuedTask::Again(task) => Some(*task),
                QueuedTask::Query(query) => state.take_query(query),
                QueuedTask::Activity { .. }
                | QueuedTask::Standalone { .. }
                | QueuedTask::Nexus { .. } => None,
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
    let deployment = request.deployment_options.as_ref();
    let queue = polled_queue(
        &request.namespace,
        request.task_queue.as_ref(),
        QueueKind::Activity,
        deployment,
    )?;
    let worker = Poller::new(
        &request.identity,
        request.worker_version_capabilities.as_ref(),
    );
    poll(shared, queue, &worker.identity, deployment, |state, key| {
        while let Some(task) = state.queues.pop(key) {
            let taken = match task {
                QueuedTask::Activity {
                    run,
                    scheduled_id,
                    stamp,
                } => state.take_activity(run, scheduled_id, stamp, &worker),
                QueuedTask::Standalone { activity, stamp } => {
                    state.take_standalone(activity, stamp, &worker)
                }
                _ => None,
            };
            if taken.is_some() {
                return taken;
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
    let deployment = request.deployment_options.as_ref();
    let queue = polled_queue(
        &request.namespace,
        request.task_queue.as_ref(),
        QueueKind::Nexus,
        deployment,
    )?;
    poll(
        shared,
        queue,
        &request.identity,
        deployment,
        |state, key| {
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
        },
    )
    .await
}

/// The queue that a worker polls: that of its version. A sticky queue belongs to one worker anyway.
struct PolledQueue {
    key: QueueKey,
    sticky: bool,
}

fn polled_queue(
    namespace: &str,
    queue: Option<&TaskQueue>,
    kind: QueueKind,
    deployment: Option<&WorkerDeploymentOptions>,
) -> Result<PolledQueue, Status> {
    let queue = named(queue)?;
    let sticky = queue.kind() == TaskQueueKind::Sticky;
    let version = (!sticky).then(|| Version::polled(deployment)).flatten();
    Ok(PolledQueue {
        key: QueueKey {
            namespace: namespace.to_owned(),
            name: queue.name.clone(),
            kind,
            version,
        },
        sticky,
    })
}

fn named(queue: Option<&TaskQueue>) -> Result<&TaskQueue, Status> {
    queue
        .filter(|queue| !queue.name.is_empty())
        .ok_or_else(|| crate::errors::invalid("taskQueue is not set"))
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
            version: None,
        };
        for task in state.queues.end(&key) {
            match task {
                QueuedTask::Workflow { run, stamp } => state.move_from_sticky(run, stamp),
                QueuedTask::Query(query) => state.dispatch_query(query),
                // A copy goes with its worker.
                QueuedTask::Activity { .. }
                | QueuedTask::Standalone { .. }
                | QueuedTask::Nexus { .. }
                | QueuedTask::Again(_) => {}
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
    let kind = match request.task_queue_type() {
        TaskQueueType::Activity => QueueKind::Activity,
        TaskQueueType::Nexus => QueueKind::Nexus,
        _ => QueueKind::Workflow,
    };
    let queue = named(request.task_queue.as_ref())?;
    Ok(DescribeTaskQueueResponse {
        pollers: state.queues.pollers(&request.namespace, &queue.name, kind),
        versioning_info: state.versioning_of(&request.namespace, &queue.name, kind),
        ..Default::default()
    })
}
