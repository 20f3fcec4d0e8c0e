//! Nexus operations: their start and cancellation by handlers, their ends, and their timeouts.

#![allow(deprecated)]

use crate::{
    errors, links,
    state::{
        Busy, State,
        nexus::{Attempts, NexusCall, NexusCancellation, NexusOperation},
        numbers::RunNo,
        queue_kind::QueueKind,
        queues::{QueueKey, QueuedTask},
        run::event,
        timers::Timer,
        tokens::{event_token, read_event_token},
    },
    time::{Nanos, SECOND, duration, least, nanos, non_zero, retry, timestamp},
};
use temporalio_protos::temporal::api::{
    command::v1::{
        RequestCancelNexusOperationCommandAttributes, ScheduleNexusOperationCommandAttributes,
    },
    common::v1::{Callback, Link, Payload, RetryPolicy, callback},
    enums::v1::{EventType, NexusHandlerErrorRetryBehavior, TimeoutType},
    failure::v1::{
        ApplicationFailureInfo, CanceledFailureInfo, Failure, NexusHandlerFailureInfo,
        NexusOperationFailureInfo, TerminatedFailureInfo, TimeoutFailureInfo, failure::FailureInfo,
    },
    history::v1::{
        NexusOperationCancelRequestCompletedEventAttributes,
        NexusOperationCancelRequestFailedEventAttributes,
        NexusOperationCancelRequestedEventAttributes, NexusOperationCanceledEventAttributes,
        NexusOperationCompletedEventAttributes, NexusOperationFailedEventAttributes,
        NexusOperationScheduledEventAttributes, NexusOperationStartedEventAttributes,
        NexusOperationTimedOutEventAttributes, history_event::Attributes,
    },
    nexus::v1::{
        CancelOperationRequest, HandlerError, Request, StartOperationRequest, request, response,
        start_operation_response,
    },
    sdk::v1::UserMetadata,
    workflowservice::v1::PollNexusTaskQueueResponse,
};
use tonic::Status;

/// The time in which a handler must answer.
const REQUEST_TIMEOUT: Nanos = 10 * SECOND;
/// The beginning of the URL that an operation is completed by. Its rest names the operation.
const CALLBACK: &str = "temporal://embedded/nexus/";
/// The end of an operation in the words of its failure.
const UNSUCCESSFUL: &str = "nexus operation completed unsuccessfully";

/// The run and the scheduled event of an operation.
pub type PendingNexus = (RunNo, i64);

/// How an operation ended.
enum NexusEnd {
    Completed(Option<Payload>),
    Failed(Box<Failure>),
    Canceled(Box<Failure>),
    TimedOut,
}

/// The policy of further calls to a handler.
fn retry_policy() -> RetryPolicy {
    RetryPolicy {
        initial_interval: Some(duration(SECOND)),
        backoff_coefficient: 2.0,
        maximum_interval: Some(duration(3600 * SECOND)),
        ..Default::default()
    }
}

impl State {
    /// Schedules an operation, and sends its start to the endpoint.
    pub fn schedule_nexus(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: ScheduleNexusOperationCommandAttributes,
        metadata: Option<UserMetadata>,
    ) {
        let now = self.now();
        let stamp = self.new_no();
        let request_id = self.new_uuid();
        let endpoint_id = self
            .endpoints
            .values()
            .find(|endpoint| endpoint.spec.name == command.endpoint)
            .map(|endpoint| endpoint.id.clone())
            .unwrap_or_default();
        let run_timeout = nanos(self.run(no).start.workflow_run_timeout.as_ref());
        let asked = nanos(command.schedule_to_close_timeout.as_ref());
        let to_close = least([asked, run_timeout]);
        let scheduled = NexusOperationScheduledEventAttributes {
            endpoint: command.endpoint,
            service: command.service,
            operation: command.operation,
            input: command.input,
            schedule_to_close_timeout: non_zero(to_close).or(command.schedule_to_close_timeout),
            nexus_header: command.nexus_header,
            workflow_task_completed_event_id: completed_id,
            request_id,
            endpoint_id,
            ..Default::default()
        };
        let scheduled_id = self.write_command(
            no,
            Attributes::NexusOperationScheduledEventAttributes(scheduled.clone()),
            metadata,
        );
        let close_timer = (to_close > 0).then(|| {
            let timer = Timer::NexusTimeout {
                run: no,
                scheduled_id,
            };
            self.timers.add(now.saturating_add(to_close), timer)
        });
        let operation = NexusOperation {
            scheduled,
            scheduled_at: now,
            start: Some(NexusCall {
                attempt: 1,
                stamp,
                timer: None,
                next_at: 0,
            }),
            attempts: Attempts::default(),
            token: String::new(),
            is_started: false,
            cancellation: None,
            close_timer,
        };
        self.run(no).nexus.insert(scheduled_id, operation);
        self.send_nexus(no, scheduled_id);
    }

