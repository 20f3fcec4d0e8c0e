//! Embedded servers.

use super::{code, copy_whole, handle, input, output, size};
use crate::{
    bridge::{
        error::Code,
        handle::{self as handles, Handle},
    },
    embedded_server::EmbeddedServer,
    runtime::Runtime,
};
use std::sync::Arc;

/// Creates a Temporal server for tests, inside of the process. It opens no port and starts no thread.
///
/// `config` is UTF-8 JSON, described in `docs/ffi-surface.md`; NULL with length 0 means `{}`. A client whose configuration
/// names the handle as `embeddedServer` is connected to it. The server keeps the runtime alive. Returns 0 on failure. Any
/// thread.
///
/// # Safety
/// `config` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_embedded_server_new(
    runtime: Handle,
    config: *const u8,
    len: usize,
) -> Handle {
    handle(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        // SAFETY: the caller's promise.
        let config = unsafe { input(config, len, "config")? };
        let config = if config.is_empty() { b"{}" } else { config };
        let server = EmbeddedServer::new(runtime, config)?;
        Ok(handles::insert(Arc::new(server)))
    })
}

/// Copies to `out` what an embedded server with a seed or with faults has handed out, and the faults that have happened.
///
/// It is a UTF-8 JSON array without a final NUL, described in `docs/ffi-surface.md`. Returns the whole length in bytes, and
/// copies nothing if `capacity` is less. `(NULL, 0)` asks for the length, which grows while the server is used. Negative
/// on failure: minus a code. Any thread.
///
/// # Safety
/// `out` must be writable for `capacity` bytes; NULL only with 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_embedded_server_schedule(
    server: Handle,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        let server = handles::get::<EmbeddedServer>(server)?;
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        Ok(copy_whole(&server.schedule(), out))
    })
}

/// Frees an embedded server's handle. The server lives on while a client is connected to it. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_embedded_server_free(server: Handle) -> Code {
    code(|| handles::remove::<EmbeddedServer>(server).map(drop))
}
