//! Activity and Nexus tasks on their way to the host: one poll at a time, or streamed into a queue.

use super::{
    backlog::TaskBacklog,
    intake::{Intake, Stream},
    refusal,
    sink::Sink,
};
use crate::{
    bridge::{
        call::Destination,
        completion_queue::CompletionQueue,
        error::{BridgeError, Code},
        handle::Handle,
        invariant::invariant,
    },
    worker::{core_slot::CoreSlot, errors::poll_error},
};
use parking_lot::Mutex;
use prost::Message;
use std::sync::Arc;
use temporal_bun_calls::worker as calls;
use temporalio_sdk_core::{PollError, Worker as CoreWorker};
use tokio::sync::Notify;

/// The kind of tasks that a stream carries.
#[derive(Clone, Copy)]
pub enum TaskKind {
    /// Activity tasks, local ones included.
    Activity,
    /// Nexus tasks.
    Nexus,
}

impl TaskKind {
    async fn poll(self, core: &CoreWorker) -> Result<Vec<u8>, PollError> {
        match self {
            TaskKind::Activity => Ok(calls::poll_activity_task(core).await?.encode_to_vec()),
            TaskKind::Nexus => Ok(calls::poll_nexus_task(core).await?.encode_to_vec()),
        }
    }

    /// Fails a task in place of a host.
    async fn refuse(self, core: &CoreWorker, task: &[u8]) {
        let failed = match self {
            TaskKind::Activity => match refusal::of_activity(task) {
                Some(completion) => calls::complete_activity_task(core, completion)
                    .await
                    .map_err(|error| error.to_string()),
                None => Ok(()),
            },
            TaskKind::Nexus => match refusal::of_nexus(task) {
                Some(completion) => calls::complete_nexus_task(core, completion)
                    .await
                    .map_err(|error| error.to_string()),
                None => Ok(()),
            },
        };
        if let Err(error) = failed {
            tracing::warn!(%error, "Could not fail a task that no host thread took before the shutdown");
        }
    }
}

#[derive(Default)]
struct State {
    intake: Intake,
    shutting_down: bool,
    /// The host ends the worker: tasks that no queue takes are failed.
    finalizing: bool,
    /// The one queue. None: the stream pauses until there is one, or until a shutdown.
    sink: Option<Sink>,
}

/// The tasks of one kind.
pub struct TaskStream {
    kind: TaskKind,
    core: Arc<CoreSlot>,
    backlog: Arc<TaskBacklog>,
    state: Mutex<State>,
    /// Something in `state` changed that a paused stream waits for.
    resumed: Notify,
}

impl TaskStream {
    /// Makes the stream of one kind of a worker's tasks. It does not poll yet.
    pub fn new(kind: TaskKind, core: Arc<CoreSlot>) -> Arc<Self> {
        Arc::new(Self {
            kind,
            core,
            backlog: Arc::default(),
            state: Mutex::default(),
            resumed: Notify::new(),
        })
    }

    /// Polls once.
    pub fn poll(self: &Arc<Self>, destination: Destination) -> Result<Handle, BridgeError> {
        self.core.with(|_| ())?;
        self.state.lock().intake.poll()?;
        let stream = self.clone();
        Ok(self
            .backlog
            .submit_poll(&self.core, destination, move || stream.start_poll()))
    }

    fn start_poll(&self) -> Result<(), BridgeError> {
        let (kind, backlog) = (self.kind, self.backlog.clone());
        self.core.spawn_poll(
            move |core| async move { kind.poll(&core).await.map_err(poll_error) },
            move |task| backlog.polled(task),
        )
    }

    /// Streams tasks into `queue` from now on.
    pub fn attach(
        self: &Arc<Self>,
        queue: Arc<CompletionQueue>,
        tag: u64,
    ) -> Result<(), BridgeError> {
        let sink = Sink::new(queue.clone(), tag)?;
        let stream = {
            let mut state = self.state.lock();
            if state.sink.is_some() {
                return Err(BridgeError::new(
                    Code::FailedPrecondition,
                    "these tasks already stream into another queue: close that one first",
                ));
            }
            let stream = state.intake.stream()?;
            self.backlog.offer(|task| sink.push_task(task));
            if stream == Stream::HasEnded {
                sink.push_end();
                return Ok(());
            }
            state.sink = Some(sink);
            stream
        };
        let weak = Arc::downgrade(self);
        queue.on_close(move || {
            if let Some(stream) = weak.upgrade() {
                stream.state.lock().sink = None;
                stream.refuse_unclaimed();
            }
        });
        if stream == Stream::Start {
            self.spawn()?;
        }
        self.resumed.notify_one();
        Ok(())
    }

    /// Resumes a stream without a queue, so that core can finish.
    pub fn shutdown_initiated(&self) {
        self.state.lock().shutting_down = true;
        self.resumed.notify_one();
    }

    /// Prepares a finalization: polls core to its end if nobody else does, and fails tasks that no host can take.
    pub fn drain(self: &Arc<Self>) -> Result<(), BridgeError> {
        let start = {
            let mut state = self.state.lock();
            state.finalizing = true;
            state.intake.drain()
        };
        if start {
            self.spawn()?;
        }
        self.refuse_unclaimed();
        Ok(())
    }

    /// Fails the tasks that wait for a queue in a finalization: core does not finish before they are completed.
    fn refuse_unclaimed(&self) {
        let unclaimed = {
            let state = self.state.lock();
            if !state.finalizing || state.sink.is_some() || state.intake == Intake::Polled {
                return;
            }
            self.backlog.take_all()
        };
        let kind = self.kind;
        for task in unclaimed {
            let refusal = self
                .core
                .track_call(|core| async move { kind.refuse(&core, &task).await });
            // An error means that the worker is gone, and its tasks with it.
            if let Ok(refusal) = refusal {
                self.core.executor().spawn(refusal);
            }
        }
    }

    fn spawn(self: &Arc<Self>) -> Result<(), BridgeError> {
        let stream = self.clone();
        let work = self
            .core
            .track_stream(|core| async move { stream.run(&core).await })?;
        self.core.executor().spawn(work);
        Ok(())
    }

    async fn run(&self, core: &CoreWorker) {
        loop {
            while self.is_paused() {
                self.resumed.notified().await;
            }
            match self.kind.poll(core).await {
                Ok(task) => self.deliver(task),
                Err(PollError::ShutDown) => break,
                Err(error) => {
                    self.fail(poll_error(error));
                    core.initiate_shutdown();
                }
            }
        }
        let mut state = self.state.lock();
        invariant!(
            state.intake == Intake::Streaming,
            "a stream runs while tasks stream, once"
        );
        state.intake.end();
        if let Some(sink) = state.sink.take() {
            sink.push_end();
        }
    }

    fn is_paused(&self) -> bool {
        let state = self.state.lock();
        state.sink.is_none() && !state.shutting_down
    }

    fn deliver(&self, task: Vec<u8>) {
        let task = self.backlog.lease(task);
        match &self.state.lock().sink {
            Some(sink) => {
                sink.push_task(task);
                return;
            }
            // Without a sink the task goes to the backlog.
            None => drop(task),
        }
        self.refuse_unclaimed();
    }

    fn fail(&self, error: BridgeError) {
        if let Some(sink) = &self.state.lock().sink {
            sink.push_error(error);
        }
    }
}
