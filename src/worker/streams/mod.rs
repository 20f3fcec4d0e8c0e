//! Tasks on their way from core to the host: polled one at a time, or streamed into queues.

mod backlog;
mod intake;
mod outstanding;
mod refusal;
mod router;
mod sink;
pub mod task;
pub mod workflow;
