//! Runs that a query matches.

use crate::{
    errors,
    state::{
        State, numbers::RunNo, run::Run, standalone::Standalone,
        workflow_schedule::WorkflowSchedule,
    },
    time::Nanos,
    visibility::{
        attributes::queried_type,
        filter::{self, Filter, Value, status, time},
        query::{self, Condition},
    },
};
use std::collections::HashMap;
use temporalio_protos::temporal::api::{common::v1::Payload, enums::v1::IndexedValueType};
use tonic::Status;

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::Text(text.to_owned()))
}

fn attribute(run: &Run, name: &str) -> Option<Value> {
    let parent = run.start.parent_workflow_execution.as_ref();
    let root = run.start.root_workflow_execution.as_ref();
    match name {
        "WorkflowId" => text(&run.workflow_id),
        "RunId" => text(&run.run_id),
        // Only the workflows that run schedules on the real server have one.
        "ScheduleId" => Some(Value::Text(String::new())),
        "WorkflowType" => text(run.workflow_type()),
        "TaskQueue" => text(run.task_queue()),
        "ExecutionStatus" => Some(Value::Int(run.status as i64)),
        "StartTime" => Some(Value::time(run.started_at)),
        "ExecutionTime" => Some(Value::time(run.execution_at)),
        "CloseTime" => run.closed_at.map(Value::time),
        "ExecutionDuration" => run
            .closed_at
            .map(|closed_at| Value::Int(closed_at - run.execution_at)),
        "HistoryLength" | "StateTransitionCount" => {
            run.closed_at.map(|_| Value::Int(run.events.len() as i64))
        }
        "HistorySizeBytes" => run.closed_at.map(|_| Value::Int(run.history_bytes)),
        "ParentWorkflowId" => parent.and_then(|parent| text(&parent.workflow_id)),
        "ParentRunId" => parent.and_then(|parent| text(&parent.run_id)),
        "RootWorkflowId" => text(root.map_or(&run.workflow_id, |root| &root.workflow_id)),
        "RootRunId" => text(root.map_or(&run.run_id, |root| &root.run_id)),
        _ => value_of(run.search_attributes.indexed_fields.get(name)?),
    }
}

fn attribute_of_activity(activity: &Standalone, name: &str) -> Option<Value> {
    match name {
        "ActivityId" => text(&activity.request.activity_id),
        "RunId" => text(&activity.run_id),
        "ActivityType" => text(activity.activity_type()),
        "TaskQueue" => text(activity.task_queue()),
        "ExecutionStatus" => status(activity.status_name()),
        "StartTime" => Some(Value::time(activity.scheduled_at)),
        "ExecutionTime" => Some(Value::time(activity.first_attempt_at())),
        "CloseTime" => activity.closed_at.map(Value::time),
        "ExecutionDuration" => activity
            .closed_at
            .map(|closed_at| Value::Int(closed_at - activity.scheduled_at)),
        _ => value_of(
            activity
                .request
                .search_attributes
                .as_ref()?
                .indexed_fields
                .get(name)?,
        ),
    }
}

fn value_of(payload: &Payload) -> Option<Value> {
    let json: serde_json::Value = serde_json::from_slice(&payload.data).ok()?;
    let is_of_type = |name: &str| {
        let value_type = payload.metadata.get("type");
        value_type.is_some_and(|value_type| value_type.eq_ignore_ascii_case(name.as_bytes()))
    };
    match json {
        serde_json::Value::String(content) if is_of_type("datetime") => time(&content),
        serde_json::Value::String(content) if is_of_type("keywordlist") => {
            Some(Value::List(vec![content]))
        }
        serde_json::Value::String(content) => Some(Value::Text(content)),
        serde_json::Value::Number(number) => number
            .as_i64()
            .map(Value::Int)
            .or_else(|| number.as_f64().map(Value::Float)),
        serde_json::Value::Bool(is_true) => Some(Value::Int(is_true.into())),
        serde_json::Value::Array(items) => {
            let texts = items
                .into_iter()
                .map(|item| match item {
                    serde_json::Value::String(content) => content,
                    other => other.to_string(),
                })
                .collect();
            Some(Value::List(texts))
        }
        _ => None,
    }
}