    /// A workflow asks for the cancellation of an operation. It goes to the handler once the operation has started.
    pub fn cancel_nexus(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: RequestCancelNexusOperationCommandAttributes,
        metadata: Option<UserMetadata>,
    ) {
        let requested_at = self.now();
        let scheduled_id = command.scheduled_event_id;
        let requested_id = self.write_command(
            no,
            Attributes::NexusOperationCancelRequestedEventAttributes(
                NexusOperationCancelRequestedEventAttributes {
                    scheduled_event_id: scheduled_id,
                    workflow_task_completed_event_id: completed_id,
                },
            ),
            metadata,
        );
        let Some(operation) = self.run(no).nexus.get_mut(&scheduled_id) else {
            return;
        };
        operation.cancellation = Some(NexusCancellation {
            requested_id,
            requested_at,
            attempts: Attempts::default(),
            is_refused: false,
            call: None,
        });
        if operation.is_started {
            self.send_cancellation(no, scheduled_id);
        }
    }

    fn operation(&mut self, (no, scheduled_id): PendingNexus) -> Option<&mut NexusOperation> {
        self.open_run(no)?.nexus.get_mut(&scheduled_id)
    }

    fn send_cancellation(&mut self, no: RunNo, scheduled_id: i64) {
        let stamp = self.new_no();
        let Some(operation) = self.operation((no, scheduled_id)) else {
            return;
        };
        if let Some(cancellation) = &mut operation.cancellation {
            cancellation.call = Some(NexusCall {
                attempt: 1,
                stamp,
                timer: None,
                next_at: 0,
            });
        }
        self.send_nexus(no, scheduled_id);
    }

    /// Puts the call of an operation that goes on into the endpoint's queue. It has some time there and with the handler.
    pub fn send_nexus(&mut self, no: RunNo, scheduled_id: i64) {
        let at = self.now().saturating_add(REQUEST_TIMEOUT);
        let Some(operation) = self.operation((no, scheduled_id)) else {
            return;
        };
        let endpoint_id = operation.scheduled.endpoint_id.clone();
        let Some(stamp) = operation.call().map(|call| call.stamp) else {
            return;
        };
        let worker = self.endpoints.get(&endpoint_id).and_then(|endpoint| {
            let (namespace, queue) = endpoint.worker()?;
            Some((namespace.to_owned(), queue.to_owned()))
        });
        let Some((namespace, name)) = worker else {
            let error = handler_failure("NOT_FOUND", "endpoint not registered");
            self.nexus_task_failed((no, scheduled_id), Some(error), None);
            return;
        };
        let timer = Timer::NexusTaskTimeout {
            run: no,
            scheduled_id,
        };
        let key = self.timers.add(at, timer);
        if let Some(call) = self
            .operation((no, scheduled_id))
            .and_then(NexusOperation::call)
        {
            call.timer = Some(key);
            call.next_at = 0;
        }
        self.busy.insert(Busy::Nexus(no, scheduled_id));
        let version = self.target_version(&namespace, &name, QueueKind::Nexus, "");
        let key = QueueKey {
            namespace,
            name,
            kind: QueueKind::Nexus,
            version,
        };
        self.queues.put(
            key,
            QueuedTask::Nexus {
                run: no,
                scheduled_id,
                stamp,
            },
        );
    }

