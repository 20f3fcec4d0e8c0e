//! Workers.

use super::{code, handle, input, text};
use crate::{
    bridge::{
        call::Destination,
        completion_queue::CompletionQueue,
        error::Code,
        handle::{self as handles, Handle},
    },
    client::Client,
    runtime::Runtime,
    worker::Worker,
};
use std::sync::Arc;

/// Makes a worker of a client's server. It does not poll yet.
///
/// `config` is UTF-8 JSON, described in `docs/ffi-surface.md`. Runtime and client may be freed before the worker. Returns
/// the worker's handle, which the caller frees; 0 on failure. Any thread.
///
/// # Safety
/// `config` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_worker_new(
    runtime: Handle,
    client: Handle,
    config: *const u8,
    len: usize,
) -> Handle {
    handle(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        let client = handles::get::<Client>(client)?;
        // SAFETY: the caller's promise.
        let config = unsafe { input(config, len, "config")? };
        let worker = Worker::new(runtime, &client, config)?;
        Ok(handles::insert(Arc::new(worker)))
    })
}

/// Asks the server whether the worker can work in its namespace. Asynchronous: the result is an encoded
/// `coresdk.NamespaceInfo`. Call it once, before the first task is asked for.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_validate(worker: Handle, queue: Handle, tag: u64) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.validate(Destination::new(queue, tag)?))
}

/// Streams the worker's workflow tasks into `queue`. Each is an encoded `coresdk.workflow_activation.WorkflowActivation`,
/// with `tag`, which must not be 0.
///
/// Several queues may be attached, one for each host thread. All activations of a run go to the same queue until the
/// eviction of the run is completed. The host must complete each activation, on any thread. The stream ends with a record
/// of kind 3 after the worker is shut down. A worker whose workflow tasks are polled cannot stream them:
/// `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_attach_workflow_queue(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Code {
    code(|| {
        let queue = handles::get::<CompletionQueue>(queue)?;
        handles::get::<Worker>(worker)?.attach_workflow_queue(queue, tag)
    })
}

/// Streams the worker's activity tasks into `queue`. Each is an encoded `coresdk.activity_task.ActivityTask`, with `tag`,
/// which must not be 0. Local activities and cancellations come the same way.
///
/// One queue at a time. When it is closed another may be attached, and gets the tasks that were not drained. The host must
/// complete each start, on any thread. The stream ends with a record of kind 3 after the worker is shut down. A worker whose
/// activity tasks are polled cannot stream them: `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_attach_activity_queue(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Code {
    code(|| {
        let queue = handles::get::<CompletionQueue>(queue)?;
        handles::get::<Worker>(worker)?.attach_activity_queue(queue, tag)
    })
}

/// Streams the worker's Nexus tasks into `queue`. Each is an encoded `coresdk.nexus.NexusTask`, with `tag`, which must not
/// be 0. In all else it is like `temporal_bun_worker_attach_activity_queue`.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_attach_nexus_queue(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Code {
    code(|| {
        let queue = handles::get::<CompletionQueue>(queue)?;
        handles::get::<Worker>(worker)?.attach_nexus_queue(queue, tag)
    })
}

/// Polls once for a workflow task. Asynchronous: the result is an encoded
/// `coresdk.workflow_activation.WorkflowActivation`, which the host must complete.
///
/// Fails with `TEMPORAL_BUN_CODE_SHUT_DOWN` when the worker is shut down and has no more tasks: poll until then. Cancelling
/// loses no task. One poll at a time.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_poll_workflow_task(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.poll_workflow_task(Destination::new(queue, tag)?))
}

/// Polls once for an activity task. Asynchronous: the result is an encoded `coresdk.activity_task.ActivityTask`. The host
/// must complete a start. In all else it is like `temporal_bun_worker_poll_workflow_task`.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_poll_activity_task(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.poll_activity_task(Destination::new(queue, tag)?))
}

