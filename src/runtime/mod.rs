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
use std::sync::Arc;
use temporalio_common::telemetry::metrics::TemporalMeter;
use temporalio_sdk_core::CoreRuntime;
use tokio_util::sync::CancellationToken;
use tracing::Dispatch;

/// Core's runtime with its threads and telemetry. Clients, workers and servers keep it alive.
pub struct Runtime {
    /// None only while it is dropped.
    started: Option<StartedRuntime>,
    executor: Executor,
    /// Forwards core's log lines to the host.
    pub logs: Arc<LogForwarder>,
}

impl Kind for Runtime {
    const NAME: &'static str = "runtime";
}

impl Runtime {
    /// Starts a runtime from its JSON configuration.
    pub fn new(config: &[u8]) -> Result<Self, BridgeError> {
        let logs = Arc::new(LogForwarder::default());
        let started = options::parse(config)?.start(logs.clone())?;
        let subscriber = started.core.telemetry().trace_subscriber();
        let tracing = subscriber.map_or_else(Dispatch::none, Dispatch::new);
        Ok(Self {
            executor: Executor::new(
                started.core.tokio_handle(),
                tracing,
                CancellationToken::new(),
            ),
            started: Some(started),
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
        // Tokio panics when a runtime is dropped on one of its own threads, which may hold the last reference.
        if tokio::runtime::Handle::try_current().is_ok() {
            std::thread::spawn(move || drop(started));
        }
    }
}
