//! Runs that a query matches.

use crate::{
    errors,
    state::{State, run::Run, standalone::Standalone, workflow_schedule::WorkflowSchedule},
    time::{Nanos, SECOND},
    visibility::{
        attributes::{SYSTEM, find, search_attribute_type},
        query::{self, Comparison, Condition, Literal, Query},
    },
};
use jiff::Timestamp;
use std::{cmp::Ordering, collections::HashMap};
use temporalio_protos::temporal::api::{
    common::v1::Payload,
    enums::v1::{IndexedValueType, WorkflowExecutionStatus},
};
use tonic::Status;

/// An attribute of a run.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    Time(Nanos),
    List(Vec<String>),
}

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::Text(text.to_owned()))
}

pub fn status_name(status: WorkflowExecutionStatus) -> &'static str {
    match status {
        WorkflowExecutionStatus::Running => "Running",
        WorkflowExecutionStatus::Completed => "Completed",
        WorkflowExecutionStatus::Failed => "Failed",
        WorkflowExecutionStatus::Canceled => "Canceled",
        WorkflowExecutionStatus::Terminated => "Terminated",
        WorkflowExecutionStatus::ContinuedAsNew => "ContinuedAsNew",
        WorkflowExecutionStatus::TimedOut => "TimedOut",
        WorkflowExecutionStatus::Paused => "Paused",
        WorkflowExecutionStatus::Unspecified => "",
    }
}

fn attribute(run: &Run, name: &str) -> Option<Value> {
    let parent = run.start.parent_workflow_execution.as_ref();
    let root = run.start.root_workflow_execution.as_ref();
    match name {
        "WorkflowId" => text(&run.workflow_id),
        "RunId" => text(&run.run_id),
        "WorkflowType" => text(run.workflow_type()),
        "TaskQueue" => text(run.task_queue()),
        "ExecutionStatus" => text(status_name(run.status)),
        "StartTime" => Some(Value::Time(run.started_at)),
        "ExecutionTime" => Some(Value::Time(run.execution_at)),
        "CloseTime" => run.closed_at.map(Value::Time),
        "ExecutionDuration" => run
            .closed_at
            .map(|closed_at| Value::Number((closed_at - run.execution_at) as f64)),
        "HistoryLength" => run
            .closed_at
            .map(|_| Value::Number(run.events.len() as f64)),
        "HistorySizeBytes" => run
            .closed_at
            .map(|_| Value::Number(run.history_bytes as f64)),
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
        "ExecutionStatus" => text(activity.status_name()),
        "StartTime" => Some(Value::Time(activity.scheduled_at)),
        "ExecutionTime" => Some(Value::Time(activity.first_attempt_at())),
        "CloseTime" => activity.closed_at.map(Value::Time),
        "ExecutionDuration" => activity
            .closed_at
            .map(|closed_at| Value::Number((closed_at - activity.scheduled_at) as f64)),
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
    let is_time = payload
        .metadata
        .get("type")
        .is_some_and(|value_type| value_type.eq_ignore_ascii_case(b"datetime"));
    match json {
        serde_json::Value::String(content) if is_time => Some(Value::Time(time(&content)?)),
        serde_json::Value::String(content) => Some(Value::Text(content)),
        serde_json::Value::Number(number) => Some(Value::Number(number.as_f64()?)),
        serde_json::Value::Bool(is_true) => Some(Value::Bool(is_true)),
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

fn time(text: &str) -> Option<Nanos> {
    let time = text.parse::<Timestamp>().ok()?;
    time.as_nanosecond().try_into().ok()
}

/// Compares an attribute with a value of a query. None if they cannot be compared.
fn compare(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::Text(value), Literal::Text(other)) => Some(value.as_str().cmp(other)),
        (Value::Number(value), Literal::Number(other)) => value.partial_cmp(other),
        (Value::Number(value), Literal::Text(other)) => value.partial_cmp(&go_duration(other)?),
        (Value::Bool(value), Literal::Bool(other)) => Some(value.cmp(other)),
        (Value::Time(value), Literal::Text(other)) => Some(value.cmp(&time(other)?)),
        (Value::Time(value), Literal::Number(other)) => value_cmp(*value, *other),
        _ => None,
    }
}

fn value_cmp(value: Nanos, other: f64) -> Option<Ordering> {
    (value as f64).partial_cmp(&other)
}

/// A number in text, or a duration in seconds or hours.
fn go_duration(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (number, unit) = text.split_at(text.find(|character: char| character.is_alphabetic())?);
    let scale = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale * SECOND as f64)
}

