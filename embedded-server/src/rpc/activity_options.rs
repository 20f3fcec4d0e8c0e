//! Pauses, resets and changed options of pending activities.

use crate::{
    errors,
    shared::{Access, Shared},
    state::numbers::RunNo,
    transitions::activity_options::{Renewal, Selector},
};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    workflowservice::v1::{
        PauseActivityRequest, PauseActivityResponse, ResetActivityRequest, ResetActivityResponse,
        UnpauseActivityRequest, UnpauseActivityResponse, UpdateActivityOptionsRequest,
        UpdateActivityOptionsResponse, pause_activity_request, reset_activity_request,
        unpause_activity_request, update_activity_options_request,
    },
};
use tonic::Status;

/// Finds the run of a request, which must be open, and what it selects there.
fn find(
    state: &Access<'_>,
    namespace: &str,
    execution: Option<&WorkflowExecution>,
    selector: Option<Selector>,
) -> Result<(RunNo, Selector), Status> {
    if execution.is_none_or(|execution| execution.workflow_id.is_empty()) {
        return Err(errors::invalid("WorkflowId is not set on request."));
    }
    let selector = selector.ok_or_else(|| {
        errors::invalid("Either Activity.Id or Activity.Type should be set on request.")
    })?;
    Ok((state.find_open(namespace, execution)?, selector))
}

pub async fn pause_activity(
    shared: &Shared,
    request: PauseActivityRequest,
) -> Result<PauseActivityResponse, Status> {
    use pause_activity_request::Activity;
    let selector = request.activity.map(|activity| match activity {
        Activity::Id(id) => Selector::Id(id),
        Activity::Type(name) => Selector::Type(name),
    });
    let mut state = shared.state();
    let (no, selector) = find(
        &state,
        &request.namespace,
        request.execution.as_ref(),
        selector,
    )?;
    state.pause_activities(no, &selector, &request.identity, &request.reason)?;
    Ok(PauseActivityResponse {})
}

pub async fn unpause_activity(
    shared: &Shared,
    request: UnpauseActivityRequest,
) -> Result<UnpauseActivityResponse, Status> {
    use unpause_activity_request::Activity;
    let selector = request.activity.map(|activity| match activity {
        Activity::Id(id) => Selector::Id(id),
        Activity::Type(name) => Selector::Type(name),
        Activity::UnpauseAll(_) => Selector::All,
    });
    let mut state = shared.state();
    let (no, selector) = find(
        &state,
        &request.namespace,
        request.execution.as_ref(),
        selector,
    )?;
    let renewal = Renewal {
        resets_attempts: request.reset_attempts,
        resets_heartbeats: request.reset_heartbeat,
        ..Default::default()
    };
    state.unpause_activities(no, &selector, renewal)?;
    Ok(UnpauseActivityResponse {})
}

pub async fn reset_activity(
    shared: &Shared,
    request: ResetActivityRequest,
) -> Result<ResetActivityResponse, Status> {
    use reset_activity_request::Activity;
    let selector = request.activity.map(|activity| match activity {
        Activity::Id(id) => Selector::Id(id),
        Activity::Type(name) => Selector::Type(name),
        Activity::MatchAll(_) => Selector::All,
    });
    let mut state = shared.state();
    let (no, selector) = find(
        &state,
        &request.namespace,
        request.execution.as_ref(),
        selector,
    )?;
    let renewal = Renewal {
        resets_attempts: true,
        resets_heartbeats: request.reset_heartbeat,
        keeps_paused: request.keep_paused,
        restores_options: request.restore_original_options,
    };
    state.reset_activities(no, &selector, renewal)?;
    Ok(ResetActivityResponse {})
}

pub async fn update_activity_options(
    shared: &Shared,
    request: UpdateActivityOptionsRequest,
) -> Result<UpdateActivityOptionsResponse, Status> {
    use update_activity_options_request::Activity;
    let selector = request.activity.map(|activity| match activity {
        Activity::Id(id) => Selector::Id(id),
        Activity::Type(name) => Selector::Type(name),
        Activity::MatchAll(_) => Selector::All,
    });
    let mut state = shared.state();
    let (no, selector) = find(
        &state,
        &request.namespace,
        request.execution.as_ref(),
        selector,
    )?;
    let activity_options = if request.restore_original {
        state.restore_activity_options(no, &selector)?
    } else {
        let options = request
            .activity_options
            .ok_or_else(|| errors::invalid("ActivityOptions are not provided"))?;
        let mask = request
            .update_mask
            .ok_or_else(|| errors::invalid("UpdateMask is not provided"))?;
        state.update_activity_options(no, &selector, &options, &mask.paths)?
    };
    Ok(UpdateActivityOptionsResponse { activity_options })
}
