//! Update-with-start: both in one step.

use crate::{
    errors::{self, Of},
    rpc::updates::{self, ABORTED},
    shared::Shared,
    state::{State, numbers::RunNo},
    time::nanos,
};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::{WorkflowExecutionStatus, WorkflowIdConflictPolicy},
    workflowservice::v1::{
        ExecuteMultiOperationRequest, ExecuteMultiOperationResponse, StartWorkflowExecutionRequest,
        StartWorkflowExecutionResponse, UpdateWorkflowExecutionRequest,
        execute_multi_operation_request::{Operation, operation},
        execute_multi_operation_response::{Response, response},
    },
};
use tonic::Status;

/// Fails with the message of the first condition that holds.
fn refuse_if(conditions: [(bool, &str); 3]) -> Result<(), Status> {
    match conditions.iter().find(|(holds, _)| *holds) {
        Some((_, message)) => Err(errors::invalid(*message)),
        None => Ok(()),
    }
}

/// The run that takes the update.
struct Taken {
    started: StartWorkflowExecutionResponse,
    run: RunNo,
    update_id: String,
}

impl State {
    /// Refuses requests that are wrong by themselves, before either has an effect.
    fn check_operations(
        &self,
        start: &StartWorkflowExecutionRequest,
        update: &UpdateWorkflowExecutionRequest,
    ) -> Result<(), Status> {
        let delay = nanos(start.workflow_start_delay.as_ref());
        let checked_start = self.new_run(start.clone()).and_then(|_| {
            refuse_if([
                (
                    !start.cron_schedule.is_empty(),
                    "CronSchedule is not allowed.",
                ),
                (
                    start.request_eager_execution,
                    "RequestEagerExecution is not supported.",
                ),
                (delay > 0, "WorkflowStartDelay is not supported."),
            ])
        });
        let execution = update.workflow_execution.clone().unwrap_or_default();
        let checked_update = updates::check(update).and_then(|()| {
            refuse_if([
                (
                    !update.first_execution_run_id.is_empty(),
                    "FirstExecutionRunId is not allowed.",
                ),
                (!execution.run_id.is_empty(), "RunId is not allowed."),
                (
                    checked_start.is_ok() && execution.workflow_id != start.workflow_id,
                    "WorkflowId is not consistent with previous operation(s).",
                ),
            ])
        });
        if checked_start.is_ok() && checked_update.is_ok() {
            return Ok(());
        }
        let of = |checked: Result<(), Status>| match checked {
            Ok(()) => Of::Aborted,
            Err(error) => Of::Failed(error),
        };
        Err(errors::multi_operation([
            of(checked_start),
            of(checked_update),
        ]))
    }

    /// Gives the update to the run that is there if the request allows that, and to a new one otherwise.
    fn update_with_start(
        &mut self,
        start: StartWorkflowExecutionRequest,
        update: UpdateWorkflowExecutionRequest,
    ) -> Result<Taken, Status> {
        let namespace = start.namespace.clone();
        let mut execution = WorkflowExecution {
            workflow_id: start.workflow_id.clone(),
            run_id: String::new(),
        };
        let existing = self.current(&namespace, &start.workflow_id);
        let id = updates::id_of(&update);
        let taken_by = existing.filter(|no| {
            let use_existing =
                start.workflow_id_conflict_policy() == WorkflowIdConflictPolicy::UseExisting;
            let run = self.run(*no);
            let known = run.update(id);
            let is_complete = known
                .as_ref()
                .is_some_and(|update| update.outcome().is_some());
            let is_known = known.is_some();
            let is_repeated =
                !start.request_id.is_empty() && run.start_request_id == start.request_id;
            is_complete || run.is_open() && (is_known || is_repeated || use_existing)
        });
        let (started, no) = match taken_by {
            Some(no) => (None, no),
            None => {
                let (response, started) = self
                    .start_workflow(start)
                    .map_err(|error| errors::multi_operation([Of::Failed(error), Of::Aborted]))?;
                (Some(response), started.run)
            }
        };
        let run = self.run(no);
        execution.run_id.clone_from(&run.run_id);
        let started = started.unwrap_or_else(|| StartWorkflowExecutionResponse {
            run_id: run.run_id.clone(),
            first_execution_run_id: run.start.first_execution_run_id.clone(),
            status: run.status as i32,
            link: (run.status == WorkflowExecutionStatus::Running)
                .then(|| crate::links::of_event(run.first_event())),
            ..Default::default()
        });
        let (run, update_id) = self
            .admit_update(&namespace, Some(&execution), "", update.request)
            .map_err(|error| errors::multi_operation([Of::Aborted, Of::Failed(error)]))?;
        Ok(Taken {
            started,
            run,
            update_id,
        })
    }
}

pub async fn execute_multi_operation(
    shared: &Shared,
    request: ExecuteMultiOperationRequest,
) -> Result<ExecuteMultiOperationResponse, Status> {
    shared.state().namespace(&request.namespace)?;
    let wrong = || errors::invalid("Operations have to be exactly [Start, Update].");
    let [start, update]: [Operation; 2] = request.operations.try_into().map_err(|_| wrong())?;
    let (
        Some(operation::Operation::StartWorkflow(start)),
        Some(operation::Operation::UpdateWorkflow(mut update)),
    ) = (start.operation, update.operation)
    else {
        return Err(wrong());
    };
    shared.state().check_operations(&start, &update)?;
    updates::complete(shared, &mut update);
    let mut is_first_try = true;
    loop {
        let taken = shared
            .state()
            .update_with_start(start.clone(), update.clone())?;
        let reached = updates::wait(shared, taken.run, &taken.update_id, update.wait_policy).await;
        let error = match reached {
            Ok(reached) => {
                let responses = [
                    response::Response::StartWorkflow(taken.started),
                    response::Response::UpdateWorkflow(reached.into_response()),
                ];
                return Ok(ExecuteMultiOperationResponse {
                    responses: responses
                        .map(|response| Response {
                            response: Some(response),
                        })
                        .into(),
                });
            }
            Err(error) => error,
        };
        if taken.started.started {
            return Err(errors::multi_operation([Of::Done, Of::Failed(error)]));
        }
        // A run that was there has ended before its worker took the update: now one can be started.
        if error.message() != ABORTED || !is_first_try {
            return Err(errors::multi_operation([Of::Aborted, Of::Failed(error)]));
        }
        is_first_try = false;
    }
}
