//! Reads a runtime's JSON configuration, and starts it: tokio's threads, logging, the metrics exporter.

use super::metric_buffer::{BufferOptions, MetricBuffer};
use crate::bridge::{
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
use tracing_subscriber::EnvFilter;
use url::Url;

/// Core's work is short, and its threads wake each other: more threads than this cost memory and CPU and bring little, unless
/// the host asks for them.
const MAX_DEFAULT_THREADS: usize = 4;

/// More threads than this are a mistake: tokio panics when the system refuses one.
const MAX_THREADS: usize = 1024;

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
    Buffer(BufferOptions),
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
    /// Keeps metric updates for the host, if that is configured.
    pub metric_buffer: Option<MetricBuffer>,
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
    if options
        .worker_threads
        .is_some_and(|threads| !(1..=MAX_THREADS).contains(&threads))
    {
        return Err(config::invalid(
            "workerThreads",
            format_args!("must be from 1 to {MAX_THREADS}"),
        ));
    }
    if let Some(logging) = &options.telemetry.logging {
        // Core would ignore what it cannot read.
        EnvFilter::builder()
            .parse(&logging.filter)
            .map_err(|error| config::invalid("telemetry.logging.filter", error))?;
    }
    match &options.telemetry.metrics {
        Some(Metrics::Prometheus(prometheus)) => check_buckets(
            "telemetry.metrics.prometheus",
            &prometheus.histogram_bucket_overrides,
        )?,
        Some(Metrics::Otlp(otlp)) => {
            check_buckets("telemetry.metrics.otlp", &otlp.histogram_bucket_overrides)?;
            if otlp.metrics_export_interval_ms == Some(0) {
                return Err(config::invalid(
                    "telemetry.metrics.otlp.metricsExportIntervalMs",
                    "must be at least 1",
                ));
            }
        }
        Some(Metrics::Buffer(buffer)) => buffer.check()?,
        None => {}
    }
    Ok(options)
}

/// Core finds out when it makes the first histogram, and panics.
fn check_buckets(metrics: &str, overrides: &HashMap<String, Vec<f64>>) -> Result<(), BridgeError> {
    for (metric, buckets) in overrides {
        if !buckets.is_sorted_by(|a, b| a < b) {
            return Err(config::invalid(
                &format!("{metrics}.histogramBucketOverrides.{metric}"),
                "each bucket's boundary must be greater than the one before it",
            ));
        }
    }
    Ok(())
}

