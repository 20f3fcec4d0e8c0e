//! Lists and counts of runs.

use crate::{
    shared::Shared,
    visibility::{attributes::system_attributes, search::status_name},
};
use std::collections::HashMap;
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

pub async fn list_workflow_executions(
    shared: &Shared,
    request: ListWorkflowExecutionsRequest,
) -> Result<ListWorkflowExecutionsResponse, Status> {
    let state = shared.state();
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
    shared: &Shared,
    request: CountWorkflowExecutionsRequest,
) -> Result<CountWorkflowExecutionsResponse, Status> {
    let state = shared.state();
    let query = state.parse_query(&request.namespace, &request.query)?;
    let runs = state.matching(&request.namespace, &query.condition);
    let mut groups: HashMap<&str, i64> = HashMap::new();
    if !query.group_by.is_empty() {
        for run in &runs {
            *groups.entry(status_name(run.status)).or_default() += 1;
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
