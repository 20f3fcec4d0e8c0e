//! Lists and counts of runs.

use crate::{
    shared::Shared,
    visibility::{attributes::system_attributes, search::status_name},
};
use std::{collections::HashMap, ops::Range};
use temporalio_protos::temporal::api::{
    common::v1::Payload,
    workflowservice::v1::{
        CountWorkflowExecutionsRequest, CountWorkflowExecutionsResponse,
        GetSearchAttributesRequest, GetSearchAttributesResponse, ListWorkflowExecutionsRequest,
        ListWorkflowExecutionsResponse, count_workflow_executions_response::AggregationGroup,
    },
};
use tonic::Status;

const PAGE_SIZE: usize = 1000;

/// The entries of a list that a page has.
pub fn page_of(token: &[u8], size: i32, total: usize) -> Range<usize> {
    let start = match token.first_chunk::<8>() {
        Some(token) => u64::from_be_bytes(*token) as usize,
        None => 0,
    };
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(PAGE_SIZE)
        .min(PAGE_SIZE);
    let end = total.min(start.saturating_add(size));
    start.min(end)..end
}

/// The token of the page after a page. Empty for the last one.
pub fn page_token(page: &Range<usize>, total: usize) -> Vec<u8> {
    if page.end < total {
        (page.end as u64).to_be_bytes().to_vec()
    } else {
        Vec::new()
    }
}

/// The groups of a count, of the value that each has of a search attribute: the values and their numbers, the largest first.
pub fn groups_of<'a>(
    values: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = (Payload, i64)> {
    let mut counts: HashMap<&str, i64> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    counts.into_iter().map(|(name, count)| {
        let value = Payload {
            metadata: [
                ("encoding".to_owned(), b"json/plain".to_vec()),
                ("type".to_owned(), b"Keyword".to_vec()),
            ]
            .into(),
            data: format!("{name:?}").into_bytes(),
            ..Default::default()
        };
        (value, count)
    })
}

pub async fn list_workflow_executions(
    shared: &Shared,
    request: ListWorkflowExecutionsRequest,
) -> Result<ListWorkflowExecutionsResponse, Status> {
    let state = shared.state();
    let query = state.parse_query(&request.namespace, &request.query)?;
    let runs = state.matching(&request.namespace, &query.condition);
    let page = page_of(&request.next_page_token, request.page_size, runs.len());
    Ok(ListWorkflowExecutionsResponse {
        next_page_token: page_token(&page, runs.len()),
        executions: runs[page].iter().map(|run| run.info()).collect(),
    })
}

pub async fn count_workflow_executions(
    shared: &Shared,
    request: CountWorkflowExecutionsRequest,
) -> Result<CountWorkflowExecutionsResponse, Status> {
    let state = shared.state();
    let query = state.parse_query(&request.namespace, &request.query)?;
    let runs = state.matching(&request.namespace, &query.condition);
    let counted = runs.iter().filter(|_| !query.group_by.is_empty());
    Ok(CountWorkflowExecutionsResponse {
        count: runs.len() as i64,
        groups: groups_of(counted.map(|run| status_name(run.status)))
            .map(|(value, count)| AggregationGroup {
                group_values: vec![value],
                count,
            })
            .collect(),
    })
}

pub async fn get_search_attributes(
    shared: &Shared,
    _request: GetSearchAttributesRequest,
) -> Result<GetSearchAttributesResponse, Status> {
    let state = shared.state();
    let mut keys = system_attributes();
    for namespace in state.namespaces.values() {
        keys.extend(namespace.search_attributes.clone());
    }
    Ok(GetSearchAttributesResponse { keys })
}
