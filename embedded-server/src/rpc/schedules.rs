//! Schedules.

use crate::{
    errors,
    shared::Shared,
    state::{State, numbers::ScheduleKey},
    time::from_timestamp,
};
use temporalio_protos::temporal::api::workflowservice::v1::{
    CountSchedulesRequest, CountSchedulesResponse, CreateScheduleRequest, CreateScheduleResponse,
    DeleteScheduleRequest, DeleteScheduleResponse, DescribeScheduleRequest,
    DescribeScheduleResponse, ListScheduleMatchingTimesRequest, ListScheduleMatchingTimesResponse,
    ListSchedulesRequest, ListSchedulesResponse, PatchScheduleRequest, PatchScheduleResponse,
    UpdateScheduleRequest, UpdateScheduleResponse,
};
use tonic::Status;

/// The most schedules of a page.
const PAGE_SIZE: usize = 1000;
/// The most times that a call returns.
const MATCHING_TIMES: usize = 1000;

pub async fn create_schedule(
    shared: &Shared,
    request: CreateScheduleRequest,
) -> Result<CreateScheduleResponse, Status> {
    let version = shared.state().create_schedule(request)?;
    Ok(CreateScheduleResponse {
        conflict_token: version.to_be_bytes().to_vec(),
    })
}

pub async fn describe_schedule(
    shared: &Shared,
    request: DescribeScheduleRequest,
) -> Result<DescribeScheduleResponse, Status> {
    let mut state = shared.state();
    let key = state
        .schedule(&request.namespace, &request.schedule_id)?
        .key();
    state.catch_up_schedule(&key);
    let schedule = state.schedule(&request.namespace, &request.schedule_id)?;
    Ok(DescribeScheduleResponse {
        schedule: Some(schedule.definition()),
        info: Some(schedule.info()),
        memo: schedule.memo.clone(),
        search_attributes: schedule.search_attributes.clone(),
        conflict_token: schedule.version.to_be_bytes().to_vec(),
    })
}

pub async fn update_schedule(
    shared: &Shared,
    request: UpdateScheduleRequest,
) -> Result<UpdateScheduleResponse, Status> {
    shared.state().update_schedule(request)?;
    Ok(UpdateScheduleResponse {})
}

pub async fn patch_schedule(
    shared: &Shared,
    request: PatchScheduleRequest,
) -> Result<PatchScheduleResponse, Status> {
    let patch = request.patch.unwrap_or_default();
    shared
        .state()
        .patch_schedule(&request.namespace, &request.schedule_id, patch)?;
    Ok(PatchScheduleResponse {})
}

pub async fn delete_schedule(
    shared: &Shared,
    request: DeleteScheduleRequest,
) -> Result<DeleteScheduleResponse, Status> {
    shared
        .state()
        .delete_schedule(&request.namespace, &request.schedule_id)?;
    Ok(DeleteScheduleResponse {})
}

impl State {
    /// The schedules that a query matches, by id.
    fn matching_schedules(
        &mut self,
        namespace: &str,
        query: &str,
    ) -> Result<Vec<ScheduleKey>, Status> {
        self.namespace(namespace)?;
        let keys: Vec<_> = self
            .schedules
            .keys()
            .filter(|(other, _)| other == namespace)
            .cloned()
            .collect();
        for key in &keys {
            self.catch_up_schedule(key);
        }
        let filter = self.parse_schedule_query(namespace, query)?;
        Ok(keys
            .into_iter()
            .filter(|key| self.schedules[key].matches(&filter))
            .collect())
    }
}

pub async fn list_schedules(
    shared: &Shared,
    request: ListSchedulesRequest,
) -> Result<ListSchedulesResponse, Status> {
    let mut state = shared.state();
    let keys = state.matching_schedules(&request.namespace, &request.query)?;
    let start = match request.next_page_token.first_chunk::<8>() {
        Some(token) => u64::from_be_bytes(*token) as usize,
        None => 0,
    };
    let size = usize::try_from(request.maximum_page_size)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(PAGE_SIZE)
        .min(PAGE_SIZE);
    let end = keys.len().min(start.saturating_add(size));
    Ok(ListSchedulesResponse {
        schedules: keys[start.min(end)..end]
            .iter()
            .map(|key| state.schedules[key].list_entry())
            .collect(),
        next_page_token: if end < keys.len() {
            (end as u64).to_be_bytes().to_vec()
        } else {
            Vec::new()
        },
    })
}

pub async fn count_schedules(
    shared: &Shared,
    request: CountSchedulesRequest,
) -> Result<CountSchedulesResponse, Status> {
    let keys = shared
        .state()
        .matching_schedules(&request.namespace, &request.query)?;
    Ok(CountSchedulesResponse {
        count: keys.len() as i64,
        groups: Vec::new(),
    })
}

pub async fn list_schedule_matching_times(
    shared: &Shared,
    request: ListScheduleMatchingTimesRequest,
) -> Result<ListScheduleMatchingTimesResponse, Status> {
    let state = shared.state();
    let schedule = state.schedule(&request.namespace, &request.schedule_id)?;
    let (Some(start), Some(end)) = (&request.start_time, &request.end_time) else {
        return Err(errors::invalid("missing or invalid query"));
    };
    // The start is included.
    let after = from_timestamp(start).saturating_sub(1);
    let end = from_timestamp(end);
    Ok(ListScheduleMatchingTimesResponse {
        start_time: schedule
            .spec
            .following(after, &schedule.id, MATCHING_TIMES)
            .into_iter()
            .take_while(|time| from_timestamp(time) <= end)
            .collect(),
    })
}