    /// Hands a call to a worker. None if it is out of date.
    pub fn take_nexus(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        stamp: u64,
    ) -> Option<PollNexusTaskQueueResponse> {
        let now = self.now();
        let run = self.open_run(no)?;
        let link = links::to_nexus(&links::to_event(
            &run.namespace,
            &run.workflow_id,
            &run.run_id,
            scheduled_id,
            EventType::NexusOperationScheduled,
        ));
        let operation = run.nexus.get_mut(&scheduled_id)?;
        if operation.call()?.stamp != stamp {
            return None;
        }
        let scheduled = operation.scheduled.clone();
        let is_cancellation = operation.start.is_none();
        let mut header = scheduled.nexus_header.clone();
        let to_close = nanos(scheduled.schedule_to_close_timeout.as_ref());
        let mut limit = REQUEST_TIMEOUT;
        if to_close > 0 && !is_cancellation {
            let left = (operation.scheduled_at.saturating_add(to_close) - now).max(1);
            limit = limit.min(left);
            header
                .entry("operation-timeout".to_owned())
                .or_insert_with(|| milliseconds(left));
        }
        header.insert("request-timeout".to_owned(), milliseconds(limit));
        let variant = if is_cancellation {
            request::Variant::CancelOperation(CancelOperationRequest {
                service: scheduled.service,
                operation: scheduled.operation,
                operation_id: operation.token.clone(),
                operation_token: operation.token.clone(),
            })
        } else {
            request::Variant::StartOperation(StartOperationRequest {
                service: scheduled.service,
                operation: scheduled.operation,
                request_id: scheduled.request_id,
                callback: format!("{CALLBACK}{no}/{scheduled_id}"),
                payload: scheduled.input,
                links: vec![link],
                callback_header: Default::default(),
            })
        };
        Some(PollNexusTaskQueueResponse {
            task_token: event_token(no, scheduled_id, stamp),
            request: Some(Request {
                header,
                scheduled_time: Some(timestamp(now)),
                capabilities: Some(request::Capabilities {
                    temporal_failure_responses: true,
                }),
                endpoint: scheduled.endpoint,
                variant: Some(variant),
            }),
            ..Default::default()
        })
    }

    /// The operation whose call a token names.
    pub fn nexus_of_token(&mut self, bytes: &[u8]) -> Result<PendingNexus, Status> {
        let (no, scheduled_id, stamp) = read_event_token(bytes)?;
        let pending = (no, scheduled_id);
        self.operation(pending)
            .and_then(NexusOperation::call)
            .filter(|call| call.stamp == stamp)
            .map(|_| pending)
            .ok_or_else(|| errors::not_found("Nexus task not found or already expired"))
    }

    /// Ends the call that goes on. Returns whether it was a cancellation, and its attempt.
    fn end_nexus_call(
        &mut self,
        (no, scheduled_id): PendingNexus,
        failure: Option<Failure>,
    ) -> Option<(bool, i32)> {
        self.busy.remove(&Busy::Nexus(no, scheduled_id));
        let now = self.now();
        let operation = self.operation((no, scheduled_id))?;
        let (is_cancellation, call) = match operation.start.take() {
            Some(call) => {
                operation.attempts.note(now, failure);
                (false, call)
            }
            None => {
                let cancellation = operation.cancellation.as_mut()?;
                let call = cancellation.call.take()?;
                cancellation.attempts.note(now, failure);
                (true, call)
            }
        };
        if let Some(timer) = call.timer {
            self.timers.cancel(timer);
        }
        Some((is_cancellation, call.attempt))
    }

    /// Takes a handler's answer.
    pub fn nexus_task_completed(
        &mut self,
        pending: PendingNexus,
        answer: Option<response::Variant>,
    ) -> Result<(), Status> {
        let Some((is_cancellation, _)) = self.end_nexus_call(pending, None) else {
            return Ok(());
        };
        if is_cancellation {
            self.cancellation_answered(pending, None);
            return Ok(());
        }
        use start_operation_response::Variant;
        let answer = match answer {
            Some(response::Variant::StartOperation(start)) => start.variant,
            _ => None,
        };
        match answer {
            Some(Variant::SyncSuccess(success)) => {
                let links = links::from_nexus(&success.links);
                self.end_nexus(pending, NexusEnd::Completed(success.payload), links);
            }
            Some(Variant::AsyncSuccess(success)) => {
                let token = if success.operation_token.is_empty() {
                    success.operation_id
                } else {
                    success.operation_token
                };
                let links = links::from_nexus(&success.links);
                self.nexus_started(pending, token, links);
            }
            Some(Variant::Failure(failure)) => {
                self.end_nexus(pending, end_of(failure), Vec::new());
            }
            Some(Variant::OperationError(error)) => {
                let failure = error.failure.unwrap_or_default();
                let info = if error.operation_state == "canceled" {
                    FailureInfo::CanceledFailureInfo(CanceledFailureInfo::default())
                } else {
                    FailureInfo::ApplicationFailureInfo(nexus_failure_info())
                };
                let failure = Failure {
                    message: failure.message,
                    failure_info: Some(info),
                    ..Default::default()
                };
                self.end_nexus(pending, end_of(failure), Vec::new());
            }
            None => {
                return Err(errors::invalid(
                    "The answer to the start of a Nexus operation is empty.",
                ));
            }
        }
        Ok(())
    }

