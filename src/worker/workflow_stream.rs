//! Workflow activations on their way to the host: one poll at a time, or streamed to the thread that holds the run.

use super::{
    core_slot::CoreSlot,
    poll_error,
    replay::ReplaysUnderWay,
    task_source::WaitingTasks,
    task_stream::{check_tag, polled, streamed},
    workflow_router::{Target, WorkflowRouter},
};
use crate::{
    call::{Destination, submit},
    error::BridgeError,
    handle::Handle,
    hosted::Hosted,
    outcome::Outcome,
    pending::OnCancel,
    queue::Queue,
};
use futures_util::FutureExt;
use parking_lot::Mutex;
use prost::Message;
use std::{panic::AssertUnwindSafe, sync::Arc};
use temporalio_common::protos::{
    coresdk::{
        workflow_activation::{WorkflowActivation, workflow_activation_job::Variant},
        workflow_completion::WorkflowActivationCompletion,
    },
    temporal::api::failure::v1::Failure,
};
use temporalio_sdk_core::{PollError, Worker as CoreWorker};
use tracing::Dispatch;

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
    router: WorkflowRouter<Sink>,
    /// What polls core for the stream, once it has begun.
    polling: Option<Arc<Hosted>>,
    /// Activations that wait for a queue to be attached.
    held: Vec<WorkflowActivation>,
}

impl State {
    /// The queue whose thread is to poll core by itself: the only one. Several threads would wait for the one that polls.
    fn host(&self) -> Option<Arc<Queue>> {
        let mut sinks = self.router.sinks();
        match (sinks.next(), sinks.next()) {
            (Some(only), None) => Some(only.queue.clone()),
            _ => None,
        }
    }
}

/// The workflow activations of a worker.
pub struct WorkflowStream {
    core: Arc<CoreSlot>,
    waiting: Arc<WaitingTasks>,
    state: Mutex<State>,
    /// Where core's log lines go.
    tracing: Dispatch,
    /// Of a replay worker.
    replays: Option<Arc<ReplaysUnderWay>>,
}

impl WorkflowStream {
    /// The workflow activations of a worker.
    pub fn new(
        core: Arc<CoreSlot>,
        tracing: Dispatch,
        replays: Option<Arc<ReplaysUnderWay>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            core,
            tracing,
            waiting: Arc::default(),
            state: Mutex::default(),
            replays,
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
        let waiting = self.waiting.clone();
        let replays = self.replays.clone();
        self.core.spawn_poll(
            |core| async move {
                let activation = next(&core, replays.as_deref()).await.map_err(poll_error)?;
                Ok(activation.encode_to_vec())
            },
            move |task| waiting.polled(task),
        )
    }

    /// Streams activations into `queue` as well from now on.
    pub fn attach(self: &Arc<Self>, queue: Arc<Queue>, tag: u64) -> Result<(), BridgeError> {
        check_tag(tag)?;
        let (route, start) = {
            let mut state = self.state.lock();
            if state.polled {
                return Err(polled());
            }
            if state.ended {
                queue.push_end(tag);
                return Ok(());
            }
            let route = state.router.attach(Sink {
                queue: queue.clone(),
                tag,
            });
            for activation in std::mem::take(&mut state.held) {
                deliver(&mut state, activation);
            }
            (route, !std::mem::replace(&mut state.streaming, true))
        };
        let stream = Arc::downgrade(self);
        queue.on_close(move || {
            if let Some(stream) = stream.upgrade() {
                stream.detach(route);
            }
        });
        if start {
            self.start()?;
        } else {
            self.place();
        }
        Ok(())
    }

    /// The host handed over the completion of a run's activation.
    pub fn completed(&self, run_id: &str) {
        self.state.lock().router.completed(run_id);
    }

    /// Activations that nobody can answer any more are failed, so that core can finish. From now on it is polled whether or
    /// not a host drains.
    pub fn shutdown_initiated(&self) {
        let (held, polling) = {
            let mut state = self.state.lock();
            state.shutting_down = true;
            (std::mem::take(&mut state.held), state.polling.take())
        };
        for activation in held {
            self.answer(failure(activation.run_id));
        }
        if let Some(polling) = polling {
            polling.leave();
        }
    }

    /// Before a finalization: if nobody ever asked for these activations, core waits for a poll that ends all the same.
    pub fn drain(self: &Arc<Self>) -> Result<(), BridgeError> {
        {
            let mut state = self.state.lock();
            if state.polled || std::mem::replace(&mut state.streaming, true) {
                return Ok(());
            }
        }
        self.start()
    }

