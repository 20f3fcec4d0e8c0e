//! Signals from clients.

use crate::{
    state::{State, numbers::RunNo, run::event},
    time::Nanos,
};
use temporalio_protos::temporal::api::{
    common::v1::{Header, Link, Payloads, WorkflowExecution},
    history::v1::{
        HistoryEvent, WorkflowExecutionSignaledEventAttributes, history_event::Attributes,
    },
};

/// A signal to deliver.
#[derive(Default)]
pub struct Signal {
    pub name: String,
    pub input: Option<Payloads>,
    pub header: Option<Header>,
    pub identity: String,
    pub request_id: String,
    /// Links of the request to others.
    pub links: Vec<Link>,
    /// The workflow that sends it.
    pub sender: Option<WorkflowExecution>,
}

impl Signal {
    pub fn into_event(self, now: Nanos) -> HistoryEvent {
        let attributes = Attributes::WorkflowExecutionSignaledEventAttributes(
            WorkflowExecutionSignaledEventAttributes {
                signal_name: self.name,
                input: self.input,
                identity: self.identity,
                header: self.header,
                external_workflow_execution: self.sender,
                ..Default::default()
            },
        );
        let mut event = event(now, attributes);
        event.links = self.links;
        event
    }
}

impl State {
    /// Delivers a signal to an open run. One of a request that was delivered before is dropped, which returns false.
    pub fn signal(&mut self, no: RunNo, signal: Signal) -> bool {
        let run = self.run(no);
        if !signal.request_id.is_empty() && !run.signal_requests.insert(signal.request_id.clone()) {
            return false;
        }
        run.signals += 1;
        let signaled = signal.into_event(self.now());
        self.run(no).record_event(signaled);
        self.need_workflow_task(no);
        true
    }
}