impl RuntimeOptions {
    /// Starts the runtime. Log lines go to `logs` if they are to be forwarded.
    pub fn start(
        self,
        logs: Arc<dyn CoreLogConsumer>,
        on_thread_start: fn(),
    ) -> Result<StartedRuntime, BridgeError> {
        let threads = self.worker_threads.unwrap_or_else(|| {
            // The other half of the cores is for the host.
            std::thread::available_parallelism()
                .map_or(1, |cores| cores.get().div_ceil(2))
                .min(MAX_DEFAULT_THREADS)
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
            lang_on_thread_start: Some(on_thread_start),
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
            metric_buffer: None,
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
            Metrics::Buffer(options) => {
                let buffer = MetricBuffer::new(&options);
                self.core
                    .telemetry_mut()
                    .attach_late_init_metrics(buffer.meter());
                self.metric_buffer = Some(buffer);
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
    use serde_json::{Value, json};
    use std::{
        io::Read,
        net::TcpListener,
        sync::mpsc::{Receiver, Sender, channel},
    };
    use temporalio_common::telemetry::CoreLog;

    /// Hands log lines to the test.
    #[derive(Debug)]
    struct Logs(Sender<CoreLog>);

    impl CoreLogConsumer for Logs {
        fn on_log(&self, log: CoreLog) {
            // The test may have seen enough.
            let _ = self.0.send(log);
        }
    }

    fn try_start(config: &Value) -> Result<(StartedRuntime, Receiver<CoreLog>), BridgeError> {
        let (sender, logs) = channel();
        let started = parse(config.to_string().as_bytes())?.start(Arc::new(Logs(sender)), || {})?;
        Ok((started, logs))
    }

    fn start(config: Value) -> StartedRuntime {
        try_start(&config).unwrap().0
    }

    #[test]
    fn an_empty_configuration_starts() {
        let started = start(json!({}));
        assert!(started.core.telemetry().get_metric_meter().is_none());
        let threads = started.core.tokio_handle().metrics().num_workers();
        assert!((1..=MAX_DEFAULT_THREADS).contains(&threads));
    }

    #[test]
    fn the_threads_are_as_many_as_asked_for_and_have_a_name() {
        let started = start(json!({"workerThreads": 3}));
        let tokio = started.core.tokio_handle();
        assert_eq!(tokio.metrics().num_workers(), 3);
        let name = tokio.spawn(async { std::thread::current().name().map(str::to_owned) });
        let name = tokio.block_on(name).unwrap();
        assert_eq!(name.as_deref(), Some("temporal-core"));
    }

    #[test]
    fn the_rest_of_the_runtime_is_read() {
        let options = parse(
            br#"{"workerHeartbeatIntervalMs":2000,"disableEnvironmentInfo":true,
                 "hostRuntime":{"name":"bun","version":"1.4.5"},
                 "telemetry":{"attachServiceName":false,"metricPrefix":"p_"}}"#,
        )
        .unwrap();
        assert_eq!(options.worker_heartbeat_interval_ms, Some(Some(2000)));
        assert!(options.disable_environment_info);
        assert!(!options.telemetry.attach_service_name);
        assert_eq!(options.telemetry.metric_prefix, "p_");
        let host = options.host_runtime.unwrap().describe();
        assert_eq!(host.r#type, i32::from(RuntimeType::Bun));
        assert_eq!(host.version, "1.4.5");
    }

    #[test]
    fn worker_heartbeats_can_be_turned_off() {
        for off in [json!(null), json!(0), json!(1000), json!(60_000)] {
            start(json!({"workerHeartbeatIntervalMs": off}));
        }
    }

    #[test]
    fn log_lines_that_pass_the_filter_are_forwarded() {
        let filter = format!("warn,{}=info", module_path!());
        let config = json!({"telemetry": {"logging": {"filter": filter, "forward": true}}});
        let (started, logs) = try_start(&config).unwrap();
        let tokio = started.core.tokio_handle();
        let logging = tokio.spawn(async {
            tracing::debug!("too quiet");
            tracing::info!(answer = 42, "hello");
        });
        tokio.block_on(logging).unwrap();
        let line = logs.recv().unwrap();
        assert_eq!(line.message, "hello");
        assert_eq!(line.target, module_path!());
        assert_eq!(line.fields["answer"], 42);
    }

    #[test]
    fn the_console_takes_every_format() {
        for format in ["compact", "pretty", "json"] {
            start(json!({"telemetry": {"logging": {"filter": "error", "format": format}}}));
        }
    }

    #[test]
    fn prometheus_gets_a_meter_and_a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let config = json!({"telemetry": {"metrics": {"prometheus": {"bindAddress": address}}}});
        let error = try_start(&config).err().unwrap();
        let field = "telemetry.metrics.prometheus.bindAddress";
        assert_eq!(error.details["field"], field);
        assert!(error.message.contains(&address.to_string()), "{error}");
        drop(taken);
        let started = start(config);
        assert!(started.core.telemetry().get_metric_meter().is_some());
        assert!(TcpListener::bind(address).is_err(), "the exporter listens");
        drop(started);
        TcpListener::bind(address).expect("the exporter has ended");
    }

    #[test]
    fn otlp_reaches_its_collector_over_both_protocols() {
        for (protocol, request_line) in [("grpc", "PRI * HTTP/2.0"), ("http", "POST /v1/metrics")] {
            let collector = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/v1/metrics", collector.local_addr().unwrap());
            let started = start(json!({"telemetry": {"metrics": {"otlp": {
                "url": url, "protocol": protocol, "headers": {"x-key": "secret"},
                "metricsExportIntervalMs": 10, "temporality": "delta", "globalTags": {"a": "b"},
                "useSecondsForDurations": true, "histogramBucketOverrides": {"m": [1, 2]},
            }}}}));
            let meter = started.core.telemetry().get_metric_meter().unwrap();
            let config = br#"{"kind":"histogram-duration","name":"m"}"#;
            let metric = crate::metric::Instrument::new(&meter, config).unwrap();
            metric.record(1.0).unwrap();
            let (mut connection, _) = collector.accept().unwrap();
            let mut head = [0; 4096];
            let length = connection.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..length]);
            assert!(head.starts_with(request_line), "{protocol}: {head}");
            if protocol == "http" {
                assert!(head.contains("x-key: secret"), "{head}");
            }
        }
    }

    #[test]
    fn every_field_of_otlp_reaches_core() {
        let otlp: Otlp = config::parse(
            br#"{"url":"http://collector:4317","protocol":"http","headers":{"a":"b"},
                 "metricsExportIntervalMs":5,"temporality":"delta","useSecondsForDurations":true,
                 "histogramBucketOverrides":{"m":[1.5]},"globalTags":{"c":"d"}}"#,
        )
        .unwrap();
        let options = otlp.options().unwrap();
        assert_eq!(options.url.as_str(), "http://collector:4317/");
        assert!(matches!(options.protocol, OtlpProtocol::Http));
        assert_eq!(options.headers["a"], "b");
        assert_eq!(options.metric_periodicity, Duration::from_millis(5));
        assert!(matches!(
            options.metric_temporality,
            MetricTemporality::Delta
        ));
        assert!(options.use_seconds_for_durations);
        assert_eq!(options.histogram_bucket_overrides.overrides["m"], [1.5]);
        assert_eq!(options.global_tags["c"], "d");
    }

