import { FFIType } from 'bun:ffi';

// Handles and tags are below 2^53, so the `fast` types can pass them as numbers instead of bigints.
const handle = FFIType.u64_fast;
const tag = FFIType.u64_fast;
const size = FFIType.u64_fast;
const bytes = FFIType.ptr;
const signedSize = FFIType.i64_fast;
const code = FFIType.i32;

/**
 * The functions of `include/temporal_bun_bridge.h` that this package calls. Bytes are passed as a pointer and a length.
 */
export const symbols = {
  temporal_bun_abi_version: { args: [], returns: FFIType.u32 },
  temporal_bun_last_error: { args: [bytes, size], returns: signedSize },

  // The wake: a pointer, because a `function` cannot be null.
  temporal_bun_queue_new: { args: [FFIType.ptr, FFIType.ptr], returns: handle },
  temporal_bun_queue_wait: { args: [handle, FFIType.i64_fast], returns: FFIType.i32 },
  temporal_bun_queue_fd_dup: { args: [handle], returns: FFIType.i32 },
  temporal_bun_queue_ready_bytes: { args: [handle], returns: signedSize },
  temporal_bun_queue_drain: { args: [handle, bytes, size], returns: signedSize },
  temporal_bun_queue_post: { args: [handle, tag, bytes, size], returns: code },
  temporal_bun_queue_close: { args: [handle], returns: code },
  temporal_bun_pending_cancel: { args: [handle], returns: code },

  temporal_bun_runtime_new: { args: [bytes, size], returns: handle },
  temporal_bun_runtime_attach_log_queue: { args: [handle, handle, tag], returns: code },
  temporal_bun_runtime_free: { args: [handle], returns: code },
  temporal_bun_runtime_metrics_bytes: { args: [handle], returns: signedSize },
  temporal_bun_runtime_take_metrics: { args: [handle, bytes, size], returns: signedSize },
  temporal_bun_metric_new: { args: [handle, bytes, size], returns: handle },
  temporal_bun_metric_with_attributes: { args: [handle, bytes, size], returns: handle },
  temporal_bun_metric_record: { args: [handle, FFIType.f64], returns: code },
  temporal_bun_metric_free: { args: [handle], returns: code },

  temporal_bun_client_connect: { args: [handle, bytes, size, handle, tag], returns: handle },
  temporal_bun_client_call: {
    args: [handle, bytes, size, bytes, size, bytes, size, handle, tag],
    returns: handle,
  },
  temporal_bun_client_update_metadata: { args: [handle, bytes, size], returns: code },
  temporal_bun_client_update_api_key: { args: [handle, bytes, size], returns: code },
  temporal_bun_client_free: { args: [handle], returns: code },

  temporal_bun_slot_supplier_new: { args: [handle, tag], returns: handle },
  temporal_bun_slot_supplier_answer: { args: [handle, FFIType.u64_fast, FFIType.i32], returns: code },
  temporal_bun_slot_supplier_free: { args: [handle], returns: code },

  temporal_bun_worker_new: { args: [handle, handle, bytes, size], returns: handle },
  temporal_bun_worker_validate: { args: [handle, handle, tag], returns: handle },
  temporal_bun_worker_attach_workflow_queue: { args: [handle, handle, tag], returns: code },
  temporal_bun_worker_attach_activity_queue: { args: [handle, handle, tag], returns: code },
  temporal_bun_worker_attach_nexus_queue: { args: [handle, handle, tag], returns: code },
  temporal_bun_worker_complete_workflow_task: { args: [handle, bytes, size, handle, tag], returns: handle },
  temporal_bun_worker_complete_activity_task: { args: [handle, bytes, size, handle, tag], returns: handle },
  temporal_bun_worker_complete_nexus_task: { args: [handle, bytes, size, handle, tag], returns: handle },
  temporal_bun_worker_record_activity_heartbeat: { args: [handle, bytes, size], returns: code },
  temporal_bun_worker_request_workflow_eviction: { args: [handle, bytes, size], returns: code },
  temporal_bun_worker_replace_client: { args: [handle, handle], returns: code },
  temporal_bun_worker_initiate_shutdown: { args: [handle], returns: code },
  temporal_bun_worker_finalize_shutdown: { args: [handle, handle, tag], returns: handle },
  temporal_bun_worker_free: { args: [handle], returns: code },

  temporal_bun_replay_worker_new: { args: [handle, bytes, size], returns: handle },
  temporal_bun_replay_worker_push_history: {
    args: [handle, bytes, size, bytes, size, handle, tag],
    returns: handle,
  },
  temporal_bun_replay_worker_push_history_json: {
    args: [handle, bytes, size, bytes, size, handle, tag],
    returns: handle,
  },
  temporal_bun_replay_worker_end_input: { args: [handle], returns: code },

  temporal_bun_dev_server_start: { args: [handle, bytes, size, handle, tag], returns: handle },
  temporal_bun_test_server_start: { args: [handle, bytes, size, handle, tag], returns: handle },
  temporal_bun_server_target: { args: [handle, bytes, size], returns: signedSize },
  temporal_bun_server_stop: { args: [handle, handle, tag], returns: handle },
  temporal_bun_server_free: { args: [handle], returns: code },

  temporal_bun_embedded_server_new: { args: [handle, bytes, size], returns: handle },
  temporal_bun_embedded_server_schedule: { args: [handle, bytes, size], returns: signedSize },
  temporal_bun_embedded_server_free: { args: [handle], returns: code },
} as const;
