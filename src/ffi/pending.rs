//! Pending handles.

use super::{code, handle, output, size, state, timeout};
use crate::bridge::{
    error::Code,
    handle::{self as handles, Handle},
    pending::Pending,
};

/// Returns the progress of a call: 0 under way, 1 ready, 2 failed. Negative if this function fails: minus a code, which is
/// `TEMPORAL_BUN_CODE_ALREADY_TAKEN` if the result was taken. Does not block. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_poll(pending: Handle) -> i32 {
    state(|| Ok(handles::get::<Pending>(pending)?.poll()? as i32))
}

/// Blocks until the call ends, for at most `timeout_ms` milliseconds. Negative waits for ever.
///
/// Returns the same as `temporal_bun_pending_poll`. 0 means that the time ran out. Any thread, several at once.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_wait(pending: Handle, timeout_ms: i64) -> i32 {
    state(|| Ok(handles::get::<Pending>(pending)?.wait(timeout(timeout_ms))? as i32))
}

/// Returns the length in bytes of the result of a call that is ready. Negative on failure: minus a code.
///
/// For a call that failed it is the code of the call's error, which becomes this thread's last error. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_result_size(pending: Handle) -> i64 {
    size(|| handles::get::<Pending>(pending)?.result_size())
}

/// Copies the result of a call that is ready to `out`, and returns its length in bytes. A result can be taken once.
///
/// Negative on failure: minus a code. For a call that failed it is the code of the call's error, which becomes this
/// thread's last error. `TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL` leaves the result in place. Any thread; of several, one gets
/// the result.
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

/// Takes the handle of the client or server that a call made. It can be taken once, and the caller frees it.
///
/// Returns 0 on failure. The error of a call that failed becomes this thread's last error. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_take_handle(pending: Handle) -> Handle {
    handle(|| handles::get::<Pending>(pending)?.take_handle())
}

/// Asks a call to end early. The call fails with `TEMPORAL_BUN_CODE_CANCELLED`, unless it has ended just before.
///
/// A cancelled poll loses no task: the next poll gets it. A completion cannot be cancelled, because core has it already:
/// `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_cancel(pending: Handle) -> Code {
    code(|| handles::get::<Pending>(pending)?.cancel())
}

/// Frees a pending handle. The call goes on. If nobody took its result, a task goes back to its worker and a handle is
/// freed.
///
/// Handles of calls that were submitted to a queue end by themselves: do not free them. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_pending_free(pending: Handle) -> Code {
    code(|| {
        handles::remove::<Pending>(pending)?.release();
        Ok(())
    })
}
