//! The exports of the library: the only unsafe code of the crate.
//!
//! Every export reads the same: it checks its arguments, calls safe code, and returns the result. This file does two things
//! for all of them: it turns pointers into slices (`input`, `output`), and panics into errors (`guard`).

mod client;
mod completion_queue;
mod embedded_server;
mod last_error;
mod library;
mod message;
mod metric;
mod pending;
mod ready_fd;
mod runtime;
mod server;
mod sigpipe;
mod slot_supplier;
mod wake;
mod worker;

use crate::bridge::{
    error::{BridgeError, Code},
    host_memory,
};
use std::{
    mem::MaybeUninit,
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
    time::Duration,
};

/// Runs an export's body. Turns a panic into an `internal` error, and keeps an error with this thread.
fn guard<T>(body: impl FnOnce() -> Result<T, BridgeError>) -> Result<T, Code> {
    let result = catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|panic| Err(BridgeError::from_panic(&*panic)));
    result.map_err(|error| {
        let code = error.code;
        last_error::keep(error);
        code
    })
}

/// Runs the body of an export that returns a code.
fn code(body: impl FnOnce() -> Result<(), BridgeError>) -> Code {
    guard(body).err().unwrap_or(Code::Ok)
}

/// Runs the body of an export that returns a handle. 0 is a failure.
fn handle(body: impl FnOnce() -> Result<u64, BridgeError>) -> u64 {
    guard(body).unwrap_or(0)
}

/// Runs the body of an export that returns a size. Negative is a failure.
fn size(body: impl FnOnce() -> Result<usize, BridgeError>) -> i64 {
    match guard(body) {
        Ok(size) => size as i64,
        Err(code) => -(code as i64),
    }
}

/// Runs the body of an export that returns a small number. Negative is a failure.
fn state(body: impl FnOnce() -> Result<i32, BridgeError>) -> i32 {
    guard(body).unwrap_or_else(|code| -(code as i32))
}

/// Makes a slice of memory that the host passes in. NULL is allowed when `len` is 0.
///
/// # Safety
/// Unless NULL, `bytes` must be valid for reading `len` bytes, which nobody writes to while the slice lives.
unsafe fn input<'a>(bytes: *const u8, len: usize, name: &str) -> Result<&'a [u8], BridgeError> {
    check_region(bytes.is_null(), len, name)?;
    if len == 0 {
        return Ok(&[]);
    }
    // SAFETY: not NULL, and not longer than an allocation can be. The rest is the caller's promise.
    Ok(unsafe { slice::from_raw_parts(bytes, len) })
}

/// Makes text of memory that the host passes in.
///
/// # Safety
/// As for [`input`].
unsafe fn text<'a>(bytes: *const u8, len: usize, name: &str) -> Result<&'a str, BridgeError> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { input(bytes, len, name)? };
    std::str::from_utf8(bytes).map_err(|error| {
        BridgeError::new(
            Code::InvalidArgument,
            format!("{name} is not UTF-8: {error}"),
        )
        .with_detail("argument", name)
    })
}

/// Makes a slice of memory that the host wants bytes in, and need not have initialized. NULL is allowed when `capacity` is 0.
///
/// # Safety
/// Unless NULL, `out` must be valid for writing `capacity` bytes, which nobody else uses while the slice lives.
unsafe fn output<'a>(
    out: *mut u8,
    capacity: usize,
) -> Result<&'a mut [MaybeUninit<u8>], BridgeError> {
    check_region(out.is_null(), capacity, "out")?;
    if capacity == 0 {
        return Ok(&mut []);
    }
    // SAFETY: not NULL, and not longer than an allocation can be. The rest is the caller's promise.
    Ok(unsafe { slice::from_raw_parts_mut(out.cast(), capacity) })
}

fn check_region(null: bool, len: usize, name: &str) -> Result<(), BridgeError> {
    let problem = if len > isize::MAX as usize {
        "is longer than memory can be"
    } else if null && len > 0 {
        "is NULL although its length is not 0"
    } else {
        return Ok(());
    };
    Err(
        BridgeError::new(Code::InvalidArgument, format!("{name} {problem}"))
            .with_detail("argument", name),
    )
}

/// Copies `bytes` out if they fit, and returns their whole length.
fn copy_whole(bytes: &[u8], out: &mut [MaybeUninit<u8>]) -> usize {
    host_memory::copy(bytes, out);
    bytes.len()
}

/// Reads a time to wait. Negative waits for ever.
fn timeout(timeout_ms: i64) -> Option<Duration> {
    u64::try_from(timeout_ms).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_does_not_cross() {
        let result = size(|| panic!("no further"));
        assert_eq!(result, -(Code::Internal as i64));
        let error = String::from_utf8(last_error::json()).unwrap();
        assert!(error.contains("no further"), "{error}");
    }

    #[test]
    fn null_is_allowed_only_for_nothing() {
        // SAFETY: NULL is what is tested.
        unsafe {
            assert_eq!(input(std::ptr::null(), 0, "request").unwrap(), b"");
            let error = input(std::ptr::null(), 1, "request").unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument);
            assert_eq!(error.details["argument"], "request");
            assert!(output(std::ptr::null_mut(), 1).is_err());
            assert!(input(std::ptr::dangling(), usize::MAX, "request").is_err());
        }
    }

    #[test]
    fn memory_for_bytes_need_not_be_initialized() {
        let mut out = Vec::<u8>::with_capacity(3);
        // SAFETY: the capacity of a vector may be written, and what was written is its content.
        unsafe {
            let room = output(out.as_mut_ptr(), 3).unwrap();
            assert_eq!(copy_whole(b"four", room), 4, "too long");
            out.set_len(copy_whole(b"abc", room));
        }
        assert_eq!(out, b"abc");
    }
}
