//! Descriptions of runs, and their deletion.

use crate::{
    shared::Shared,
    state::{
        deployment::Version,
        nexus::RunCallback,
        run::{Activity, Run},
    },
    time::{duration, limits::run_deadline, nanos, timestamp},
};
use temporalio_protos::temporal::api::{
    activity::v1::ActivityOptions,
    enums::v1::{PendingActivityState, PendingWorkflowTaskState, TaskQueueKind},
    taskqueue::v1::TaskQueue,
    workflow::v1::{
        PendingActivityInfo, PendingChildExecutionInfo, PendingWorkflowTaskInfo, ResetPoints,
        WorkflowExecutionConfig, WorkflowExecutionExtendedInfo, WorkflowExecutionInfo,
        WorkflowExecutionPauseInfo, WorkflowExecutionVersioningInfo,
    },
    workflowservice::v1::{
        DeleteWorkflowExecutionRequest, DeleteWorkflowExecutionResponse,
        DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse,
    },
};
use tonic::Status;

impl Run {
    /// The fields of a run that descriptions have.
    pub fn info(&self) -> WorkflowExecutionInfo {
        WorkflowExecutionInfo {
            execution: Some(self.execution()),
            r#type: self.start.workflow_type.clone(),
            start_time: Some(timestamp(self.started_at)),
            close_time: self.closed_at.map(timestamp),
            status: self.status as i32,
            history_length: self.events.len() as i64,
            parent_namespace_id: self.start.parent_workflow_namespace_id.clone(),
            parent_execution: self.start.parent_workflow_execution.clone(),
            execution_time: Some(timestamp(self.execution_at)),
            memo: Some(self.memo.clone()),
            search_attributes: Some(self.search_attributes.clone()),
            auto_reset_points: Some(ResetPoints {
                points: self.reset_points.clone(),
            }),
            task_queue: self.task_queue().to_owned(),
            state_transition_count: self.events.len() as i64,
            history_size_bytes: self.history_bytes,
            execution_duration: self
                .closed_at
                .map(|closed_at| duration(closed_at - self.execution_at)),
            root_execution: self
                .start
                .root_workflow_execution
                .clone()
                .or_else(|| Some(self.execution())),
            first_run_id: self.start.first_execution_run_id.clone(),
            priority: self.priority.clone(),
            versioning_info: self.versioning_info(),
            worker_deployment_name: self
                .version
                .as_ref()
                .map(|version| version.deployment.clone())
                .unwrap_or_default(),
            ..Default::default()
        }
    }

    /// The fields of a run that lists have.
    pub fn listed(&self) -> WorkflowExecutionInfo {
        let info = self.info();
        WorkflowExecutionInfo {
            history_length: self.closed_at.map_or(0, |_| info.history_length),
            history_size_bytes: self.closed_at.map_or(0, |_| info.history_size_bytes),
            state_transition_count: self.closed_at.map_or(0, |_| info.state_transition_count),
            auto_reset_points: None,
            first_run_id: String::new(),
            ..info
        }
    }

    #[allow(deprecated)]
    fn versioning_info(&self) -> Option<WorkflowExecutionVersioningInfo> {
        if self.version.is_none() && self.versioning_override.is_none() {
            return None;
        }
        Some(WorkflowExecutionVersioningInfo {
            behavior: self.behavior as i32,
            version: self.version.as_ref().map(Version::text).unwrap_or_default(),
            deployment_version: self.version.as_ref().map(Version::message),
            versioning_override: self.versioning_override.clone(),
            ..Default::default()
        })
    }
}

/// The options of an activity, with the name of its queue where descriptions have it as well.
fn activity_options(activity: &Activity) -> ActivityOptions {
    let mut options = activity.options();
    if let Some(queue) = &mut options.task_queue {
        queue.normal_name.clone_from(&queue.name);
    }
    options
}

/// The time at which a run times out. None if it does not.
fn run_expiration(run: &Run) -> Option<prost_types::Timestamp> {
    let timeout = nanos(run.start.workflow_run_timeout.as_ref());
    let deadline = run_deadline(run.execution_at, timeout, run.expires_at);
    (deadline > 0).then(|| timestamp(deadline))
}

