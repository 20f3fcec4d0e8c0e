//! Lists and counts of runs.

use crate::{
    shared::Shared,
    visibility::{attributes::system_attributes, filter::status_name, search::Place},
};
use std::{collections::BTreeMap, ops::Range};
use temporalio_protos::temporal::api::{
    common::v1::Payload,
    workflowservice::v1::{
        CountWorkflowExecutionsRequest, CountWorkflowExecutionsResponse,
        GetSearchAttributesRequest, GetSearchAttributesResponse, ListWorkflowExecutionsRequest,
        ListWorkflowExecutionsResponse, ScanWorkflowExecutionsRequest,
        ScanWorkflowExecutionsResponse, count_workflow_executions_response::AggregationGroup,
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
    let end = total.min(start.saturating_add(page_size(size)));
    start.min(end)..end
}

/// The most entries of a page.
fn page_size(asked: i32) -> usize {
    usize::try_from(asked)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(PAGE_SIZE)
        .min(PAGE_SIZE)
}

/// The token of the page after a page. Empty for the last one.
pub fn page_token(page: &Range<usize>, total: usize) -> Vec<u8> {
    if page.end < total {
        (page.end as u64).to_be_bytes().to_vec()
    } else {
        Vec::new()
    }
}

/// The groups of a count by status, and their numbers, in the order of the statuses.
pub fn groups_of<'a>(
    statuses: impl Iterator<Item = (i32, &'a str)>,
) -> impl Iterator<Item = (Payload, i64)> {
    let mut counts: BTreeMap<(i32, &str), i64> = BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_default() += 1;
    }
    counts.into_iter().map(|((_, name), count)| {
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

/// The token of the page behind a place, which stays where it is when there are more runs before it.
fn place_token((closed_at, started_at, no): Place) -> Vec<u8> {
    [
        closed_at.to_be_bytes(),
        started_at.to_be_bytes(),
        no.to_be_bytes(),
    ]
    .concat()
}

fn read_place(token: &[u8]) -> Option<Place> {
    let (closed_at, rest) = token.split_first_chunk::<8>()?;
    let (started_at, no) = rest.split_first_chunk::<8>()?;
    Some((
        i64::from_be_bytes(*closed_at),
        i64::from_be_bytes(*started_at),
        u64::from_be_bytes(*no.first_chunk::<8>()?),
    ))
}

pub async fn list_workflow_executions(
    shared: &Shared,
    request: ListWorkflowExecutionsRequest,
) -> Result<ListWorkflowExecutionsResponse, Status> {
    let state = shared.state();
    let filter = state
        .parse_query(&request.namespace, &request.query)?
        .ungrouped()?;
    let before = read_place(&request.next_page_token);
    let size = page_size(request.page_size);
    let page: Vec<_> = state
        .matching(&request.namespace, &filter)
        .into_iter()
        .filter(|(place, _)| before.is_none_or(|before| *place < before))
        .take(size)
        .collect();
    Ok(ListWorkflowExecutionsResponse {
        // As on the real server, a page that is full may be the last.
        next_page_token: match page.last() {
            Some((place, _)) if page.len() == size => place_token(*place),
            _ => Vec::new(),
        },
        executions: page.iter().map(|(_, run)| run.listed()).collect(),
    })
}

/// Lists as `ListWorkflowExecutions` does: it is the name that a list without an order had.
pub async fn scan_workflow_executions(
    shared: &Shared,
    request: ScanWorkflowExecutionsRequest,
) -> Result<ScanWorkflowExecutionsResponse, Status> {
    let request = ListWorkflowExecutionsRequest {
        namespace: request.namespace,
        page_size: request.page_size,
        next_page_token: request.next_page_token,
        query: request.query,
    };
    let page = list_workflow_executions(shared, request).await?;
    Ok(ScanWorkflowExecutionsResponse {
        executions: page.executions,
        next_page_token: page.next_page_token,
    })
}

pub async fn count_workflow_executions(
    shared: &Shared,
    request: CountWorkflowExecutionsRequest,
) -> Result<CountWorkflowExecutionsResponse, Status> {
    let state = shared.state();
    let search = state.parse_query(&request.namespace, &request.query)?;
    let runs = state.matching(&request.namespace, &search.filter);
    let counted = runs.iter().filter(|_| search.group_by.is_some());
    Ok(CountWorkflowExecutionsResponse {
        count: runs.len() as i64,
        groups: groups_of(counted.map(|(_, run)| (run.status as i32, status_name(run.status))))
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
