//! A schedule, and its description.

use crate::{
    state::{numbers::ScheduleKey, timers::TimerKey},
    time::{Nanos, schedule_spec::Spec, timestamp},
};
use temporalio_protos::temporal::api::{
    common::v1::{Memo, Payloads, SearchAttributes, WorkflowExecution},
    enums::v1::ScheduleOverlapPolicy,
    failure::v1::Failure,
    schedule::v1::{
        Schedule as Definition, ScheduleAction, ScheduleActionResult, ScheduleInfo,
        ScheduleListEntry, ScheduleListInfo, SchedulePolicies, ScheduleState, schedule_action,
    },
    workflow::v1::NewWorkflowExecutionInfo,
};

/// The future times that a description shows.
const FUTURE_TIMES: usize = 10;
/// The future times and recent actions that a list shows.
const LISTED: usize = 5;

/// An action that is due, or waits for the run of the action before.
#[derive(Clone, Debug)]
pub struct BufferedStart {
    /// As the specification has it.
    pub nominal: Nanos,
    /// With jitter.
    pub actual: Nanos,
    pub overlap: ScheduleOverlapPolicy,
    /// A client asked for it: pauses and limits do not count.
    pub manual: bool,
}

#[derive(Clone, Debug)]
pub struct WorkflowSchedule {
    pub namespace: String,
    pub id: String,
    pub spec: Spec,
    pub action: ScheduleAction,
    pub policies: SchedulePolicies,
    pub state: ScheduleState,
    pub memo: Option<Memo>,
    pub search_attributes: Option<SearchAttributes>,
    pub create_request_id: String,
    /// Counts changes: an update may name the one that it is based on.
    pub version: i64,
    pub created_at: Nanos,
    pub updated_at: Option<Nanos>,
    /// Times up to this one have been acted on.
    pub processed_until: Nanos,
    pub buffer: Vec<BufferedStart>,
    /// The first runs of workflows that may not overlap with others.
    pub running: Vec<WorkflowExecution>,
    pub recent: Vec<ScheduleActionResult>,
    pub action_count: i64,
    pub missed_catchup_window: i64,
    pub overlap_skipped: i64,
    pub buffer_dropped: i64,
    pub last_result: Option<Payloads>,
    pub last_failure: Option<Failure>,
    pub timer: Option<TimerKey>,
}

impl WorkflowSchedule {
    pub fn key(&self) -> ScheduleKey {
        (self.namespace.clone(), self.id.clone())
    }

    pub fn workflow(&self) -> Option<&NewWorkflowExecutionInfo> {
        match &self.action.action {
            Some(schedule_action::Action::StartWorkflow(workflow)) => Some(workflow),
            None => None,
        }
    }

    /// Whether times of the specification lead to actions.
    pub fn is_active(&self) -> bool {
        let is_used_up = self.state.limited_actions && self.state.remaining_actions <= 0;
        self.workflow().is_some() && !self.state.paused && !is_used_up
    }

    /// Whether nothing can start until the run of an earlier action ends.
    pub fn waits_for_run(&self) -> bool {
        !self.running.is_empty()
            && matches!(
                self.policies.overlap_policy(),
                ScheduleOverlapPolicy::Unspecified
                    | ScheduleOverlapPolicy::Skip
                    | ScheduleOverlapPolicy::BufferOne
                    | ScheduleOverlapPolicy::BufferAll
            )
    }

    pub fn definition(&self) -> Definition {
        Definition {
            spec: Some(self.spec.described()),
            action: Some(self.action.clone()),
            policies: Some(self.policies),
            state: Some(self.state.clone()),
        }
    }

    fn future_times(&self, most: usize) -> Vec<prost_types::Timestamp> {
        let left = usize::try_from(self.state.remaining_actions).unwrap_or(0);
        let most = if self.state.limited_actions {
            most.min(left)
        } else {
            most
        };
        self.spec.following(self.processed_until, &self.id, most)
    }

    #[allow(deprecated)]
    pub fn info(&self) -> ScheduleInfo {
        ScheduleInfo {
            action_count: self.action_count,
            missed_catchup_window: self.missed_catchup_window,
            overlap_skipped: self.overlap_skipped,
            buffer_dropped: self.buffer_dropped,
            buffer_size: self.buffer.len() as i64,
            running_workflows: self.running.clone(),
            recent_actions: self.recent.clone(),
            future_action_times: self.future_times(FUTURE_TIMES),
            create_time: Some(timestamp(self.created_at)),
            update_time: self.updated_at.map(timestamp),
            ..Default::default()
        }
    }

    pub fn list_entry(&self) -> ScheduleListEntry {
        ScheduleListEntry {
            schedule_id: self.id.clone(),
            memo: self.memo.clone(),
            search_attributes: self.search_attributes.clone(),
            info: Some(ScheduleListInfo {
                spec: Some(self.spec.described()),
                workflow_type: self
                    .workflow()
                    .and_then(|workflow| workflow.workflow_type.clone()),
                notes: self.state.notes.clone(),
                paused: self.state.paused,
                recent_actions: self.recent[self.recent.len().saturating_sub(LISTED)..].to_vec(),
                future_action_times: self.future_times(LISTED),
                ..Default::default()
            }),
        }
    }
}
