//! Workers.

use super::{code, handle, input, text};
use crate::{
    call::Destination,
    client::Client,
    error::Code,
    handle::{self as handles, Handle},
    queue::Queue,
    runtime::Runtime,
    worker::Worker,
};
use std::sync::Arc;

/// Makes a worker of a client's server. It does not poll yet.
///
/// `config` is UTF-8 JSON, described in `docs/ffi-surface.md`. Runtime and client may be freed before the worker. Returns
/// the worker's handle, to be freed by the caller; 0 on failure. Any thread.
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
/// `coresdk.NamespaceInfo`. To be called once, before the first task is asked for.
///
/// `queue` 0: the completion goes to the returned pending handle; else to that queue, with `tag`. Returns 0 if the call
/// could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_validate(worker: Handle, queue: Handle, tag: u64) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.validate(Destination::new(queue, tag)?))
}

/// Streams the worker's workflow tasks into `queue`, each an encoded `coresdk.workflow_activation.WorkflowActivation` with
/// `tag`, which must not be 0.
///
/// Several queues may be attached, one for each host thread: all activations of a run go to the same queue until its
/// eviction is completed. Each activation must be completed, from any thread. The stream ends with a record of kind 3 when
/// the worker is shut down. A worker whose workflow tasks are polled cannot stream them:
/// `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_attach_workflow_queue(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Code {
    code(|| {
        let queue = handles::get::<Queue>(queue)?;
        handles::get::<Worker>(worker)?.attach_workflow_queue(queue, tag)
    })
}

/// Streams the worker's activity tasks into `queue`, each an encoded `coresdk.activity_task.ActivityTask` with `tag`, which
/// must not be 0. Local activities and cancellations come the same way.
///
/// One queue at a time; when it is closed another may be attached, and gets the tasks that were not drained. Each start
/// must be completed, from any thread. The stream ends with a record of kind 3 when the worker is shut down. A worker whose
/// activity tasks are polled cannot stream them: `TEMPORAL_BUN_CODE_FAILED_PRECONDITION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_attach_activity_queue(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Code {
    code(|| {
        let queue = handles::get::<Queue>(queue)?;
        handles::get::<Worker>(worker)?.attach_activity_queue(queue, tag)
    })
}

/// Streams the worker's nexus tasks into `queue`, each an encoded `coresdk.nexus.NexusTask` with `tag`, which must not be 0.
///
/// Otherwise as `temporal_bun_worker_attach_activity_queue`.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_attach_nexus_queue(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Code {
    code(|| {
        let queue = handles::get::<Queue>(queue)?;
        handles::get::<Worker>(worker)?.attach_nexus_queue(queue, tag)
    })
}

/// Polls once for a workflow task. Asynchronous: the result is an encoded
/// `coresdk.workflow_activation.WorkflowActivation`, which must be completed.
///
/// Fails with `TEMPORAL_BUN_CODE_SHUT_DOWN` when the worker is shut down and there are no more: poll until then. Cancelling
/// loses no task. One poll at a time. `queue` 0: the completion goes to the returned pending handle; else to that queue,
/// with `tag`. Returns 0 if the call could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_poll_workflow_task(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.poll_workflow_task(Destination::new(queue, tag)?))
}

/// Polls once for an activity task. Asynchronous: the result is an encoded `coresdk.activity_task.ActivityTask`; a start
/// must be completed.
///
/// Otherwise as `temporal_bun_worker_poll_workflow_task`.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_poll_activity_task(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.poll_activity_task(Destination::new(queue, tag)?))
}

/// Polls once for a nexus task. Asynchronous: the result is an encoded `coresdk.nexus.NexusTask`, which must be completed.
///
/// Otherwise as `temporal_bun_worker_poll_workflow_task`.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_poll_nexus_task(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.poll_nexus_task(Destination::new(queue, tag)?))
}

