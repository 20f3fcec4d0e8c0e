//! Nexus operations of a run, and the endpoints that they go to.

use crate::{
    state::timers::TimerKey,
    time::{Nanos, timestamp},
};
use temporalio_protos::temporal::api::{
    common::v1::Callback,
    enums::v1::{CallbackState, NexusOperationCancellationState, PendingNexusOperationState},
    failure::v1::Failure,
    history::v1::NexusOperationScheduledEventAttributes,
    nexus::v1::{Endpoint as Description, EndpointSpec, endpoint_target::Variant},
    workflow::v1::{
        CallbackInfo, NexusOperationCancellationInfo, PendingNexusOperationInfo, callback_info,
    },
};

/// A call to the handler of an operation: its start, or its cancellation.
#[derive(Debug)]
pub struct NexusCall {
    pub attempt: i32,
    /// Tells this attempt from all others in tokens and queues.
    pub stamp: u64,
    /// Of the attempt: its timeout, or the time of the next one.
    pub timer: Option<TimerKey>,
    /// When this attempt is made, if it waits for that. 0: it is with the handler, or waits for one.
    pub next_at: Nanos,
}

/// The calls to a handler that have been answered.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    pub count: i32,
    /// 0: none has been answered.
    pub last_at: Nanos,
    pub last_failure: Option<Failure>,
}

impl Attempts {
    pub fn note(&mut self, now: Nanos, failure: Option<Failure>) {
        self.count += 1;
        self.last_at = now;
        self.last_failure = failure;
    }
}

/// A cancellation that a workflow has asked for.
#[derive(Debug)]
pub struct NexusCancellation {
    pub requested_id: i64,
    pub requested_at: Nanos,
    pub attempts: Attempts,
    /// The handler has refused it.
    pub is_refused: bool,
    /// None while the operation has not started, and when the handler has answered.
    pub call: Option<NexusCall>,
}

impl NexusCancellation {
    fn describe(&self) -> NexusOperationCancellationInfo {
        let state = match &self.call {
            Some(call) if call.next_at != 0 => NexusOperationCancellationState::BackingOff,
            Some(_) => NexusOperationCancellationState::Scheduled,
            None if self.is_refused => NexusOperationCancellationState::Failed,
            None if self.attempts.count > 0 => NexusOperationCancellationState::Succeeded,
            None => NexusOperationCancellationState::Unspecified,
        };
        NexusOperationCancellationInfo {
            requested_time: Some(timestamp(self.requested_at)),
            state: state as i32,
            attempt: self.attempts.count,
            last_attempt_complete_time: time(self.attempts.last_at),
            last_attempt_failure: self.attempts.last_failure.clone(),
            next_attempt_schedule_time: self.call.as_ref().and_then(|call| time(call.next_at)),
            ..Default::default()
        }
    }
}

fn time(at: Nanos) -> Option<prost_types::Timestamp> {
    (at != 0).then(|| timestamp(at))
}

#[derive(Debug)]
pub struct NexusOperation {
    pub scheduled: NexusOperationScheduledEventAttributes,
    pub scheduled_at: Nanos,
    /// The start. None when the handler has answered.
    pub start: Option<NexusCall>,
    pub attempts: Attempts,
    /// The handler's name for the operation that it has started.
    pub token: String,
    pub is_started: bool,
    pub cancellation: Option<NexusCancellation>,
    pub close_timer: Option<TimerKey>,
}

impl NexusOperation {
    /// The call that goes on: of the cancellation, or else of the start.
    pub fn call(&mut self) -> Option<&mut NexusCall> {
        let cancellation = self.cancellation.as_mut();
        cancellation
            .and_then(|cancellation| cancellation.call.as_mut())
            .or(self.start.as_mut())
    }

    fn state(&self) -> PendingNexusOperationState {
        match &self.start {
            _ if self.is_started => PendingNexusOperationState::Started,
            Some(call) if call.next_at != 0 => PendingNexusOperationState::BackingOff,
            _ => PendingNexusOperationState::Scheduled,
        }
    }

    /// The operation, as descriptions of its run have it.
    #[allow(deprecated)]
    pub fn describe(&self, scheduled_event_id: i64) -> PendingNexusOperationInfo {
        PendingNexusOperationInfo {
            endpoint: self.scheduled.endpoint.clone(),
            service: self.scheduled.service.clone(),
            operation: self.scheduled.operation.clone(),
            operation_id: self.token.clone(),
            operation_token: self.token.clone(),
            scheduled_event_id,
            schedule_to_close_timeout: self.scheduled.schedule_to_close_timeout,
            scheduled_time: Some(timestamp(self.scheduled_at)),
            state: self.state() as i32,
            attempt: self.attempts.count,
            last_attempt_complete_time: time(self.attempts.last_at),
            last_attempt_failure: self.attempts.last_failure.clone(),
            next_attempt_schedule_time: self.start.as_ref().and_then(|call| time(call.next_at)),
            cancellation_info: self.cancellation.as_ref().map(NexusCancellation::describe),
            ..Default::default()
        }
    }
}

/// A callback that is told how a run has ended.
#[derive(Clone, Debug)]
pub struct RunCallback {
    pub callback: Callback,
    pub registered_at: Nanos,
    /// When it was told. 0: not yet.
    pub told_at: Nanos,
}

impl RunCallback {
    pub fn of(callbacks: &[Callback], now: Nanos) -> Vec<Self> {
        callbacks
            .iter()
            .map(|callback| Self {
                callback: callback.clone(),
                registered_at: now,
                told_at: 0,
            })
            .collect()
    }

    pub fn describe(&self) -> CallbackInfo {
        let is_told = self.told_at != 0;
        CallbackInfo {
            callback: Some(self.callback.clone()),
            trigger: Some(callback_info::Trigger {
                variant: Some(callback_info::trigger::Variant::WorkflowClosed(
                    Default::default(),
                )),
            }),
            registration_time: Some(timestamp(self.registered_at)),
            state: if is_told {
                CallbackState::Succeeded
            } else {
                CallbackState::Standby
            } as i32,
            attempt: i32::from(is_told),
            last_attempt_complete_time: time(self.told_at),
            ..Default::default()
        }
    }
}

/// An endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: String,
    pub version: i64,
    pub spec: EndpointSpec,
    pub created_at: Nanos,
    pub updated_at: Option<Nanos>,
}

impl Endpoint {
    /// The namespace and the task queue of an endpoint that workers serve.
    pub fn worker(&self) -> Option<(&str, &str)> {
        match self.spec.target.as_ref()?.variant.as_ref()? {
            Variant::Worker(worker) => Some((&worker.namespace, &worker.task_queue)),
            Variant::External(_) => None,
        }
    }

    pub fn describe(&self) -> Description {
        Description {
            version: self.version,
            id: self.id.clone(),
            spec: Some(self.spec.clone()),
            created_time: Some(timestamp(self.created_at)),
            last_modified_time: self.updated_at.map(timestamp),
            url_prefix: format!("/nexus/endpoints/{}/services", self.id),
        }
    }
}
