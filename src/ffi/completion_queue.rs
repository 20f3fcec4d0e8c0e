//! Completion queues.

use super::{
    code, handle, input, output, ready_fd, size, state, timeout,
    wake::{self, temporal_bun_wake},
};
use crate::bridge::{
    completion_queue::CompletionQueue,
    error::{BridgeError, Code},
    handle::{self as handles, Handle},
};
use std::{ffi::c_void, sync::Arc};

/// Makes a completion queue, which one host thread drains.
///
/// The library calls `wake` with `user_data`, from its own threads, when the queue turns from empty to not empty. The drain
/// that follows may still find nothing. `wake` may be NULL for a host that waits with `temporal_bun_queue_wait`. The library
/// never looks at `user_data`, which may be NULL; it must be valid until `temporal_bun_queue_close` returns. Returns the
/// queue's handle, which the caller closes; 0 on failure. Any thread.
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
        let wake = wake::wake(wake, user_data);
        Ok(handles::insert(Arc::new(CompletionQueue::new(wake))))
    })
}

/// Returns the number of bytes that `temporal_bun_queue_drain` needs to copy all records, or 0 if there are none.
///
/// Negative on failure: minus a code. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_ready_bytes(queue: Handle) -> i64 {
    size(|| handles::get::<CompletionQueue>(queue)?.ready_bytes())
}

/// Copies as many whole completion records as fit to `out`, oldest first, and returns their length in bytes.
///
/// A record is `uint64 tag, uint32 kind, uint32 length`, then the payload, padded with zeros to a multiple of 8. Numbers are
/// little-endian. Kinds: 0 bytes, 1 error (JSON), 2 handle (uint64), 3 end of a stream. The last record has
/// `TEMPORAL_BUN_RECORD_MORE` in its kind if others were left behind: drain again, since no wake comes for them. A drain
/// removes the records that it copied; the caller frees the handles among them. If the first record does not fit, the result
/// is minus `TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL`, and the record stays.
///
/// Workflow tasks that stream into this queue alone are polled inside of a drain: they arrive only if the host drains after
/// each wake. Only the thread that the queue belongs to.
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
        let queue = handles::get::<CompletionQueue>(queue)?;
        // SAFETY: the caller's promise.
        queue.drain(unsafe { output(out, capacity)? })
    })
}

/// Blocks until there is something to drain, for at most `timeout_ms` milliseconds. Negative waits for ever.
///
/// Returns 1 if there is something, 0 if the time ran out. Negative on failure: minus a code, which is
/// `TEMPORAL_BUN_CODE_CLOSED` if the queue is closed meanwhile. Any thread, but not from inside of a wake.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_wait(queue: Handle, timeout_ms: i64) -> i32 {
    state(|| {
        Ok(i32::from(
            handles::get::<CompletionQueue>(queue)?.wait(timeout(timeout_ms))?,
        ))
    })
}

/// Returns a file descriptor that is readable while there is something to drain, for event loops that watch descriptors.
///
/// It is the same at each call, and costs nothing until the first. The queue owns it: the host only watches it, with
/// `poll(2)`, `epoll(7)` or a loop built on them, and neither writes to it nor closes it. It ends when
/// `temporal_bun_queue_close` is called, so the host stops watching it before. A drain makes it unreadable, unless records
/// were left behind: a loop that is told of changes only, such as `EPOLLET`, drains until `TEMPORAL_BUN_RECORD_MORE` is not
/// set. A host that can only read takes the sign away by that, and drains after each read. A loop that closes what it watches
/// takes one of `temporal_bun_queue_fd_dup`. A wake works beside it. Children that the process executes do not inherit it.
///
/// Negative on failure: minus a code, which is `TEMPORAL_BUN_CODE_FAILED_PRECONDITION` if the system has none to give.
/// Windows never has. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_fd(queue: Handle) -> i32 {
    state(|| {
        let queue = handles::get::<CompletionQueue>(queue)?;
        queue.read_signal(ready_fd::ready_fd, |signal| signal.descriptor())
    })
}

/// Returns another file descriptor like that of `temporal_bun_queue_fd`, for event loops that take a descriptor over and close it.
///
/// It is a new one at each call, a Unix socket, and the host's to close, before or after the queue. All descriptors of a queue
/// are readable together, and what is read from one is read from all. Once the queue is closed, a read gives the end of the
/// stream. Children that the process executes do not inherit it.
///
/// Negative on failure, as with `temporal_bun_queue_fd`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_fd_dup(queue: Handle) -> i32 {
    state(|| {
        let queue = handles::get::<CompletionQueue>(queue)?;
        queue.read_signal(ready_fd::ready_fd, |signal| signal.duplicate())?
    })
}

/// Adds a copy of `message` to the queue, as a record of kind 0 with `tag`.
///
/// The thread that drains the queue gets it in order with its completions. Any thread.
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
        let queue = handles::get::<CompletionQueue>(queue)?;
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
/// When it returns, the wake callback is not running and is never called again. Calls that are under way go on. Of their
/// results, and of records that were not drained, tasks go back to their worker and handles are freed. Workflow runs that
/// were routed to the queue are evicted, and continue on another. Any thread, but not from inside of the queue's own wake:
/// that is `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`, and the queue stays open.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_queue_close(queue: Handle) -> Code {
    code(|| {
        handles::get::<CompletionQueue>(queue)?.close()?;
        handles::remove::<CompletionQueue>(queue).map(drop)
    })
}