    #[test]
    fn an_error_names_the_field() {
        let otlp = |key: &str, value: Value| {
            let mut otlp = json!({"url": "http://localhost:4317"});
            otlp[key] = value;
            json!({"telemetry": {"metrics": {"otlp": otlp}}})
        };
        let prometheus = |key: &str, value: Value| {
            let mut prometheus = json!({"bindAddress": "127.0.0.1:0"});
            prometheus[key] = value;
            json!({"telemetry": {"metrics": {"prometheus": prometheus}}})
        };
        for (config, field) in [
            (json!({"surprise": 1}), "surprise"),
            (json!({"workerThreads": 0}), "workerThreads"),
            (json!({"workerThreads": 1_000_000}), "workerThreads"),
            (json!({"workerThreads": 1.5}), "workerThreads"),
            (
                json!({"workerHeartbeatIntervalMs": 10}),
                "workerHeartbeatIntervalMs",
            ),
            (
                json!({"workerHeartbeatIntervalMs": 60_001}),
                "workerHeartbeatIntervalMs",
            ),
            (json!({"hostRuntime": {"name": "deno"}}), "hostRuntime.name"),
            (
                json!({"telemetry": {"logging": {"filter": 1}}}),
                "telemetry.logging.filter",
            ),
            (
                json!({"telemetry": {"logging": {"filter": "core=loud=very"}}}),
                "telemetry.logging.filter",
            ),
            (
                json!({"telemetry": {"logging": {"filter": "", "format": "xml"}}}),
                "telemetry.logging.format",
            ),
            (
                prometheus("bindAddress", json!("localhost")),
                "telemetry.metrics.prometheus.bindAddress",
            ),
            (
                prometheus("unitSuffix", json!(1)),
                "telemetry.metrics.prometheus.unitSuffix",
            ),
            (
                prometheus("histogramBucketOverrides", json!({"m": [2, 1]})),
                "telemetry.metrics.prometheus.histogramBucketOverrides.m",
            ),
            (otlp("url", json!("no")), "telemetry.metrics.otlp.url"),
            (
                otlp("protocol", json!("udp")),
                "telemetry.metrics.otlp.protocol",
            ),
            (
                otlp("temporality", json!("none")),
                "telemetry.metrics.otlp.temporality",
            ),
            (
                otlp("metricsExportIntervalMs", json!(0)),
                "telemetry.metrics.otlp.metricsExportIntervalMs",
            ),
            (
                otlp("histogramBucketOverrides", json!({"m": [1, 1]})),
                "telemetry.metrics.otlp.histogramBucketOverrides.m",
            ),
        ] {
            let error = try_start(&config).err();
            let error = error.unwrap_or_else(|| panic!("{config} was taken"));
            assert_eq!(error.details["field"], field, "{config}: {error}");
            assert!(error.message.starts_with(field), "{error}");
        }
    }
}
