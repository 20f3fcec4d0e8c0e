//! Search attributes that exist without being added.

use std::collections::HashMap;
use temporalio_protos::temporal::api::enums::v1::IndexedValueType;

/// The attributes that every run has.
pub const SYSTEM: &[(&str, IndexedValueType)] = &[
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
    ("StateTransitionCount", IndexedValueType::Int),
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
    ("TemporalPauseInfo", IndexedValueType::KeywordList),
    ("TemporalSchedulePaused", IndexedValueType::Bool),
    ("TemporalScheduledById", IndexedValueType::Keyword),
    ("TemporalScheduledStartTime", IndexedValueType::Datetime),
];

pub fn find(list: &[(&str, IndexedValueType)], name: &str) -> Option<IndexedValueType> {
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

/// The type of an attribute that a query names.
pub fn queried_type(custom: &HashMap<String, i32>, name: &str) -> Option<IndexedValueType> {
    let custom = custom
        .get(name)
        .and_then(|value_type| IndexedValueType::try_from(*value_type).ok());
    custom
        .or_else(|| find(SYSTEM, name))
        .or_else(|| find(PREDEFINED, name))
        // Queries may name it without there being one.
        .or_else(|| (name == "ScheduleId").then_some(IndexedValueType::Keyword))
}

/// The attributes of all runs, by their types.
pub fn system_attributes() -> HashMap<String, i32> {
    SYSTEM
        .iter()
        .chain(PREDEFINED)
        .map(|(name, value_type)| ((*name).to_owned(), *value_type as i32))
        .collect()
}
