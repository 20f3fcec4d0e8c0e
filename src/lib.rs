//! A C ABI over Temporal's core, for runtimes that are not Rust: the native half of `temporal-bun-sdk`.
//!
//! The route of a task, file by file: core's worker is polled in `worker/workflow_stream.rs`, on the thread that drains
//! (`hosted.rs`), or in `worker/task_stream.rs`; the task goes into a `queue.rs`, from which the host drains it through
//! `ffi/queue.rs`; the completion comes back through `ffi/worker.rs` to `worker.rs`, and from there to core.
//!
//! `docs/ffi-surface.md` explains the interface. All unsafe code is in `ffi`.

#![deny(unsafe_code)]
#![warn(missing_docs)]

mod call;
mod client;
mod config;
mod error;
#[allow(unsafe_code)]
pub mod ffi;
mod handle;
mod hosted;
mod metric;
mod outcome;
mod pending;
mod poll_here;
mod queue;
mod runtime;
mod server;
mod worker;
