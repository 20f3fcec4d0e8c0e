//! Activity and Nexus tasks on their way to the host: one poll at a time, or streamed into a queue.

use super::{
    backlog::TaskBacklog,
    intake::{Intake, Stream},
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
            TaskKind::Activity => Ok(core.poll_activity_task().await?.encode_to_vec()),
            TaskKind::Nexus => Ok(core.poll_nexus_task().await?.encode_to_vec()),
        }
    }
}

#[derive(Default)]
struct State {
    intake: Intake,
    shutting_down: bool,
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

    /// Prepares a finalization: polls core to its end if nobody else does.
    pub fn drain(self: &Arc<Self>) -> Result<(), BridgeError> {
        if self.state.lock().intake.drain() {
            self.spawn()?;
        }
        Ok(())
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
        // Without a sink the task goes to the backlog when it is dropped.
        if let Some(sink) = &self.state.lock().sink {
            sink.push_task(task);
        }
    }

    fn fail(&self, error: BridgeError) {
        if let Some(sink) = &self.state.lock().sink {
            sink.push_error(error);
        }
    }
}
