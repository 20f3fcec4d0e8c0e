//! A runtime: the threads and the telemetry that clients, workers and servers share.

pub mod logs;
pub mod metric_buffer;
pub mod options;

use crate::bridge::{
    error::{BridgeError, Code},
    executors::executor::Executor,
    handle::Kind,
};
use logs::LogForwarder;
use metric_buffer::MetricBuffer;
use options::StartedRuntime;
use std::{future::Future, sync::Arc, time::Duration};
use temporalio_common::telemetry::metrics::TemporalMeter;
use temporalio_sdk_core::CoreRuntime;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Dispatch;

/// The time that the end of a runtime waits for cleanups.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Core's runtime with its threads and telemetry. Clients, workers and servers keep it alive.
pub struct Runtime {
    /// None only while it is dropped.
    started: Option<StartedRuntime>,
    executor: Executor,
    /// Work that freed objects have left, and that the runtime's end waits for.
    cleanups: TaskTracker,
    /// Forwards core's log lines to the host.
    pub logs: Arc<LogForwarder>,
}

impl Kind for Runtime {
    const NAME: &'static str = "runtime";
}

impl Runtime {
    /// Starts a runtime from its JSON configuration. Each of its threads begins with `on_thread_start`.
    pub fn new(config: &[u8], on_thread_start: fn()) -> Result<Self, BridgeError> {
        let logs = Arc::new(LogForwarder::default());
        let started = options::parse(config)?.start(logs.clone(), on_thread_start)?;
        let subscriber = started.core.telemetry().trace_subscriber();
        let tracing = subscriber.map_or_else(Dispatch::none, Dispatch::new);
        Ok(Self {
            executor: Executor::new(
                started.core.tokio_handle(),
                tracing,
                CancellationToken::new(),
            ),
            started: Some(started),
            cleanups: TaskTracker::new(),
            logs,
        })
    }

    /// Core's own runtime.
    pub fn core(&self) -> &CoreRuntime {
        &self
            .started
            .as_ref()
            .expect("a runtime is only emptied by its destructor")
            .core
    }

    /// Runs asynchronous work.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Runs `cleanup` on the runtime's threads. The runtime does not end before it, unless it takes long.
    pub fn spawn_cleanup(&self, cleanup: impl Future<Output = ()> + Send + 'static) {
        self.executor.spawn(self.cleanups.track_future(cleanup));
    }

    /// The buffer of metric updates. An error unless it is configured.
    pub fn metric_buffer(&self) -> Result<&MetricBuffer, BridgeError> {
        let started = self.started.as_ref();
        started
            .and_then(|started| started.metric_buffer.as_ref())
            .ok_or_else(|| {
                BridgeError::new(
                    Code::FailedPrecondition,
                    "the runtime was not configured with telemetry.metrics.buffer",
                )
            })
    }

    /// The meter for Temporal's own metrics, if metrics are configured.
    pub fn temporal_meter(&self) -> Option<TemporalMeter> {
        self.core().telemetry().get_temporal_metric_meter()
    }

    /// The meter for a host's own metrics. It does nothing if metrics are not configured.
    pub fn meter(&self) -> TemporalMeter {
        self.core()
            .telemetry()
            .get_metric_meter()
            .unwrap_or_else(TemporalMeter::no_op)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.executor.ended().cancel();
        let started = self.started.take();
        let cleanups = self.cleanups.clone();
        let end = move || {
            if let Some(started) = started {
                end(started, &cleanups);
            }
        };
        // Tokio panics when a runtime is dropped on one of its own threads, which may hold the last reference.
        if tokio::runtime::Handle::try_current().is_ok() {
            std::thread::spawn(end);
        } else {
            end();
        }
    }
}

/// Ends a runtime's threads after the cleanups.
fn end(started: StartedRuntime, cleanups: &TaskTracker) {
    cleanups.close();
    let tokio = started.core.tokio_handle();
    let all_done =
        tokio.block_on(async { timeout(CLEANUP_TIMEOUT, cleanups.wait()).await.is_ok() });
    if all_done {
        drop(started);
    } else {
        // A thread of core may be stuck with a cleanup, and tokio would wait for it for ever.
        std::thread::spawn(move || drop(started));
    }
}
