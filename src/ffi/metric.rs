//! A host's own metrics.

use super::{code, handle, input};
use crate::{
    error::Code,
    handle::{self as handles, Handle},
    metric::Instrument,
    runtime::Runtime,
};
use std::sync::Arc;

/// Makes a metric that goes where the runtime's own metrics go. Does nothing if the runtime exports none.
///
/// `config` is UTF-8 JSON, `{"kind","name","unit","description"}`; see `docs/ffi-surface.md`. Returns the metric's handle,
/// to be freed by the caller; 0 on failure. Any thread.
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

/// Makes another handle of the same metric, whose values carry these attributes as well.
///
/// `attributes` is a flat UTF-8 JSON object of strings, numbers and booleans. The new handle is to be freed by the caller,
/// before or after the first. Returns 0 on failure. Any thread.
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

/// Records a value: added to a counter, observed by a histogram, the new value of a gauge. Any thread.
///
/// NaN, or a negative value where the kind has none, is `TEMPORAL_BUN_CODE_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_metric_record(metric: Handle, value: f64) -> Code {
    code(|| handles::get::<Instrument>(metric)?.record(value))
}

/// Frees a handle of a metric. What was recorded stays. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_metric_free(metric: Handle) -> Code {
    code(|| handles::remove::<Instrument>(metric).map(drop))
}
