//! Checks the answer to a workflow task before any of it is done: one wrong command fails the whole task.

use crate::{
    limits::{MAX_PENDING, check_search_attributes, is_memo_too_large, is_too_large},
    state::run::{External, Run},
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
/// The most Nexus operations that may be pending.
const MAX_NEXUS_OPERATIONS: usize = 30;

/// Why a workflow task fails.
#[derive(Debug)]
pub struct Refusal {
    pub cause: Cause,
    /// The error's message, which begins with the cause's name.
    pub message: String,
    /// The run is terminated as well.
    pub ends_run: bool,
}

fn refusal(cause: Cause, message: impl std::fmt::Display) -> Refusal {
    Refusal {
        cause,
        message: format!("{cause:?}: {message}"),
        ends_run: false,
    }
}

/// Refuses something of a size that ends the run.
fn check_size(cause: Cause, is_too_large: bool, what: &str) -> Result<(), Refusal> {
    if is_too_large {
        return Err(Refusal {
            ends_run: true,
            ..refusal(cause, format_args!("{what} exceeds size limit."))
        });
    }
    Ok(())
}

/// Refuses one more of what may be pending `MAX_PENDING` times.
fn check_pending(cause: Cause, pending: usize, what: &str) -> Result<(), Refusal> {
    if pending >= MAX_PENDING {
        return Err(refusal(
            cause,
            format_args!(
                "the number of {what}, {pending}, has reached the per-workflow limit of {MAX_PENDING}"
            ),
        ));
    }
    Ok(())
}

/// Finds the first reason to refuse an answer. `endpoints` are the names of the Nexus endpoints that are there.
pub fn check(
    run: &Run,
    request: &RespondWorkflowTaskCompletedRequest,
    endpoints: &HashSet<String>,
) -> Option<Refusal> {
    check_all(run, request, endpoints).err()
}

fn check_all(
    run: &Run,
    request: &RespondWorkflowTaskCompletedRequest,
    endpoints: &HashSet<String>,
) -> Result<(), Refusal> {
    let mut timers: HashSet<&str> = run.timers.keys().map(String::as_str).collect();
    let mut activities: HashSet<&str> = run
        .activities
        .values()
        .map(|activity| activity.scheduled.activity_id.as_str())
        .collect();
    let mut children = run.children.len();
    let mut operations = run.nexus.len();
    let pending = |kind| {
        let externals = run.externals.values();
        externals.filter(|external| **external == kind).count()
    };
    let mut signals = pending(External::Signal);
    let mut cancellations = pending(External::Cancellation);
    for command in &request.commands {
        check_sizes(command)?;
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
                let pending = activities.len() - 1;
                check_pending(
                    Cause::PendingActivitiesLimitExceeded,
                    pending,
                    "pending activities",
                )?;
            }
            Some(Attributes::StartChildWorkflowExecutionCommandAttributes(child)) => {
                check_child(child)?;
                check_pending(
                    Cause::PendingChildWorkflowsLimitExceeded,
                    children,
                    "pending child workflow executions",
                )?;
                children += 1;
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
                check_pending(
                    Cause::PendingSignalsLimitExceeded,
                    signals,
                    "pending signals to external workflows",
                )?;
                signals += 1;
            }
            Some(Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(cancel)) => {
                if cancel.workflow_id.is_empty() {
                    return Err(refusal(
                        Cause::BadRequestCancelExternalWorkflowExecutionAttributes,
                        "WorkflowId is not set on RequestCancelExternalWorkflowExecutionCommand.",
                    ));
                }
                check_pending(
                    Cause::PendingRequestCancelLimitExceeded,
                    cancellations,
                    "pending requests to cancel external workflows",
                )?;
                cancellations += 1;
            }
            Some(Attributes::UpsertWorkflowSearchAttributesCommandAttributes(upsert)) => {
                let attributes = upsert.search_attributes.clone().unwrap_or_default();
                check_search_attributes(&attributes)
                    .map_err(|message| refusal(Cause::BadSearchAttributes, message))?;
            }
            Some(Attributes::ScheduleNexusOperationCommandAttributes(nexus)) => {
                let cause = Cause::BadScheduleNexusOperationAttributes;
                if !endpoints.contains(&nexus.endpoint) {
                    return Err(refusal(
                        cause,
                        format_args!("endpoint {:?} not found", nexus.endpoint),
                    ));
                }
                if operations >= MAX_NEXUS_OPERATIONS {
                    return Err(refusal(
                        Cause::PendingNexusOperationsLimitExceeded,
                        format_args!(
                            "workflow has reached the pending nexus operation limit of {MAX_NEXUS_OPERATIONS} for this namespace"
                        ),
                    ));
                }
                operations += 1;
            }
            Some(Attributes::RequestCancelNexusOperationCommandAttributes(cancel)) => {
                let id = cancel.scheduled_event_id;
                let cause = Cause::BadRequestCancelNexusOperationAttributes;
                match run.nexus.get(&id) {
                    Some(operation) if operation.cancellation.is_some() => {
                        return Err(refusal(
                            cause,
                            format_args!(
                                "cancelation was already requested for an operation with scheduled event ID {id}"
                            ),
                        ));
                    }
                    None if !run.has_buffered_nexus_end(id) => {
                        return Err(refusal(
                            cause,
                            format_args!(
                                "requested cancelation for a non-existing or already completed operation with scheduled event ID of {id}"
                            ),
                        ));
                    }
                    _ => {}
                }
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
                    ends_run: false,
                });
            }
            break;
        }
    }
    updates::check_messages(run, &request.messages)
        .map_err(|message| refusal(Cause::BadUpdateWorkflowExecutionMessage, message))
}