/// Polls once for a Nexus task. Asynchronous: the result is an encoded `coresdk.nexus.NexusTask`, which the host must
/// complete. In all else it is like `temporal_bun_worker_poll_workflow_task`.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_poll_nexus_task(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.poll_nexus_task(Destination::new(queue, tag)?))
}

/// Completes a workflow task with an encoded `coresdk.workflow_completion.WorkflowActivationCompletion`. Asynchronous: ends
/// with empty bytes when core has accepted it.
///
/// Bytes that are not such a message are refused at once with `TEMPORAL_BUN_CODE_INVALID_PROTOBUF`, and the task must still
/// be completed. With tag 0, the fire-and-forget tag, a queue gets only a failure, with `runId` in its details. A replay
/// worker that has no activation of the run out refuses it with `TEMPORAL_BUN_CODE_WORKER_FAILED`; a worker of a server
/// ignores such a completion, which may have crossed an eviction.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
///
/// # Safety
/// `completion` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_worker_complete_workflow_task(
    worker: Handle,
    completion: *const u8,
    len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let worker = handles::get::<Worker>(worker)?;
        // SAFETY: the caller's promise.
        let completion = unsafe { input(completion, len, "completion")? };
        worker.complete_workflow_task(completion, Destination::new(queue, tag)?)
    })
}

/// Completes an activity task with an encoded `coresdk.ActivityTaskCompletion`. Asynchronous: ends with empty bytes when the
/// server has it.
///
/// A failure has `taskToken`, in base64, in its details. In all else it is like
/// `temporal_bun_worker_complete_workflow_task`.
///
/// # Safety
/// `completion` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_worker_complete_activity_task(
    worker: Handle,
    completion: *const u8,
    len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let worker = handles::get::<Worker>(worker)?;
        // SAFETY: the caller's promise.
        let completion = unsafe { input(completion, len, "completion")? };
        worker.complete_activity_task(completion, Destination::new(queue, tag)?)
    })
}

/// Completes a Nexus task with an encoded `coresdk.nexus.NexusTaskCompletion`. Asynchronous: ends with empty bytes when the
/// server has it.
///
/// A failure has `taskToken`, in base64, in its details. In all else it is like
/// `temporal_bun_worker_complete_workflow_task`.
///
/// # Safety
/// `completion` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_worker_complete_nexus_task(
    worker: Handle,
    completion: *const u8,
    len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let worker = handles::get::<Worker>(worker)?;
        // SAFETY: the caller's promise.
        let completion = unsafe { input(completion, len, "completion")? };
        worker.complete_nexus_task(completion, Destination::new(queue, tag)?)
    })
}

/// Records the heartbeat of an activity, an encoded `coresdk.ActivityHeartbeat`. Core sends the latest when its throttle
/// allows.
///
/// Ignores a heartbeat of an activity that has ended. Does not block. Any thread.
///
/// # Safety
/// `heartbeat` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_worker_record_activity_heartbeat(
    worker: Handle,
    heartbeat: *const u8,
    len: usize,
) -> Code {
    code(|| {
        let worker = handles::get::<Worker>(worker)?;
        // SAFETY: the caller's promise.
        worker.record_activity_heartbeat(unsafe { input(heartbeat, len, "heartbeat")? })
    })
}

/// Asks core to evict a workflow run from its cache. If the run is cached, a workflow task with `RemoveFromCache` follows.
///
/// `run_id` is UTF-8. Any thread.
///
/// # Safety
/// `run_id` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_worker_request_workflow_eviction(
    worker: Handle,
    run_id: *const u8,
    len: usize,
) -> Code {
    code(|| {
        let worker = handles::get::<Worker>(worker)?;
        // SAFETY: the caller's promise.
        worker.request_workflow_eviction(unsafe { text(run_id, len, "run_id")? })
    })
}

/// Moves a worker to another client. Its next call to the server goes there. Either client may be freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_replace_client(worker: Handle, client: Handle) -> Code {
    code(|| {
        let client = handles::get::<Client>(client)?;
        handles::get::<Worker>(worker)?.replace_client(&client)
    })
}

