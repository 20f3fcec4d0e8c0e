//! The one callback that the library calls: a queue's wake.

use crate::bridge::completion_queue::Wake;
use std::ffi::c_void;

/// Tells the host thread that its queue is no longer empty.
///
/// Called from threads of the library, with the `user_data` that was given to `temporal_bun_queue_new`. It must return
/// soon, must not unwind, and must not call the library.
#[allow(non_camel_case_types)]
pub type temporal_bun_wake = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A host's callback and the pointer that it is called with.
struct HostWake {
    callback: unsafe extern "C" fn(*mut c_void),
    user_data: *mut c_void,
}

// SAFETY: the host promises in `temporal_bun_queue_new` that its callback may be called from any thread with this pointer.
unsafe impl Send for HostWake {}

impl HostWake {
    fn call(&self) {
        // SAFETY: the host's promise in `temporal_bun_queue_new`; the queue drops the callback under a lock before
        // `temporal_bun_queue_close` returns.
        unsafe { (self.callback)(self.user_data) }
    }
}

/// Makes a queue's wake of a host's callback.
pub fn wake(callback: temporal_bun_wake, user_data: *mut c_void) -> Option<Wake> {
    let host = HostWake {
        callback: callback?,
        user_data,
    };
    Some(Box::new(move || host.call()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    extern "C" fn count(user_data: *mut c_void) {
        // SAFETY: the test passes such a counter, which outlives the wake.
        let counter: &AtomicUsize = unsafe { &*user_data.cast() };
        counter.fetch_add(1, Ordering::SeqCst);
    }

    #[test]
    fn a_wake_calls_the_host_with_its_pointer() {
        let calls = AtomicUsize::new(0);
        let wake = wake(Some(count), (&raw const calls).cast_mut().cast()).unwrap();
        wake();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn without_a_callback_there_is_no_wake() {
        assert!(wake(None, std::ptr::null_mut()).is_none());
    }
}
