//! Ephemeral servers.

use super::{code, copy_whole, handle, input, output, size};
use crate::{
    bridge::{
        call::Destination,
        error::Code,
        handle::{self as handles, Handle},
    },
    runtime::Runtime,
    server::Server,
};

/// Starts a Temporal dev server. Asynchronous: the result is the handle of a server, which the caller frees.
///
/// `config` is UTF-8 JSON, described in `docs/ffi-surface.md`.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
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

/// Starts a time-skipping test server. In all else it is like `temporal_bun_dev_server_start`.
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
/// Returns the whole length in bytes, and copies nothing if `capacity` is less. `(NULL, 0)` asks for the length. Negative
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

/// Stops a server. Asynchronous: ends with empty bytes when the server's process has ended. The caller still frees the
/// server's handle.
///
/// A second call is `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_server_stop(server: Handle, queue: Handle, tag: u64) -> Handle {
    handle(|| handles::get::<Server>(server)?.stop(Destination::new(queue, tag)?))
}

/// Frees a server's handle, and kills its process if it still runs. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_server_free(server: Handle) -> Code {
    code(|| handles::remove::<Server>(server).map(drop))
}
