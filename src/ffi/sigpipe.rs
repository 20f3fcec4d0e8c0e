//! The signal by which a system tells of a connection that the other end has closed.

/// Keeps the signal from the calling thread: the write fails instead.
///
/// The signal goes to the thread that writes, and ends the process of a host that does not ignore it. The sockets of the
/// library are written to on threads of its own, with `writev`, which unlike `send` cannot be told to do without. Programs
/// that these threads start do not inherit the mask: Rust's library resets it.
#[cfg(target_os = "linux")]
pub fn block() {
    use std::{ffi::c_int, ptr};

    /// The signals that a mask has room for, one bit each; the C libraries of Linux have 1024.
    type Mask = [u64; 16];
    unsafe extern "C" {
        fn pthread_sigmask(how: c_int, mask: *const Mask, old: *mut Mask) -> c_int;
    }
    /// Adds to what is blocked.
    const SIG_BLOCK: c_int = 0;
    const SIGPIPE: u32 = 13;

    let mut mask: Mask = [0; 16];
    mask[0] = 1 << (SIGPIPE - 1);
    // SAFETY: the mask lives until the call returns, and NULL asks for no old one.
    unsafe { pthread_sigmask(SIG_BLOCK, &raw const mask, ptr::null_mut()) };
}

/// Does nothing: other systems are told of it by an option of each socket, or have no such signal.
#[cfg(not(target_os = "linux"))]
pub fn block() {}