    /// Takes a handler's error: calls it again, or ends the operation.
    pub fn nexus_task_failed(
        &mut self,
        pending: PendingNexus,
        failure: Option<Failure>,
        error: Option<HandlerError>,
    ) {
        let failure = failure.map(as_cause).unwrap_or_else(|| {
            let error = error.unwrap_or_default();
            let message = error.failure.unwrap_or_default().message;
            let mut failure = handler_failure(&error.error_type, &message);
            if let Some(FailureInfo::NexusHandlerFailureInfo(info)) = &mut failure.failure_info {
                info.retry_behavior = error.retry_behavior;
            }
            if let Some(cause) = &mut failure.cause {
                cause.failure_info = Some(FailureInfo::ApplicationFailureInfo(
                    ApplicationFailureInfo {
                        non_retryable: false,
                        ..nexus_failure_info()
                    },
                ));
            }
            failure
        });
        if is_retryable(&failure) {
            self.call_nexus_again(pending, failure);
            return;
        }
        match self.end_nexus_call(pending, Some(failure.clone())) {
            Some((true, _)) => self.cancellation_answered(pending, Some(failure)),
            Some((false, _)) => {
                self.end_nexus(pending, NexusEnd::Failed(Box::new(failure)), Vec::new());
            }
            None => {}
        }
    }

    /// A handler has not answered in time.
    pub fn nexus_task_timed_out(&mut self, no: RunNo, scheduled_id: i64) {
        let failure = handler_failure("UPSTREAM_TIMEOUT", "upstream timeout");
        self.call_nexus_again((no, scheduled_id), failure);
    }

    fn call_nexus_again(&mut self, pending: PendingNexus, failure: Failure) {
        let (no, scheduled_id) = pending;
        let stamp = self.new_no();
        let Some((is_cancellation, attempt)) = self.end_nexus_call(pending, Some(failure)) else {
            return;
        };
        let interval = retry::interval(&retry_policy(), attempt);
        let at = self.now().saturating_add(interval);
        let timer = self.timers.add(
            at,
            Timer::NexusRetry {
                run: no,
                scheduled_id,
            },
        );
        let call = Some(NexusCall {
            attempt: attempt + 1,
            stamp,
            timer: Some(timer),
            next_at: at,
        });
        let Some(operation) = self.operation(pending) else {
            return;
        };
        match &mut operation.cancellation {
            Some(cancellation) if is_cancellation => cancellation.call = call,
            _ => operation.start = call,
        }
    }

    fn nexus_started(&mut self, pending: PendingNexus, token: String, links: Vec<Link>) {
        let (no, scheduled_id) = pending;
        let Some(operation) = self.operation(pending) else {
            return;
        };
        operation.token.clone_from(&token);
        operation.is_started = true;
        let is_cancelled = operation.cancellation.is_some();
        let request_id = operation.scheduled.request_id.clone();
        let attributes = Attributes::NexusOperationStartedEventAttributes(
            NexusOperationStartedEventAttributes {
                scheduled_event_id: scheduled_id,
                operation_id: token.clone(),
                operation_token: token,
                request_id,
            },
        );
        self.record_linked(no, attributes, links);
        if is_cancelled {
            self.send_cancellation(no, scheduled_id);
        }
    }

    /// The handler has taken a cancellation, or refused it.
    fn cancellation_answered(&mut self, pending: PendingNexus, failure: Option<Failure>) {
        let (no, scheduled_event_id) = pending;
        let Some(operation) = self.operation(pending) else {
            return;
        };
        let requested_event_id = operation.cancellation.as_mut().map_or(0, |cancellation| {
            cancellation.is_refused = failure.is_some();
            cancellation.requested_id
        });
        let attributes = match failure {
            None => Attributes::NexusOperationCancelRequestCompletedEventAttributes(
                NexusOperationCancelRequestCompletedEventAttributes {
                    requested_event_id,
                    scheduled_event_id,
                    ..Default::default()
                },
            ),
            Some(failure) => Attributes::NexusOperationCancelRequestFailedEventAttributes(
                NexusOperationCancelRequestFailedEventAttributes {
                    requested_event_id,
                    scheduled_event_id,
                    failure: Some(failure),
                    ..Default::default()
                },
            ),
        };
        // Workers that do not know of it do without.
        let mut event = event(self.now(), attributes);
        event.worker_may_ignore = true;
        self.run(no).record_event(event);
        self.need_workflow_task(no);
    }

