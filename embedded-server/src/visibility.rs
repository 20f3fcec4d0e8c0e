//! Lists and counts of runs, by their attributes.

use crate::{
    errors,
    run::Run,
    server::Server,
    state::State,
    time::{Nanos, SECOND},
    visibility_query::{self, Comparison, Condition, Literal, Query},
};
use chrono::DateTime;
use std::{cmp::Ordering, collections::HashMap};
use temporalio_protos::temporal::api::{
    common::v1::Payload,
    enums::v1::{IndexedValueType, WorkflowExecutionStatus},
    workflowservice::v1::{
        CountWorkflowExecutionsRequest, CountWorkflowExecutionsResponse,
        GetSearchAttributesRequest, GetSearchAttributesResponse, ListWorkflowExecutionsRequest,
        ListWorkflowExecutionsResponse, count_workflow_executions_response::AggregationGroup,
    },
};
use tonic::Status;

const PAGE_SIZE: usize = 1000;

/// The attributes that every run has.
const SYSTEM: &[(&str, IndexedValueType)] = &[
    ("CloseTime", IndexedValueType::Datetime),
    ("ExecutionDuration", IndexedValueType::Int),
    ("ExecutionStatus", IndexedValueType::Keyword),
    ("ExecutionTime", IndexedValueType::Datetime),
    ("HistoryLength", IndexedValueType::Int),
    ("HistorySizeBytes", IndexedValueType::Int),
    ("ParentRunId", IndexedValueType::Keyword),
    ("ParentWorkflowId", IndexedValueType::Keyword),
    ("RootRunId", IndexedValueType::Keyword),
    ("RootWorkflowId", IndexedValueType::Keyword),
    ("RunId", IndexedValueType::Keyword),
    ("StartTime", IndexedValueType::Datetime),
    ("TaskQueue", IndexedValueType::Keyword),
    ("WorkflowId", IndexedValueType::Keyword),
    ("WorkflowType", IndexedValueType::Keyword),
];

/// The attributes that are no custom ones, but that a workflow may set.
const PREDEFINED: &[(&str, IndexedValueType)] = &[
    ("BatcherUser", IndexedValueType::Keyword),
    ("BinaryChecksums", IndexedValueType::KeywordList),
    ("BuildIds", IndexedValueType::KeywordList),
    ("TemporalChangeVersion", IndexedValueType::KeywordList),
    ("TemporalNamespaceDivision", IndexedValueType::Keyword),
    ("TemporalSchedulePaused", IndexedValueType::Bool),
    ("TemporalScheduledById", IndexedValueType::Keyword),
    ("TemporalScheduledStartTime", IndexedValueType::Datetime),
];

fn find(list: &[(&str, IndexedValueType)], name: &str) -> Option<IndexedValueType> {
    list.iter()
        .find(|(other, _)| *other == name)
        .map(|(_, value_type)| *value_type)
}

fn type_name(value_type: IndexedValueType) -> &'static str {
    match value_type {
        IndexedValueType::Text => "Text",
        IndexedValueType::Int => "Int",
        IndexedValueType::Double => "Double",
        IndexedValueType::Bool => "Bool",
        IndexedValueType::Datetime => "Datetime",
        IndexedValueType::KeywordList => "KeywordList",
        IndexedValueType::Keyword | IndexedValueType::Unspecified => "Keyword",
    }
}

/// The name of a search attribute's type. None if a workflow cannot set it.
pub fn search_attribute_type(custom: &HashMap<String, i32>, name: &str) -> Option<&'static str> {
    let custom = custom
        .get(name)
        .and_then(|value_type| IndexedValueType::try_from(*value_type).ok());
    custom.or_else(|| find(PREDEFINED, name)).map(type_name)
}

/// The attributes of all runs, by their types.
pub fn system_attributes() -> HashMap<String, i32> {
    SYSTEM
        .iter()
        .chain(PREDEFINED)
        .map(|(name, value_type)| ((*name).to_owned(), *value_type as i32))
        .collect()
}

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
    DateTime::parse_from_rfc3339(text)
        .ok()?
        .timestamp_nanos_opt()
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

