//! Standalone activities, as clients start, watch and end them.

use crate::{
    errors::{self, check_activity_length},
    limits::check_reason,
    rpc::visibility::{groups_of, page_of, page_token},
    shared::Shared,
    state::{
        numbers::ActivityNo,
        standalone::{Cancellation, Standalone},
    },
    time::{Nanos, duration, timestamp},
};
use std::time::Duration;
use temporalio_protos::temporal::api::{
    activity::v1::{ActivityExecutionInfo, ActivityExecutionListInfo},
    common::v1::{Link, link},
    workflowservice::v1::{
        CountActivityExecutionsRequest, CountActivityExecutionsResponse,
        DeleteActivityExecutionRequest, DeleteActivityExecutionResponse,
        DescribeActivityExecutionRequest, DescribeActivityExecutionResponse,
        ListActivityExecutionsRequest, ListActivityExecutionsResponse,
        PollActivityExecutionRequest, PollActivityExecutionResponse,
        RequestCancelActivityExecutionRequest, RequestCancelActivityExecutionResponse,
        StartActivityExecutionRequest, StartActivityExecutionResponse,
        TerminateActivityExecutionRequest, TerminateActivityExecutionResponse,
        count_activity_executions_response::AggregationGroup,
    },
};
use tokio::{sync::oneshot, time::Instant};
use tonic::Status;

/// The time after which a call that waits for a change is answered without one.
const WAIT_TIMEOUT: Duration = Duration::from_secs(20);

enum Next<T> {
    Answer(T),
    Wait(oneshot::Receiver<()>),
}

/// Asks `next` until it has an answer. An empty one asks the client to call again.
async fn wait<T: Default>(mut next: impl FnMut() -> Result<Next<T>, Status>) -> Result<T, Status> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        match next()? {
            Next::Answer(answer) => return Ok(answer),
            Next::Wait(changed) => {
                if tokio::time::timeout_at(deadline, changed).await.is_err() {
                    return Ok(T::default());
                }
            }
        }
    }
}

/// A token of what a client has seen of an activity: its number, and how often it had changed.
fn token(no: ActivityNo, activity: &Standalone) -> Vec<u8> {
    [no.to_be_bytes(), activity.changes.to_be_bytes()].concat()
}

fn read_token(bytes: &[u8]) -> Option<(ActivityNo, i64)> {
    let (no, rest) = bytes.split_first_chunk::<8>()?;
    let changes = i64::from_be_bytes(*rest.first_chunk::<8>()?);
    Some((ActivityNo::from_be_bytes(*no), changes))
}

pub async fn start_activity_execution(
    shared: &Shared,
    request: StartActivityExecutionRequest,
) -> Result<StartActivityExecutionResponse, Status> {
    let mut state = shared.state();
    let (no, started) = state.start_standalone(request)?;
    let activity = &state.standalone[&no];
    Ok(StartActivityExecutionResponse {
        run_id: activity.run_id.clone(),
        started,
        link: Some(Link {
            variant: Some(link::Variant::Activity(link::Activity {
                namespace: activity.request.namespace.clone(),
                activity_id: activity.request.activity_id.clone(),
                run_id: activity.run_id.clone(),
            })),
        }),
    })
}

pub async fn describe_activity_execution(
    shared: &Shared,
    request: DescribeActivityExecutionRequest,
) -> Result<DescribeActivityExecutionResponse, Status> {
    if !request.long_poll_token.is_empty() && request.run_id.is_empty() {
        return Err(errors::invalid(
            "run id is required when long poll token is provided",
        ));
    }
    wait(|| {
        let mut state = shared.state();
        let no =
            state.named_standalone(&request.namespace, &request.activity_id, &request.run_id)?;
        let now = state.now();
        let activity = state
            .standalone
            .get_mut(&no)
            .ok_or_else(|| errors::standalone_not_found(&request.activity_id))?;
        if !request.long_poll_token.is_empty() {
            let (of, changes) = read_token(&request.long_poll_token)
                .ok_or_else(|| errors::invalid("invalid long poll token"))?;
            if of != no {
                return Err(errors::invalid("long poll token does not match execution"));
            }
            if activity.changes <= changes {
                return Ok(Next::Wait(activity.watch()));
            }
        }
        Ok(Next::Answer(DescribeActivityExecutionResponse {
            run_id: activity.run_id.clone(),
            info: Some(info(activity, &request, now)),
            input: activity
                .request
                .input
                .clone()
                .filter(|_| request.include_input),
            outcome: activity.outcome.clone().filter(|_| request.include_outcome),
            long_poll_token: token(no, activity),
            ..Default::default()
        }))
    })
    .await
}