    pub fn nexus_timed_out(&mut self, no: RunNo, scheduled_id: i64) {
        self.end_nexus((no, scheduled_id), NexusEnd::TimedOut, Vec::new());
    }

    fn end_nexus(&mut self, pending: PendingNexus, end: NexusEnd, links: Vec<Link>) {
        let (no, scheduled_event_id) = pending;
        while self.end_nexus_call(pending, None).is_some() {}
        let Some(operation) = self
            .open_run(no)
            .and_then(|run| run.nexus.remove(&scheduled_event_id))
        else {
            return;
        };
        if let Some(timer) = operation.close_timer {
            self.timers.cancel(timer);
        }
        let failure = |cause: Failure| {
            let scheduled = &operation.scheduled;
            Some(Failure {
                message: UNSUCCESSFUL.to_owned(),
                failure_info: Some(FailureInfo::NexusOperationExecutionFailureInfo(
                    NexusOperationFailureInfo {
                        scheduled_event_id,
                        endpoint: scheduled.endpoint.clone(),
                        service: scheduled.service.clone(),
                        operation: scheduled.operation.clone(),
                        operation_id: operation.token.clone(),
                        operation_token: operation.token.clone(),
                    },
                )),
                cause: Some(Box::new(cause)),
                ..Default::default()
            })
        };
        let request_id = operation.scheduled.request_id.clone();
        let attributes = match end {
            NexusEnd::Completed(result) => Attributes::NexusOperationCompletedEventAttributes(
                NexusOperationCompletedEventAttributes {
                    scheduled_event_id,
                    result,
                    request_id,
                },
            ),
            NexusEnd::Failed(cause) => Attributes::NexusOperationFailedEventAttributes(
                NexusOperationFailedEventAttributes {
                    scheduled_event_id,
                    failure: failure(*cause),
                    request_id,
                },
            ),
            NexusEnd::Canceled(cause) => Attributes::NexusOperationCanceledEventAttributes(
                NexusOperationCanceledEventAttributes {
                    scheduled_event_id,
                    failure: failure(*cause),
                    request_id,
                },
            ),
            NexusEnd::TimedOut => Attributes::NexusOperationTimedOutEventAttributes(
                NexusOperationTimedOutEventAttributes {
                    scheduled_event_id,
                    failure: failure(timeout("operation timed out", TimeoutType::ScheduleToClose)),
                    request_id,
                },
            ),
        };
        self.record_linked(no, attributes, links);
    }

    /// Ends the operations that wait for a run, by its last event.
    pub fn complete_callbacks(&mut self, run: RunNo) {
        let now = self.now();
        let run = self.run(run);
        let Some(end) = run.events.last().and_then(|event| event.attributes.clone()) else {
            return;
        };
        let pending: Vec<PendingNexus> = run
            .callbacks
            .iter_mut()
            .filter_map(|callback| {
                callback.told_at = now;
                operation_of(&callback.callback)
            })
            .collect();
        // The handler may not have answered yet: then the history has the start as well.
        let token = run.run_id.clone();
        let link = links::of_event(run.first_event());
        for pending in pending {
            let is_started = match self.operation(pending) {
                Some(operation) => operation.is_started,
                None => continue,
            };
            if !is_started {
                self.end_nexus_call(pending, None);
                self.nexus_started(pending, token.clone(), vec![link.clone()]);
            }
            self.end_nexus(pending, end_by(&end), Vec::new());
        }
    }
}

/// The operation that a callback of a workflow completes. None for those of others.
fn operation_of(callback: &Callback) -> Option<PendingNexus> {
    let Some(callback::Variant::Nexus(nexus)) = &callback.variant else {
        return None;
    };
    let (no, scheduled_id) = nexus.url.strip_prefix(CALLBACK)?.split_once('/')?;
    Some((no.parse().ok()?, scheduled_id.parse().ok()?))
}

