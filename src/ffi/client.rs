//! Connections to a server.

use super::{code, copy_whole, handle, input, output, size, text};
use crate::{
    bridge::{
        call::Destination,
        error::Code,
        handle::{self as handles, Handle},
    },
    client::{Client, environment, service_override},
    runtime::Runtime,
};

/// Loads a client's configuration as Temporal's other tools do, and copies it to `out`: JSON, without a final NUL.
///
/// It comes from a profile of a TOML file and from the `TEMPORAL_…` environment variables. `options` is UTF-8 JSON, described
/// in `docs/ffi-surface.md`; NULL with length 0 means `{}`. The result is `{"namespace","client","codec"}`, of which `client`
/// is a configuration for `temporal_bun_client_connect` once the caller has added `clientName` and `clientVersion`, and
/// `codec` is there if the profile has one.
///
/// Returns the whole length in bytes, and copies nothing if `capacity` is less. `(NULL, 0)` asks for the length. Negative on
/// failure: minus a code, which is `TEMPORAL_BUN_CODE_INVALID_CONFIG` for an option, a file or a profile that does not fit.
/// Any thread, but reading variables must not meet a `setenv` of another.
///
/// # Safety
/// `options` must be readable for `len` bytes and `out` writable for `capacity` bytes; each is NULL only with 0. Both stay
/// the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_client_config_load(
    options: *const u8,
    len: usize,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        // SAFETY: the caller's promise, for both.
        let options = unsafe { input(options, len, "options")? };
        let out = unsafe { output(out, capacity)? };
        let options = if options.is_empty() { b"{}" } else { options };
        let loaded = environment::load(options)?;
        Ok(copy_whole(loaded.to_string().as_bytes(), out))
    })
}

/// Connects to a server. Asynchronous: the result is the handle of a client, which the caller frees.
///
/// `config` is UTF-8 JSON, described in `docs/ffi-surface.md`. The client keeps the runtime alive.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
///
/// # Safety
/// `config` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_client_connect(
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
        Client::connect(runtime, config, Destination::new(queue, tag)?)
    })
}

/// Calls a method of one of the server's services. Asynchronous: the result is the encoded response.
///
/// `method` is the full name of any method of the workflow, operator, cloud, test and health services, such as
/// `temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution`. `request` is the encoded request. `options` is
/// UTF-8 JSON with metadata, timeout and retry, described in `docs/ffi-surface.md`; NULL with length 0 means `{}`.
/// Cancelling the returned handle cancels the call.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
///
/// # Safety
/// Each pointer must be readable for its length; NULL only with 0. All stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_client_call(
    client: Handle,
    method: *const u8,
    method_len: usize,
    request: *const u8,
    request_len: usize,
    options: *const u8,
    options_len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let client = handles::get::<Client>(client)?;
        // SAFETY: the caller's promise, for each.
        let method = unsafe { text(method, method_len, "method")? };
        let request = unsafe { input(request, request_len, "request")? };
        let options = unsafe { input(options, options_len, "options")? };
        let options = if options.is_empty() { b"{}" } else { options };
        client.call(method, request, options, Destination::new(queue, tag)?)
    })
}

/// Replaces the metadata that every later call of this client carries, those of its workers included.
///
/// `metadata` is UTF-8 JSON, `{"metadata":{…},"binaryMetadata":{…}}`. Each of the two fields, if present, replaces all of
/// the old one. Binary values are base64. Any thread.
///
/// # Safety
/// `metadata` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_client_update_metadata(
    client: Handle,
    metadata: *const u8,
    len: usize,
) -> Code {
    code(|| {
        let client = handles::get::<Client>(client)?;
        // SAFETY: the caller's promise.
        client.update_metadata(unsafe { input(metadata, len, "metadata")? })
    })
}

/// Replaces the API key that every later call of this client carries. NULL with length 0 removes it. Any thread.
///
/// # Safety
/// `api_key` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_client_update_api_key(
    client: Handle,
    api_key: *const u8,
    len: usize,
) -> Code {
    code(|| {
        let client = handles::get::<Client>(client)?;
        // SAFETY: the caller's promise.
        let key = unsafe { text(api_key, len, "api_key")? };
        client.update_api_key((!api_key.is_null()).then(|| key.to_owned()));
        Ok(())
    })
}

/// Frees a client's handle. The connection stays open while a worker or a call uses it. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_client_free(client: Handle) -> Code {
    code(|| handles::remove::<Client>(client).map(drop))
}

/// Answers a call of a client whose configuration has a `serviceOverride`, and frees the call's handle.
///
/// The handle comes with the call, in a record whose layout is in `docs/ffi-surface.md`. `response` is the encoded response.
/// If the call is to fail, `failure` is UTF-8 JSON with the gRPC status, as in the details of a call's error; otherwise it is
/// NULL with length 0. A failure that does not fit leaves the call open. `TEMPORAL_BUN_CODE_INVALID_HANDLE` if the call is
/// answered, or if its caller has given it up. Any thread.
///
/// # Safety
/// Each pointer must be readable for its length; NULL only with 0. Both stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_service_call_answer(
    call: Handle,
    response: *const u8,
    response_len: usize,
    failure: *const u8,
    failure_len: usize,
) -> Code {
    code(|| {
        // SAFETY: the caller's promise, for both.
        let response = unsafe { input(response, response_len, "response")? };
        let failure = unsafe { input(failure, failure_len, "failure")? };
        service_override::answer(call, response, failure)
    })
}