/// None for a time that has not come.
fn reached(at: Nanos) -> Option<prost_types::Timestamp> {
    (at != 0).then(|| timestamp(at))
}

fn info(
    activity: &Standalone,
    asked: &DescribeActivityExecutionRequest,
    now: Nanos,
) -> ActivityExecutionInfo {
    let request = activity.request.clone();
    let waits = activity.is_open() && !activity.is_out && activity.attempt_at > now;
    ActivityExecutionInfo {
        activity_id: request.activity_id,
        run_id: activity.run_id.clone(),
        activity_type: request.activity_type,
        status: activity.status as i32,
        run_state: activity.run_state() as i32,
        task_queue: request.task_queue.map_or(String::new(), |queue| queue.name),
        schedule_to_close_timeout: request.schedule_to_close_timeout,
        schedule_to_start_timeout: request.schedule_to_start_timeout,
        start_to_close_timeout: request.start_to_close_timeout,
        heartbeat_timeout: request.heartbeat_timeout,
        retry_policy: request.retry_policy,
        heartbeat_details: activity
            .heartbeat
            .clone()
            .filter(|_| asked.include_heartbeat_details),
        last_heartbeat_time: reached(activity.heartbeat_at),
        last_started_time: reached(activity.started_at),
        attempt: activity.attempt,
        execution_duration: activity
            .closed_at
            .map(|closed_at| duration(closed_at - activity.scheduled_at)),
        schedule_time: Some(timestamp(activity.scheduled_at)),
        expiration_time: reached(activity.expires_at()),
        close_time: activity.closed_at.map(timestamp),
        last_failure: activity
            .last_failure
            .clone()
            .filter(|_| asked.include_last_failure),
        last_worker_identity: activity.identity.clone(),
        current_retry_interval: (waits && activity.attempt > 1)
            .then(|| duration(activity.retry_interval)),
        last_attempt_complete_time: reached(activity.last_completed_at),
        next_attempt_schedule_time: waits.then(|| timestamp(activity.attempt_at)),
        priority: request.priority,
        state_transition_count: activity.changes,
        search_attributes: Some(request.search_attributes.unwrap_or_default()),
        header: request.header,
        user_metadata: request.user_metadata,
        canceled_reason: activity
            .cancellation
            .as_ref()
            .map_or(String::new(), |cancellation| cancellation.reason.clone()),
        links: request.links,
        total_heartbeat_count: activity.heartbeats,
        start_delay: request.start_delay,
        execution_time: Some(timestamp(activity.first_attempt_at())),
        ..Default::default()
    }
}

pub async fn poll_activity_execution(
    shared: &Shared,
    mut request: PollActivityExecutionRequest,
) -> Result<PollActivityExecutionResponse, Status> {
    wait(|| {
        let mut state = shared.state();
        let no =
            state.named_standalone(&request.namespace, &request.activity_id, &request.run_id)?;
        let activity = state
            .standalone
            .get_mut(&no)
            .ok_or_else(|| errors::standalone_not_found(&request.activity_id))?;
        // The call stays with the execution that it has found, also when it waits.
        request.run_id.clone_from(&activity.run_id);
        if activity.is_open() {
            return Ok(Next::Wait(activity.watch()));
        }
        Ok(Next::Answer(PollActivityExecutionResponse {
            run_id: activity.run_id.clone(),
            outcome: activity.outcome.clone(),
        }))
    })
    .await
}

