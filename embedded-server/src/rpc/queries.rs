//! Queries: calls that wait for an answer.

use crate::{
    errors,
    limits::check_blob,
    shared::Shared,
    state::{Busy, numbers::QueryNo, query::Query},
    transitions::queries::query_failed,
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    enums::v1::{QueryRejectCondition, QueryResultType, WorkflowExecutionStatus},
    query::v1::QueryRejected,
    workflowservice::v1::{
        QueryWorkflowRequest, QueryWorkflowResponse, RespondQueryTaskCompletedRequest,
        RespondQueryTaskCompletedResponse,
    },
};
use tokio::sync::oneshot;
use tonic::Status;

/// The time in which a query must be answered.
const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

fn is_rejected(condition: QueryRejectCondition, status: WorkflowExecutionStatus) -> bool {
    match condition {
        QueryRejectCondition::NotOpen => status != WorkflowExecutionStatus::Running,
        QueryRejectCondition::NotCompletedCleanly => !matches!(
            status,
            WorkflowExecutionStatus::Running | WorkflowExecutionStatus::Completed
        ),
        _ => false,
    }
}

pub async fn query_workflow(
    shared: &Shared,
    request: QueryWorkflowRequest,
) -> Result<QueryWorkflowResponse, Status> {
    let condition = request.query_reject_condition();
    let (query, answer) = {
        let mut state = shared.state();
        let no = state.find(&request.namespace, request.execution.as_ref())?;
        let Some(query) = request.query else {
            return Err(errors::invalid("Query is not set on request."));
        };
        if query.query_type.is_empty() {
            return Err(errors::invalid("QueryType is not set on request."));
        }
        check_blob(query.query_args.as_ref())?;
        let run = &state.runs[&no];
        if is_rejected(condition, run.status) || run.is_paused() {
            return Ok(QueryWorkflowResponse {
                query_rejected: Some(QueryRejected {
                    status: run.status as i32,
                }),
                ..Default::default()
            });
        }
        if !run.is_open() && run.completed_tasks == 0 {
            return Err(errors::workflow_not_ready(
                "Workflow execution closed before WorkflowTaskStarted event",
            ));
        }
        let until = state.now() + QUERY_TIMEOUT.as_nanos() as i64;
        if run.waits_for_first_task && run.execution_at > until {
            return Err(errors::workflow_not_ready(
                "Workflow task is not scheduled yet.",
            ));
        }
        if run.keeps_failing() {
            return Err(errors::workflow_not_ready(
                "Unable to query workflow due to Workflow Task in failed state.",
            ));
        }
        let waits = run.is_open() && (run.task.is_some() || run.completed_tasks == 0);
        let (send, answer) = oneshot::channel();
        let number = state.new_no();
        state.queries.insert(
            number,
            Query {
                run: no,
                query,
                answer: send,
            },
        );
        state.busy.insert(Busy::Query(number));
        if waits {
            state.run(no).queries.push(number);
        } else {
            state.dispatch_query(number);
        }
        (number, answer)
    };
    let forget = Forget { shared, query };
    let answer = tokio::time::timeout(QUERY_TIMEOUT, answer).await;
    drop(forget);
    match answer {
        Ok(Ok(answer)) => Ok(QueryWorkflowResponse {
            query_result: answer?,
            ..Default::default()
        }),
        _ => Err(Status::deadline_exceeded(
            "no worker has answered the query in time",
        )),
    }
}

/// Forgets a query whose client has gone.
struct Forget<'a> {
    shared: &'a Shared,
    query: QueryNo,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.busy.remove(&Busy::Query(self.query));
        if let Some(query) = state.queries.remove(&self.query)
            && let Some(run) = state.runs.get_mut(&query.run)
        {
            run.queries.retain(|waiting| *waiting != self.query);
        }
    }
}

pub async fn respond_query_task_completed(
    shared: &Shared,
    request: RespondQueryTaskCompletedRequest,
) -> Result<RespondQueryTaskCompletedResponse, Status> {
    let mut state = shared.state();
    let failed = request.completed_type() == QueryResultType::Failed;
    let Ok(token) = request.task_token.as_slice().try_into() else {
        return Err(errors::invalid("Error deserializing task token."));
    };
    let query = QueryNo::from_be_bytes(token);
    if !state.queries.contains_key(&query) {
        return Err(errors::not_found(
            "query task not found, or already expired",
        ));
    }
    let answer = if failed {
        Err(query_failed(request.error_message, request.failure))
    } else {
        Ok(request.query_result)
    };
    state.answer_query(query, answer);
    Ok(RespondQueryTaskCompletedResponse {})
}