    fn start(self: &Arc<Self>) -> Result<(), BridgeError> {
        let stream = self.clone();
        let work = self
            .core
            .track_stream(|core| async move { stream.run(&core).await })?;
        let polling = Hosted::new(self.core.tokio().clone(), self.tracing.clone(), work);
        let mut state = self.state.lock();
        if state.shutting_down {
            polling.leave();
            return Ok(());
        }
        state.polling = Some(polling);
        drop(state);
        self.place();
        Ok(())
    }

    /// Has core be polled on the right thread.
    fn place(&self) {
        let state = self.state.lock();
        if let Some(polling) = &state.polling {
            // Under the lock: a queue that is closed at this moment must not become the host after its hook has run.
            polling.move_to(state.host());
        }
    }

    async fn run(&self, core: &CoreWorker) {
        if let Err(panic) = AssertUnwindSafe(self.deliver_all(core))
            .catch_unwind()
            .await
        {
            self.fail(&BridgeError::from_panic(&*panic));
        }
        let mut state = self.state.lock();
        state.ended = true;
        for sink in state.router.sinks() {
            sink.queue.push_end(sink.tag);
        }
    }

    async fn deliver_all(&self, core: &CoreWorker) {
        loop {
            match next(core, self.replays.as_deref()).await {
                Ok(activation) => self.route(activation),
                Err(PollError::ShutDown) => break,
                // Core starts its own shutdown with such an error; the stream ends when that is done.
                Err(error) => self.fail(&poll_error(error)),
            }
        }
    }

    fn fail(&self, error: &BridgeError) {
        for sink in self.state.lock().router.sinks() {
            sink.queue.push_result(sink.tag, Err(error.clone()));
        }
    }

    fn route(&self, activation: WorkflowActivation) {
        let unanswerable = deliver(&mut self.state.lock(), activation);
        if let Some(completion) = unanswerable {
            self.answer(completion);
        }
    }

    /// A host thread went away: what it held is answered for it, and continues elsewhere.
    fn detach(&self, route: super::workflow_router::RouteId) {
        let orphans = self.state.lock().router.detach(route);
        self.place();
        for run_id in orphans.evicting {
            self.answer(WorkflowActivationCompletion::empty(run_id));
        }
        for run_id in orphans.unanswered {
            self.answer(failure(run_id));
        }
        // An error means that the worker is finalized: then there is nothing left to evict.
        let _ = self.core.with(|core| {
            for run_id in &orphans.idle {
                core.request_workflow_eviction(run_id);
            }
        });
    }

    /// Completes an activation in the place of a host thread.
    fn answer(&self, completion: WorkflowActivationCompletion) {
        let run_id = completion.run_id.clone();
        let answer = self.core.track_call(|core| async move {
            if let Err(error) = core.complete_workflow_activation(completion).await {
                tracing::warn!(%run_id, %error, "Could not complete an activation for a host thread that went away");
            }
        });
        if let Ok(answer) = answer {
            self.core.tokio().spawn(answer);
        }
    }
}

/// Polls core. Tells the replays of a replay worker what comes.
async fn next(
    core: &CoreWorker,
    replays: Option<&ReplaysUnderWay>,
) -> Result<WorkflowActivation, PollError> {
    let activation = core.poll_workflow_activation().await?;
    if let Some(replays) = replays {
        replays.saw(&activation);
    }
    Ok(activation)
}

/// Hands an activation to its queue. Returns the completion if it is to be answered here.
fn deliver(
    state: &mut State,
    activation: WorkflowActivation,
) -> Option<WorkflowActivationCompletion> {
    let evicting = is_eviction(&activation);
    match state.router.route(&activation.run_id, evicting) {
        Target::Sink(sink) => {
            // If the queue closes at this moment its close hook answers for it: the run counts as handed over.
            let bytes = Outcome::Bytes(activation.encode_to_vec());
            sink.queue.push_result(sink.tag, Ok(bytes));
            None
        }
        Target::NobodyKnowsIt => Some(WorkflowActivationCompletion::empty(activation.run_id)),
        Target::NoRoute if state.shutting_down => Some(failure(activation.run_id)),
        Target::NoRoute => {
            state.held.push(activation);
            None
        }
    }
}

/// Whether an activation tells the host to forget the run.
pub fn is_eviction(activation: &WorkflowActivation) -> bool {
    activation
        .jobs
        .iter()
        .any(|job| matches!(job.variant, Some(Variant::RemoveFromCache(_))))
}

fn failure(run_id: String) -> WorkflowActivationCompletion {
    WorkflowActivationCompletion::fail(
        run_id,
        Failure::application_failure(
            "The workflow thread that held this run went away".to_owned(),
            false,
        ),
        None,
    )
}
