//! Queries: with the workflow task that is on its way, or with a task of their own.

use crate::{
    errors,
    state::{
        Busy, State,
        numbers::{QueryNo, RunNo},
        query::Answer,
        queues::QueuedTask,
    },
};
use std::collections::HashMap;
use temporalio_protos::temporal::api::{
    enums::v1::{QueryResultType, TaskQueueKind},
    errordetails::v1::QueryFailedFailure,
    failure::v1::Failure,
    history::v1::History,
    query::v1::{WorkflowQuery, WorkflowQueryResult},
    taskqueue::v1::TaskQueue,
    workflowservice::v1::PollWorkflowTaskQueueResponse,
};
use tonic::{Code, Status};

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

    pub fn answer_query(&mut self, query: QueryNo, answer: Answer) {
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
            attempt: 1,
            workflow_execution_task_queue: Some(TaskQueue {
                name: run.task_queue().to_owned(),
                kind: TaskQueueKind::Normal as i32,
                normal_name: String::new(),
            }),
            ..Default::default()
        })
    }
}

pub fn query_failed(message: String, failure: Option<Failure>) -> Status {
    errors::with_detail(
        Code::InvalidArgument,
        message,
        &QueryFailedFailure { failure },
    )
}
