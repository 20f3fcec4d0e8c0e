//! Completion queues.

use super::{
    code, handle, input, output, size, state, timeout,
    wake::{Wake, temporal_bun_wake},
};
use crate::{
    error::{BridgeError, Code},
    handle::{self as handles, Handle},
    queue::Queue,
};
use std::{ffi::c_void, sync::Arc};

/// Set in the `kind` of the last record of a drain that has left others behind: they are to be drained too, without a wake.
pub const TEMPORAL_BUN_RECORD_MORE: u32 = 0x8000_0000;

/// Makes a completion queue, to be drained by one host thread.
///
/// `wake` is called with `user_data`, from threads of the library, whenever there is something to drain and there was nothing
/// before; the drain may find that nothing has come of it yet. `wake` may be NULL for a host that waits with
/// `temporal_bun_queue_wait`. `user_data` is never looked at and may be NULL; it must be valid until
/// `temporal_bun_queue_close` returns. Returns the queue's handle, to be closed by the caller. Any thread.
///
/// # Safety
/// `wake` may be called from any thread with `user_data` until the queue is closed. It must not unwind, and must not call
/// into the library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_queue_new(
    wake: temporal_bun_wake,
    user_data: *mut c_void,
) -> Handle {
    handle(|| {
        let wake = wake.map(|callback| Wake::new(callback, user_data));
        Ok(handles::insert(Arc::new(Queue::new(wake))))
    })
}

/// Returns how many bytes `temporal_bun_queue_drain` needs to hand over everything that is there; 0: nothing is.
///
/// Negative on failure: minus a code. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_ready_bytes(queue: Handle) -> i64 {
    size(|| handles::get::<Queue>(queue)?.ready_bytes())
}

/// Copies as many whole completion records as fit to `out`, oldest first, and returns their length in bytes.
///
/// A record is `uint64 tag, uint32 kind, uint32 length`, then the payload, padded with zeros to a multiple of 8; little
/// endian. Kinds: 0 bytes, 1 error (JSON), 2 handle (uint64), 3 end of a stream; the last one has
/// `TEMPORAL_BUN_RECORD_MORE` added if there are more. Records that were copied are gone from the queue; handles among them
/// belong to the caller. If not even the first fits the result is minus `TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL`, and nothing is
/// lost. Workflow tasks that stream into this queue alone are polled in here: they come only if it is drained. Only the
/// thread that the queue belongs to.
///
/// # Safety
/// `out` must be writable for `capacity` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_queue_drain(
    queue: Handle,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        let queue = handles::get::<Queue>(queue)?;
        // SAFETY: the caller's promise.
        queue.drain(unsafe { output(out, capacity)? })
    })
}

/// Blocks until there is something to drain, for at most `timeout_ms` milliseconds; negative: for ever.
///
/// Returns 1 if there is something, 0 if the time ran out, negative on failure: minus a code;
/// `TEMPORAL_BUN_CODE_CLOSED` if the queue is closed meanwhile. Any thread, but not from inside of a wake.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_wait(queue: Handle, timeout_ms: i64) -> i32 {
    state(|| {
        Ok(i32::from(
            handles::get::<Queue>(queue)?.wait(timeout(timeout_ms))?,
        ))
    })
}

/// Puts a copy of the caller's `message` into the queue, as a record of kind 0 with `tag`.
///
/// A way to tell a thread that waits on its queue something, in order with its completions. Any thread.
///
/// # Safety
/// `message` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_queue_post(
    queue: Handle,
    tag: u64,
    message: *const u8,
    len: usize,
) -> Code {
    code(|| {
        let queue = handles::get::<Queue>(queue)?;
        // SAFETY: the caller's promise.
        let message = unsafe { input(message, len, "message")? };
        if !queue.push_message(tag, message.to_vec()) {
            return Err(BridgeError::new(Code::Closed, "the queue is closed"));
        }
        Ok(())
    })
}

/// Closes the queue and frees its handle.
///
/// When it returns, the wake callback is not running and is never called again. Calls that are under way go on; what they
/// bring, and what was not drained, is not lost: tasks go back to their worker, handles are freed. Workflow runs that
/// were routed to the queue are evicted, to continue on another. Any thread, but not from inside of the queue's own wake:
/// that is `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`, and the queue stays open.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_close(queue: Handle) -> Code {
    code(|| {
        handles::get::<Queue>(queue)?.close()?;
        handles::remove::<Queue>(queue).map(drop)
    })
}
