//! A host's own metrics, recorded through core's meter.

use crate::bridge::{
    config,
    error::{BridgeError, Code},
    handle::Kind,
};
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};
use temporalio_common::telemetry::metrics::{
    Counter, CounterBase, Gauge, GaugeBase, GaugeF64, GaugeF64Base, Histogram, HistogramBase,
    HistogramDuration, HistogramDurationBase, HistogramF64, HistogramF64Base, MetricAttributable,
    MetricAttributes, MetricKeyValue, MetricParameters, MetricValue, NewAttributes, TemporalMeter,
    UpDownCounter, UpDownCounterBase,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct MetricConfig {
    kind: MetricKind,
    name: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    description: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MetricKind {
    Counter,
    Histogram,
    HistogramFloat,
    HistogramDuration,
    Gauge,
    GaugeFloat,
    UpDownCounter,
}

/// The value of an attribute.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AttributeValue {
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
}

/// A metric bound to its attributes, so that recording a value looks nothing up.
pub struct Instrument {
    meter: TemporalMeter,
    attributes: MetricAttributes,
    bound: Bound,
}

impl Kind for Instrument {
    const NAME: &'static str = "metric";
}

#[derive(Clone)]
enum Bound {
    Counter(Counter),
    Histogram(Histogram),
    HistogramFloat(HistogramF64),
    HistogramDuration(HistogramDuration),
    Gauge(Gauge),
    GaugeFloat(GaugeF64),
    UpDownCounter(UpDownCounter),
}

impl Instrument {
    /// Makes a metric from its JSON configuration.
    pub fn new(meter: &TemporalMeter, config: &[u8]) -> Result<Self, BridgeError> {
        let config: MetricConfig = config::parse(config)?;
        if config.name.is_empty() {
            return Err(config::invalid("name", "must not be empty"));
        }
        let parameters = MetricParameters::builder()
            .name(config.name)
            .unit(config.unit)
            .description(config.description)
            .build();
        let bound = match config.kind {
            MetricKind::Counter => Bound::Counter(meter.counter(parameters)),
            MetricKind::Histogram => Bound::Histogram(meter.histogram(parameters)),
            MetricKind::HistogramFloat => Bound::HistogramFloat(meter.histogram_f64(parameters)),
            MetricKind::HistogramDuration => {
                Bound::HistogramDuration(meter.histogram_duration(parameters))
            }
            MetricKind::Gauge => Bound::Gauge(meter.gauge(parameters)),
            MetricKind::GaugeFloat => Bound::GaugeFloat(meter.gauge_f64(parameters)),
            MetricKind::UpDownCounter => Bound::UpDownCounter(meter.up_down_counter(parameters)),
        };
        // Not the meter's default attributes, which are for core's own metrics: a host's have those that it gives.
        let attributes = meter.new_attributes(NewAttributes::default());
        Self {
            meter: meter.clone(),
            attributes: attributes.clone(),
            bound,
        }
        .bound_to(attributes)
    }

    /// The same metric, whose values carry these attributes as well.
    pub fn with_attributes(&self, attributes: &[u8]) -> Result<Self, BridgeError> {
        let attributes: BTreeMap<String, AttributeValue> = config::parse(attributes)?;
        let new = attributes.into_iter().map(|(key, value)| {
            let value = match value {
                AttributeValue::Bool(value) => MetricValue::Bool(value),
                AttributeValue::Int(value) => MetricValue::Int(value),
                AttributeValue::Float(value) => MetricValue::Float(value),
                AttributeValue::String(value) => MetricValue::String(value),
            };
            MetricKeyValue::new(key, value)
        });
        let new = NewAttributes::new(new.collect());
        let attributes = self.meter.extend_attributes(self.attributes.clone(), new);
        self.bound_to(attributes)
    }

    fn bound_to(&self, attributes: MetricAttributes) -> Result<Self, BridgeError> {
        let bound = match &self.bound {
            Bound::Counter(metric) => metric.with_attributes(&attributes).map(Bound::Counter),
            Bound::Histogram(metric) => metric.with_attributes(&attributes).map(Bound::Histogram),
            Bound::HistogramFloat(metric) => metric
                .with_attributes(&attributes)
                .map(Bound::HistogramFloat),
            Bound::HistogramDuration(metric) => metric
                .with_attributes(&attributes)
                .map(Bound::HistogramDuration),
            Bound::Gauge(metric) => metric.with_attributes(&attributes).map(Bound::Gauge),
            Bound::GaugeFloat(metric) => metric.with_attributes(&attributes).map(Bound::GaugeFloat),
            Bound::UpDownCounter(metric) => metric
                .with_attributes(&attributes)
                .map(Bound::UpDownCounter),
        };
        let bound = bound.map_err(|error| config::invalid("attributes", error))?;
        Ok(Self {
            meter: self.meter.clone(),
            attributes,
            bound,
        })
    }

    /// Records a value.
    pub fn record(&self, value: f64) -> Result<(), BridgeError> {
        match &self.bound {
            Bound::HistogramFloat(metric) => metric.records(finite(value)?),
            Bound::GaugeFloat(metric) => metric.records(finite(value)?),
            Bound::UpDownCounter(metric) => metric.adds(finite(value)? as i64),
            Bound::Counter(metric) => metric.adds(not_negative(value)? as u64),
            Bound::Histogram(metric) => metric.records(not_negative(value)? as u64),
            Bound::Gauge(metric) => metric.records(not_negative(value)? as u64),
            Bound::HistogramDuration(metric) => {
                metric.records(Duration::from_secs_f64(not_negative(value)? / 1000.0));
            }
        }
        Ok(())
    }
}

fn finite(value: f64) -> Result<f64, BridgeError> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(bad_value(format!("{value} is not a number to record")))
}

