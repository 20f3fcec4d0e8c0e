//! A worker: core's worker, the streams of tasks to host threads, and the way back for completions.

mod activations;
mod core_slot;
mod errors;
pub mod options;
mod replay;
pub mod slot_supplier;
mod streams;

use crate::{
    bridge::{
        call::{Destination, submit, submit_inline},
        call_result::CallResult,
        completion_queue::CompletionQueue,
        error::{BridgeError, Code},
        executors::inline_task::Resume,
        handle::{Handle, Kind},
        pending::OnCancel,
    },
    client::{Client, rpc},
    runtime::Runtime,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use core_slot::CoreSlot;
use errors::worker_failed;
use parking_lot::Mutex;
use prost::Message;
use replay::input::HistoryInput;
use std::{future::Future, sync::Arc};
use streams::{
    task::{TaskKind, TaskStream},
    workflow::WorkflowStream,
};
use temporal_bun_calls::worker as calls;
use temporalio_client::Connection;
use temporalio_common::protos::coresdk::{
    ActivityHeartbeat, ActivityTaskCompletion, nexus::NexusTaskCompletion,
    workflow_completion::WorkflowActivationCompletion,
};
use temporalio_sdk_core::{Worker as CoreWorker, init_worker};

/// Ends the registration of core's worker with a connection.
type Unregister = Box<dyn FnOnce() + Send>;

/// A worker of a server, or one that replays histories.
pub struct Worker {
    runtime: Arc<Runtime>,
    core: Arc<CoreSlot>,
    workflows: Arc<WorkflowStream>,
    activities: Arc<TaskStream>,
    nexus: Arc<TaskStream>,
    /// None for a replay worker, which has no connection.
    unregister: Mutex<Option<Unregister>>,
    /// Takes the histories of a replay worker.
    histories: Option<HistoryInput>,
}

impl Kind for Worker {
    const NAME: &'static str = "worker";
}

impl Worker {
    /// Makes a worker of `client`'s server.
    pub fn new(runtime: Arc<Runtime>, client: &Client, config: &[u8]) -> Result<Self, BridgeError> {
        let config = options::parse(config)?;
        let _inside = runtime.executor().tokio().enter();
        let connection = client.connection();
        let core =
            init_worker(runtime.core(), config, connection.clone()).map_err(worker_failed)?;
        let unregister = registration(&core, &connection);
        Ok(Self::with_core(runtime, core, Some(unregister), None))
    }

    /// Makes a worker that replays histories, without a server.
    pub fn new_replay(runtime: Arc<Runtime>, config: &[u8]) -> Result<Self, BridgeError> {
        let config = options::parse(config)?;
        let _inside = runtime.executor().tokio().enter();
        let (histories, core) = replay::input::start(config)?;
        Ok(Self::with_core(runtime, core, None, Some(histories)))
    }

    fn with_core(
        runtime: Arc<Runtime>,
        core: CoreWorker,
        unregister: Option<Unregister>,
        histories: Option<HistoryInput>,
    ) -> Self {
        let core = Arc::new(CoreSlot::new(runtime.executor().clone(), core));
        Self {
            workflows: WorkflowStream::new(
                core.clone(),
                histories.as_ref().map(HistoryInput::under_way),
            ),
            activities: TaskStream::new(TaskKind::Activity, core.clone()),
            nexus: TaskStream::new(TaskKind::Nexus, core.clone()),
            core,
            runtime,
            unregister: Mutex::new(unregister),
            histories,
        }
    }

    /// Asks the server whether the worker can work there. The result is an encoded `coresdk.NamespaceInfo`.
    pub fn validate(&self, destination: Destination) -> Result<Handle, BridgeError> {
        self.call(destination, OnCancel::Drop, |core| async move {
            let info = calls::validate(&core).await.map_err(|error| {
                let temporalio_sdk_core::WorkerValidationError::NamespaceDescribeError {
                    source,
                    ..
                } = &error;
                let mut described = rpc::status_error(Code::WorkerFailed, source);
                described.message = error.to_string();
                described
            })?;
            Ok(CallResult::Bytes(info.encode_to_vec()))
        })
    }

    /// Streams workflow activations into a queue.
    pub fn attach_workflow_queue(
        &self,
        queue: Arc<CompletionQueue>,
        tag: u64,
    ) -> Result<(), BridgeError> {
        self.workflows.attach(queue, tag)
    }

    /// Streams activity tasks into a queue.
    pub fn attach_activity_queue(
        &self,
        queue: Arc<CompletionQueue>,
        tag: u64,
    ) -> Result<(), BridgeError> {
        self.activities.attach(queue, tag)
    }

    /// Streams Nexus tasks into a queue.
    pub fn attach_nexus_queue(
        &self,
        queue: Arc<CompletionQueue>,
        tag: u64,
    ) -> Result<(), BridgeError> {
        self.nexus.attach(queue, tag)
    }

    /// Polls once for a workflow activation.
    pub fn poll_workflow_task(&self, destination: Destination) -> Result<Handle, BridgeError> {
        self.workflows.poll(destination)
    }

    /// Polls once for an activity task.
    pub fn poll_activity_task(&self, destination: Destination) -> Result<Handle, BridgeError> {
        self.activities.poll(destination)
    }

    /// Polls once for a Nexus task.
    pub fn poll_nexus_task(&self, destination: Destination) -> Result<Handle, BridgeError> {
        self.nexus.poll(destination)
    }

    /// Completes a workflow activation.
    pub fn complete_workflow_task(
        &self,
        completion: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let completion = decode::<WorkflowActivationCompletion>(
            completion,
            "coresdk.workflow_completion.WorkflowActivationCompletion",
        )?;
        // Before core gets the completion: it may send the run's next activation at once.
        let was_out = self.workflows.completed(&completion.run_id);
        // Core keeps such a completion until somebody polls, which in a replay may be never. A worker of a server is not
        // refused: there a completion may cross an eviction, and core ignores it.
        let is_refused = self.histories.is_some() && !was_out;
        self.call(destination, OnCancel::Refuse, move |core| async move {
            let run_id = completion.run_id.clone();
            if is_refused {
                return Err(errors::nothing_to_complete(&run_id));
            }
            calls::complete_workflow_activation(&core, completion)
                .await
                .map_err(|error| worker_failed(error).with_detail("runId", run_id))?;
            Ok(CallResult::Bytes(Vec::new()))
        })
    }

    /// Completes an activity task.
    pub fn complete_activity_task(
        &self,
        completion: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let completion =
            decode::<ActivityTaskCompletion>(completion, "coresdk.ActivityTaskCompletion")?;
        self.call(destination, OnCancel::Refuse, |core| async move {
            let task_token = BASE64_STANDARD.encode(&completion.task_token);
            calls::complete_activity_task(&core, completion)
                .await
                .map_err(|error| worker_failed(error).with_detail("taskToken", task_token))?;
            Ok(CallResult::Bytes(Vec::new()))
        })
    }

    /// Completes a Nexus task.
    pub fn complete_nexus_task(
        &self,
        completion: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let completion =
            decode::<NexusTaskCompletion>(completion, "coresdk.nexus.NexusTaskCompletion")?;
        self.call(destination, OnCancel::Refuse, |core| async move {
            let task_token = BASE64_STANDARD.encode(&completion.task_token);
            calls::complete_nexus_task(&core, completion)
                .await
                .map_err(|error| worker_failed(error).with_detail("taskToken", task_token))?;
            Ok(CallResult::Bytes(Vec::new()))
        })
    }

    /// Records a heartbeat. Core sends it when its throttle allows.
    pub fn record_activity_heartbeat(&self, heartbeat: &[u8]) -> Result<(), BridgeError> {
        let heartbeat = decode::<ActivityHeartbeat>(heartbeat, "coresdk.ActivityHeartbeat")?;
        self.core
            .with(|core| core.record_activity_heartbeat(heartbeat))
    }

    /// Asks core to evict a run. An activation with the eviction follows.
    pub fn request_workflow_eviction(&self, run_id: &str) -> Result<(), BridgeError> {
        self.core.with(|core| {
            if !core.get_config().task_types.enable_workflows {
                return Err(BridgeError::new(
                    Code::FailedPrecondition,
                    "this worker does not take workflow tasks: nothing can be evicted",
                ));
            }
            core.request_workflow_eviction(run_id);
            Ok(())
        })?
    }

    /// Moves the worker to another connection.
    pub fn replace_client(&self, client: &Client) -> Result<(), BridgeError> {
        let mut unregister = self.unregister.lock();
        if unregister.is_none() {
            return Err(BridgeError::new(
                Code::FailedPrecondition,
                "a replay worker has no connection to replace",
            ));
        }
        let connection = client.connection();
        *unregister = Some(self.core.with(|core| {
            core.replace_client(connection.clone())
                .map_err(worker_failed)?;
            Ok(registration(core, &connection))
        })??);
        Ok(())
    }

    /// Feeds a history to a replay worker. The call ends when the worker has room for it.
    pub fn push_history(
        &self,
        workflow_id: &str,
        history: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let push = self.histories()?.push(workflow_id, history)?;
        Ok(self.submit_push(destination, push))
    }

    /// Feeds a history in JSON to a replay worker. The call ends when the worker has room for it.
    pub fn push_history_json(
        &self,
        workflow_id: &str,
        json: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let push = self.histories()?.push_json(workflow_id, json.to_vec())?;
        Ok(self.submit_push(destination, push))
    }

    fn submit_push(
        &self,
        destination: Destination,
        push: impl Future<Output = Result<CallResult, BridgeError>> + Send + 'static,
    ) -> Handle {
        submit(self.runtime.executor(), destination, OnCancel::Drop, push)
    }

    /// Ends the histories of a replay worker.
    pub fn end_history_input(&self) -> Result<(), BridgeError> {
        self.histories()?.end()
    }

    fn histories(&self) -> Result<&HistoryInput, BridgeError> {
        self.histories.as_ref().ok_or_else(|| {
            BridgeError::new(
                Code::FailedPrecondition,
                "only a replay worker takes histories",
            )
        })
    }

    /// Begins a shutdown: no new tasks come, and streams and polls end when all tasks are completed.
    pub fn initiate_shutdown(&self) -> Result<(), BridgeError> {
        self.core.with(CoreWorker::initiate_shutdown)?;
        self.workflows.shutdown_initiated();
        self.activities.shutdown_initiated();
        self.nexus.shutdown_initiated();
        Ok(())
    }

    /// Ends core's worker after the streams have ended and completions under way are sent.
    pub fn finalize_shutdown(&self, destination: Destination) -> Result<Handle, BridgeError> {
        self.initiate_shutdown()?;
        self.workflows.drain()?;
        self.activities.drain()?;
        self.nexus.drain()?;
        let slot = self.core.clone();
        Ok(submit(
            self.runtime.executor(),
            destination,
            OnCancel::Refuse,
            async move {
                slot.finalize().await?;
                Ok(CallResult::Bytes(Vec::new()))
            },
        ))
    }

    fn call<F>(
        &self,
        destination: Destination,
        on_cancel: OnCancel,
        work: impl FnOnce(Arc<CoreWorker>) -> F,
    ) -> Result<Handle, BridgeError>
    where
        F: Future<Output = Result<CallResult, BridgeError>> + Send + 'static,
    {
        let work = self.core.track_call(work)?;
        Ok(submit_inline(
            self.runtime.executor(),
            self.resume(),
            destination,
            on_cancel,
            work,
        ))
    }

    /// In a replay nothing is sent to a server: after core's answer only the result is left to deliver, so the call may
    /// resume inside of core's wake. Core holds no lock there.
    fn resume(&self) -> Resume {
        match self.histories {
            Some(_) => Resume::InWaker,
            None => Resume::OnRuntime,
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let core = self.core.abandon();
        // Moves polling to the runtime: no host thread drains for this worker any more.
        self.workflows.shutdown_initiated();
        if let Some(core) = core {
            let (slot, workflows) = (self.core.clone(), self.workflows.clone());
            let is_replay = self.histories.is_some();
            self.runtime.spawn_cleanup(async move {
                if core.get_config().task_types.enable_workflows {
                    workflows.give_up(&core).await;
                }
                if is_replay {
                    slot.end_abandoned(core).await;
                }
            });
        }
        if let Some(unregister) = self.unregister.get_mut().take() {
            let _inside = self.runtime.executor().tokio().enter();
            unregister();
        }
    }
}

/// Returns the way to end a worker's registration with its connection.
///
/// Core ends it in a finalization only. Without one the connection would keep the worker for ever, and the worker the
/// connection.
fn registration(core: &CoreWorker, connection: &Connection) -> Unregister {
    let key = core.worker_instance_key();
    let workers = connection.workers();
    // An error means that core has ended it.
    Box::new(move || drop(workers.finalize_unregister(key)))
}

fn decode<M: Message + Default>(bytes: &[u8], name: &str) -> Result<M, BridgeError> {
    M::decode(bytes).map_err(|error| BridgeError::invalid_protobuf(name, &error))
}
