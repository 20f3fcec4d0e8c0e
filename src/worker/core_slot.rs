//! Holds core's worker until it is finalized, and knows who still uses it.

use crate::{
    error::{BridgeError, Code},
    poll_here::Work,
};
use parking_lot::RwLock;
use std::{future::Future, sync::Arc};
use temporalio_sdk_core::Worker as CoreWorker;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TrackedFuture},
};

/// Core's worker, shared by calls and streams.
pub struct CoreSlot {
    tokio: tokio::runtime::Handle,
    worker: RwLock<Option<Arc<CoreWorker>>>,
    /// Calls to core that are under way.
    calls: TaskTracker,
    /// Streams of tasks to host threads.
    streams: TaskTracker,
    /// Fires when the host frees the worker without finalizing it.
    abandoned: CancellationToken,
}

impl CoreSlot {
    /// Takes charge of `worker`.
    pub fn new(tokio: tokio::runtime::Handle, worker: CoreWorker) -> Self {
        Self {
            tokio,
            worker: RwLock::new(Some(Arc::new(worker))),
            calls: TaskTracker::new(),
            streams: TaskTracker::new(),
            abandoned: CancellationToken::new(),
        }
    }

    /// Uses the worker at once, on the caller's thread.
    pub fn with<T>(&self, use_it: impl FnOnce(&CoreWorker) -> T) -> Result<T, BridgeError> {
        let worker = self.worker.read();
        let worker = worker.as_ref().ok_or_else(shut_down)?;
        let _inside = self.tokio.enter();
        Ok(use_it(worker))
    }

    /// Where asynchronous work runs.
    pub fn tokio(&self) -> &tokio::runtime::Handle {
        &self.tokio
    }

    /// Makes a future that uses the worker, and that a finalization waits for.
    pub fn track_call<F: Future>(
        &self,
        use_it: impl FnOnce(Arc<CoreWorker>) -> F,
    ) -> Result<TrackedFuture<F>, BridgeError> {
        let worker = self.worker.read();
        let worker = worker.as_ref().ok_or_else(shut_down)?.clone();
        Ok(self.calls.track_future(use_it(worker)))
    }

    /// Polls core once, whether or not the call that asked for it goes on to wait. A finalization waits for the poll.
    pub fn spawn_poll<F>(
        &self,
        poll: impl FnOnce(Arc<CoreWorker>) -> F,
        deliver: impl FnOnce(Result<Vec<u8>, BridgeError>) + Send + 'static,
    ) -> Result<(), BridgeError>
    where
        F: Future<Output = Result<Vec<u8>, BridgeError>> + Send + 'static,
    {
        let poll = self.track_call(poll)?;
        let abandoned = self.abandoned.clone();
        self.tokio.spawn(async move {
            let task = tokio::select! {
                task = poll => task,
                () = abandoned.cancelled() => Err(shut_down()),
            };
            deliver(task);
        });
        Ok(())
    }

    /// Makes a stream of tasks, which ends by itself or when the worker is abandoned, and that a finalization waits for.
    pub fn track_stream<F>(
        &self,
        stream: impl FnOnce(Arc<CoreWorker>) -> F,
    ) -> Result<Work, BridgeError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let worker = self.worker.read();
        let worker = worker.as_ref().ok_or_else(shut_down)?.clone();
        let abandoned = self.abandoned.clone();
        let stream = stream(worker);
        Ok(Box::pin(self.streams.track_future(async move {
            tokio::select! {
                () = stream => {}
                () = abandoned.cancelled() => {}
            }
        })))
    }

    /// Waits for the streams, the tasks and the calls to end, then finalizes core's worker.
    pub async fn finalize(&self) -> Result<(), BridgeError> {
        tokio::select! {
            result = self.finish() => result,
            () = self.abandoned.cancelled() => Err(shut_down()),
        }
    }

    async fn finish(&self) -> Result<(), BridgeError> {
        // Completions must still get through while the streams drain,
        self.streams.close();
        self.streams.wait().await;
        // and while a host that polls still has tasks.
        // As a call, since several finalizations may be here at once: the one that goes on waits for the others.
        self.track_call(|worker| async move { worker.shutdown().await })?
            .await;
        let worker = self.worker.write().take().ok_or_else(shut_down)?;
        self.calls.close();
        self.calls.wait().await;
        let worker = Arc::try_unwrap(worker).map_err(|_| {
            BridgeError::new(
                Code::Internal,
                "core's worker is still in use after all calls ended",
            )
        })?;
        worker.finalize_shutdown().await;
        Ok(())
    }

    /// The host is gone: end the streams and a finalization that is under way, and let core's worker go when the last call
    /// has ended.
    pub fn abandon(&self) {
        if let Some(worker) = self.worker.write().take() {
            let _inside = self.tokio.enter();
            worker.initiate_shutdown();
        }
        self.abandoned.cancel();
    }
}

fn shut_down() -> BridgeError {
    BridgeError::new(Code::ShutDown, "the worker is shut down")
}