fn pending_activity(activity: &Activity) -> PendingActivityInfo {
    let is_started = activity.started_at != 0;
    let state = match (
        is_started,
        activity.cancel_requested_id != 0,
        activity.pause.is_some(),
    ) {
        (_, true, _) => PendingActivityState::CancelRequested,
        (true, _, true) => PendingActivityState::PauseRequested,
        (false, _, true) => PendingActivityState::Paused,
        (true, ..) => PendingActivityState::Started,
        (false, ..) => PendingActivityState::Scheduled,
    };
    let scheduled = &activity.scheduled;
    let to_close = nanos(scheduled.schedule_to_close_timeout.as_ref());
    let policy = scheduled.retry_policy.as_ref();
    let time = |at| (at != 0).then(|| timestamp(at));
    PendingActivityInfo {
        activity_id: scheduled.activity_id.clone(),
        activity_type: scheduled.activity_type.clone(),
        state: state as i32,
        heartbeat_details: activity.heartbeat.clone(),
        last_heartbeat_time: time(activity.heartbeat_at),
        last_started_time: time(activity.started_at),
        attempt: activity.attempt,
        current_retry_interval: (!is_started && activity.attempt > 1)
            .then(|| duration(activity.attempt_at - activity.last_completed_at)),
        maximum_attempts: policy.map_or(0, |policy| policy.maximum_attempts),
        scheduled_time: Some(timestamp(activity.attempt_at)),
        expiration_time: (to_close > 0)
            .then(|| timestamp(activity.scheduled_at.saturating_add(to_close))),
        last_failure: activity.last_failure.clone(),
        last_worker_identity: activity.identity.clone(),
        last_attempt_complete_time: time(activity.last_completed_at),
        next_attempt_schedule_time: (!is_started && activity.attempt > 1)
            .then(|| timestamp(activity.attempt_at)),
        paused: activity.pause.is_some(),
        pause_info: activity.pause.clone(),
        activity_options: Some(activity_options(activity)),
        priority: scheduled.priority.clone(),
        ..Default::default()
    }
}

pub async fn describe_workflow_execution(
    shared: &Shared,
    request: DescribeWorkflowExecutionRequest,
) -> Result<DescribeWorkflowExecutionResponse, Status> {
    let mut state = shared.state();
    let no = state.find(&request.namespace, request.execution.as_ref())?;
    let run = state.run(no);
    Ok(DescribeWorkflowExecutionResponse {
        execution_config: Some(WorkflowExecutionConfig {
            task_queue: Some(TaskQueue {
                name: run.task_queue().to_owned(),
                kind: TaskQueueKind::Normal as i32,
                normal_name: String::new(),
            }),
            workflow_execution_timeout: run.start.workflow_execution_timeout,
            workflow_run_timeout: run.start.workflow_run_timeout,
            default_workflow_task_timeout: run.start.workflow_task_timeout,
            user_metadata: run.user_metadata.clone(),
        }),
        workflow_execution_info: Some(run.info()),
        pending_activities: run.activities.values().map(pending_activity).collect(),
        pending_children: run
            .children
            .iter()
            .filter(|(_, child)| !child.execution.run_id.is_empty())
            .map(|(initiated_id, child)| PendingChildExecutionInfo {
                workflow_id: child.execution.workflow_id.clone(),
                run_id: child.execution.run_id.clone(),
                workflow_type_name: child
                    .initiated
                    .workflow_type
                    .as_ref()
                    .map(|workflow_type| workflow_type.name.clone())
                    .unwrap_or_default(),
                initiated_id: *initiated_id,
                parent_close_policy: child.initiated.parent_close_policy,
            })
            .collect(),
        pending_workflow_task: run.task.as_ref().map(|task| PendingWorkflowTaskInfo {
            state: if task.started_id == 0 {
                PendingWorkflowTaskState::Scheduled
            } else {
                PendingWorkflowTaskState::Started
            } as i32,
            scheduled_time: Some(timestamp(task.scheduled_at)),
            original_scheduled_time: Some(timestamp(task.scheduled_at)),
            started_time: (task.started_id != 0).then(|| timestamp(task.started_at)),
            attempt: task.attempt,
        }),
        pending_nexus_operations: run
            .nexus
            .iter()
            .map(|(scheduled_id, operation)| operation.describe(*scheduled_id))
            .collect(),
        callbacks: run.callbacks.iter().map(RunCallback::describe).collect(),
        workflow_extended_info: Some(WorkflowExecutionExtendedInfo {
            execution_expiration_time: run.expires_at.map(timestamp),
            run_expiration_time: run_expiration(run),
            cancel_requested: run.cancel_requested,
            reset_run_id: run.reset_run_id.clone(),
            original_start_time: Some(timestamp(run.started_at)),
            pause_info: run.pause.as_ref().map(|pause| WorkflowExecutionPauseInfo {
                paused_time: Some(timestamp(pause.at)),
                identity: pause.identity.clone(),
                reason: pause.reason.clone(),
            }),
            ..Default::default()
        }),
    })
}

pub async fn delete_workflow_execution(
    shared: &Shared,
    request: DeleteWorkflowExecutionRequest,
) -> Result<DeleteWorkflowExecutionResponse, Status> {
    let mut state = shared.state();
    let no = state.find(&request.namespace, request.workflow_execution.as_ref())?;
    state.delete_execution(no);
    Ok(DeleteWorkflowExecutionResponse {})
}
