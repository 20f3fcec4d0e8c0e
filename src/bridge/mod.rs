//! The machinery between a host and core. It knows nothing of runtimes, clients, workers and servers.

pub mod call;
pub mod call_result;
pub mod completion_queue;
pub mod config;
pub mod error;
pub mod executors;
pub mod handle;
pub mod host_memory;
pub mod invariant;
pub mod pending;
pub mod sync;
