//! The one error type of the bridge, and the JSON form that hosts read.

use super::invariant::invariant;
use serde_json::{Map, Value, json};
use std::fmt;

/// The kind of an error. The numbers are part of the ABI: add only to the end.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No error.
    Ok = 0,
    /// A NULL where bytes are needed, a negative size, or bytes that are not UTF-8 where text is needed.
    InvalidArgument = 1,
    /// Handle 0, a handle that was never made, or one that is already freed.
    InvalidHandle = 2,
    /// A live handle of another kind than the function takes.
    WrongHandleKind = 3,
    /// JSON that does not parse or does not fit; details: `field`.
    InvalidConfig = 4,
    /// Bytes or JSON that are not the message they should be; details: `message`, and of JSON `field`.
    InvalidProtobuf = 5,
    /// The caller's memory is too small; details: `needed`, `capacity`. Nothing was lost.
    BufferTooSmall = 6,
    /// A result was taken from a call that is still under way.
    NotReady = 7,
    /// A result was taken twice.
    AlreadyTaken = 8,
    /// The call was cancelled.
    Cancelled = 9,
    /// The queue, or the runtime under the call, is closed.
    Closed = 10,
    /// The object is not in a state that allows this; the message says what to do.
    FailedPrecondition = 11,
    /// The worker is shut down; for a poll: there will be no more tasks.
    ShutDown = 12,
    /// No connection could be made.
    ConnectFailed = 13,
    /// A remote procedure call ended with a gRPC status other than OK.
    RpcFailed = 14,
    /// Core refused what the worker was asked to do.
    WorkerFailed = 15,
    /// An ephemeral server did not start or stop.
    ServerFailed = 16,
    /// A panic or a broken promise of the library itself.
    Internal = 17,
}

impl Code {
    /// The name that the JSON form carries.
    pub const fn name(self) -> &'static str {
        match self {
            Code::Ok => "ok",
            Code::InvalidArgument => "invalid_argument",
            Code::InvalidHandle => "invalid_handle",
            Code::WrongHandleKind => "wrong_handle_kind",
            Code::InvalidConfig => "invalid_config",
            Code::InvalidProtobuf => "invalid_protobuf",
            Code::BufferTooSmall => "buffer_too_small",
            Code::NotReady => "not_ready",
            Code::AlreadyTaken => "already_taken",
            Code::Cancelled => "cancelled",
            Code::Closed => "closed",
            Code::FailedPrecondition => "failed_precondition",
            Code::ShutDown => "shut_down",
            Code::ConnectFailed => "connect_failed",
            Code::RpcFailed => "rpc_failed",
            Code::WorkerFailed => "worker_failed",
            Code::ServerFailed => "server_failed",
            Code::Internal => "internal",
        }
    }
}

/// An error on its way to the host.
#[derive(Clone, Debug, PartialEq)]
pub struct BridgeError {
    /// The kind of error.
    pub code: Code,
    /// An explanation for people.
    pub message: String,
    /// The same for programs.
    pub details: Map<String, Value>,
}

impl BridgeError {
    /// Makes an error without details.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Map::new(),
        }
    }

    /// Adds one detail.
    #[must_use]
    pub fn with_detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// Encodes the error as the host reads it: `{"code","message","details"}`.
    pub fn to_json(&self) -> Vec<u8> {
        json!({ "code": self.code.name(), "message": self.message, "details": self.details })
            .to_string()
            .into_bytes()
    }

    /// The caller's memory cannot hold the `needed` bytes.
    pub fn buffer_too_small(needed: usize, capacity: usize) -> Self {
        invariant!(needed > capacity, "{needed} bytes fit into {capacity}");
        Self::new(
            Code::BufferTooSmall,
            format!("{needed} bytes are needed, {capacity} were given"),
        )
        .with_detail("needed", needed)
        .with_detail("capacity", capacity)
    }

    /// Bytes are not the protobuf message they should be.
    pub fn invalid_protobuf(message: &str, source: &prost::DecodeError) -> Self {
        Self::new(
            Code::InvalidProtobuf,
            format!("the bytes are not a {message}: {source}"),
        )
        .with_detail("message", message)
    }

    /// Makes an error of a caught panic.
    pub fn from_panic(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".to_owned());
        Self::new(Code::Internal, format!("the bridge panicked: {text}"))
    }
}

impl fmt::Display for BridgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

impl std::error::Error for BridgeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_has_code_message_and_details() {
        let error =
            BridgeError::new(Code::InvalidConfig, "no \"field\"").with_detail("field", "a.b");
        let json: Value = serde_json::from_slice(&error.to_json()).unwrap();
        assert_eq!(
            json,
            json!({"code": "invalid_config", "message": "no \"field\"", "details": {"field": "a.b"}})
        );
    }

    #[test]
    fn a_panic_keeps_its_message() {
        let text = std::panic::catch_unwind(|| panic!("out of {}", "cheese")).unwrap_err();
        let error = BridgeError::from_panic(&*text);
        assert_eq!(error.code, Code::Internal);
        assert!(error.message.ends_with("out of cheese"));
    }
}
