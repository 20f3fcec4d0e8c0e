//! Batch operations: the same done to all workflows of a query or a list.

#![allow(deprecated)]

use crate::{
    errors,
    state::{State, batch::Batch, numbers::RunNo},
    time::from_timestamp,
    transitions::{
        activity_options::{Renewal, Selector},
        resets::Reset,
        signals::Signal,
    },
};
use temporalio_protos::temporal::api::{
    batch::v1::{
        BatchOperationReset, batch_operation_reset_activities, batch_operation_unpause_activities,
        batch_operation_update_activity_options,
    },
    common::v1::{WorkflowExecution, reset_options::Target},
    enums::v1::{BatchOperationState, BatchOperationType, ResetType},
    history::v1::history_event::Attributes,
    workflow::v1::ResetPointInfo,
    workflowservice::v1::{StartBatchOperationRequest, start_batch_operation_request::Operation},
};
use tonic::{Code, Status};

/// The type of an operation, and who asks for it. None: it is not served.
pub fn type_of(operation: &Operation) -> Option<(BatchOperationType, &str)> {
    Some(match operation {
        Operation::TerminationOperation(one) => (BatchOperationType::Terminate, &one.identity),
        Operation::SignalOperation(one) => (BatchOperationType::Signal, &one.identity),
        Operation::CancellationOperation(one) => (BatchOperationType::Cancel, &one.identity),
        Operation::DeletionOperation(one) => (BatchOperationType::Delete, &one.identity),
        Operation::ResetOperation(one) => (BatchOperationType::Reset, &one.identity),
        Operation::UnpauseActivitiesOperation(one) => {
            (BatchOperationType::UnpauseActivity, &one.identity)
        }
        Operation::ResetActivitiesOperation(one) => {
            (BatchOperationType::ResetActivity, &one.identity)
        }
        Operation::UpdateActivityOptionsOperation(one) => {
            (BatchOperationType::UpdateActivityOptions, &one.identity)
        }
        _ => return None,
    })
}

impl State {
    /// Does an operation to all workflows that a request is about. It is over when this returns.
    pub fn run_batch(
        &mut self,
        request: StartBatchOperationRequest,
        operation: &Operation,
        operation_type: BatchOperationType,
        identity: String,
    ) {
        let started_at = self.now();
        let run_id = self.new_uuid();
        let mut batch = Batch {
            job_id: request.job_id,
            run_id,
            operation_type,
            state: BatchOperationState::Completed,
            identity,
            reason: request.reason,
            started_at,
            closed_at: started_at,
            completed: 0,
            failed: 0,
        };
        let executions = if request.visibility_query.is_empty() {
            Ok(request.executions)
        } else {
            self.executions_of(&request.namespace, &request.visibility_query, operation)
        };
        match executions {
            Ok(executions) => {
                for execution in executions {
                    let done =
                        self.apply_operation(&request.namespace, &execution, operation, &batch);
                    // A workflow that has ended or was deleted needs nothing.
                    match done {
                        Err(error) if error.code() != Code::NotFound => batch.failed += 1,
                        _ => batch.completed += 1,
                    }
                }
            }
            Err(_) => batch.state = BatchOperationState::Failed,
        }
        let key = (request.namespace, batch.job_id.clone());
        self.batches.insert(key, batch);
    }

    /// The workflows that a query names, and that an operation can be done to.
    fn executions_of(
        &self,
        namespace: &str,
        query: &str,
        operation: &Operation,
    ) -> Result<Vec<WorkflowExecution>, Status> {
        let is_for_open = matches!(
            operation,
            Operation::TerminationOperation(_)
                | Operation::SignalOperation(_)
                | Operation::CancellationOperation(_)
                | Operation::UnpauseActivitiesOperation(_)
        );
        let filter = self.parse_query(namespace, query)?.ungrouped()?;
        let runs = self.matching(namespace, &filter);
        Ok(runs
            .into_iter()
            .map(|(_, run)| run)
            .filter(|run| run.is_open() || !is_for_open)
            .map(|run| run.execution())
            .collect())
    }

