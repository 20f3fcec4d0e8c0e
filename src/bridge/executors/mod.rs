//! Where asynchronous work runs: on a runtime's threads, on the caller's, or on the thread that drains a queue.

pub mod drain_task;
pub mod executor;
pub mod inline_task;