fn not_negative(value: f64) -> Result<f64, BridgeError> {
    // 2^64: what an unsigned counter, and a duration in seconds, can hold.
    if (0.0..18_446_744_073_709_551_616.0).contains(&finite(value)?) {
        return Ok(value);
    }
    Err(bad_value(format!(
        "{value} is out of range: this kind of metric takes numbers from 0 to 2^64"
    )))
}

fn bad_value(message: String) -> BridgeError {
    BridgeError::new(Code::InvalidArgument, message).with_detail("argument", "value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Runtime;
    use serde_json::json;
    use std::{
        io::{Read, Write},
        net::{SocketAddr, TcpListener, TcpStream},
    };

    const KINDS: [&str; 7] = [
        "counter",
        "up-down-counter",
        "histogram",
        "histogram-float",
        "histogram-duration",
        "gauge",
        "gauge-float",
    ];

    fn instrument(meter: &TemporalMeter, kind: &str) -> Instrument {
        let name = format!("my_{}", kind.replace('-', "_"));
        let config = json!({"kind": kind, "name": name, "description": format!("A {kind}.")});
        Instrument::new(meter, config.to_string().as_bytes()).unwrap()
    }

    fn free_address() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    fn scrape(address: SocketAddr) -> String {
        let mut connection = TcpStream::connect(address).unwrap();
        connection
            .write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut page = String::new();
        connection.read_to_string(&mut page).unwrap();
        page
    }

    #[test]
    fn what_is_recorded_is_exported() {
        let address = free_address();
        let config = json!({"telemetry": {"attachServiceName": false, "metrics": {"prometheus": {
            "bindAddress": address, "countersTotalSuffix": true, "unitSuffix": true, "useSecondsForDurations": true,
            "histogramBucketOverrides": {"my_histogram": [1, 5]}, "globalTags": {"env": "test"},
        }}}});
        let runtime = Runtime::new(config.to_string().as_bytes(), || {}).unwrap();
        for kind in KINDS {
            let plain = instrument(&runtime.meter(), kind);
            plain.record(3.0).unwrap();
            let tagged = plain
                .with_attributes(br#"{"s":"x","i":1}"#)
                .and_then(|metric| metric.with_attributes(br#"{"b":true,"i":2.5}"#))
                .unwrap();
            tagged.record(4.5).unwrap();
            tagged.record(1.5).unwrap();
        }
        let page = scrape(address);
        for line in [
            "# HELP my_counter_total A counter.",
            r#"my_counter_total{env="test"} 3"#,
            r#"my_counter_total{b="true",i="2.5",s="x",env="test"} 5"#,
            r#"my_up_down_counter{b="true",i="2.5",s="x",env="test"} 5"#,
            r#"my_gauge{b="true",i="2.5",s="x",env="test"} 1"#,
            r#"my_gauge_float{b="true",i="2.5",s="x",env="test"} 1.5"#,
            r#"my_histogram_bucket{env="test",le="1"} 0"#,
            r#"my_histogram_bucket{env="test",le="5"} 1"#,
            r#"my_histogram_sum{b="true",i="2.5",s="x",env="test"} 5"#,
            r#"my_histogram_float_sum{b="true",i="2.5",s="x",env="test"} 6"#,
            r#"my_histogram_duration_seconds_sum{b="true",i="2.5",s="x",env="test"} 0.006"#,
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in {page}"
            );
        }
    }

    #[test]
    fn core_s_own_labels_are_not_added() {
        let address = free_address();
        let config = json!({"telemetry": {"metrics": {"prometheus": {"bindAddress": address}}}});
        let runtime = Runtime::new(config.to_string().as_bytes(), || {}).unwrap();
        let metric = instrument(&runtime.meter(), "counter");
        metric.record(3.0).unwrap();
        let page = scrape(address);
        assert!(page.lines().any(|line| line == "my_counter 3"), "{page}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        let meter = TemporalMeter::no_op();
        for kind in KINDS {
            let metric = instrument(&meter, kind);
            for value in [f64::NAN, f64::INFINITY] {
                let error = metric.record(value).unwrap_err();
                assert_eq!(error.code, Code::InvalidArgument, "{kind} {value}");
            }
            let signed = matches!(kind, "up-down-counter" | "histogram-float" | "gauge-float");
            for value in [-1.0, -0.5] {
                assert_eq!(metric.record(value).is_ok(), signed, "{kind} {value}");
            }
            metric.record(0.0).unwrap();
        }
        let too_much = instrument(&meter, "counter").record(1e20).unwrap_err();
        assert_eq!(too_much.code, Code::InvalidArgument);
    }

    #[test]
    fn an_error_names_the_field() {
        for (config, field) in [
            (json!({"kind": "timer", "name": "m"}), "kind"),
            (json!({"kind": "counter", "name": ""}), "name"),
            (json!({"kind": "counter", "name": "m", "unit": 1}), "unit"),
            (
                json!({"kind": "counter", "name": "m", "surprise": 1}),
                "surprise",
            ),
        ] {
            let error = Instrument::new(&TemporalMeter::no_op(), config.to_string().as_bytes());
            assert_eq!(error.err().unwrap().details["field"], field, "{config}");
        }
        let counter = instrument(&TemporalMeter::no_op(), "counter");
        for attributes in [r#"{"a":{"b":1}}"#, r#"{"a":[]}"#, r#"{"a":null}"#] {
            let error = counter
                .with_attributes(attributes.as_bytes())
                .err()
                .unwrap();
            assert_eq!(error.details["field"], "a", "{attributes}");
        }
    }
}
