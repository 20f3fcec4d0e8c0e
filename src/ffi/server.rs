//! Ephemeral servers.

use super::{code, copy_whole, handle, input, output, size};
use crate::{
    call::Destination,
    error::Code,
    handle::{self as handles, Handle},
    runtime::Runtime,
    server::Server,
};

/// Starts a Temporal dev server. Asynchronous: the result is the handle of a server, to be freed by the caller.
///
/// `config` is UTF-8 JSON, described in `docs/ffi-surface.md`. `queue` 0: the completion goes to the returned pending
/// handle; else to that queue, with `tag`. Returns 0 if the call could not be submitted. Any thread.
///
/// # Safety
/// `config` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_dev_server_start(
    runtime: Handle,
    config: *const u8,
    len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        // SAFETY: the caller's promise.
        let config = unsafe { input(config, len, "config")? };
        Server::start_dev(&runtime, config, Destination::new(queue, tag)?)
    })
}

/// Starts a time-skipping test server. Otherwise as `temporal_bun_dev_server_start`.
///
/// # Safety
/// `config` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_test_server_start(
    runtime: Handle,
    config: *const u8,
    len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        // SAFETY: the caller's promise.
        let config = unsafe { input(config, len, "config")? };
        Server::start_test(&runtime, config, Destination::new(queue, tag)?)
    })
}

/// Copies the server's `host:port` to `out`, without a final NUL.
///
/// Returns its whole length in bytes; nothing is copied if `capacity` is less. `(NULL, 0)` asks for the length. Negative
/// on failure: minus a code. Any thread.
///
/// # Safety
/// `out` must be writable for `capacity` bytes. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_server_target(
    server: Handle,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        let server = handles::get::<Server>(server)?;
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        Ok(copy_whole(server.target().as_bytes(), out))
    })
}

/// Stops a server. Asynchronous: ends with empty bytes when the server's process has ended. The handle is still to be freed.
///
/// A second call is `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`. `queue` and `tag` as for `temporal_bun_dev_server_start`.
/// Returns 0 if the call could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_server_stop(server: Handle, queue: Handle, tag: u64) -> Handle {
    handle(|| handles::get::<Server>(server)?.stop(Destination::new(queue, tag)?))
}

/// Frees a server, and kills its process if that still runs. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_server_free(server: Handle) -> Code {
    code(|| handles::remove::<Server>(server).map(drop))
}
