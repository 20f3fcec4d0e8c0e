//! Activity and nexus tasks on their way to the host: one poll at a time, or streamed into a queue.

use super::{core_slot::CoreSlot, poll_error, task_source::WaitingTasks};
use crate::{
    call::{Destination, submit},
    error::{BridgeError, Code},
    handle::Handle,
    outcome::Outcome,
    pending::OnCancel,
    queue::Queue,
};
use parking_lot::Mutex;
use prost::Message;
use std::sync::Arc;
use temporalio_sdk_core::{PollError, Worker as CoreWorker};
use tokio::sync::Notify;

/// What a stream carries.
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

struct Sink {
    queue: Arc<Queue>,
    tag: u64,
}

#[derive(Default)]
struct State {
    polled: bool,
    streaming: bool,
    ended: bool,
    shutting_down: bool,
    sink: Option<Sink>,
}

/// The tasks of one kind.
pub struct TaskStream {
    kind: TaskKind,
    core: Arc<CoreSlot>,
    waiting: Arc<WaitingTasks>,
    state: Mutex<State>,
    /// Something in `state` changed that a paused stream waits for.
    resumed: Notify,
}

impl TaskStream {
    /// The tasks of one kind of a worker.
    pub fn new(kind: TaskKind, core: Arc<CoreSlot>) -> Arc<Self> {
        Arc::new(Self {
            kind,
            core,
            waiting: Arc::default(),
            state: Mutex::default(),
            resumed: Notify::new(),
        })
    }

    /// Polls once.
    pub fn poll(self: &Arc<Self>, destination: Destination) -> Result<Handle, BridgeError> {
        self.core.with(|_| ())?;
        {
            let mut state = self.state.lock();
            if state.streaming {
                return Err(streamed());
            }
            state.polled = true;
        }
        let stream = self.clone();
        Ok(submit(
            self.core.tokio(),
            destination,
            OnCancel::Drop,
            async move {
                let task = stream.waiting.wait(|| stream.start_poll()).await?;
                Ok(Outcome::Task(task))
            },
        ))
    }

    fn start_poll(&self) -> Result<(), BridgeError> {
        let (kind, waiting) = (self.kind, self.waiting.clone());
        self.core.spawn_poll(
            move |core| async move { kind.poll(&core).await.map_err(poll_error) },
            move |task| waiting.polled(task),
        )
    }

    /// Streams tasks into `queue` from now on.
    pub fn attach(self: &Arc<Self>, queue: Arc<Queue>, tag: u64) -> Result<(), BridgeError> {
        check_tag(tag)?;
        let start = {
            let mut state = self.state.lock();
            if state.polled {
                return Err(polled());
            }
            if state.sink.is_some() {
                return Err(BridgeError::new(
                    Code::FailedPrecondition,
                    "these tasks already stream into another queue: close that one first",
                ));
            }
            while let Some(task) = self.waiting.next() {
                queue.push_result(tag, Ok(Outcome::Task(self.waiting.track(task))));
            }
            if state.ended {
                queue.push_end(tag);
                return Ok(());
            }
            state.sink = Some(Sink {
                queue: queue.clone(),
                tag,
            });
            !std::mem::replace(&mut state.streaming, true)
        };
        let stream = Arc::downgrade(self);
        queue.on_close(move || {
            if let Some(stream) = stream.upgrade() {
                stream.state.lock().sink = None;
            }
        });
        if start {
            self.spawn()?;
        }
        self.resumed.notify_one();
        Ok(())
    }

    /// A stream without a queue goes on, so that core can finish.
    pub fn shutdown_initiated(&self) {
        self.state.lock().shutting_down = true;
        self.resumed.notify_one();
    }

    /// Before a finalization: if nobody ever asked for these tasks, core waits for a poll that ends all the same.
    pub fn drain(self: &Arc<Self>) -> Result<(), BridgeError> {
        {
            let mut state = self.state.lock();
            if state.polled || std::mem::replace(&mut state.streaming, true) {
                return Ok(());
            }
        }
        self.spawn()
    }

    fn spawn(self: &Arc<Self>) -> Result<(), BridgeError> {
        let stream = self.clone();
        let work = self
            .core
            .track_stream(|core| async move { stream.run(&core).await })?;
        self.core.tokio().spawn(work);
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
        state.ended = true;
        if let Some(sink) = state.sink.take() {
            sink.queue.push_end(sink.tag);
        }
    }

    fn is_paused(&self) -> bool {
        let state = self.state.lock();
        state.sink.is_none() && !state.shutting_down
    }

    fn deliver(&self, task: Vec<u8>) {
        let task = Ok(Outcome::Task(self.waiting.track(task)));
        // Without a sink the task's destructor puts it among the waiting ones.
        if let Some(sink) = &self.state.lock().sink {
            sink.queue.push_result(sink.tag, task);
        }
    }

    fn fail(&self, error: BridgeError) {
        if let Some(sink) = &self.state.lock().sink {
            sink.queue.push_result(sink.tag, Err(error));
        }
    }
}

/// A stream needs a tag to tell its tasks by.
pub fn check_tag(tag: u64) -> Result<(), BridgeError> {
    if tag == 0 {
        return Err(BridgeError::new(
            Code::InvalidArgument,
            "tag 0 is the quiet tag: a stream needs another",
        ));
    }
    Ok(())
}

/// The error for a poll of what is streamed.
pub fn streamed() -> BridgeError {
    BridgeError::new(
        Code::FailedPrecondition,
        "these tasks stream into a queue: they cannot be polled as well",
    )
}

/// The error for a stream of what is polled.
pub fn polled() -> BridgeError {
    BridgeError::new(
        Code::FailedPrecondition,
        "these tasks are polled: they cannot be streamed as well",
    )
}
