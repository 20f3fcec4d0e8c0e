//! Rebuilds what is pending in a run from its history.

use crate::{
    state::run::{Activity, Child, External, Run, TaskKind, WorkflowTask},
    state::update::{Progress, Update},
    time::{Nanos, from_timestamp, nanos},
};
use std::collections::BTreeMap;
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    history::v1::{HistoryEvent, history_event::Attributes},
};

/// A timer of a workflow that has not fired: the id of its started event, and its time.
pub type PendingTimer = (i64, Nanos);

impl Run {
    /// Takes events that another run has written as this run's own. Returns the timers that have not fired.
    ///
    /// Activities begin anew, with `stamp` for their first attempts.
    pub fn rebuild(
        &mut self,
        events: &[HistoryEvent],
        stamp: u64,
    ) -> BTreeMap<String, PendingTimer> {
        let mut timers = BTreeMap::new();
        for event in events {
            self.write_event(event.clone());
            if let Some(attributes) = &event.attributes {
                self.note_task(event, attributes);
                self.note_activity(event.event_id, attributes, stamp);
                self.note_other(event.event_id, attributes);
                note_timer(&mut timers, event, attributes);
            }
        }
        timers
    }

    fn note_task(&mut self, event: &HistoryEvent, attributes: &Attributes) {
        match attributes {
            Attributes::WorkflowTaskScheduledEventAttributes(scheduled) => {
                self.task = Some(WorkflowTask {
                    kind: TaskKind::Normal,
                    scheduled_id: event.event_id,
                    started_id: 0,
                    attempt: scheduled.attempt,
                    scheduled_at: event.event_time.as_ref().map_or(0, from_timestamp),
                    started_at: 0,
                    identity: String::new(),
                    worker_version: None,
                    request_id: String::new(),
                    sticky: false,
                    stamp: 0,
                    timer: None,
                });
            }
            Attributes::WorkflowTaskStartedEventAttributes(_) => {
                if let Some(task) = &mut self.task {
                    task.started_id = event.event_id;
                }
            }
            Attributes::WorkflowTaskCompletedEventAttributes(completed) => {
                self.task = None;
                self.last_started_id = completed.started_event_id;
                self.completed_tasks += 1;
            }
            Attributes::WorkflowTaskFailedEventAttributes(_)
            | Attributes::WorkflowTaskTimedOutEventAttributes(_) => self.task = None,
            _ => {}
        }
    }

    fn note_activity(&mut self, event_id: i64, attributes: &Attributes, stamp: u64) {
        let ended = match attributes {
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => {
                let activity = Activity::new(scheduled.clone(), self.started_at, stamp);
                self.activities.insert(event_id, activity);
                return;
            }
            Attributes::ActivityTaskCancelRequestedEventAttributes(request) => {
                if let Some(activity) = self.activities.get_mut(&request.scheduled_event_id) {
                    activity.cancel_requested_id = event_id;
                }
                return;
            }
            Attributes::ActivityTaskCompletedEventAttributes(end) => end.scheduled_event_id,
            Attributes::ActivityTaskFailedEventAttributes(end) => end.scheduled_event_id,
            Attributes::ActivityTaskTimedOutEventAttributes(end) => end.scheduled_event_id,
            Attributes::ActivityTaskCanceledEventAttributes(end) => end.scheduled_event_id,
            _ => return,
        };
        self.activities.remove(&ended);
    }

