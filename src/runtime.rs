//! A runtime: tokio's threads, telemetry, and what every client and worker on it shares.

pub mod logs;
pub mod metric_buffer;
pub mod options;

use crate::error::{BridgeError, Code};
use logs::LogForwarder;
use metric_buffer::MetricBuffer;
use options::StartedRuntime;
use std::sync::Arc;
use temporalio_common::telemetry::metrics::TemporalMeter;
use temporalio_sdk_core::CoreRuntime;
use tokio_util::sync::CancellationToken;
use tracing::Dispatch;

/// What a runtime handle names. Clients, workers and servers keep it alive.
pub struct Runtime {
    started: Option<StartedRuntime>,
    /// Cancelled when the runtime ends.
    ended: CancellationToken,
    /// Where core's spans and log lines go.
    tracing: Dispatch,
    /// Core's log lines, on their way to the host.
    pub logs: Arc<LogForwarder>,
}

impl Runtime {
    /// Starts a runtime from its JSON configuration.
    pub fn new(config: &[u8]) -> Result<Self, BridgeError> {
        let logs = Arc::new(LogForwarder::default());
        let started = options::parse(config)?.start(logs.clone())?;
        let subscriber = started.core.telemetry().trace_subscriber();
        Ok(Self {
            tracing: subscriber.map_or_else(Dispatch::none, Dispatch::new),
            started: Some(started),
            ended: CancellationToken::new(),
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

    /// Where asynchronous work runs.
    pub fn tokio(&self) -> tokio::runtime::Handle {
        self.core().tokio_handle()
    }

    /// Is cancelled when the runtime ends.
    pub fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Where core's spans and log lines go. The default of the runtime's own threads; others have to set it.
    pub fn tracing(&self) -> &Dispatch {
        &self.tracing
    }

    /// The buffer of metric updates, if that is where metrics go.
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

    /// The meter for a host's metrics: does nothing if metrics are not configured.
    pub fn meter(&self) -> TemporalMeter {
        self.core()
            .telemetry()
            .get_metric_meter()
            .unwrap_or_else(TemporalMeter::no_op)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.ended.cancel();
        let started = self.started.take();
        // Tokio panics when a runtime is dropped on one of its own threads, which may hold the last reference.
        if tokio::runtime::Handle::try_current().is_ok() {
            std::thread::spawn(move || drop(started));
        }
    }
}