/// Refuses payloads that are too large. They end the run.
fn check_sizes(command: &Command) -> Result<(), Refusal> {
    match &command.attributes {
        Some(Attributes::ScheduleActivityTaskCommandAttributes(activity)) => check_size(
            Cause::BadScheduleActivityAttributes,
            is_too_large(activity.input.as_ref()),
            "ScheduleActivityTaskCommandAttributes.Input",
        ),
        // The cause of an activity is what the real server gives.
        Some(Attributes::CompleteWorkflowExecutionCommandAttributes(complete)) => check_size(
            Cause::BadScheduleActivityAttributes,
            is_too_large(complete.result.as_ref()),
            "CompleteWorkflowExecutionCommandAttributes.Result",
        ),
        Some(Attributes::FailWorkflowExecutionCommandAttributes(fail)) => check_size(
            Cause::BadFailWorkflowExecutionAttributes,
            is_too_large(fail.failure.as_ref()),
            "FailWorkflowExecutionCommandAttributes.Failure",
        ),
        Some(Attributes::RecordMarkerCommandAttributes(marker)) => check_size(
            Cause::BadRecordMarkerAttributes,
            is_too_large(Some(marker)),
            "RecordMarkerCommandAttributes.Details",
        ),
        Some(Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(next)) => {
            let cause = Cause::BadContinueAsNewAttributes;
            let input = is_too_large(next.input.as_ref());
            check_size(
                cause,
                input,
                "ContinueAsNewWorkflowExecutionCommandAttributes. Input",
            )?;
            let memo = is_memo_too_large(next.memo.as_ref());
            check_size(
                cause,
                memo,
                "ContinueAsNewWorkflowExecutionCommandAttributes. Memo",
            )
        }
        Some(Attributes::StartChildWorkflowExecutionCommandAttributes(child)) => {
            let cause = Cause::BadStartChildExecutionAttributes;
            let input = is_too_large(child.input.as_ref());
            check_size(
                cause,
                input,
                "StartChildWorkflowExecutionCommandAttributes. Input",
            )?;
            let memo = is_memo_too_large(child.memo.as_ref());
            check_size(
                cause,
                memo,
                "StartChildWorkflowExecutionCommandAttributes.Memo",
            )
        }
        Some(Attributes::SignalExternalWorkflowExecutionCommandAttributes(signal)) => check_size(
            Cause::BadSignalWorkflowExecutionAttributes,
            is_too_large(signal.input.as_ref()),
            "SignalExternalWorkflowExecutionCommandAttributes.Input",
        ),
        Some(Attributes::ModifyWorkflowPropertiesCommandAttributes(modify)) => check_size(
            Cause::BadModifyWorkflowPropertiesAttributes,
            is_too_large(modify.upserted_memo.as_ref()),
            "ModifyWorkflowPropertiesCommandAttributes",
        ),
        _ => Ok(()),
    }
}

impl Run {
    /// Whether a Nexus operation has ended while the worker had the workflow task.
    fn has_buffered_nexus_end(&self, scheduled_id: i64) -> bool {
        use history_event::Attributes as Event;
        self.buffered.iter().any(|event| {
            let ended = match &event.attributes {
                Some(Event::NexusOperationCompletedEventAttributes(end)) => end.scheduled_event_id,
                Some(Event::NexusOperationFailedEventAttributes(end)) => end.scheduled_event_id,
                Some(Event::NexusOperationCanceledEventAttributes(end)) => end.scheduled_event_id,
                Some(Event::NexusOperationTimedOutEventAttributes(end)) => end.scheduled_event_id,
                _ => return false,
            };
            ended == scheduled_id
        })
    }
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

/// Refuses an activity that cannot be.
pub fn check_activity(activity: &ScheduleActivityTaskCommandAttributes) -> Result<(), Refusal> {
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
