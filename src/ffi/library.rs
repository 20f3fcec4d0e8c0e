//! The version of the library, and the last error of a thread.

use super::{copy_whole, last_error, output, size};
use crate::bridge::error::Code;
use serde_json::json;

/// The version of this interface. It changes when a caller of the old one would break.
pub const TEMPORAL_BUN_ABI_VERSION: u32 = 1;

/// Returns the version of the interface that the loaded library speaks: `TEMPORAL_BUN_ABI_VERSION` of its header.
///
/// Call it first. If it is not the version that the caller was built for, call nothing else. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_abi_version() -> u32 {
    TEMPORAL_BUN_ABI_VERSION
}

/// Copies the build information to `out`: JSON, `{"name","version","abiVersion","coreVersion"}`, without a final NUL.
///
/// Returns the whole length in bytes, and copies nothing if `capacity` is less. `(NULL, 0)` asks for the length.
/// Returns minus `TEMPORAL_BUN_CODE_INVALID_ARGUMENT` if `out` is NULL and `capacity` is not 0. Any thread.
///
/// # Safety
/// `out` must be writable for `capacity` bytes. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_build_info(out: *mut u8, capacity: usize) -> i64 {
    size(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        let info = json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "abiVersion": TEMPORAL_BUN_ABI_VERSION,
            "coreVersion": env!("TEMPORAL_BUN_CORE_VERSION"),
        });
        Ok(copy_whole(info.to_string().as_bytes(), out))
    })
}

/// Copies the error of the last call that failed on this thread to `out`: JSON, `{"code","message","details"}`,
/// without a final NUL.
///
/// Returns the whole length in bytes, or 0 if no call has failed, and copies nothing if `capacity` is less. `(NULL, 0)`
/// asks for the length. If `out` is NULL and `capacity` is not 0, nothing is copied. The error stays until the next one
/// replaces it: a call that succeeds does not clear it. Any thread; each has its own last error. In the destructors that run
/// at a thread's end it may be gone, and only `temporal_bun_last_error_code` be left.
///
/// # Safety
/// `out` must be writable for `capacity` bytes. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_last_error(out: *mut u8, capacity: usize) -> i64 {
    // SAFETY: the caller's promise. A bad region must not replace the error that is asked for.
    let out = unsafe { output(out, capacity) }.unwrap_or_default();
    copy_whole(&last_error::json(), out) as i64
}

/// Returns the code of the last call that failed on this thread, or `TEMPORAL_BUN_CODE_OK` if none did. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_last_error_code() -> Code {
    last_error::code()
}
