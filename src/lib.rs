//! A C ABI over Temporal's core, for runtimes that are not Rust: the native half of `temporal-bun-sdk`.
//!
//! Three layers, each of which imports only from those below it (`layers.rs` holds them to it):
//!
//! * `ffi`: the exports. Pointers become slices, panics become errors. All unsafe code is here.
//! * `worker`, `client`, `server`, `embedded_server`, `metric`, `runtime`: the objects that handles name. `messages` is
//!   beside them: messages as JSON.
//! * `bridge`: the machinery between a host and core: errors, handles, calls, completion queues, executors.
//!
//! The route of a workflow task: `worker/streams/workflow.rs` polls core on the thread that drains
//! (`bridge/executors/drain_task.rs`), `worker/streams/router.rs` picks a queue, the task waits in
//! `bridge/completion_queue.rs`, and the host drains it through `ffi/completion_queue.rs`. The completion comes back
//! through `ffi/worker.rs` to `worker/mod.rs`, and from there to core. An activity task takes the same route through
//! `worker/streams/task.rs`.
//!
//! Calls of the server by name are in a crate of their own, `calls/`: they take longer to compile than all of this. The
//! server for tests that `embedded_server` connects clients to is one as well, `embedded-server/`.
//!
//! `docs/ffi-surface.md` explains the interface.

#![deny(unsafe_code)]
#![warn(missing_docs)]

mod bridge;
mod client;
mod embedded_server;
#[allow(unsafe_code)]
pub mod ffi;
#[cfg(test)]
mod layers;
mod messages;
mod metric;
mod runtime;
mod server;
mod worker;
