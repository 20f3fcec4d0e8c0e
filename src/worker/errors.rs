//! Errors of core's worker, as the host gets them.

use crate::{
    bridge::error::{BridgeError, Code},
    client::rpc,
};
use std::fmt::Display;
use temporalio_sdk_core::PollError;

/// Core refused what the worker was asked to do.
pub fn worker_failed(error: impl Display) -> BridgeError {
    BridgeError::new(Code::WorkerFailed, error.to_string())
}

/// The worker is shut down.
pub fn shut_down() -> BridgeError {
    BridgeError::new(Code::ShutDown, "the worker is shut down")
}

/// A poll brought no task.
pub fn poll_error(error: PollError) -> BridgeError {
    match error {
        PollError::ShutDown => BridgeError::new(
            Code::ShutDown,
            "the worker is shut down: there are no more tasks of this kind",
        ),
        PollError::TonicError(status) => rpc::status_error(Code::RpcFailed, &status),
    }
}
