//! Runtimes.

use super::{code, handle, input, output, sigpipe, size};
use crate::{
    bridge::{
        completion_queue::CompletionQueue,
        error::{BridgeError, Code},
        handle::{self as handles, Handle},
    },
    runtime::Runtime,
};
use std::sync::Arc;

/// Starts a runtime: the threads and the telemetry that clients, workers and servers share.
///
/// `config` is UTF-8 JSON, described in `docs/ffi-surface.md`; NULL with length 0 means `{}`. Returns the runtime's
/// handle, which the caller frees; 0 on failure. Most processes need one runtime. Any thread.
///
/// # Safety
/// `config` must be readable for `len` bytes. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_runtime_new(config: *const u8, len: usize) -> Handle {
    handle(|| {
        // SAFETY: the caller's promise.
        let config = unsafe { input(config, len, "config")? };
        let config = if config.is_empty() { b"{}" } else { config };
        Ok(handles::insert(Arc::new(Runtime::new(
            config,
            sigpipe::block,
        )?)))
    })
}

/// Streams core's log lines into `queue` with `tag`, first those that were kept until now. Each is a JSON object.
///
/// Needs `telemetry.logging.forward` in the configuration. A queue that is attached later replaces this one. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_runtime_attach_log_queue(
    runtime: Handle,
    queue: Handle,
    tag: u64,
) -> Code {
    code(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        let queue = handles::get::<CompletionQueue>(queue)?;
        if queue.is_closed() {
            return Err(BridgeError::new(Code::Closed, "the queue is closed"));
        }
        runtime.logs.attach(queue, tag);
        Ok(())
    })
}

/// Returns the number of bytes that `temporal_bun_runtime_take_metrics` needs for the updates until now.
///
/// Needs `telemetry.metrics.buffer` in the configuration. Negative on failure: minus a code. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_runtime_metrics_bytes(runtime: Handle) -> i64 {
    size(|| {
        Ok(handles::get::<Runtime>(runtime)?
            .metric_buffer()?
            .ready_bytes())
    })
}

/// Copies buffered metric updates to `out` as UTF-8 JSON, described in `docs/ffi-surface.md`, and removes them.
///
/// It gives up to 10,000 at a time, and `[]` when there are none. Returns their length in bytes. If `capacity` is too small the result is minus `TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL`, and
/// the updates stay. Any thread; two threads that take at once share the updates between them.
///
/// # Safety
/// `out` must be writable for `capacity` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_runtime_take_metrics(
    runtime: Handle,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        // SAFETY: the caller's promise.
        runtime
            .metric_buffer()?
            .take(unsafe { output(out, capacity)? })
    })
}

/// Frees a runtime's handle. The runtime's threads end when its last client, worker, server and metric is freed too.
///
/// The call that frees the last of them blocks until the threads have ended. Calls that are under way then fail, with
/// `TEMPORAL_BUN_CODE_CLOSED` or as calls whose connection was lost. Any thread of the host, but not from inside of a wake.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_runtime_free(runtime: Handle) -> Code {
    code(|| handles::remove::<Runtime>(runtime).map(drop))
}
