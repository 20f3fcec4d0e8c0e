//! Checks the answer to a workflow task before any of it is done: one wrong command fails the whole task.

use crate::{
    state::run::Run,
    time::{nanos, retry},
    transitions::updates,
};
use std::collections::HashSet;
use temporalio_protos::temporal::api::{
    command::v1::{
        Command, ScheduleActivityTaskCommandAttributes,
        StartChildWorkflowExecutionCommandAttributes, command::Attributes,
    },
    enums::v1::WorkflowTaskFailedCause as Cause,
    history::v1::history_event,
    workflowservice::v1::RespondWorkflowTaskCompletedRequest,
};

/// The longest id.
const MAX_ID_LENGTH: usize = 1000;
/// The most activities, children, signals and cancellations of others that may be pending.
const MAX_PENDING: usize = 2000;

/// Why a workflow task fails.
#[derive(Debug)]
pub struct Refusal {
    pub cause: Cause,
    /// The error's message, which begins with the cause's name.
    pub message: String,
}

fn refusal(cause: Cause, message: impl std::fmt::Display) -> Refusal {
    Refusal {
        cause,
        message: format!("{cause:?}: {message}"),
    }
}

/// Finds the first reason to refuse an answer.
pub fn check(run: &Run, request: &RespondWorkflowTaskCompletedRequest) -> Option<Refusal> {
    check_all(run, request).err()
}

fn check_all(run: &Run, request: &RespondWorkflowTaskCompletedRequest) -> Result<(), Refusal> {
    let mut timers: HashSet<&str> = run.timers.keys().map(String::as_str).collect();
    let mut activities: HashSet<&str> = run
        .activities
        .values()
        .map(|activity| activity.scheduled.activity_id.as_str())
        .collect();
    let mut children = run.children.len();
    for command in &request.commands {
        match &command.attributes {
            Some(Attributes::StartTimerCommandAttributes(timer)) => {
                if timer.timer_id.is_empty() {
                    return Err(refusal(
                        Cause::BadStartTimerAttributes,
                        "TimerId is not set on StartTimerCommand.",
                    ));
                }
                check_length(Cause::BadStartTimerAttributes, "TimerId", &timer.timer_id)?;
                if nanos(timer.start_to_fire_timeout.as_ref()) < 0 {
                    return Err(refusal(
                        Cause::BadStartTimerAttributes,
                        format_args!(
                            "Invalid StartToFireTimeout for StartTimerCommand: negative duration. TimerId={}",
                            timer.timer_id
                        ),
                    ));
                }
                if !timers.insert(&timer.timer_id) {
                    return Err(refusal(
                        Cause::StartTimerDuplicateId,
                        format_args!("Timer with Id {} already exists", timer.timer_id),
                    ));
                }
            }
            Some(Attributes::CancelTimerCommandAttributes(timer)) => {
                let is_buffered = run.buffered.iter().any(|event| {
                    matches!(&event.attributes,
                        Some(history_event::Attributes::TimerFiredEventAttributes(fired))
                            if fired.timer_id == timer.timer_id)
                });
                if !timers.remove(timer.timer_id.as_str()) && !is_buffered {
                    return Err(refusal(
                        Cause::BadCancelTimerAttributes,
                        format_args!("Timer with Id {} does not exist", timer.timer_id),
                    ));
                }
            }
            Some(Attributes::ScheduleActivityTaskCommandAttributes(activity)) => {
                check_activity(activity)?;
                if !activities.insert(&activity.activity_id) {
                    return Err(refusal(
                        Cause::ScheduleActivityDuplicateId,
                        format_args!("ActivityId {} already exists", activity.activity_id),
                    ));
                }
                if activities.len() > MAX_PENDING {
                    return Err(refusal(
                        Cause::PendingActivitiesLimitExceeded,
                        format_args!(
                            "the number of pending activities, {}, has reached the per-workflow limit of {MAX_PENDING}",
                            activities.len() - 1
                        ),
                    ));
                }
            }
            Some(Attributes::StartChildWorkflowExecutionCommandAttributes(child)) => {
                check_child(child)?;
                children += 1;
                if children > MAX_PENDING {
                    return Err(refusal(
                        Cause::PendingChildWorkflowsLimitExceeded,
                        format_args!(
                            "the number of pending child workflow executions, {}, has reached the per-workflow limit of {MAX_PENDING}",
                            children - 1
                        ),
                    ));
                }
            }
            Some(Attributes::RecordMarkerCommandAttributes(marker))
                if marker.marker_name.is_empty() =>
            {
                return Err(refusal(
                    Cause::BadRecordMarkerAttributes,
                    "MarkerName is not set on RecordMarkerCommand.",
                ));
            }
            Some(Attributes::FailWorkflowExecutionCommandAttributes(fail))
                if fail.failure.is_none() =>
            {
                return Err(refusal(
                    Cause::BadFailWorkflowExecutionAttributes,
                    "Failure is not set on FailWorkflowExecutionCommand.",
                ));
            }
            Some(Attributes::SignalExternalWorkflowExecutionCommandAttributes(signal)) => {
                let target = signal.execution.as_ref();
                if target.is_none_or(|target| target.workflow_id.is_empty()) {
                    return Err(refusal(
                        Cause::BadSignalWorkflowExecutionAttributes,
                        "WorkflowId is not set on SignalExternalWorkflowExecutionCommand.",
                    ));
                }
                if signal.signal_name.is_empty() {
                    return Err(refusal(
                        Cause::BadSignalWorkflowExecutionAttributes,
                        "SignalName is not set on SignalExternalWorkflowExecutionCommand.",
                    ));
                }
            }
            Some(Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(cancel))
                if cancel.workflow_id.is_empty() =>
            {
                return Err(refusal(
                    Cause::BadRequestCancelExternalWorkflowExecutionAttributes,
                    "WorkflowId is not set on RequestCancelExternalWorkflowExecutionCommand.",
                ));
            }
            Some(Attributes::ScheduleNexusOperationCommandAttributes(_)) => {
                return Err(refusal(
                    Cause::FeatureDisabled,
                    "the embedded server does not serve Nexus operations",
                ));
            }
            None => {
                return Err(refusal(
                    Cause::UnhandledCommand,
                    "a command has no attributes",
                ));
            }
            _ => {}
        }
        if is_close(command) {
            if !run.buffered.is_empty() {
                return Err(Refusal {
                    cause: Cause::UnhandledCommand,
                    message: "UnhandledCommand".to_owned(),
                });
            }
            if run.has_admitted_updates() {
                return Err(Refusal {
                    cause: Cause::UnhandledUpdate,
                    message: "UnhandledUpdate".to_owned(),
                });
            }
            break;
        }
    }
    updates::check_messages(run, &request.messages)
        .map_err(|message| refusal(Cause::BadUpdateWorkflowExecutionMessage, message))
}

