//! Holds core's worker until it is finalized, and counts who still uses it.

use super::errors::shut_down;
use crate::bridge::{
    error::{BridgeError, Code},
    executors::executor::{Executor, Work},
};
use parking_lot::RwLock;
use std::{future::Future, sync::Arc};
use temporal_bun_calls::worker as calls;
use temporalio_sdk_core::Worker as CoreWorker;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TrackedFuture},
};

/// Core's worker, shared by calls and streams.
pub struct CoreSlot {
    executor: Executor,
    /// None once the worker is finalized or abandoned.
    worker: RwLock<Option<Arc<CoreWorker>>>,
    /// Calls to core that are under way.
    calls: TaskTracker,
    /// Streams of tasks to host threads that have not ended.
    streams: TaskTracker,
    /// Fires when the host frees the worker without finalizing it.
    abandoned: CancellationToken,
}

impl CoreSlot {
    /// Takes charge of `worker`.
    pub fn new(executor: Executor, worker: CoreWorker) -> Self {
        Self {
            executor,
            worker: RwLock::new(Some(Arc::new(worker))),
            calls: TaskTracker::new(),
            streams: TaskTracker::new(),
            abandoned: CancellationToken::new(),
        }
    }

    /// Calls `use_it` with the worker, on the caller's thread.
    pub fn with<T>(&self, use_it: impl FnOnce(&CoreWorker) -> T) -> Result<T, BridgeError> {
        let worker = self.worker.read();
        let worker = worker.as_ref().ok_or_else(shut_down)?;
        let _inside = self.executor.tokio().enter();
        Ok(use_it(worker))
    }

    /// Runs asynchronous work.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Makes a future that uses the worker. A finalization waits for it.
    pub fn track_call<F: Future>(
        &self,
        use_it: impl FnOnce(Arc<CoreWorker>) -> F,
    ) -> Result<TrackedFuture<F>, BridgeError> {
        let worker = self.worker.read();
        let worker = worker.as_ref().ok_or_else(shut_down)?.clone();
        Ok(self.calls.track_future(use_it(worker)))
    }

    /// Polls core once, and passes the task to `deliver`, even if nobody waits for it any more. A finalization waits for it.
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
        self.executor.spawn(async move {
            let task = tokio::select! {
                task = poll => task,
                () = abandoned.cancelled() => Err(shut_down()),
            };
            deliver(task);
        });
        Ok(())
    }

    /// Makes a stream of tasks, which ends by itself or when the worker is abandoned. A finalization waits for it.
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

    /// Finalizes core's worker after the streams, the tasks and the calls have ended.
    pub async fn finalize(&self) -> Result<(), BridgeError> {
        tokio::select! {
            result = self.finish() => result,
            () = self.abandoned.cancelled() => Err(shut_down()),
        }
    }

    async fn finish(&self) -> Result<(), BridgeError> {
        // Completions must get through while the streams drain,
        self.streams.close();
        self.streams.wait().await;
        // and while a host that polls has tasks.
        // Tracked as a call: of several finalizations, the one that takes the worker waits for the others.
        self.track_call(|worker| async move { calls::shutdown(&worker).await })?
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
        calls::finalize_shutdown(worker).await;
        Ok(())
    }

    /// Ends a replay worker that was abandoned, after the last call.
    ///
    /// Its client, which core makes, knows the worker, and the worker the client, until core has ended it. A worker of a
    /// server is not ended so: core would first tell the server, which may not answer.
    pub async fn end_abandoned(&self, worker: Arc<CoreWorker>) {
        self.streams.close();
        self.streams.wait().await;
        self.calls.close();
        self.calls.wait().await;
        if let Ok(worker) = Arc::try_unwrap(worker) {
            calls::finalize_shutdown(worker).await;
        }
    }

    /// Ends the streams and a finalization that is under way: the host is gone.
    ///
    /// Returns core's worker, which is dropped with the last call, unless it is finalized.
    pub fn abandon(&self) -> Option<Arc<CoreWorker>> {
        let worker = self.worker.write().take();
        if let Some(worker) = &worker {
            let _inside = self.executor.tokio().enter();
            worker.initiate_shutdown();
        }
        self.abandoned.cancel();
        worker
    }
}
