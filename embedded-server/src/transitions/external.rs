//! Signals to other workflows and cancellations of them.

use crate::{
    state::{SERVER_IDENTITY, State, numbers::RunNo},
    transitions::signals::Signal,
};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::{
        CancelExternalWorkflowExecutionFailedCause, SignalExternalWorkflowExecutionFailedCause,
    },
    history::v1::{
        ExternalWorkflowExecutionCancelRequestedEventAttributes,
        ExternalWorkflowExecutionSignaledEventAttributes,
        RequestCancelExternalWorkflowExecutionFailedEventAttributes,
        RequestCancelExternalWorkflowExecutionInitiatedEventAttributes,
        SignalExternalWorkflowExecutionFailedEventAttributes,
        SignalExternalWorkflowExecutionInitiatedEventAttributes, history_event::Attributes,
    },
};

impl State {
    /// Takes the attributes of a message to another workflow, unless it is not to be delivered: what a run asks for with
    /// its last workflow task goes nowhere, as it has ended by then.
    fn initiated(&self, no: RunNo, id: i64) -> Option<&Attributes> {
        self.runs.get(&no).filter(|run| run.is_open())?;
        self.event(no, id)
    }

    fn event(&self, no: RunNo, id: i64) -> Option<&Attributes> {
        let event = self.runs.get(&no)?.events.get(id as usize - 1)?;
        event.attributes.as_ref()
    }

    /// The run that another one sends something to. Without a run id it is the current one; for a child the run that its
    /// chain is at.
    fn find_target(
        &self,
        namespace: &str,
        target: &WorkflowExecution,
        asking: RunNo,
        child_of: Option<RunNo>,
    ) -> Option<RunNo> {
        let target = if child_of.is_some() {
            WorkflowExecution {
                workflow_id: target.workflow_id.clone(),
                run_id: String::new(),
            }
        } else {
            target.clone()
        };
        let found = self.find(namespace, Some(&target)).ok()?;
        let run = &self.runs[&asking];
        if run.namespace == namespace && run.workflow_id == target.workflow_id {
            // A workflow cannot send anything to itself.
            return None;
        }
        match child_of {
            Some(parent) => {
                let parent_of_found = self.runs[&found].parent.as_ref()?;
                (parent_of_found.run == parent).then_some(found)
            }
            None => Some(found),
        }
    }

    /// Delivers a signal, and tells the sender whether it arrived.
    #[allow(deprecated)]
    pub fn signal_external(&mut self, no: RunNo, initiated_id: i64) {
        let Some(Attributes::SignalExternalWorkflowExecutionInitiatedEventAttributes(initiated)) =
            self.initiated(no, initiated_id)
        else {
            return;
        };
        let SignalExternalWorkflowExecutionInitiatedEventAttributes {
            namespace,
            namespace_id,
            workflow_execution,
            signal_name,
            input,
            control,
            child_workflow_only,
            header,
            ..
        } = initiated.clone();
        let target = workflow_execution.clone().unwrap_or_default();
        let child_of = child_workflow_only.then_some(no);
        let sender = self.runs[&no].execution();
        let found = self.find_target(&namespace, &target, no, child_of);
        let event = match found.filter(|found| self.runs[found].is_open()) {
            Some(found) => {
                self.signal(
                    found,
                    Signal {
                        name: signal_name,
                        input,
                        header,
                        identity: SERVER_IDENTITY.to_owned(),
                        sender: Some(sender),
                        ..Default::default()
                    },
                );
                Attributes::ExternalWorkflowExecutionSignaledEventAttributes(
                    ExternalWorkflowExecutionSignaledEventAttributes {
                        initiated_event_id: initiated_id,
                        namespace,
                        namespace_id,
                        workflow_execution,
                        control,
                    },
                )
            }
            None => {
                let cause = if self.namespaces.contains_key(&namespace) {
                    SignalExternalWorkflowExecutionFailedCause::ExternalWorkflowExecutionNotFound
                } else {
                    SignalExternalWorkflowExecutionFailedCause::NamespaceNotFound
                };
                Attributes::SignalExternalWorkflowExecutionFailedEventAttributes(
                    SignalExternalWorkflowExecutionFailedEventAttributes {
                        cause: cause as i32,
                        namespace,
                        namespace_id,
                        workflow_execution,
                        initiated_event_id: initiated_id,
                        control,
                        ..Default::default()
                    },
                )
            }
        };
        self.run(no).externals.remove(&initiated_id);
        self.record(no, event);
    }

    /// Asks another workflow to cancel, and tells the asking one whether the other is there.
    #[allow(deprecated)]
    pub fn cancel_external(&mut self, no: RunNo, initiated_id: i64) {
        let Some(Attributes::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(
            initiated,
        )) = self.initiated(no, initiated_id)
        else {
            return;
        };
        let RequestCancelExternalWorkflowExecutionInitiatedEventAttributes {
            namespace,
            namespace_id,
            workflow_execution,
            control,
            child_workflow_only,
            reason,
            ..
        } = initiated.clone();
        let target = workflow_execution.clone().unwrap_or_default();
        let child_of = child_workflow_only.then_some(no);
        let asking = self.runs[&no].execution();
        let event = match self.find_target(&namespace, &target, no, child_of) {
            Some(found) => {
                // One that has ended needs no cancellation any more.
                if self.run(found).is_open() {
                    self.request_cancel(
                        found,
                        Some((asking, initiated_id)),
                        &reason,
                        SERVER_IDENTITY,
                    );
                }
                Attributes::ExternalWorkflowExecutionCancelRequestedEventAttributes(
                    ExternalWorkflowExecutionCancelRequestedEventAttributes {
                        initiated_event_id: initiated_id,
                        namespace,
                        namespace_id,
                        workflow_execution,
                    },
                )
            }
            None => {
                let cause = if self.namespaces.contains_key(&namespace) {
                    CancelExternalWorkflowExecutionFailedCause::ExternalWorkflowExecutionNotFound
                } else {
                    CancelExternalWorkflowExecutionFailedCause::NamespaceNotFound
                };
                Attributes::RequestCancelExternalWorkflowExecutionFailedEventAttributes(
                    RequestCancelExternalWorkflowExecutionFailedEventAttributes {
                        cause: cause as i32,
                        namespace,
                        namespace_id,
                        workflow_execution,
                        initiated_event_id: initiated_id,
                        control,
                        ..Default::default()
                    },
                )
            }
        };
        self.run(no).externals.remove(&initiated_id);
        self.record(no, event);
    }
}
