//! Workflow activations on their way to the host: one poll at a time, or streamed to the thread that holds the run.

use super::{
    backlog::TaskBacklog,
    intake::{Intake, Stream},
    outstanding::OutstandingActivations,
    router::{RouteId, Target, WorkflowRouter},
    sink::Sink,
};
use crate::{
    bridge::{
        call::Destination, completion_queue::CompletionQueue, error::BridgeError,
        executors::drain_task::DrainTask, handle::Handle, invariant::invariant,
    },
    worker::{
        activations::Activation, core_slot::CoreSlot, errors::poll_error,
        replay::input::ReplaysUnderWay,
    },
};
use futures_util::{FutureExt, future::join_all};
use parking_lot::Mutex;
use prost::Message;
use std::{panic::AssertUnwindSafe, sync::Arc};
use temporal_bun_calls::worker as calls;
use temporalio_common::protos::{
    coresdk::{
        workflow_activation::WorkflowActivation, workflow_completion::WorkflowActivationCompletion,
    },
    temporal::api::failure::v1::Failure,
};
use temporalio_sdk_core::{PollError, Worker as CoreWorker};

#[derive(Default)]
struct State {
    intake: Intake,
    shutting_down: bool,
    router: WorkflowRouter<Sink>,
    /// Polls core for the stream, once it has begun. None after a shutdown was initiated: the runtime has it then.
    polling: Option<Arc<DrainTask>>,
    /// Activations that wait for a queue to be attached.
    held: Vec<WorkflowActivation>,
}

impl State {
    /// The queue whose thread polls core: the only one. Of several threads all but the one that polls would have to wait.
    fn polling_queue(&self) -> Option<Arc<CompletionQueue>> {
        let mut sinks = self.router.sinks();
        match (sinks.next(), sinks.next()) {
            (Some(only), None) => Some(only.queue().clone()),
            _ => None,
        }
    }
}

/// The workflow activations of a worker.
pub struct WorkflowStream {
    core: Arc<CoreSlot>,
    backlog: Arc<TaskBacklog>,
    state: Mutex<State>,
    outstanding: OutstandingActivations,
    /// Of a replay worker: counts the histories that are not through.
    replays: Option<Arc<ReplaysUnderWay>>,
}

