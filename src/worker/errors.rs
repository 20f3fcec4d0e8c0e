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

/// A run was completed that has no activation out.
pub fn nothing_to_complete(run_id: &str) -> BridgeError {
    let message = format!(
        "no activation of the run {run_id:?} is out: complete each activation of this replay worker once, with its run id"
    );
    BridgeError::new(Code::WorkerFailed, message).with_detail("runId", run_id)
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
