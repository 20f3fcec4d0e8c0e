//! Child workflows: their start, what their parent learns of their end, and what they do at its end.

use crate::{
    state::{
        SERVER_IDENTITY, State,
        deployment::Version,
        numbers::RunNo,
        run::{Child, Parent},
    },
    time::cron,
    transitions::start::{Conflict, NewRun},
};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::{
        ContinueAsNewInitiator, ParentClosePolicy, StartChildWorkflowExecutionFailedCause,
    },
    history::v1::{
        ChildWorkflowExecutionCanceledEventAttributes,
        ChildWorkflowExecutionCompletedEventAttributes,
        ChildWorkflowExecutionFailedEventAttributes, ChildWorkflowExecutionStartedEventAttributes,
        ChildWorkflowExecutionTerminatedEventAttributes,
        ChildWorkflowExecutionTimedOutEventAttributes,
        StartChildWorkflowExecutionFailedEventAttributes, WorkflowExecutionStartedEventAttributes,
        history_event::Attributes,
    },
};

impl State {
    /// Starts the child that a command asked for, and tells the parent.
    pub fn start_child(&mut self, parent: RunNo, initiated_id: i64) {
        // A parent that has ended since starts no child, also none that would outlive it.
        let Some(run) = self.runs.get(&parent).filter(|run| run.is_open()) else {
            return;
        };
        let Some(child) = run.children.get(&initiated_id) else {
            return;
        };
        let initiated = child.initiated.clone();
        let root = run
            .start
            .root_workflow_execution
            .clone()
            .unwrap_or_else(|| run.execution());
        let queue = initiated.task_queue.as_ref();
        let inherited = queue.and_then(|queue| self.inherited_version(parent, &queue.name));
        let mut start = WorkflowExecutionStartedEventAttributes {
            inherited_pinned_version: inherited.as_ref().map(Version::message),
            workflow_type: initiated.workflow_type.clone(),
            parent_workflow_namespace: run.namespace.clone(),
            parent_workflow_namespace_id: self.namespace_id(&run.namespace),
            parent_workflow_execution: Some(run.execution()),
            parent_initiated_event_id: initiated_id,
            task_queue: initiated.task_queue.clone(),
            input: initiated.input.clone(),
            workflow_execution_timeout: initiated.workflow_execution_timeout,
            workflow_run_timeout: initiated.workflow_run_timeout,
            workflow_task_timeout: initiated.workflow_task_timeout,
            retry_policy: initiated.retry_policy.clone(),
            cron_schedule: initiated.cron_schedule.clone(),
            memo: initiated.memo.clone(),
            search_attributes: initiated.search_attributes.clone(),
            header: initiated.header.clone(),
            workflow_id: initiated.workflow_id.clone(),
            root_workflow_execution: Some(root),
            priority: initiated.priority.clone().or_else(|| run.priority.clone()),
            ..Default::default()
        };
        let now = self.now();
        let first = cron::parse(&start.cron_schedule)
            .ok()
            .and_then(|schedule| schedule.next_after(now, now));
        if first.is_some() {
            start.set_initiator(ContinueAsNewInitiator::CronSchedule);
        }
        let new = NewRun {
            backoff: first.map_or(0, |first| first - now),
            parent: Some(Parent {
                run: parent,
                initiated_id,
            }),
            ..NewRun::first(initiated.namespace.clone(), start)
        };
        let conflict = Conflict {
            reuse: initiated.workflow_id_reuse_policy(),
            ..Default::default()
        };
        let failed = |cause: StartChildWorkflowExecutionFailedCause| {
            Attributes::StartChildWorkflowExecutionFailedEventAttributes(
                StartChildWorkflowExecutionFailedEventAttributes {
                    namespace: initiated.namespace.clone(),
                    namespace_id: initiated.namespace_id.clone(),
                    workflow_id: initiated.workflow_id.clone(),
                    workflow_type: initiated.workflow_type.clone(),
                    cause: cause as i32,
                    initiated_event_id: initiated_id,
                    ..Default::default()
                },
            )
        };
        let event = if self.namespaces.contains_key(&initiated.namespace) {
            match self.start_run(new, conflict) {
                Ok(started) => {
                    let execution = self.run(started.run).execution();
                    if let Some(child) = self.run(parent).children.get_mut(&initiated_id) {
                        child.execution = execution.clone();
                    }
                    Attributes::ChildWorkflowExecutionStartedEventAttributes(
                        ChildWorkflowExecutionStartedEventAttributes {
                            namespace: initiated.namespace.clone(),
                            namespace_id: initiated.namespace_id.clone(),
                            initiated_event_id: initiated_id,
                            workflow_execution: Some(execution),
                            workflow_type: initiated.workflow_type.clone(),
                            header: initiated.header.clone(),
                        },
                    )
                }
                Err(_) => {
                    self.run(parent).children.remove(&initiated_id);
                    failed(StartChildWorkflowExecutionFailedCause::WorkflowAlreadyExists)
                }
            }
        } else {
            self.run(parent).children.remove(&initiated_id);
            failed(StartChildWorkflowExecutionFailedCause::NamespaceNotFound)
        };
        self.record(parent, event);
    }