impl WorkflowStream {
    /// Makes the stream of a worker's activations. It does not poll yet.
    pub fn new(core: Arc<CoreSlot>, replays: Option<Arc<ReplaysUnderWay>>) -> Arc<Self> {
        Arc::new(Self {
            core,
            backlog: Arc::default(),
            state: Mutex::default(),
            outstanding: OutstandingActivations::default(),
            replays,
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

    fn start_poll(self: &Arc<Self>) -> Result<(), BridgeError> {
        let backlog = self.backlog.clone();
        let stream = self.clone();
        self.core.spawn_poll(
            |core| async move {
                let activation = stream.next(&core).await.map_err(poll_error)?;
                Ok(activation.encode_to_vec())
            },
            move |task| backlog.polled(task),
        )
    }

    /// Streams activations into `queue` too from now on.
    pub fn attach(
        self: &Arc<Self>,
        queue: Arc<CompletionQueue>,
        tag: u64,
    ) -> Result<(), BridgeError> {
        let sink = Sink::new(queue.clone(), tag)?;
        let (route, stream) = {
            let mut state = self.state.lock();
            let stream = state.intake.stream()?;
            if stream == Stream::HasEnded {
                sink.push_end();
                return Ok(());
            }
            let route = state.router.attach(sink);
            for activation in std::mem::take(&mut state.held) {
                let answer = deliver(&mut state, activation);
                invariant!(answer.is_none(), "a held activation has a route now");
            }
            (route, stream)
        };
        let weak = Arc::downgrade(self);
        queue.on_close(move || {
            if let Some(stream) = weak.upgrade() {
                stream.detach(route);
            }
        });
        if stream == Stream::Start {
            self.start()?;
        } else {
            self.place();
        }
        Ok(())
    }

    /// Records that the host completed a run's activation. Returns false if none was out.
    pub fn completed(&self, run_id: &str) -> bool {
        self.state.lock().router.completed(run_id);
        self.outstanding.remove(run_id)
    }

    /// Fails every activation until core has no more: the host has freed the worker.
    ///
    /// Core's thread for workflows ends only after each activation is answered.
    pub async fn give_up(&self, core: &CoreWorker) {
        let out = self.outstanding.take();
        let answers = out
            .into_iter()
            .map(|(run_id, kind)| complete(core, give_up(run_id, kind)));
        join_all(answers).await;
        loop {
            match calls::poll_workflow_activation(core).await {
                Ok(activation) => {
                    let kind = Activation::of(&activation);
                    complete(core, give_up(activation.run_id, kind)).await;
                }
                Err(PollError::ShutDown) => return,
                // Core shuts down after such an error too.
                Err(PollError::TonicError(_)) => {}
            }
        }
    }

    /// Fails activations that nobody can answer any more, and polls core on the runtime, whether or not a host drains, so
    /// that core can finish.
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
            polling.detach_to_runtime();
        }
    }

    /// Prepares a finalization: polls core to its end if nobody else does.
    pub fn drain(self: &Arc<Self>) -> Result<(), BridgeError> {
        if self.state.lock().intake.drain() {
            self.start()?;
        }
        Ok(())
    }

    fn start(self: &Arc<Self>) -> Result<(), BridgeError> {
        let stream = self.clone();
        let work = self
            .core
            .track_stream(|core| async move { stream.run(&core).await })?;
        let polling = DrainTask::new(self.core.executor().clone(), work);
        let mut state = self.state.lock();
        if state.shutting_down {
            polling.detach_to_runtime();
            return Ok(());
        }
        state.polling = Some(polling);
        drop(state);
        self.place();
        Ok(())
    }

    /// Moves the polling of core to the thread of the only queue, or else to the runtime.
    fn place(&self) {
        let state = self.state.lock();
        if let Some(polling) = &state.polling {
            // Under the lock: a queue that closes now must not get the work after its close hook has run.
            polling.set_queue(state.polling_queue());
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
        invariant!(
            state.intake == Intake::Streaming,
            "a stream runs while tasks stream, once"
        );
        state.intake.end();
        for sink in state.router.sinks() {
            sink.push_end();
        }
    }

    async fn deliver_all(&self, core: &CoreWorker) {
        loop {
            match self.next(core).await {
                Ok(activation) => self.route(activation),
                Err(PollError::ShutDown) => break,
                // Core starts its own shutdown with such an error; the stream ends when that is done.
                Err(error) => self.fail(&poll_error(error)),
            }
        }
    }

    fn fail(&self, error: &BridgeError) {
        for sink in self.state.lock().router.sinks() {
            sink.push_error(error.clone());
        }
    }

    fn route(&self, activation: WorkflowActivation) {
        let unanswerable = deliver(&mut self.state.lock(), activation);
        if let Some(completion) = unanswerable {
            self.answer(completion);
        }
    }

    /// Answers for a host thread that went away. Its runs continue on another.
    fn detach(&self, route: RouteId) {
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

    /// Completes an activation in place of a host thread.
    fn answer(&self, completion: WorkflowActivationCompletion) {
        let run_id = completion.run_id.clone();
        let answer = self
            .core
            .track_call(|core| async move { complete(&core, completion).await });
        // An error means that the worker is freed: then the activation is given up with the others.
        if let Ok(answer) = answer {
            self.outstanding.remove(&run_id);
            self.core.executor().spawn(answer);
        }
    }

    /// Polls core. Counts the evictions of a replay worker.
    async fn next(&self, core: &CoreWorker) -> Result<WorkflowActivation, PollError> {
        let activation = calls::poll_workflow_activation(core).await?;
        self.outstanding.insert(&activation);
        if let Some(replays) = &self.replays {
            replays.saw(&activation);
        }
        Ok(activation)
    }
}

/// Completes an activation in place of the host.
async fn complete(core: &CoreWorker, completion: WorkflowActivationCompletion) {
    let run_id = completion.run_id.clone();
    if let Err(error) = calls::complete_workflow_activation(core, completion).await {
        tracing::warn!(%run_id, %error, "Could not complete an activation for a host that went away");
    }
}

fn give_up(run_id: String, kind: Activation) -> WorkflowActivationCompletion {
    match kind {
        Activation::Start | Activation::Work => failure(run_id),
        Activation::Eviction => WorkflowActivationCompletion::empty(run_id),
    }
}

/// Adds an activation to its queue. Returns a completion if the caller must answer it instead.
fn deliver(
    state: &mut State,
    activation: WorkflowActivation,
) -> Option<WorkflowActivationCompletion> {
    let kind = Activation::of(&activation);
    match state.router.route(&activation.run_id, kind) {
        Target::Sink(sink) => {
            // The run counts as handed over: if the queue closes now, its close hook answers for the run.
            sink.push_bytes(activation.encode_to_vec());
            None
        }
        // A thread that went away held the run. A failure has core evict it, and the task comes again from its start.
        Target::Unknown => Some(give_up(activation.run_id, kind)),
        Target::NoRoute if state.shutting_down => Some(failure(activation.run_id)),
        Target::NoRoute => {
            state.held.push(activation);
            None
        }
    }
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
