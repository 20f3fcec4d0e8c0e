//! Keeps metric updates until the host takes them, for hosts that export metrics themselves.

use crate::bridge::{
    config,
    error::BridgeError,
    host_memory::{self, OutByte},
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    vec,
};
use temporalio_common::telemetry::metrics::{
    CoreMeter, MetricKeyValue, MetricParameters, MetricValue,
    core::{
        BufferAttributes, BufferInstrumentRef, CustomMetricAttributes, LazyRef, MetricCallBufferer,
        MetricEvent, MetricKind, MetricUpdateVal,
    },
};
use temporalio_sdk_core::telemetry::MetricsCallBuffer;

/// More would only move the loss to the machine's memory.
const MAX_EVENTS: usize = 10_000_000;

/// The updates that are given at a time, in some 700 KB of JSON: a million of them would take seconds and 70 MB.
const MAX_UPDATES: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BufferOptions {
    /// The number of events to keep. Core drops those that do not fit, and logs that.
    max_events: usize,
    #[serde(default)]
    use_seconds_for_durations: bool,
}

impl BufferOptions {
    pub fn check(&self) -> Result<(), BridgeError> {
        if (1..=MAX_EVENTS).contains(&self.max_events) {
            return Ok(());
        }
        Err(config::invalid(
            "telemetry.metrics.buffer.maxEvents",
            format_args!("must be from 1 to {MAX_EVENTS}"),
        ))
    }
}

/// The updates that the host has not taken yet.
pub struct MetricBuffer {
    core: Arc<MetricsCallBuffer<Instrument>>,
    use_seconds_for_durations: bool,
    taking: Mutex<Taking>,
}

#[derive(Default)]
struct Taking {
    instruments: u64,
    /// Events that core has given, and that are not in any JSON yet.
    pending: vec::IntoIter<MetricEvent<Instrument>>,
    /// JSON that the host has asked the size of, and not taken yet.
    ready: Option<Vec<u8>>,
}

impl MetricBuffer {
    /// An empty buffer.
    pub fn new(options: &BufferOptions) -> Self {
        Self {
            core: Arc::new(MetricsCallBuffer::new(options.max_events)),
            use_seconds_for_durations: options.use_seconds_for_durations,
            taking: Mutex::default(),
        }
    }

    /// The meter that core records with.
    pub fn meter(&self) -> Arc<dyn CoreMeter> {
        self.core.clone()
    }

    /// The length of the JSON that [`MetricBuffer::take`] gives next.
    pub fn ready_bytes(&self) -> usize {
        self.fill(&mut self.taking.lock()).len()
    }