/// Completes a workflow task with an encoded `coresdk.workflow_completion.WorkflowActivationCompletion`. Asynchronous: ends
/// with empty bytes when core has taken it.
///
/// Bytes that are not such a message are refused at once with `TEMPORAL_BUN_CODE_INVALID_PROTOBUF`, and the task stays to be
/// completed. Submitted to a queue with tag 0, only a failure is handed over, with `runId` in its details. `queue` 0: the
/// completion goes to the returned pending handle. Returns 0 if the call could not be submitted. Any thread.
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
/// A failure has `taskToken`, in base64, in its details. Otherwise as `temporal_bun_worker_complete_workflow_task`.
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

/// Completes a nexus task with an encoded `coresdk.nexus.NexusTaskCompletion`. Asynchronous: ends with empty bytes when the
/// server has it.
///
/// A failure has `taskToken`, in base64, in its details. Otherwise as `temporal_bun_worker_complete_workflow_task`.
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

/// Notes the heartbeat of an activity, an encoded `coresdk.ActivityHeartbeat`. Core sends the latest when its throttle allows.
///
/// A heartbeat for an activity that is no longer running is ignored. Does not block. Any thread.
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

/// Asks for a workflow run to be evicted from the cache: a workflow task with `RemoveFromCache` follows, if the run is cached.
///
/// Any thread.
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

/// Moves a worker to another client, from its next call to the server on. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_replace_client(worker: Handle, client: Handle) -> Code {
    code(|| {
        let client = handles::get::<Client>(client)?;
        handles::get::<Worker>(worker)?.replace_client(&client)
    })
}

/// First phase of a shutdown: the worker asks for no new tasks, and its activities are told and, after the graceful shutdown
/// period, cancelled. Streams and polls end once all tasks are completed. May be called again. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_initiate_shutdown(worker: Handle) -> Code {
    code(|| handles::get::<Worker>(worker)?.initiate_shutdown())
}

/// Second phase of a shutdown. Asynchronous: ends with empty bytes when the streams have ended, all completions that are
/// under way have been sent, and core's worker is gone. The handle is still to be freed.
///
/// Implies the first phase. Tasks that are still to be completed are waited for; tasks that were polled must go on to be
/// polled until `TEMPORAL_BUN_CODE_SHUT_DOWN`. Afterwards every call of this worker fails with that code. `queue` 0: the completion goes to the returned pending handle; else to that queue,
/// with `tag`. Returns 0 if the call could not be submitted. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_finalize_shutdown(
    worker: Handle,
    queue: Handle,
    tag: u64,
) -> Handle {
    handle(|| handles::get::<Worker>(worker)?.finalize_shutdown(Destination::new(queue, tag)?))
}

/// Frees a worker. One that was not finalized stops at once: its streams end without a last record, and its tasks are left to
/// the server's timeouts. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_worker_free(worker: Handle) -> Code {
    code(|| handles::remove::<Worker>(worker).map(drop))
}

/// Makes a worker that replays histories, without a server. Its tasks are taken and completed as those of any worker.
///
/// `config` is that of a worker. Returns the worker's handle, to be freed by the caller; 0 on failure. Any thread.
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

/// Gives a replay worker a history, an encoded `temporal.api.history.v1.History`. Asynchronous: ends with empty bytes when the
/// worker has room for it, so that a caller who waits never piles up histories.
///
/// Histories do not hold their workflow's id, hence `workflow_id`, UTF-8. `queue` 0: the completion goes to the returned
/// pending handle; else to that queue, with `tag`. Returns 0 if the call could not be submitted. Any thread.
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

/// Gives a replay worker a history as JSON, in the form of `temporal workflow show --output json`. Otherwise as
/// `temporal_bun_replay_worker_push_history`.
///
/// The JSON is read on a thread of the runtime: JSON that is no history fails the call, not its submission.
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

/// Tells a replay worker that no more histories come: it shuts down after the last. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_replay_worker_end_input(worker: Handle) -> Code {
    code(|| handles::get::<Worker>(worker)?.end_history_input())
}
