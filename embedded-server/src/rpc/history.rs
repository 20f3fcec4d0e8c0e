//! Histories: whole, in pages, reversed, or as they grow.

use crate::{
    errors,
    shared::Shared,
    state::{State, numbers::RunNo},
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::HistoryEventFilterType,
    history::v1::{History, HistoryEvent},
    workflowservice::v1::{
        GetWorkflowExecutionHistoryRequest, GetWorkflowExecutionHistoryResponse,
        GetWorkflowExecutionHistoryReverseRequest, GetWorkflowExecutionHistoryReverseResponse,
    },
};
use tokio::{sync::oneshot, time::Instant};
use tonic::Status;

/// The time after which a call that waits for more events is answered without.
const WAIT_TIMEOUT: Duration = Duration::from_secs(20);
/// The most events of a page.
const PAGE_SIZE: usize = 1000;

/// Where the next page begins: the run, and the number of events before it.
fn token(no: RunNo, events: usize) -> Vec<u8> {
    [no.to_be_bytes(), (events as u64).to_be_bytes()].concat()
}

fn read_token(bytes: &[u8]) -> Option<(RunNo, usize)> {
    let (no, rest) = bytes.split_first_chunk::<8>()?;
    let events = u64::from_be_bytes(*rest.first_chunk::<8>()?);
    Some((RunNo::from_be_bytes(*no), usize::try_from(events).ok()?))
}

fn page_size(asked: i32) -> usize {
    usize::try_from(asked)
        .ok()
        .filter(|asked| *asked > 0)
        .unwrap_or(PAGE_SIZE)
        .min(PAGE_SIZE)
}

impl State {
    /// The run of a request, and the number of events that its client has seen.
    fn position(
        &self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
        page: &[u8],
    ) -> Result<(RunNo, Option<usize>), Status> {
        let no = self.find(namespace, execution)?;
        if page.is_empty() {
            return Ok((no, None));
        }
        read_token(page)
            .filter(|(no, _)| self.runs.contains_key(no))
            .map(|(no, events)| (no, Some(events)))
            .ok_or_else(|| errors::invalid("Invalid NextPageToken."))
    }
}

enum Next {
    Answer(GetWorkflowExecutionHistoryResponse),
    Wait(oneshot::Receiver<()>),
}

fn answer(events: Vec<HistoryEvent>, next_page_token: Vec<u8>) -> Next {
    Next::Answer(GetWorkflowExecutionHistoryResponse {
        history: Some(History { events }),
        next_page_token,
        ..Default::default()
    })
}

pub async fn get_workflow_execution_history(
    shared: &Shared,
    mut request: GetWorkflowExecutionHistoryRequest,
) -> Result<GetWorkflowExecutionHistoryResponse, Status> {
    let closes_only = request.history_event_filter_type() == HistoryEventFilterType::CloseEvent;
    let size = page_size(request.maximum_page_size);
    let deadline = Instant::now() + WAIT_TIMEOUT;
    let mut is_late = false;
    loop {
        let next = {
            let mut state = shared.state();
            let (no, seen) = state.position(
                &request.namespace,
                request.execution.as_ref(),
                &request.next_page_token,
            )?;
            let seen = seen.unwrap_or(0);
            let run = state.run(no);
            let is_open = run.is_open();
            let total = run.events.len();
            // The call stays with the run that it has found, also when it waits.
            request.next_page_token = token(no, seen);
            if closes_only {
                if !is_open || !request.wait_new_event {
                    answer(run.events.last().cloned().into_iter().collect(), Vec::new())
                } else if is_late {
                    answer(Vec::new(), token(no, seen))
                } else {
                    Next::Wait(run.watch())
                }
            } else {
                let end = total.min(seen + size);
                let is_rest = end == total;
                let goes_on = !is_rest || (request.wait_new_event && is_open);
                if seen < end || !goes_on || is_late {
                    let next = if goes_on { token(no, end) } else { Vec::new() };
                    answer(run.events[seen.min(end)..end].to_vec(), next)
                } else {
                    Next::Wait(run.watch())
                }
            }
        };
        match next {
            Next::Answer(answer) => return Ok(answer),
            Next::Wait(changed) => {
                is_late = tokio::time::timeout_at(deadline, changed).await.is_err();
            }
        }
    }
}

pub async fn get_workflow_execution_history_reverse(
    shared: &Shared,
    request: GetWorkflowExecutionHistoryReverseRequest,
) -> Result<GetWorkflowExecutionHistoryReverseResponse, Status> {
    let mut state = shared.state();
    let (no, left) = state.position(
        &request.namespace,
        request.execution.as_ref(),
        &request.next_page_token,
    )?;
    let run = state.run(no);
    let end = left.unwrap_or(run.events.len()).min(run.events.len());
    let start = end.saturating_sub(page_size(request.maximum_page_size));
    let mut events = run.events[start..end].to_vec();
    events.reverse();
    Ok(GetWorkflowExecutionHistoryReverseResponse {
        history: Some(History { events }),
        next_page_token: if start > 0 {
            token(no, start)
        } else {
            Vec::new()
        },
    })
}
