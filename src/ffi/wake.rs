//! The one callback that the library calls: a queue's wake.

use std::ffi::c_void;

/// Tells the host thread that its queue is no longer empty. Called from the library's threads, with the `user_data` that
/// was given to `temporal_bun_queue_new`. It must return soon, must not unwind, and must not call the library.
#[allow(non_camel_case_types)]
pub type temporal_bun_wake = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A host's wake callback.
pub struct Wake {
    callback: unsafe extern "C" fn(*mut c_void),
    user_data: *mut c_void,
}

// SAFETY: the host promises that its callback may be called from any thread with this pointer.
unsafe impl Send for Wake {}

impl Wake {
    /// A callback and what it is called with.
    pub fn new(callback: unsafe extern "C" fn(*mut c_void), user_data: *mut c_void) -> Self {
        Self {
            callback,
            user_data,
        }
    }

    /// Calls the host.
    pub fn fire(&self) {
        // SAFETY: the host's promise in `temporal_bun_queue_new`; the queue drops the callback under a lock before
        // `temporal_bun_queue_close` returns.
        unsafe { (self.callback)(self.user_data) }
    }

    /// What a test's callback counts with.
    #[cfg(test)]
    pub fn counter<'a>(user_data: *mut c_void) -> &'a std::sync::atomic::AtomicUsize {
        // SAFETY: tests pass a pointer to such a counter, which outlives the queue.
        unsafe { &*user_data.cast() }
    }
}