/// Whether a command ends the run.
pub fn is_close(command: &Command) -> bool {
    matches!(
        command.attributes,
        Some(
            Attributes::CompleteWorkflowExecutionCommandAttributes(_)
                | Attributes::FailWorkflowExecutionCommandAttributes(_)
                | Attributes::CancelWorkflowExecutionCommandAttributes(_)
                | Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(_)
        )
    )
}

fn check_length(cause: Cause, field: &str, id: &str) -> Result<(), Refusal> {
    if id.len() > MAX_ID_LENGTH {
        return Err(refusal(
            cause,
            format_args!("{field} exceeds length limit."),
        ));
    }
    Ok(())
}

fn check_activity(activity: &ScheduleActivityTaskCommandAttributes) -> Result<(), Refusal> {
    let bad = |message: String| refusal(Cause::BadScheduleActivityAttributes, message);
    let id = &activity.activity_id;
    let name = activity
        .activity_type
        .as_ref()
        .map_or("", |activity_type| &activity_type.name);
    if id.is_empty() {
        return Err(bad(format!(
            "ActivityId is not set on ScheduleActivityTaskCommand. ActivityType={name}"
        )));
    }
    if name.is_empty() {
        return Err(bad(format!(
            "ActivityType is not set on ScheduleActivityTaskCommand. ActivityId={id}"
        )));
    }
    check_length(Cause::BadScheduleActivityAttributes, "ActivityId", id)?;
    if let Some(policy) = &activity.retry_policy {
        retry::check(policy).map_err(|message| {
            bad(format!(
                "Invalid ActivityRetryPolicy for ScheduleActivityTaskCommand: {message} ActivityId={id} ActivityType={name}"
            ))
        })?;
    }
    if nanos(activity.schedule_to_close_timeout.as_ref()) <= 0
        && nanos(activity.start_to_close_timeout.as_ref()) <= 0
    {
        return Err(bad(format!(
            "A valid StartToClose or ScheduleToCloseTimeout is not set on ScheduleActivityTaskCommand. ActivityId={id} ActivityType={name}"
        )));
    }
    Ok(())
}

fn check_child(child: &StartChildWorkflowExecutionCommandAttributes) -> Result<(), Refusal> {
    let bad = |message: String| refusal(Cause::BadStartChildExecutionAttributes, message);
    if child.workflow_id.is_empty() {
        return Err(bad(
            "WorkflowId is not set on StartChildWorkflowExecutionCommand.".to_owned(),
        ));
    }
    check_length(
        Cause::BadStartChildExecutionAttributes,
        "WorkflowId",
        &child.workflow_id,
    )?;
    if child
        .workflow_type
        .as_ref()
        .is_none_or(|workflow_type| workflow_type.name.is_empty())
    {
        return Err(bad(format!(
            "WorkflowType is not set on StartChildWorkflowExecutionCommand. WorkflowId={}",
            child.workflow_id
        )));
    }
    if let Some(policy) = &child.retry_policy {
        retry::check(policy).map_err(|message| {
            bad(format!(
                "Invalid WorkflowRetryPolicy for StartChildWorkflowExecutionCommand: {message} WorkflowId={}",
                child.workflow_id
            ))
        })?;
    }
    Ok(())
}
