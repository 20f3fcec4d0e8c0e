//! Errors, in the words of the real server.

use crate::time::nanos;
use prost::{Message, Name};
use prost_types::{Any, Duration};
use temporalio_protos::{
    google,
    temporal::api::{errordetails::v1 as details, failure::v1::MultiOperationExecutionAborted},
};
use tonic::{Code, Status};

/// An error with a message of `temporal.api.errordetails` that clients look for.
pub fn with_detail<D: Message + Name>(
    code: Code,
    message: impl Into<String>,
    detail: &D,
) -> Status {
    let message = message.into();
    let status = google::rpc::Status {
        code: code as i32,
        message: message.clone(),
        details: vec![any(detail)],
    };
    Status::with_details(code, message, status.encode_to_vec().into())
}

/// The fate of one of several operations that are done together.
pub enum Of {
    Done,
    /// It was not done, since another one failed.
    Aborted,
    Failed(Status),
}

impl Of {
    fn into_status(self) -> Status {
        match self {
            Of::Done => Status::ok(""),
            Of::Aborted => with_detail(
                Code::Aborted,
                "Operation was aborted.",
                &MultiOperationExecutionAborted {},
            ),
            Of::Failed(status) => status,
        }
    }
}

/// The error of operations that are done together: its code is that of the first which failed.
pub fn multi_operation(operations: [Of; 2]) -> Status {
    let failed = operations.iter().find_map(|operation| match operation {
        Of::Failed(status) => Some(status.code()),
        _ => None,
    });
    let statuses = operations.map(|operation| {
        let status = operation.into_status();
        let details = google::rpc::Status::decode(status.details()).unwrap_or_default();
        details::multi_operation_execution_failure::OperationStatus {
            code: status.code() as i32,
            message: status.message().to_owned(),
            details: details.details,
        }
    });
    with_detail(
        failed.unwrap_or(Code::Aborted),
        "Update-with-Start could not be executed.",
        &details::MultiOperationExecutionFailure {
            statuses: statuses.into(),
        },
    )
}

/// An error for a workflow that cannot answer yet, or not any more.
pub fn workflow_not_ready(message: impl Into<String>) -> Status {
    with_detail(
        Code::FailedPrecondition,
        message,
        &details::WorkflowNotReadyFailure {},
    )
}

/// Packs a message with the name of its type.
pub fn any<D: Message + Name>(message: &D) -> Any {
    Any {
        type_url: format!("type.googleapis.com/{}", D::full_name()),
        value: message.encode_to_vec(),
    }
}

pub fn invalid(message: impl Into<String>) -> Status {
    Status::invalid_argument(message)
}

/// The most bytes of an id or a name.
const MAX_LENGTH: usize = 1000;

/// Refuses an id or a name that is too long.
pub fn check_length(field: &str, value: &str) -> Result<(), Status> {
    if value.len() > MAX_LENGTH {
        return Err(invalid(format!("{field} length exceeds limit.")));
    }
    Ok(())
}

/// Refuses a field of a standalone activity that is too long.
pub fn check_activity_length(field: &str, value: &str) -> Result<(), Status> {
    if value.len() > MAX_LENGTH {
        return Err(invalid(format!(
            "{field} exceeds length limit. Length={} Limit={MAX_LENGTH}",
            value.len()
        )));
    }
    Ok(())
}

/// Refuses a duration that would end before it begins.
pub fn check_duration(field: &str, value: Option<&Duration>) -> Result<(), Status> {
    if nanos(value) < 0 {
        return Err(invalid(format!(
            "An invalid {field} is set on request. cause: negative duration"
        )));
    }
    Ok(())
}

/// An error for what the state of something does not allow.
pub fn failed_precondition(message: impl Into<String>) -> Status {
    Status::failed_precondition(message)
}

/// An error for what is not there.
pub fn not_found(message: impl Into<String>) -> Status {
    with_detail(
        Code::NotFound,
        message,
        &details::NotFoundFailure::default(),
    )
}

pub fn namespace_not_found(namespace: &str) -> Status {
    with_detail(
        Code::NotFound,
        format!("Namespace {namespace} is not found."),
        &details::NamespaceNotFoundFailure {
            namespace: namespace.to_owned(),
        },
    )
}

pub fn workflow_not_found(workflow_id: &str) -> Status {
    not_found(format!("workflow not found for ID: {workflow_id}"))
}

pub fn workflow_closed() -> Status {
    not_found("workflow execution already completed")
}

pub fn workflow_task_not_found() -> Status {
    not_found("Workflow task not found.")
}

pub fn activity_not_found() -> Status {
    not_found("invalid activityID or activity already timed out or invoking workflow is completed")
}

pub fn standalone_not_found(activity_id: &str) -> Status {
    not_found(format!("activity not found for ID: {activity_id}"))
}

pub fn activity_already_started(request_id: &str, run_id: &str) -> Status {
    with_detail(
        Code::AlreadyExists,
        "activity execution already started",
        &details::ActivityExecutionAlreadyStartedFailure {
            start_request_id: request_id.to_owned(),
            run_id: run_id.to_owned(),
        },
    )
}

pub fn already_started(message: String, request_id: &str, run_id: &str) -> Status {
    with_detail(
        Code::AlreadyExists,
        message,
        &details::WorkflowExecutionAlreadyStartedFailure {
            start_request_id: request_id.to_owned(),
            run_id: run_id.to_owned(),
            first_execution_run_id: run_id.to_owned(),
        },
    )
}