    /// The JSON that is to be taken next.
    fn fill<'a>(&self, taking: &'a mut Taking) -> &'a [u8] {
        if taking.ready.is_none() {
            let updates = self.updates(taking);
            taking.ready = Some(Value::Array(updates).to_string().into_bytes());
        }
        taking.ready.as_deref().unwrap_or_default()
    }

    /// Copies the updates to `out`, and forgets them.
    pub fn take<B: OutByte>(&self, out: &mut [B]) -> Result<usize, BridgeError> {
        // One lock for the size and the copy: another thread that takes in between would take the same updates.
        let mut taking = self.taking.lock();
        let ready = self.fill(&mut taking);
        let needed = ready.len();
        if !host_memory::copy(ready, out) {
            return Err(BridgeError::buffer_too_small(needed, out.len()));
        }
        taking.ready = None;
        Ok(needed)
    }

    /// The next updates. There are none only if core has none.
    fn updates(&self, taking: &mut Taking) -> Vec<Value> {
        let mut updates = Vec::new();
        while updates.len() < MAX_UPDATES {
            if let Some(event) = taking.pending.next() {
                updates.extend(self.read(&event, taking));
                continue;
            }
            // Threads that record faster than this one reads would keep it for ever.
            if !updates.is_empty() {
                break;
            }
            taking.pending = self.core.retrieve().into_iter();
            if taking.pending.len() == 0 {
                break;
            }
        }
        updates
    }

    fn read(&self, event: &MetricEvent<Instrument>, taking: &mut Taking) -> Option<Value> {
        match event {
            MetricEvent::Create {
                params,
                kind,
                populate_into,
            } => {
                taking.instruments += 1;
                let id = taking.instruments;
                let _ = populate_into.set(Arc::new(Instrument { id }));
                Some(self.described(id, params, *kind))
            }
            MetricEvent::CreateAttributes {
                populate_into,
                append_from,
                attributes,
            } => {
                let inherited = append_from.as_ref().and_then(attributes_of);
                let mut all = inherited.map_or_else(Map::new, |inherited| inherited.0.clone());
                all.extend(attributes.iter().map(attribute));
                let _ = populate_into.set(Arc::new(Attributes(all)));
                None
            }
            MetricEvent::Update {
                instrument,
                attributes,
                update,
            } => Some(json!({
                "metric": filled(instrument)?.id,
                "value": self.value(update),
                "attributes": attributes_of(attributes)?.0,
            })),
        }
    }

    fn described(&self, id: u64, params: &MetricParameters, kind: MetricKind) -> Value {
        let is_duration = matches!(kind, MetricKind::HistogramDuration);
        let unit = match (&*params.unit, self.use_seconds_for_durations) {
            ("duration", true) if is_duration => "s",
            ("duration", false) if is_duration => "ms",
            (unit, _) => unit,
        };
        let (kind, value_type) = match kind {
            MetricKind::Counter => ("counter", "int"),
            MetricKind::UpDownCounter => ("up-down-counter", "int"),
            MetricKind::Gauge => ("gauge", "int"),
            MetricKind::GaugeF64 => ("gauge", "float"),
            MetricKind::Histogram | MetricKind::HistogramDuration => ("histogram", "int"),
            MetricKind::HistogramF64 => ("histogram", "float"),
        };
        json!({
            "id": id,
            "name": params.name,
            "kind": kind,
            "valueType": value_type,
            "unit": unit,
            "description": params.description,
        })
    }

    fn value(&self, update: &MetricUpdateVal) -> f64 {
        match update {
            MetricUpdateVal::Delta(value) | MetricUpdateVal::Value(value) => *value as f64,
            MetricUpdateVal::SignedDelta(value) => *value as f64,
            MetricUpdateVal::DeltaF64(value) | MetricUpdateVal::ValueF64(value) => *value,
            MetricUpdateVal::Duration(value) if self.use_seconds_for_durations => {
                value.as_secs_f64()
            }
            MetricUpdateVal::Duration(value) => value.as_millis() as f64,
        }
    }
}

/// The number of an instrument. Core keeps it with the instrument.
#[derive(Clone, Debug)]
struct Instrument {
    id: u64,
}

impl BufferInstrumentRef for Instrument {}

#[derive(Debug)]
struct Attributes(Map<String, Value>);