    /// Notes what an event of children, other workflows, signals, updates or attributes says.
    pub fn note_other(&mut self, event_id: i64, attributes: &Attributes) {
        if let Some(initiated_id) = ended_child(attributes) {
            self.children.remove(&initiated_id);
            return;
        }
        match attributes {
            Attributes::StartChildWorkflowExecutionInitiatedEventAttributes(initiated) => {
                let child = Child {
                    initiated: initiated.clone(),
                    started_id: 0,
                    execution: WorkflowExecution {
                        workflow_id: initiated.workflow_id.clone(),
                        run_id: String::new(),
                    },
                };
                self.children.insert(event_id, child);
            }
            Attributes::ChildWorkflowExecutionStartedEventAttributes(started) => {
                if let Some(child) = self.children.get_mut(&started.initiated_event_id) {
                    child.started_id = event_id;
                    child.execution = started.workflow_execution.clone().unwrap_or_default();
                }
            }
            Attributes::SignalExternalWorkflowExecutionInitiatedEventAttributes(_) => {
                self.externals.insert(event_id, External::Signal);
            }
            Attributes::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(_) => {
                self.externals.insert(event_id, External::Cancellation);
            }
            Attributes::ExternalWorkflowExecutionSignaledEventAttributes(end) => {
                self.externals.remove(&end.initiated_event_id);
            }
            Attributes::ExternalWorkflowExecutionCancelRequestedEventAttributes(end) => {
                self.externals.remove(&end.initiated_event_id);
            }
            Attributes::SignalExternalWorkflowExecutionFailedEventAttributes(end) => {
                self.externals.remove(&end.initiated_event_id);
            }
            Attributes::RequestCancelExternalWorkflowExecutionFailedEventAttributes(end) => {
                self.externals.remove(&end.initiated_event_id);
            }
            Attributes::WorkflowExecutionSignaledEventAttributes(_) => self.signals += 1,
            Attributes::WorkflowExecutionCancelRequestedEventAttributes(_) => {
                self.cancel_requested = true;
            }
            Attributes::UpsertWorkflowSearchAttributesEventAttributes(upserted) => {
                if let Some(attributes) = &upserted.search_attributes {
                    self.upsert_search_attributes(attributes);
                }
            }
            Attributes::WorkflowPropertiesModifiedEventAttributes(modified) => {
                if let Some(memo) = &modified.upserted_memo {
                    self.upsert_memo(memo);
                }
            }
            Attributes::WorkflowExecutionUpdateAdmittedEventAttributes(admitted) => {
                self.updates
                    .extend(admitted.request.clone().map(Update::of_event));
            }
            Attributes::WorkflowExecutionUpdateAcceptedEventAttributes(accepted) => {
                if let Some(request) = accepted.accepted_request.clone() {
                    let has_event = false;
                    self.updates.push(Update {
                        has_event,
                        ..Update::of_event(request)
                    });
                }
                self.set_progress(&accepted.protocol_instance_id, Progress::Accepted(event_id));
            }
            Attributes::WorkflowExecutionUpdateCompletedEventAttributes(completed) => {
                if let (Some(meta), Some(outcome)) = (&completed.meta, &completed.outcome) {
                    let progress = Progress::Completed(Box::new(outcome.clone()));
                    self.set_progress(&meta.update_id, progress);
                }
            }
            _ => {}
        }
    }
}

/// The event that initiated the child which has ended, or has not started, with an event.
fn ended_child(attributes: &Attributes) -> Option<i64> {
    match attributes {
        Attributes::StartChildWorkflowExecutionFailedEventAttributes(end) => {
            Some(end.initiated_event_id)
        }
        Attributes::ChildWorkflowExecutionCompletedEventAttributes(end) => {
            Some(end.initiated_event_id)
        }
        Attributes::ChildWorkflowExecutionFailedEventAttributes(end) => {
            Some(end.initiated_event_id)
        }
        Attributes::ChildWorkflowExecutionTimedOutEventAttributes(end) => {
            Some(end.initiated_event_id)
        }
        Attributes::ChildWorkflowExecutionCanceledEventAttributes(end) => {
            Some(end.initiated_event_id)
        }
        Attributes::ChildWorkflowExecutionTerminatedEventAttributes(end) => {
            Some(end.initiated_event_id)
        }
        _ => None,
    }
}

/// The event that initiated the child which an event is about.
pub fn child_of_event(attributes: &Attributes) -> Option<i64> {
    match attributes {
        Attributes::ChildWorkflowExecutionStartedEventAttributes(started) => {
            Some(started.initiated_event_id)
        }
        _ => ended_child(attributes),
    }
}

fn note_timer(
    timers: &mut BTreeMap<String, PendingTimer>,
    event: &HistoryEvent,
    attributes: &Attributes,
) {
    match attributes {
        Attributes::TimerStartedEventAttributes(started) => {
            let at = event.event_time.as_ref().map_or(0, from_timestamp);
            let length = nanos(started.start_to_fire_timeout.as_ref());
            let timer = (event.event_id, at.saturating_add(length));
            timers.insert(started.timer_id.clone(), timer);
        }
        Attributes::TimerFiredEventAttributes(fired) => {
            timers.remove(&fired.timer_id);
        }
        Attributes::TimerCanceledEventAttributes(canceled) => {
            timers.remove(&canceled.timer_id);
        }
        _ => {}
    }
}
