//! Pending handles.

use super::{code, handle, output, size, state, timeout};
use crate::{
    error::Code,
    handle::{self as handles, Handle},
    pending::Pending,
};

/// Returns how far a call is: 0 under way, 1 ready, 2 failed; negative on failure of this function: minus a code.
///
/// `TEMPORAL_BUN_CODE_ALREADY_TAKEN` if its result was taken. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_poll(pending: Handle) -> i32 {
    state(|| Ok(handles::get::<Pending>(pending)?.poll()? as i32))
}

/// Blocks until the call ends, for at most `timeout_ms` milliseconds; negative: for ever.
///
/// Returns as `temporal_bun_pending_poll`: 0 means that the time ran out. Any thread, several at once.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_wait(pending: Handle, timeout_ms: i64) -> i32 {
    state(|| Ok(handles::get::<Pending>(pending)?.wait(timeout(timeout_ms))? as i32))
}

/// Returns the length in bytes of the result of a call that is ready; negative on failure: minus a code.
///
/// For a call that failed it is the code of its error, which becomes this thread's last error. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_result_size(pending: Handle) -> i64 {
    size(|| handles::get::<Pending>(pending)?.result_size())
}

/// Copies the result of a call that is ready to `out`, and returns its length in bytes. It can be taken once.
///
/// Negative on failure: minus a code. For a call that failed it is the code of its error, which becomes this thread's
/// last error. `TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL` leaves the result in place. Any thread; of several, one gets it.
///
/// # Safety
/// `out` must be writable for `capacity` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_pending_take(
    pending: Handle,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        let pending = handles::get::<Pending>(pending)?;
        // SAFETY: the caller's promise.
        pending.take(unsafe { output(out, capacity)? })
    })
}

/// Takes the handle that a call made: of a client, or of a server. It can be taken once, and is the caller's to free.
///
/// Returns 0 on failure. For a call that failed its error becomes this thread's last error. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_take_handle(pending: Handle) -> Handle {
    handle(|| handles::get::<Pending>(pending)?.take_handle())
}

/// Asks a call to end early. It then fails with `TEMPORAL_BUN_CODE_CANCELLED`, unless it ended just before.
///
/// A poll for a task that is cancelled loses no task: the next poll gets it. A completion cannot be cancelled, since it
/// was already handed over: `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_cancel(pending: Handle) -> Code {
    code(|| handles::get::<Pending>(pending)?.cancel())
}

/// Frees a pending handle. The call goes on; a task or a handle that it brings and nobody took is given back or freed.
///
/// Not for calls that were submitted to a queue: their handles end by themselves. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_free(pending: Handle) -> Code {
    code(|| {
        handles::remove::<Pending>(pending)?.release();
        Ok(())
    })
}