fn equals(value: &Value, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::List(items), Literal::Text(other)) => items.contains(other),
        _ => compare(value, literal) == Some(Ordering::Equal),
    }
}

fn matches(of: &impl Fn(&str) -> Option<Value>, condition: &Condition) -> bool {
    match condition {
        Condition::All => true,
        Condition::And(one, other) => matches(of, one) && matches(of, other),
        Condition::Or(one, other) => matches(of, one) || matches(of, other),
        Condition::Not(inner) => !matches(of, inner),
        Condition::IsNull(name) => of(name).is_none(),
        Condition::In(name, literals) => {
            of(name).is_some_and(|value| literals.iter().any(|literal| equals(&value, literal)))
        }
        Condition::StartsWith(name, prefix) => matches!(
            of(name),
            Some(Value::Text(value)) if value.starts_with(prefix.as_str())
        ),
        Condition::Between(name, from, to) => of(name).is_some_and(|value| {
            compare(&value, from).is_some_and(Ordering::is_ge)
                && compare(&value, to).is_some_and(Ordering::is_le)
        }),
        Condition::Compare(name, comparison, literal) => {
            let Some(value) = of(name) else {
                return false;
            };
            match comparison {
                Comparison::Equal => equals(&value, literal),
                Comparison::NotEqual => !equals(&value, literal),
                Comparison::Less => compare(&value, literal).is_some_and(Ordering::is_lt),
                Comparison::LessOrEqual => compare(&value, literal).is_some_and(Ordering::is_le),
                Comparison::Greater => compare(&value, literal).is_some_and(Ordering::is_gt),
                Comparison::GreaterOrEqual => compare(&value, literal).is_some_and(Ordering::is_ge),
            }
        }
    }
}

impl WorkflowSchedule {
    /// Whether a list with this condition has it.
    pub fn matches(&self, condition: &Condition) -> bool {
        let attribute = |name: &str| match name {
            "ScheduleId" => text(&self.id),
            "TemporalSchedulePaused" => Some(Value::Bool(self.state.paused)),
            _ => value_of(self.search_attributes.as_ref()?.indexed_fields.get(name)?),
        };
        matches(&attribute, condition)
    }
}

impl State {
    /// Reads the query of a list of schedules.
    pub fn parse_schedule_query(&self, namespace: &str, text: &str) -> Result<Condition, Status> {
        let mut known = self.namespace(namespace)?.search_attributes.clone();
        known.insert("ScheduleId".to_owned(), IndexedValueType::Keyword as i32);
        let query = query::parse(text)
            .map_err(|error| errors::invalid(format!("invalid query: {error}")))?;
        check_condition(&query.condition, &known)?;
        Ok(query.condition)
    }

    pub fn parse_query(&self, namespace: &str, text: &str) -> Result<Query, Status> {
        parse_with(text, &self.namespace(namespace)?.search_attributes)
    }

    /// Reads the query of a list of standalone activities.
    pub fn parse_standalone_query(&self, namespace: &str, text: &str) -> Result<Query, Status> {
        let mut known = self.namespace(namespace)?.search_attributes.clone();
        for name in ["ActivityId", "ActivityType"] {
            known.insert(name.to_owned(), IndexedValueType::Keyword as i32);
        }
        parse_with(text, &known)
    }