/// The end of an operation whose workflow has ended with an event.
fn end_by(event: &Attributes) -> NexusEnd {
    let failure = |message: &str, info| {
        Box::new(Failure {
            message: message.to_owned(),
            failure_info: Some(info),
            ..Default::default()
        })
    };
    match event {
        Attributes::WorkflowExecutionCompletedEventAttributes(end) => {
            let payloads = end.result.clone().unwrap_or_default().payloads;
            NexusEnd::Completed(payloads.into_iter().next())
        }
        Attributes::WorkflowExecutionFailedEventAttributes(end) => {
            NexusEnd::Failed(Box::new(end.failure.clone().unwrap_or_default()))
        }
        Attributes::WorkflowExecutionCanceledEventAttributes(end) => {
            let info = CanceledFailureInfo {
                details: end.details.clone(),
                ..Default::default()
            };
            NexusEnd::Canceled(failure(
                "operation canceled",
                FailureInfo::CanceledFailureInfo(info),
            ))
        }
        Attributes::WorkflowExecutionTimedOutEventAttributes(_) => {
            NexusEnd::Failed(Box::new(timeout(
                "operation exceeded internal timeout",
                TimeoutType::Unspecified,
            )))
        }
        _ => NexusEnd::Failed(failure(
            "operation terminated",
            FailureInfo::TerminatedFailureInfo(TerminatedFailureInfo::default()),
        )),
    }
}

fn end_of(failure: Failure) -> NexusEnd {
    match failure.failure_info {
        Some(FailureInfo::CanceledFailureInfo(_)) => NexusEnd::Canceled(Box::new(failure)),
        _ => NexusEnd::Failed(Box::new(failure)),
    }
}

fn timeout(message: &str, timeout_type: TimeoutType) -> Failure {
    Failure {
        message: message.to_owned(),
        failure_info: Some(FailureInfo::TimeoutFailureInfo(TimeoutFailureInfo {
            timeout_type: timeout_type as i32,
            last_heartbeat_details: None,
        })),
        ..Default::default()
    }
}

fn nexus_failure_info() -> ApplicationFailureInfo {
    ApplicationFailureInfo {
        r#type: "NexusFailure".to_owned(),
        non_retryable: true,
        ..Default::default()
    }
}

/// A handler's error, with its message as the cause.
fn handler_failure(error_type: &str, message: &str) -> Failure {
    Failure {
        message: format!("handler error ({error_type}): {message}"),
        failure_info: Some(FailureInfo::NexusHandlerFailureInfo(
            NexusHandlerFailureInfo {
                r#type: error_type.to_owned(),
                ..Default::default()
            },
        )),
        cause: Some(Box::new(Failure {
            message: message.to_owned(),
            failure_info: Some(FailureInfo::ApplicationFailureInfo(
                ApplicationFailureInfo::default(),
            )),
            ..Default::default()
        })),
        ..Default::default()
    }
}

/// A handler's error that came as a failure, under one which says that it is the handler's.
fn as_cause(failure: Failure) -> Failure {
    let Some(FailureInfo::NexusHandlerFailureInfo(info)) = &failure.failure_info else {
        return failure;
    };
    Failure {
        message: format!("handler error ({}): {}", info.r#type, failure.message),
        failure_info: failure.failure_info.clone(),
        cause: Some(Box::new(failure)),
        ..Default::default()
    }
}

/// Whether a handler is called again after an error.
fn is_retryable(failure: &Failure) -> bool {
    let Some(FailureInfo::NexusHandlerFailureInfo(info)) = &failure.failure_info else {
        return true;
    };
    match info.retry_behavior() {
        NexusHandlerErrorRetryBehavior::Retryable => true,
        NexusHandlerErrorRetryBehavior::NonRetryable => false,
        NexusHandlerErrorRetryBehavior::Unspecified => !matches!(
            info.r#type.as_str(),
            "BAD_REQUEST"
                | "UNAUTHENTICATED"
                | "UNAUTHORIZED"
                | "NOT_FOUND"
                | "CONFLICT"
                | "NOT_IMPLEMENTED"
        ),
    }
}

fn milliseconds(length: Nanos) -> String {
    format!("{}ms", (length / 1_000_000).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_names_its_operation_and_those_of_others_none() {
        let callback = |url: &str| Callback {
            variant: Some(callback::Variant::Nexus(callback::Nexus {
                url: url.to_owned(),
                ..Default::default()
            })),
            ..Default::default()
        };
        let ours = callback(&format!("{CALLBACK}7/5"));
        assert_eq!(operation_of(&ours), Some((7, 5)));
        assert_eq!(operation_of(&callback("https://example.com/7/5")), None);
    }

    #[test]
    fn handlers_are_called_again_after_errors_of_theirs() {
        assert!(is_retryable(&handler_failure("INTERNAL", "no")));
        assert!(!is_retryable(&handler_failure("BAD_REQUEST", "no")));
        assert!(is_retryable(&Failure::default()));
    }
}
