//! Queries: with the workflow task that is on its way, or with a task of their own.

use crate::{
    errors,
    matching::QueuedTask,
    run::RunNo,
    server::Server,
    state::{Busy, State},
};
use std::{collections::HashMap, time::Duration};
use temporalio_protos::temporal::api::{
    common::v1::Payloads,
    enums::v1::{QueryRejectCondition, QueryResultType, TaskQueueKind, WorkflowExecutionStatus},
    errordetails::v1::QueryFailedFailure,
    failure::v1::Failure,
    history::v1::History,
    query::v1::{QueryRejected, WorkflowQuery, WorkflowQueryResult},
    taskqueue::v1::TaskQueue,
    workflowservice::v1::{
        PollWorkflowTaskQueueResponse, QueryWorkflowRequest, QueryWorkflowResponse,
        RespondQueryTaskCompletedRequest, RespondQueryTaskCompletedResponse,
    },
};
use tokio::sync::oneshot;
use tonic::{Code, Status};

pub type QueryNo = u64;

/// The time in which a query must be answered.
const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

type Answer = Result<Option<Payloads>, Status>;

/// A query without an answer.
#[derive(Debug)]
pub struct Query {
    run: RunNo,
    query: WorkflowQuery,
    answer: oneshot::Sender<Answer>,
}

impl State {
    /// The queries that go with a workflow task, by the names under which their results come back.
    pub fn queries_for_task(&mut self, no: RunNo) -> HashMap<String, WorkflowQuery> {
        let waiting = &self.runs[&no].queries;
        waiting
            .iter()
            .filter_map(|query| Some((query.to_string(), self.queries.get(query)?.query.clone())))
            .collect()
    }

    /// Takes an answer that came with a workflow task.
    pub fn answer_query_of_task(&mut self, no: RunNo, id: &str, result: WorkflowQueryResult) {
        let Ok(query) = id.parse::<QueryNo>() else {
            return;
        };
        self.run(no).queries.retain(|waiting| *waiting != query);
        let failed = result.result_type() == QueryResultType::Failed;
        let answer = if failed {
            Err(query_failed(result.error_message, result.failure))
        } else {
            Ok(result.answer)
        };
        self.answer_query(query, answer);
    }

    fn answer_query(&mut self, query: QueryNo, answer: Answer) {
        self.busy.remove(&Busy::Query(query));
        if let Some(query) = self.queries.remove(&query) {
            // A client that waits no longer has gone.
            let _ = query.answer.send(answer);
        }
    }

    /// Gives queries that waited for a workflow task tasks of their own, if there is none any more.
    pub fn dispatch_waiting_queries(&mut self, no: RunNo) {
        let run = self.run(no);
        if run.task.is_some() {
            return;
        }
        for query in std::mem::take(&mut run.queries) {
            self.dispatch_query(query);
        }
    }

    /// Puts a query into the queue of its run's worker.
    pub fn dispatch_query(&mut self, query: QueryNo) {
        let Some(run) = self.queries.get(&query).map(|query| query.run) else {
            return;
        };
        let (key, _) = self.workflow_queue(run);
        self.queues.put(key, QueuedTask::Query(query));
    }

    /// Hands a query to a worker. None if nobody waits for its answer.
    pub fn take_query(&mut self, query: QueryNo) -> Option<PollWorkflowTaskQueueResponse> {
        let no = self.queries.get(&query)?.run;
        let workflow_query = self.queries.get(&query)?.query.clone();
        let run = self.runs.get(&no)?;
        // A worker that keeps the run in its cache has its events.
        let is_cached = run.sticky.is_some() && run.is_open();
        let events = if is_cached {
            Vec::new()
        } else {
            run.events.clone()
        };
        Some(PollWorkflowTaskQueueResponse {
            task_token: query.to_be_bytes().to_vec(),
            workflow_execution: Some(run.execution()),
            workflow_type: run.start.workflow_type.clone(),
            previous_started_event_id: run.last_started_id,
            history: Some(History { events }),
            query: Some(workflow_query),
            workflow_execution_task_queue: Some(TaskQueue {
                name: run.task_queue().to_owned(),
                kind: TaskQueueKind::Normal as i32,
                normal_name: String::new(),
            }),
            ..Default::default()
        })
    }
}

fn query_failed(message: String, failure: Option<Failure>) -> Status {
    errors::with_detail(
        Code::InvalidArgument,
        message,
        &QueryFailedFailure { failure },
    )
}

fn is_rejected(condition: QueryRejectCondition, status: WorkflowExecutionStatus) -> bool {
    match condition {
        QueryRejectCondition::NotOpen => status != WorkflowExecutionStatus::Running,
        QueryRejectCondition::NotCompletedCleanly => !matches!(
            status,
            WorkflowExecutionStatus::Running
                | WorkflowExecutionStatus::Completed
                | WorkflowExecutionStatus::ContinuedAsNew
        ),
        _ => false,
    }
}

pub async fn query_workflow(
    server: &Server,
    request: QueryWorkflowRequest,
) -> Result<QueryWorkflowResponse, Status> {
    let condition = request.query_reject_condition();
    let (query, answer) = {
        let mut state = server.state();
        let no = state.find(&request.namespace, request.execution.as_ref())?;
        let Some(query) = request.query else {
            return Err(errors::invalid("Query is not set on request."));
        };
        if query.query_type.is_empty() {
            return Err(errors::invalid("QueryType is not set on request."));
        }
        let run = &state.runs[&no];
        if is_rejected(condition, run.status) {
            return Ok(QueryWorkflowResponse {
                query_rejected: Some(QueryRejected {
                    status: run.status as i32,
                }),
                ..Default::default()
            });
        }
        if !run.is_open() && run.completed_tasks == 0 {
            return Err(errors::with_detail(
                Code::FailedPrecondition,
                "workflow must handle at least one workflow task before it can be queried",
                &temporalio_protos::temporal::api::errordetails::v1::WorkflowNotReadyFailure {},
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
    let forget = Forget { server, query };
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
    server: &'a Server,
    query: QueryNo,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        let mut state = self.server.state();
        state.busy.remove(&Busy::Query(self.query));
        if let Some(query) = state.queries.remove(&self.query)
            && let Some(run) = state.runs.get_mut(&query.run)
        {
            run.queries.retain(|waiting| *waiting != self.query);
        }
    }
}

pub async fn respond_query_task_completed(
    server: &Server,
    request: RespondQueryTaskCompletedRequest,
) -> Result<RespondQueryTaskCompletedResponse, Status> {
    let mut state = server.state();
    let failed = request.completed_type() == QueryResultType::Failed;
    let token = request.task_token.first_chunk::<8>();
    let query = token.map(|token| QueryNo::from_be_bytes(*token));
    let Some(query) = query.filter(|query| state.queries.contains_key(query)) else {
        return Err(errors::not_found(
            "query task not found, or already expired",
        ));
    };
    let answer = if failed {
        Err(query_failed(request.error_message, request.failure))
    } else {
        Ok(request.query_result)
    };
    state.answer_query(query, answer);
    Ok(RespondQueryTaskCompletedResponse {})
}
