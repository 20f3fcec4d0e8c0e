//! A host's own metrics.

use super::{code, handle, input};
use crate::{
    bridge::{
        error::Code,
        handle::{self as handles, Handle},
    },
    metric::Instrument,
    runtime::Runtime,
};
use std::sync::Arc;

/// Makes a metric that is exported with the runtime's own metrics. It does nothing if the runtime exports none.
///
/// `config` is UTF-8 JSON, `{"kind","name","unit","description"}`, described in `docs/ffi-surface.md`. Returns the metric's
/// handle, which the caller frees; 0 on failure. Any thread.
///
/// # Safety
/// `config` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_metric_new(
    runtime: Handle,
    config: *const u8,
    len: usize,
) -> Handle {
    handle(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        // SAFETY: the caller's promise.
        let config = unsafe { input(config, len, "config")? };
        let instrument = Instrument::new(&runtime.meter(), config)?;
        Ok(handles::insert(Arc::new(instrument)))
    })
}

/// Makes another handle of the same metric, whose values also carry these attributes.
///
/// `attributes` is a flat UTF-8 JSON object of strings, numbers and booleans. The caller frees the new handle, before or
/// after the first. Returns 0 on failure. Any thread.
///
/// # Safety
/// `attributes` must be readable for `len` bytes; NULL only with 0. They stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_metric_with_attributes(
    metric: Handle,
    attributes: *const u8,
    len: usize,
) -> Handle {
    handle(|| {
        let metric = handles::get::<Instrument>(metric)?;
        // SAFETY: the caller's promise.
        let attributes = unsafe { input(attributes, len, "attributes")? };
        Ok(handles::insert(Arc::new(
            metric.with_attributes(attributes)?,
        )))
    })
}

/// Records a value: adds it to a counter, observes it in a histogram, or makes it the value of a gauge.
///
/// Returns `TEMPORAL_BUN_CODE_INVALID_ARGUMENT` for NaN, and for a negative value where the kind has none. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_metric_record(metric: Handle, value: f64) -> Code {
    code(|| handles::get::<Instrument>(metric)?.record(value))
}

/// Frees a handle of a metric. Recorded values stay. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_metric_free(metric: Handle) -> Code {
    code(|| handles::remove::<Instrument>(metric).map(drop))
}