/// Begins a shutdown: the worker asks for no new tasks. Core tells running activities, and cancels them after the graceful
/// shutdown period. Streams and polls end once all tasks are completed. May be called again. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_initiate_shutdown(worker: Handle) -> Code {
    code(|| handles::get::<Worker>(worker)?.initiate_shutdown())
}

/// Ends a shutdown. Asynchronous: ends with empty bytes when the streams have ended, all completions that are under way have
/// been sent, and core's worker is gone. The caller still frees the worker's handle.
///
/// Calls `temporal_bun_worker_initiate_shutdown` first. Waits for tasks that are still to be completed. A host that polls
/// must poll until `TEMPORAL_BUN_CODE_SHUT_DOWN`. Afterwards every call of this worker fails with that code.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_finalize_shutdown(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.finalize_shutdown(Destination::new(queue, tag)?))
}

/// Frees a worker's handle. A worker that was not finalized stops: its streams end without a last record, the library fails
/// its workflow tasks, and leaves its other tasks to the server's timeouts. Does not block. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_free(worker: Handle) -> Code {
    code(|| handles::remove::<Worker>(worker).map(drop))
}

/// Makes a worker that replays histories, without a server. The host takes and completes its tasks as those of any worker.
///
/// `config` is that of a worker. Returns the worker's handle, which the caller frees; 0 on failure. Any thread.
///
/// # Safety
/// `config` must be readable for `len` bytes; NULL only with 0. It stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_replay_worker_new(
    runtime: Handle,
    config: *const u8,
    len: usize,
) -> Handle {
    handle(|| {
        let runtime = handles::get::<Runtime>(runtime)?;
        // SAFETY: the caller's promise.
        let config = unsafe { input(config, len, "config")? };
        Ok(handles::insert(Arc::new(Worker::new_replay(
            runtime, config,
        )?)))
    })
}

/// Feeds a history to a replay worker, an encoded `temporal.api.history.v1.History`. Asynchronous: ends with empty bytes
/// when the worker has room for it, so that a caller who waits never piles up histories.
///
/// `workflow_id` is UTF-8: a history does not hold the id of its workflow.
///
/// `queue` 0: the completion goes to the returned pending handle, which the caller frees. Otherwise it goes to that queue,
/// with `tag`, and the returned handle ends by itself. Returns 0 if the call could not be submitted. Any thread.
///
/// # Safety
/// Each pointer must be readable for its length; NULL only with 0. Both stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_replay_worker_push_history(
    worker: Handle,
    workflow_id: *const u8,
    workflow_id_len: usize,
    history: *const u8,
    history_len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let worker = handles::get::<Worker>(worker)?;
        // SAFETY: the caller's promise, for both.
        let workflow_id = unsafe { text(workflow_id, workflow_id_len, "workflow_id")? };
        let history = unsafe { input(history, history_len, "history")? };
        worker.push_history(workflow_id, history, Destination::new(queue, tag)?)
    })
}

/// Feeds a history in JSON to a replay worker, in the form of `temporal workflow show --output json`. In all else it is like
/// `temporal_bun_replay_worker_push_history`.
///
/// A thread of the runtime reads the JSON: JSON that is no history fails the call, not its submission.
///
/// # Safety
/// Each pointer must be readable for its length; NULL only with 0. Both stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_replay_worker_push_history_json(
    worker: Handle,
    workflow_id: *const u8,
    workflow_id_len: usize,
    json: *const u8,
    json_len: usize,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| {
        let worker = handles::get::<Worker>(worker)?;
        // SAFETY: the caller's promise, for both.
        let workflow_id = unsafe { text(workflow_id, workflow_id_len, "workflow_id")? };
        let json = unsafe { input(json, json_len, "json")? };
        worker.push_history_json(workflow_id, json, Destination::new(queue, tag)?)
    })
}

/// Ends the histories of a replay worker: it shuts down after the last. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_replay_worker_end_input(worker: Handle) -> Code {
    code(|| handles::get::<Worker>(worker)?.end_history_input())
}