    fn apply_operation(
        &mut self,
        namespace: &str,
        execution: &WorkflowExecution,
        operation: &Operation,
        batch: &Batch,
    ) -> Result<(), Status> {
        let identity = batch.identity.clone();
        let no = match operation {
            Operation::DeletionOperation(_) | Operation::ResetOperation(_) => {
                self.find(namespace, Some(execution))?
            }
            _ => self.find_open(namespace, Some(execution))?,
        };
        match operation {
            Operation::TerminationOperation(one) => {
                self.terminate(no, batch.reason.clone(), one.details.clone(), identity);
            }
            Operation::SignalOperation(one) => {
                let signal = Signal {
                    name: one.signal.clone(),
                    input: one.input.clone(),
                    header: one.header.clone(),
                    identity,
                    ..Default::default()
                };
                self.signal(no, signal);
            }
            Operation::CancellationOperation(_) => {
                self.request_cancel(no, None, &batch.reason, &identity);
            }
            Operation::DeletionOperation(_) => self.delete_execution(no),
            Operation::ResetOperation(one) => self.reset_of_batch(no, one, &batch.reason)?,
            Operation::UnpauseActivitiesOperation(one) => {
                use batch_operation_unpause_activities::Activity;
                let selector = match &one.activity {
                    Some(Activity::Type(name)) => Selector::Type(name.clone()),
                    _ => Selector::All,
                };
                let renewal = Renewal {
                    resets_attempts: one.reset_attempts,
                    resets_heartbeats: one.reset_heartbeat,
                    ..Default::default()
                };
                self.unpause_activities(no, &selector, renewal)?;
            }
            Operation::ResetActivitiesOperation(one) => {
                use batch_operation_reset_activities::Activity;
                let selector = match &one.activity {
                    Some(Activity::Type(name)) => Selector::Type(name.clone()),
                    _ => Selector::All,
                };
                let renewal = Renewal {
                    resets_attempts: true,
                    resets_heartbeats: one.reset_heartbeat,
                    keeps_paused: one.keep_paused,
                    restores_options: one.restore_original_options,
                };
                self.reset_activities(no, &selector, renewal)?;
            }
            Operation::UpdateActivityOptionsOperation(one) => {
                use batch_operation_update_activity_options::Activity;
                let selector = match &one.activity {
                    Some(Activity::Type(name)) => Selector::Type(name.clone()),
                    _ => Selector::All,
                };
                let options = one.activity_options.clone().unwrap_or_default();
                let paths = one.update_mask.clone().unwrap_or_default().paths;
                if one.restore_original {
                    self.restore_activity_options(no, &selector)?;
                } else {
                    self.update_activity_options(no, &selector, &options, &paths)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn reset_of_batch(
        &mut self,
        mut no: RunNo,
        operation: &BatchOperationReset,
        reason: &str,
    ) -> Result<(), Status> {
        let options = operation.options.clone().unwrap_or_default();
        let run = self.run(no);
        let (namespace, workflow_id) = (run.namespace.clone(), run.workflow_id.clone());
        let (target, reapply_type) = match options.target {
            Some(target) => (target, options.reset_reapply_type),
            None if operation.reset_type() == ResetType::FirstWorkflowTask => {
                (Target::FirstWorkflowTask(()), operation.reset_reapply_type)
            }
            None => (Target::LastWorkflowTask(()), operation.reset_reapply_type),
        };
        let finish_id = match target {
            Target::FirstWorkflowTask(()) => self.workflow_task_of_reset(no, true)?,
            Target::LastWorkflowTask(()) => self.workflow_task_of_reset(no, false)?,
            Target::WorkflowTaskId(id) => id,
            Target::BuildId(build_id) => {
                let point = self.reset_point(no, &build_id, options.current_run_only)?;
                let execution = WorkflowExecution {
                    workflow_id,
                    run_id: point.run_id,
                };
                no = self.find(&namespace, Some(&execution))?;
                point.first_workflow_task_completed_id
            }
        };
        let request_id = self.new_uuid();
        let reset = Reset::new(
            finish_id,
            reason.to_owned(),
            request_id,
            reapply_type,
            &options.reset_reapply_exclude_types,
        );
        self.reset(no, reset)?;
        Ok(())
    }

    /// The first workflow task that a build has completed, in a run or one before it in the chain.
    fn reset_point(
        &self,
        no: RunNo,
        build_id: &str,
        current_run_only: bool,
    ) -> Result<ResetPointInfo, Status> {
        let run = &self.runs[&no];
        let mut points = run.reset_points.iter();
        let Some(point) = points.find(|point| point.build_id == build_id) else {
            return Err(errors::invalid(format!(
                "Can't find reset point for {build_id}"
            )));
        };
        let expires = point.expire_time.as_ref().map(from_timestamp);
        let problem = if !point.resettable {
            "is not resettable"
        } else if expires.is_some_and(|expires| expires < self.now()) {
            "is expired"
        } else if current_run_only && point.run_id != run.run_id {
            "points to previous run and CurrentRunOnly is set"
        } else {
            return Ok(point.clone());
        };
        Err(errors::invalid(format!(
            "Reset point for {build_id} {problem}"
        )))
    }

    /// The first or the last workflow task that was completed, or else one that was scheduled.
    fn workflow_task_of_reset(&self, no: RunNo, first: bool) -> Result<i64, Status> {
        let events = &self.runs[&no].events;
        let find = |is_it: fn(&Attributes) -> bool| {
            let mut found = events
                .iter()
                .filter(|event| event.attributes.as_ref().is_some_and(is_it))
                .map(|event| event.event_id);
            if first {
                found.next()
            } else {
                found.next_back()
            }
        };
        let completed =
            find(|event| matches!(event, Attributes::WorkflowTaskCompletedEventAttributes(_)));
        let scheduled =
            find(|event| matches!(event, Attributes::WorkflowTaskScheduledEventAttributes(_)));
        completed
            .or(scheduled.map(|id| id + 1))
            .ok_or_else(|| errors::invalid("unable to find any scheduled or completed task"))
    }
}