    /// Tells the parent of a run that has ended how it ended.
    pub fn child_closed(&mut self, child: RunNo) {
        let run = self.run(child);
        let Some(parent) = run.parent.clone() else {
            return;
        };
        let Some(end) = run.events.last().and_then(|event| event.attributes.clone()) else {
            return;
        };
        let execution = run.execution();
        let Some(pending) = self
            .open_run(parent.run)
            .and_then(|parent_run| parent_run.children.remove(&parent.initiated_id))
        else {
            return;
        };
        let event = closed_event(end, &pending, execution, parent.initiated_id);
        self.record(parent.run, event);
    }

    /// Terminates or cancels the children of a run that has ended, as their policies say.
    pub fn parent_closed(&mut self, parent: RunNo) {
        let children: Vec<_> = std::mem::take(&mut self.run(parent).children)
            .into_values()
            .collect();
        let parent_execution = self.run(parent).execution();
        for child in children {
            if child.execution.run_id.is_empty() {
                continue;
            }
            // The chain that began with the child may be at a further run.
            let Some(current) =
                self.current(&child.initiated.namespace, &child.execution.workflow_id)
            else {
                continue;
            };
            if !self.run(current).is_open() {
                continue;
            }
            match child.initiated.parent_close_policy() {
                ParentClosePolicy::Terminate | ParentClosePolicy::Unspecified => {
                    self.terminate(
                        current,
                        "by parent close policy".to_owned(),
                        None,
                        SERVER_IDENTITY.to_owned(),
                    );
                }
                ParentClosePolicy::RequestCancel => {
                    self.request_cancel(
                        current,
                        Some((parent_execution.clone(), 0)),
                        "",
                        SERVER_IDENTITY,
                    );
                }
                ParentClosePolicy::Abandon => {}
            }
        }
    }
}

/// The event in the parent's history for the last event of a child's.
fn closed_event(
    end: Attributes,
    pending: &Child,
    execution: WorkflowExecution,
    initiated_event_id: i64,
) -> Attributes {
    let namespace = pending.initiated.namespace.clone();
    let namespace_id = pending.initiated.namespace_id.clone();
    let workflow_execution = Some(execution);
    let workflow_type = pending.initiated.workflow_type.clone();
    let started_event_id = pending.started_id;
    match end {
        Attributes::WorkflowExecutionCompletedEventAttributes(end) => {
            Attributes::ChildWorkflowExecutionCompletedEventAttributes(
                ChildWorkflowExecutionCompletedEventAttributes {
                    result: end.result,
                    namespace,
                    namespace_id,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    started_event_id,
                },
            )
        }
        Attributes::WorkflowExecutionFailedEventAttributes(end) => {
            Attributes::ChildWorkflowExecutionFailedEventAttributes(
                ChildWorkflowExecutionFailedEventAttributes {
                    failure: end.failure,
                    namespace,
                    namespace_id,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    started_event_id,
                    retry_state: end.retry_state,
                },
            )
        }
        Attributes::WorkflowExecutionCanceledEventAttributes(end) => {
            Attributes::ChildWorkflowExecutionCanceledEventAttributes(
                ChildWorkflowExecutionCanceledEventAttributes {
                    details: end.details,
                    namespace,
                    namespace_id,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    started_event_id,
                },
            )
        }
        Attributes::WorkflowExecutionTimedOutEventAttributes(end) => {
            Attributes::ChildWorkflowExecutionTimedOutEventAttributes(
                ChildWorkflowExecutionTimedOutEventAttributes {
                    namespace,
                    namespace_id,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    started_event_id,
                    retry_state: end.retry_state,
                },
            )
        }
        _ => Attributes::ChildWorkflowExecutionTerminatedEventAttributes(
            ChildWorkflowExecutionTerminatedEventAttributes {
                namespace,
                namespace_id,
                workflow_execution,
                workflow_type,
                initiated_event_id,
                started_event_id,
            },
        ),
    }
}
