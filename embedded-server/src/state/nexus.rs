//! Nexus operations of a run, and the endpoints that they go to.

use crate::{
    state::timers::TimerKey,
    time::{Nanos, timestamp},
};
use temporalio_protos::temporal::api::{
    history::v1::NexusOperationScheduledEventAttributes,
    nexus::v1::{Endpoint as Description, EndpointSpec, endpoint_target::Variant},
};

/// A call to the handler of an operation: its start, or its cancellation.
#[derive(Debug)]
pub struct NexusCall {
    pub attempt: i32,
    /// Tells this attempt from all others in tokens and queues.
    pub stamp: u64,
    /// Of the attempt: its timeout, or the time of the next one.
    pub timer: Option<TimerKey>,
}

/// A cancellation that a workflow has asked for.
#[derive(Debug)]
pub struct NexusCancellation {
    pub requested_id: i64,
    /// None while the operation has not started, and when the handler has answered.
    pub call: Option<NexusCall>,
}

#[derive(Debug)]
pub struct NexusOperation {
    pub scheduled: NexusOperationScheduledEventAttributes,
    pub scheduled_at: Nanos,
    /// The start. None when the handler has answered.
    pub start: Option<NexusCall>,
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
