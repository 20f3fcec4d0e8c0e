//! Embedded servers.

use super::{code, handle, input};
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

/// Frees an embedded server's handle. The server lives on while a client is connected to it. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_embedded_server_free(server: Handle) -> Code {
    code(|| handles::remove::<EmbeddedServer>(server).map(drop))
}
