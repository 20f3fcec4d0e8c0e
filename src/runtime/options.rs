//! Reads a runtime's JSON configuration, and starts it: tokio's threads, logging, the metrics exporter.

use crate::{
    config,
    error::{BridgeError, Code},
};
use serde::Deserialize;
use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};
use temporalio_common::{
    protos::temporal::api::worker::v1::environment_info::{Runtime, runtime::RuntimeType},
    telemetry::{
        CoreLogConsumer, HistogramBucketOverrides, Logger, LoggerFormat, MetricTemporality,
        OtelCollectorOptions, OtlpProtocol, PrometheusExporterOptions, TelemetryOptions,
        build_otlp_metric_exporter, start_prometheus_metric_exporter,
    },
};
use temporalio_sdk_core::{CoreRuntime, RuntimeOptions as CoreOptions, TokioRuntimeBuilder};
use tokio::task::AbortHandle;
use url::Url;

/// Core's work is short: more threads than this cost memory and bring little, unless the host asks for them.
const MOST_DEFAULT_THREADS: usize = 4;

const DEFAULT_HEARTBEAT_INTERVAL: Duration = Duration::from_secs(60);

/// A runtime's configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct RuntimeOptions {
    worker_threads: Option<usize>,
    #[serde(default, deserialize_with = "config::given")]
    worker_heartbeat_interval_ms: Option<Option<u64>>,
    disable_environment_info: bool,
    host_runtime: Option<HostRuntime>,
    telemetry: Telemetry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct HostRuntime {
    name: HostRuntimeName,
    #[serde(default)]
    version: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum HostRuntimeName {
    Bun,
    Node,
    Native,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Telemetry {
    logging: Option<Logging>,
    attach_service_name: bool,
    metric_prefix: String,
    metrics: Option<Metrics>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            logging: None,
            attach_service_name: true,
            metric_prefix: "temporal_".to_owned(),
            metrics: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Logging {
    filter: String,
    #[serde(default)]
    forward: bool,
    format: Option<LogFormat>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LogFormat {
    Compact,
    Pretty,
    Json,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Metrics {
    Prometheus(Prometheus),
    Otlp(Otlp),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Prometheus {
    bind_address: SocketAddr,
    #[serde(default)]
    counters_total_suffix: bool,
    #[serde(default)]
    unit_suffix: bool,
    #[serde(default)]
    use_seconds_for_durations: bool,
    #[serde(default)]
    histogram_bucket_overrides: HashMap<String, Vec<f64>>,
    #[serde(default)]
    global_tags: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Otlp {
    url: String,
    #[serde(default)]
    protocol: Protocol,
    #[serde(default)]
    headers: HashMap<String, String>,
    metrics_export_interval_ms: Option<u64>,
    #[serde(default)]
    temporality: Temporality,
    #[serde(default)]
    use_seconds_for_durations: bool,
    #[serde(default)]
    histogram_bucket_overrides: HashMap<String, Vec<f64>>,
    #[serde(default)]
    global_tags: HashMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    #[default]
    Grpc,
    Http,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Temporality {
    #[default]
    Cumulative,
    Delta,
}

/// A running runtime.
pub struct StartedRuntime {
    /// Core's own.
    pub core: CoreRuntime,
    prometheus: Option<AbortHandle>,
}

impl Drop for StartedRuntime {
    fn drop(&mut self) {
        if let Some(prometheus) = &self.prometheus {
            prometheus.abort();
        }
    }
}

/// Reads a runtime's JSON configuration.
pub fn parse(bytes: &[u8]) -> Result<RuntimeOptions, BridgeError> {
    let options: RuntimeOptions = config::parse(bytes)?;
    if options.worker_threads == Some(0) {
        return Err(config::invalid("workerThreads", "must be at least 1"));
    }
    Ok(options)
}

impl RuntimeOptions {
    /// Starts the runtime. Log lines go to `logs` if they are to be forwarded.
    pub fn start(self, logs: Arc<dyn CoreLogConsumer>) -> Result<StartedRuntime, BridgeError> {
        let threads = self.worker_threads.unwrap_or_else(|| {
            std::thread::available_parallelism()
                .map_or(1, usize::from)
                .min(MOST_DEFAULT_THREADS)
        });
        let mut tokio = tokio::runtime::Builder::new_multi_thread();
        tokio.worker_threads(threads).thread_name("temporal-core");
        let metrics = self.telemetry.metrics;
        let telemetry = TelemetryOptions::builder()
            .maybe_logging(self.telemetry.logging.map(|logging| logging.logger(logs)))
            .attach_service_name(self.telemetry.attach_service_name)
            .metric_prefix(self.telemetry.metric_prefix)
            .build();
        let mut options = CoreOptions::builder()
            .telemetry_options(telemetry)
            .heartbeat_interval(match self.worker_heartbeat_interval_ms {
                None => Some(DEFAULT_HEARTBEAT_INTERVAL),
                Some(None | Some(0)) => None,
                Some(Some(interval)) => Some(Duration::from_millis(interval)),
            })
            .disable_environment_info(self.disable_environment_info)
            .build()
            .map_err(|error| config::invalid("workerHeartbeatIntervalMs", error))?;
        if let Some(host) = self.host_runtime {
            options = options.with_runtimes(vec![host.describe()]);
        }
        let tokio = TokioRuntimeBuilder {
            inner: tokio,
            lang_on_thread_start: None::<fn()>,
        };
        let core = CoreRuntime::new(options, tokio).map_err(|error| {
            BridgeError::new(
                Code::Internal,
                format!("the runtime did not start: {error:#}"),
            )
        })?;
        let mut started = StartedRuntime {
            core,
            prometheus: None,
        };
        if let Some(metrics) = metrics {
            started.start_metrics(metrics)?;
        }
        Ok(started)
    }
}

impl StartedRuntime {
    /// The exporters run on tokio, so they start after it.
    fn start_metrics(&mut self, metrics: Metrics) -> Result<(), BridgeError> {
        let tokio = self.core.tokio_handle();
        let _inside = tokio.enter();
        match metrics {
            Metrics::Prometheus(prometheus) => {
                let options = PrometheusExporterOptions::builder()
                    .socket_addr(prometheus.bind_address)
                    .global_tags(prometheus.global_tags)
                    .counters_total_suffix(prometheus.counters_total_suffix)
                    .unit_suffix(prometheus.unit_suffix)
                    .use_seconds_for_durations(prometheus.use_seconds_for_durations)
                    .histogram_bucket_overrides(HistogramBucketOverrides {
                        overrides: prometheus.histogram_bucket_overrides,
                    })
                    .build();
                let server = start_prometheus_metric_exporter(options).map_err(|error| {
                    config::invalid(
                        "telemetry.metrics.prometheus.bindAddress",
                        format_args!("{}: {error:#}", prometheus.bind_address),
                    )
                })?;
                self.prometheus = Some(server.abort_handle);
                self.core
                    .telemetry_mut()
                    .attach_late_init_metrics(server.meter);
            }
            Metrics::Otlp(otlp) => {
                let meter = build_otlp_metric_exporter(otlp.options()?)
                    .map_err(|error| config::invalid("telemetry.metrics.otlp", error))?;
                self.core
                    .telemetry_mut()
                    .attach_late_init_metrics(Arc::new(meter));
            }
        }
        Ok(())
    }
}

impl Logging {
    fn logger(self, logs: Arc<dyn CoreLogConsumer>) -> Logger {
        if self.forward {
            return Logger::Push {
                filter: self.filter,
                consumer: logs,
            };
        }
        Logger::Console {
            filter: self.filter,
            format: self.format.map(|format| match format {
                LogFormat::Compact => LoggerFormat::Compact,
                LogFormat::Pretty => LoggerFormat::Pretty,
                LogFormat::Json => LoggerFormat::Json,
            }),
        }
    }
}

impl HostRuntime {
    fn describe(self) -> Runtime {
        let kind = match self.name {
            HostRuntimeName::Bun => RuntimeType::Bun,
            HostRuntimeName::Node => RuntimeType::Node,
            HostRuntimeName::Native => RuntimeType::Native,
        };
        Runtime {
            r#type: kind.into(),
            version: self.version,
        }
    }
}

impl Otlp {
    fn options(self) -> Result<OtelCollectorOptions, BridgeError> {
        let url = Url::parse(&self.url)
            .map_err(|error| config::invalid("telemetry.metrics.otlp.url", error))?;
        Ok(OtelCollectorOptions::builder()
            .url(url)
            .protocol(match self.protocol {
                Protocol::Grpc => OtlpProtocol::Grpc,
                Protocol::Http => OtlpProtocol::Http,
            })
            .headers(self.headers)
            .metric_periodicity(
                self.metrics_export_interval_ms
                    .map_or(Duration::from_secs(1), Duration::from_millis),
            )
            .metric_temporality(match self.temporality {
                Temporality::Cumulative => MetricTemporality::Cumulative,
                Temporality::Delta => MetricTemporality::Delta,
            })
            .use_seconds_for_durations(self.use_seconds_for_durations)
            .histogram_bucket_overrides(HistogramBucketOverrides {
                overrides: self.histogram_bucket_overrides,
            })
            .global_tags(self.global_tags)
            .build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::logs::LogForwarder;

    fn bad_field(json: &str) -> serde_json::Value {
        let result = parse(json.as_bytes())
            .and_then(|options| options.start(Arc::new(LogForwarder::default())));
        result.err().unwrap().details["field"].clone()
    }

    fn start(json: &str) -> StartedRuntime {
        let options = parse(json.as_bytes()).unwrap();
        options.start(Arc::new(LogForwarder::default())).unwrap()
    }

    #[test]
    fn an_empty_configuration_starts() {
        assert!(start("{}").core.telemetry().get_metric_meter().is_none());
    }

    #[test]
    fn prometheus_gets_a_meter_and_a_taken_port_is_named() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let json = format!(
            r#"{{"telemetry":{{"metrics":{{"prometheus":{{"bindAddress":"{address}"}}}}}}}}"#
        );
        assert_eq!(bad_field(&json), "telemetry.metrics.prometheus.bindAddress");
        drop(taken);
        assert!(start(&json).core.telemetry().get_metric_meter().is_some());
    }

    #[test]
    fn otlp_gets_a_meter_over_both_protocols() {
        for protocol in ["grpc", "http"] {
            let json = format!(
                r#"{{"telemetry":{{"metrics":{{"otlp":{{"url":"http://127.0.0.1:1","protocol":"{protocol}",
                    "temporality":"delta","metricsExportIntervalMs":60000}}}}}}}}"#
            );
            assert!(start(&json).core.telemetry().get_metric_meter().is_some());
        }
    }

    #[test]
    fn an_error_names_the_field() {
        assert_eq!(bad_field(r#"{"workerThreads":0}"#), "workerThreads");
        assert_eq!(
            bad_field(r#"{"workerHeartbeatIntervalMs":10}"#),
            "workerHeartbeatIntervalMs"
        );
        assert_eq!(
            bad_field(r#"{"telemetry":{"metrics":{"otlp":{"url":"no"}}}}"#),
            "telemetry.metrics.otlp.url"
        );
        assert_eq!(
            bad_field(r#"{"telemetry":{"logging":{"filter":1}}}"#),
            "telemetry.logging.filter"
        );
    }

    #[test]
    fn worker_heartbeats_can_be_turned_off() {
        for off in ["null", "0"] {
            start(&format!(r#"{{"workerHeartbeatIntervalMs":{off}}}"#));
        }
    }
}