fn matches(run: &Run, condition: &Condition) -> bool {
    match condition {
        Condition::All => true,
        Condition::And(one, other) => matches(run, one) && matches(run, other),
        Condition::Or(one, other) => matches(run, one) || matches(run, other),
        Condition::Not(inner) => !matches(run, inner),
        Condition::IsNull(name) => attribute(run, name).is_none(),
        Condition::In(name, literals) => attribute(run, name)
            .is_some_and(|value| literals.iter().any(|literal| equals(&value, literal))),
        Condition::StartsWith(name, prefix) => matches!(
            attribute(run, name),
            Some(Value::Text(value)) if value.starts_with(prefix.as_str())
        ),
        Condition::Between(name, from, to) => attribute(run, name).is_some_and(|value| {
            compare(&value, from).is_some_and(Ordering::is_ge)
                && compare(&value, to).is_some_and(Ordering::is_le)
        }),
        Condition::Compare(name, comparison, literal) => {
            let Some(value) = attribute(run, name) else {
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

impl State {
    fn parse_query(&self, namespace: &str, text: &str) -> Result<Query, Status> {
        let known = &self.namespace(namespace)?.search_attributes;
        let query = visibility_query::parse(text)
            .map_err(|error| errors::invalid(format!("invalid query: {error}")))?;
        check_names(&query.condition, known)?;
        Ok(query)
    }

    /// The runs that a query matches, the last that started first.
    fn matching(&self, namespace: &str, condition: &Condition) -> Vec<&Run> {
        let mut runs: Vec<_> = self
            .runs
            .iter()
            .filter(|(_, run)| run.namespace == namespace && matches(run, condition))
            .collect();
        runs.sort_by_key(|(no, run)| {
            let closed_at = run.closed_at.unwrap_or(Nanos::MAX);
            std::cmp::Reverse((closed_at, run.started_at, **no))
        });
        runs.into_iter().map(|(_, run)| run).collect()
    }
}

fn check_names(condition: &Condition, known: &HashMap<String, i32>) -> Result<(), Status> {
    let check = |name: &String| {
        if find(SYSTEM, name).is_some() || search_attribute_type(known, name).is_some() {
            return Ok(());
        }
        Err(errors::invalid(format!(
            "invalid query: invalid expression: column name '{name}' is not a valid search attribute"
        )))
    };
    match condition {
        Condition::All => Ok(()),
        Condition::And(one, other) | Condition::Or(one, other) => {
            check_names(one, known)?;
            check_names(other, known)
        }
        Condition::Not(inner) => check_names(inner, known),
        Condition::Compare(name, ..)
        | Condition::In(name, _)
        | Condition::Between(name, ..)
        | Condition::StartsWith(name, _)
        | Condition::IsNull(name) => check(name),
    }
}

pub async fn list_workflow_executions(
    server: &Server,
    request: ListWorkflowExecutionsRequest,
) -> Result<ListWorkflowExecutionsResponse, Status> {
    let state = server.state();
    let query = state.parse_query(&request.namespace, &request.query)?;
    let start = match request.next_page_token.first_chunk::<8>() {
        Some(token) => u64::from_be_bytes(*token) as usize,
        None => 0,
    };
    let size = usize::try_from(request.page_size)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(PAGE_SIZE)
        .min(PAGE_SIZE);
    let runs = state.matching(&request.namespace, &query.condition);
    let end = runs.len().min(start.saturating_add(size));
    Ok(ListWorkflowExecutionsResponse {
        executions: runs[start.min(end)..end]
            .iter()
            .map(|run| run.info())
            .collect(),
        next_page_token: if end < runs.len() {
            (end as u64).to_be_bytes().to_vec()
        } else {
            Vec::new()
        },
    })
}

pub async fn count_workflow_executions(
    server: &Server,
    request: CountWorkflowExecutionsRequest,
) -> Result<CountWorkflowExecutionsResponse, Status> {
    let state = server.state();
    let query = state.parse_query(&request.namespace, &request.query)?;
    let runs = state.matching(&request.namespace, &query.condition);
    let mut groups: HashMap<&str, i64> = HashMap::new();
    match query.group_by.as_deref() {
        None => {}
        Some("ExecutionStatus") => {
            for run in &runs {
                *groups.entry(status_name(run.status)).or_default() += 1;
            }
        }
        Some(_) => {
            return Err(errors::invalid(
                "invalid query: 'GROUP BY' clause is only supported for ExecutionStatus",
            ));
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    Ok(CountWorkflowExecutionsResponse {
        count: runs.len() as i64,
        groups: groups
            .into_iter()
            .map(|(name, count)| AggregationGroup {
                group_values: vec![Payload {
                    metadata: [
                        ("encoding".to_owned(), b"json/plain".to_vec()),
                        ("type".to_owned(), b"Keyword".to_vec()),
                    ]
                    .into(),
                    data: format!("{name:?}").into_bytes(),
                    ..Default::default()
                }],
                count,
            })
            .collect(),
    })
}

pub async fn get_search_attributes(
    server: &Server,
    _request: GetSearchAttributesRequest,
) -> Result<GetSearchAttributesResponse, Status> {
    let state = server.state();
    let mut keys = system_attributes();
    for namespace in state.namespaces.values() {
        keys.extend(namespace.search_attributes.clone());
    }
    Ok(GetSearchAttributesResponse { keys })
}