    /// The standalone activities that a query matches, the last that started first.
    pub fn matching_standalone(&self, namespace: &str, condition: &Condition) -> Vec<&Standalone> {
        let mut found: Vec<_> = self
            .standalone
            .iter()
            .filter(|(_, activity)| {
                activity.request.namespace == namespace
                    && matches(
                        &|name: &str| attribute_of_activity(activity, name),
                        condition,
                    )
            })
            .collect();
        found.sort_by_key(|(no, activity)| {
            let closed_at = activity.closed_at.unwrap_or(Nanos::MAX);
            std::cmp::Reverse((closed_at, activity.scheduled_at, **no))
        });
        found.into_iter().map(|(_, activity)| activity).collect()
    }

    /// The runs that a query matches, the last that started first.
    pub fn matching(&self, namespace: &str, condition: &Condition) -> Vec<&Run> {
        let mut runs: Vec<_> = self
            .runs
            .iter()
            .filter(|(_, run)| {
                run.namespace == namespace && matches(&|name: &str| attribute(run, name), condition)
            })
            .collect();
        runs.sort_by_key(|(no, run)| {
            let closed_at = run.closed_at.unwrap_or(Nanos::MAX);
            std::cmp::Reverse((closed_at, run.started_at, **no))
        });
        runs.into_iter().map(|(_, run)| run).collect()
    }
}

/// Reads a query on the attributes that every run has, and on those that are `known`.
fn parse_with(text: &str, known: &HashMap<String, i32>) -> Result<Query, Status> {
    let query =
        query::parse(text).map_err(|error| errors::invalid(format!("invalid query: {error}")))?;
    check_condition(&query.condition, known)?;
    match query.group_by.as_slice() {
        [] => {}
        [name] => {
            check_name(name, known)?;
            if name != "ExecutionStatus" {
                return Err(errors::invalid(
                    "invalid query: operation is not supported: 'group by' clause is only supported for ExecutionStatus search attribute",
                ));
            }
        }
        _ => {
            return Err(errors::invalid(
                "invalid query: operation is not supported: 'group by' clause supports only a single field",
            ));
        }
    }
    Ok(query)
}

/// Refuses a condition on an attribute that is not there, or with a value that it cannot have.
fn check_condition(condition: &Condition, known: &HashMap<String, i32>) -> Result<(), Status> {
    match condition {
        Condition::All => Ok(()),
        Condition::And(one, other) | Condition::Or(one, other) => {
            check_condition(one, known)?;
            check_condition(other, known)
        }
        Condition::Not(inner) => check_condition(inner, known),
        Condition::Compare(name, _, literal) => check_value(name, literal, known),
        Condition::In(name, literals) => literals
            .iter()
            .try_for_each(|literal| check_value(name, literal, known)),
        Condition::Between(name, from, to) => {
            check_value(name, from, known)?;
            check_value(name, to, known)
        }
        Condition::StartsWith(name, _) | Condition::IsNull(name) => check_name(name, known),
    }
}

fn check_name(name: &str, known: &HashMap<String, i32>) -> Result<(), Status> {
    if find(SYSTEM, name).is_some() || search_attribute_type(known, name).is_some() {
        return Ok(());
    }
    Err(errors::invalid(format!(
        "invalid query: invalid expression: column name '{name}' is not a valid search attribute"
    )))
}

fn check_value(name: &str, literal: &Literal, known: &HashMap<String, i32>) -> Result<(), Status> {
    check_name(name, known)?;
    let Literal::Text(content) = literal else {
        return Ok(());
    };
    let is_time = find(SYSTEM, name) == Some(IndexedValueType::Datetime)
        || search_attribute_type(known, name) == Some("Datetime");
    if is_time && time(content).is_none() {
        return Err(errors::invalid(format!(
            "invalid query: invalid expression: unable to parse datetime '{content}'"
        )));
    }
    if name == "ExecutionStatus" && !is_status(content) {
        return Err(errors::invalid(format!(
            "invalid query: invalid expression: invalid ExecutionStatus value '{content}'"
        )));
    }
    Ok(())
}

fn is_status(name: &str) -> bool {
    (1..=8)
        .filter_map(|status| WorkflowExecutionStatus::try_from(status).ok())
        .any(|status| status_name(status) == name)
}