impl CustomMetricAttributes for Attributes {
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Reads a reference of core's. None if the event that fills it was dropped because the buffer was full: core panics
/// then.
fn filled<T>(reference: &LazyRef<T>) -> Option<&T> {
    catch_unwind(AssertUnwindSafe(|| reference.get())).ok()
}

fn attributes_of(reference: &BufferAttributes) -> Option<Arc<Attributes>> {
    filled(reference)?.clone().as_any().downcast().ok()
}

fn attribute(MetricKeyValue { key, value }: &MetricKeyValue) -> (String, Value) {
    let value = match value {
        MetricValue::String(value) => value.as_str().into(),
        MetricValue::Int(value) => (*value).into(),
        MetricValue::Float(value) => (*value).into(),
        MetricValue::Bool(value) => (*value).into(),
    };
    (key.clone(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{thread, time::Duration};
    use temporalio_common::telemetry::metrics::{
        CounterBase, HistogramDurationBase, MetricAttributable, NewAttributes,
    };

    fn buffer(max_events: usize, use_seconds_for_durations: bool) -> MetricBuffer {
        MetricBuffer::new(&BufferOptions {
            max_events,
            use_seconds_for_durations,
        })
    }

    fn parameters(name: &'static str, unit: &'static str) -> MetricParameters {
        MetricParameters::builder().name(name).unit(unit).build()
    }

    fn attributes(key: &str, value: &str) -> NewAttributes {
        NewAttributes::new(vec![MetricKeyValue::new(key.to_owned(), value.to_owned())])
    }

    fn taken(buffer: &MetricBuffer) -> Value {
        let mut json = vec![0; buffer.ready_bytes()];
        buffer.take(&mut json).unwrap();
        serde_json::from_slice(&json).unwrap()
    }

    #[test]
    fn updates_come_once_with_their_metric_and_attributes() {
        let buffer = buffer(100, true);
        let meter = buffer.meter();
        let counter = meter.counter(parameters("calls", ""));
        let tagged = meter.new_attributes(attributes("queue", "a"));
        let both = meter.extend_attributes(tagged, attributes("kind", "b"));
        counter.with_attributes(&both).unwrap().adds(3);
        let latency = meter.histogram_duration(parameters("latency", "duration"));
        let observed = latency.with_attributes(&both).unwrap();
        observed.records(Duration::from_millis(250));
        let updates = taken(&buffer);
        assert_eq!(updates[0]["name"], "calls");
        assert_eq!(updates[0]["kind"], "counter");
        assert_eq!(
            updates[1],
            json!({"metric": 1, "value": 3.0, "attributes": {"queue": "a", "kind": "b"}})
        );
        assert_eq!(updates[2]["unit"], "s");
        assert_eq!(updates[3]["value"], 0.25);
        assert_eq!(taken(&buffer), json!([]));
    }

    #[test]
    fn threads_that_take_at_once_share_the_updates() {
        const THREADS: u32 = 4;
        const UPDATES: u32 = 2000;
        let buffer = &buffer(100_000, false);
        let meter = buffer.meter();
        let counter = &meter.counter(parameters("calls", ""));
        let none = &meter.new_attributes(NewAttributes::new(vec![]));
        let total: f64 = thread::scope(|scope| {
            let takers: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(move || {
                        let mut out = vec![0; 1 << 20];
                        let mut sum = 0.0;
                        for _ in 0..UPDATES {
                            counter.with_attributes(none).unwrap().adds(1);
                            let len = buffer.take(&mut out).unwrap();
                            let updates: Vec<Value> = serde_json::from_slice(&out[..len]).unwrap();
                            out[..len].fill(0);
                            sum += updates
                                .iter()
                                .filter_map(|update| update["value"].as_f64())
                                .sum::<f64>();
                        }
                        sum
                    })
                })
                .collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!(total, f64::from(THREADS * UPDATES));
    }

    #[test]
    fn many_updates_come_in_parts() {
        let buffer = buffer(100_000, false);
        let meter = buffer.meter();
        let counter = meter.counter(parameters("calls", ""));
        let none = meter.new_attributes(NewAttributes::new(vec![]));
        let total = MAX_UPDATES * 2;
        for _ in 0..total {
            counter.with_attributes(&none).unwrap().adds(1);
        }
        let sizes: Vec<usize> = (0..4)
            .map(|_| taken(&buffer).as_array().unwrap().len())
            .collect();
        // The description of the metric is one of them.
        assert_eq!(sizes, [MAX_UPDATES, MAX_UPDATES, 1, 0]);
    }

    #[test]
    fn too_little_memory_loses_nothing() {
        let buffer = buffer(100, false);
        buffer.meter().counter(parameters("calls", ""));
        let needed = buffer.ready_bytes();
        assert!(buffer.take(&mut vec![0; needed - 1]).is_err());
        assert_eq!(taken(&buffer)[0]["name"], "calls");
    }

    #[test]
    fn a_full_buffer_drops_what_does_not_fit() {
        let buffer = buffer(1, false);
        let meter = buffer.meter();
        let none = meter.new_attributes(NewAttributes::new(vec![]));
        // Neither the attributes nor the counter's name fit any more.
        let counter = meter.counter(parameters("calls", ""));
        taken(&buffer);
        counter.with_attributes(&none).unwrap().adds(1);
        assert_eq!(taken(&buffer), json!([]));
    }
}