pub async fn list_activity_executions(
    shared: &Shared,
    request: ListActivityExecutionsRequest,
) -> Result<ListActivityExecutionsResponse, Status> {
    let state = shared.state();
    let filter = state
        .parse_standalone_query(&request.namespace, &request.query)?
        .ungrouped()?;
    let activities = state.matching_standalone(&request.namespace, &filter);
    let page = page_of(
        &request.next_page_token,
        request.page_size,
        activities.len(),
    );
    Ok(ListActivityExecutionsResponse {
        next_page_token: page_token(&page, activities.len()),
        executions: activities[page].iter().map(|one| entry(one)).collect(),
    })
}

/// An activity's entry in a list.
fn entry(activity: &Standalone) -> ActivityExecutionListInfo {
    ActivityExecutionListInfo {
        activity_id: activity.request.activity_id.clone(),
        run_id: activity.run_id.clone(),
        activity_type: activity.request.activity_type.clone(),
        schedule_time: Some(timestamp(activity.scheduled_at)),
        close_time: activity.closed_at.map(timestamp),
        status: activity.status as i32,
        search_attributes: Some(
            activity
                .request
                .search_attributes
                .clone()
                .unwrap_or_default(),
        ),
        task_queue: activity.task_queue().to_owned(),
        state_transition_count: activity.changes,
        execution_duration: activity
            .closed_at
            .map(|closed_at| duration(closed_at - activity.scheduled_at)),
        execution_time: Some(timestamp(activity.first_attempt_at())),
        ..Default::default()
    }
}

pub async fn count_activity_executions(
    shared: &Shared,
    request: CountActivityExecutionsRequest,
) -> Result<CountActivityExecutionsResponse, Status> {
    let state = shared.state();
    let search = state.parse_standalone_query(&request.namespace, &request.query)?;
    let activities = state.matching_standalone(&request.namespace, &search.filter);
    let counted = activities.iter().filter(|_| search.group_by.is_some());
    Ok(CountActivityExecutionsResponse {
        count: activities.len() as i64,
        groups: groups_of(counted.map(|activity| (activity.status as i32, activity.status_name())))
            .map(|(value, count)| AggregationGroup {
                group_values: vec![value],
                count,
            })
            .collect(),
    })
}

/// Refuses a request to end an activity with a text that is too long.
fn check_end(request_id: &str, identity: &str, reason: &str) -> Result<(), Status> {
    check_activity_length("request ID", request_id)?;
    check_activity_length("identity", identity)?;
    check_reason(reason)
}

pub async fn request_cancel_activity_execution(
    shared: &Shared,
    mut request: RequestCancelActivityExecutionRequest,
) -> Result<RequestCancelActivityExecutionResponse, Status> {
    let mut state = shared.state();
    check_end(&request.request_id, &request.identity, &request.reason)?;
    let no = state.named_standalone(&request.namespace, &request.activity_id, &request.run_id)?;
    if request.request_id.is_empty() {
        request.request_id = state.new_uuid();
    }
    state.request_cancel_standalone(
        no,
        Cancellation {
            identity: request.identity,
            request_id: request.request_id,
            reason: request.reason,
        },
    )?;
    Ok(RequestCancelActivityExecutionResponse {})
}

pub async fn terminate_activity_execution(
    shared: &Shared,
    mut request: TerminateActivityExecutionRequest,
) -> Result<TerminateActivityExecutionResponse, Status> {
    let mut state = shared.state();
    check_end(&request.request_id, &request.identity, &request.reason)?;
    let no = state.named_standalone(&request.namespace, &request.activity_id, &request.run_id)?;
    if request.request_id.is_empty() {
        request.request_id = state.new_uuid();
    }
    state.terminate_standalone(no, request.reason, request.identity, request.request_id)?;
    Ok(TerminateActivityExecutionResponse {})
}

pub async fn delete_activity_execution(
    shared: &Shared,
    request: DeleteActivityExecutionRequest,
) -> Result<DeleteActivityExecutionResponse, Status> {
    let mut state = shared.state();
    let no = state.named_standalone(&request.namespace, &request.activity_id, &request.run_id)?;
    state.delete_standalone(no);
    Ok(DeleteActivityExecutionResponse {})
}