impl WorkflowSchedule {
    /// Whether a list with this condition has it.
    pub fn matches(&self, filter: &Filter) -> bool {
        filter.matches(&|name: &str| match name {
            "ScheduleId" => text(&self.id),
            "TemporalSchedulePaused" => Some(Value::Int(self.state.paused.into())),
            _ => value_of(self.search_attributes.as_ref()?.indexed_fields.get(name)?),
        })
    }
}

/// A query of a list or of a count, checked.
pub struct Search {
    pub filter: Filter,
    /// The attribute of `GROUP BY`.
    pub group_by: Option<String>,
}

impl Search {
    /// Refuses to group. Only counts do that.
    pub fn ungrouped(self) -> Result<Filter, Status> {
        match self.group_by {
            None => Ok(self.filter),
            Some(_) => Err(invalid("operation is not supported: 'group by' clause")),
        }
    }
}

/// A place in a list of runs, whose last ones come first.
pub type Place = (Nanos, Nanos, RunNo);

impl State {
    /// Reads the query of a list of schedules.
    pub fn parse_schedule_query(&self, namespace: &str, text: &str) -> Result<Filter, Status> {
        let mut known = self.namespace(namespace)?.search_attributes.clone();
        known.insert("ScheduleId".to_owned(), IndexedValueType::Keyword as i32);
        parse_with(text, &known)?.ungrouped()
    }

    pub fn parse_query(&self, namespace: &str, text: &str) -> Result<Search, Status> {
        parse_with(text, &self.namespace(namespace)?.search_attributes)
    }

    /// Reads the query of a list of standalone activities.
    pub fn parse_standalone_query(&self, namespace: &str, text: &str) -> Result<Search, Status> {
        let mut known = self.namespace(namespace)?.search_attributes.clone();
        for name in ["ActivityId", "ActivityType"] {
            known.insert(name.to_owned(), IndexedValueType::Keyword as i32);
        }
        parse_with(text, &known)
    }

    /// The standalone activities that a query matches, the last that started first.
    pub fn matching_standalone(&self, namespace: &str, filter: &Filter) -> Vec<&Standalone> {
        let mut found: Vec<_> = self
            .standalone
            .iter()
            .filter(|(_, activity)| {
                activity.request.namespace == namespace
                    && filter.matches(&|name: &str| attribute_of_activity(activity, name))
            })
            .collect();
        found.sort_by_key(|(no, activity)| {
            let closed_at = activity.closed_at.unwrap_or(Nanos::MAX);
            std::cmp::Reverse((closed_at, activity.scheduled_at, **no))
        });
        found.into_iter().map(|(_, activity)| activity).collect()
    }

    /// The runs that a query matches, the last that started first, and their places.
    pub fn matching(&self, namespace: &str, filter: &Filter) -> Vec<(Place, &Run)> {
        let mut runs: Vec<_> = self
            .runs
            .iter()
            .filter(|(_, run)| {
                run.namespace == namespace && filter.matches(&|name: &str| attribute(run, name))
            })
            .map(|(no, run)| {
                let closed_at = run.closed_at.unwrap_or(Nanos::MAX);
                ((closed_at, run.started_at, *no), run)
            })
            .collect();
        runs.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        runs
    }
}

fn invalid(message: &str) -> Status {
    errors::invalid(format!("invalid query: {message}"))
}

/// Reads a query on the attributes that every run has, and on those that are `known`.
fn parse_with(text: &str, known: &HashMap<String, i32>) -> Result<Search, Status> {
    let query = query::parse(text).map_err(|error| invalid(&error))?;
    let type_of = |name: &str| queried_type(known, name);
    let filter = filter::compile(&query.condition, &type_of).map_err(|error| invalid(&error))?;
    let group_by = match query.group_by.as_slice() {
        [] => None,
        [name] => {
            filter::compile(&Condition::IsNull(name.clone()), &type_of)
                .map_err(|error| invalid(&error))?;
            if name != "ExecutionStatus" {
                return Err(invalid(
                    "operation is not supported: 'group by' clause is only supported for ExecutionStatus search attribute",
                ));
            }
            Some(name.clone())
        }
        _ => {
            return Err(invalid(
                "operation is not supported: 'group by' clause supports only a single field",
            ));
        }
    };
    Ok(Search { filter, group_by })
}
