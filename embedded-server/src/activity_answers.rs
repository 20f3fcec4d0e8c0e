//! Heartbeats and results of activities, from workers and clients, by token or by id.

use crate::{activities::AttemptEnd, errors, run::RunNo, server::Server, state::State};
use temporalio_protos::temporal::api::{
    common::v1::{Payloads, WorkflowExecution},
    failure::v1::Failure,
    history::v1::{
        ActivityTaskCanceledEventAttributes, ActivityTaskCompletedEventAttributes,
        history_event::Attributes,
    },
    workflowservice::v1::{
        RecordActivityTaskHeartbeatByIdRequest, RecordActivityTaskHeartbeatByIdResponse,
        RecordActivityTaskHeartbeatRequest, RecordActivityTaskHeartbeatResponse,
        RespondActivityTaskCanceledByIdRequest, RespondActivityTaskCanceledByIdResponse,
        RespondActivityTaskCanceledRequest, RespondActivityTaskCanceledResponse,
        RespondActivityTaskCompletedByIdRequest, RespondActivityTaskCompletedByIdResponse,
        RespondActivityTaskCompletedRequest, RespondActivityTaskCompletedResponse,
        RespondActivityTaskFailedByIdRequest, RespondActivityTaskFailedByIdResponse,
        RespondActivityTaskFailedRequest, RespondActivityTaskFailedResponse,
    },
};
use tonic::Status;

type Pending = (RunNo, i64);

pub fn token(run: RunNo, scheduled_id: i64, stamp: u64) -> Vec<u8> {
    [
        run.to_be_bytes(),
        scheduled_id.to_be_bytes(),
        stamp.to_be_bytes(),
    ]
    .concat()
}

fn read_token(bytes: &[u8]) -> Result<(RunNo, i64, u64), Status> {
    if bytes.is_empty() {
        return Err(errors::invalid("Task token not set on request."));
    }
    let wrong = || errors::invalid("Error deserializing task token.");
    let (run, rest) = bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
    let (scheduled_id, rest) = rest.split_first_chunk::<8>().ok_or_else(wrong)?;
    let stamp = rest.first_chunk::<8>().ok_or_else(wrong)?;
    Ok((
        RunNo::from_be_bytes(*run),
        i64::from_be_bytes(*scheduled_id),
        u64::from_be_bytes(*stamp),
    ))
}

impl State {
    /// The started activity that a token names.
    fn activity_of_token(&mut self, bytes: &[u8]) -> Result<Pending, Status> {
        let (no, scheduled_id, stamp) = read_token(bytes)?;
        let run = self.runs.get(&no).ok_or_else(errors::activity_not_found)?;
        if !run.is_open() {
            return Err(errors::workflow_closed());
        }
        match run.activities.get(&scheduled_id) {
            Some(activity) if activity.stamp == stamp && activity.started_at != 0 => {
                Ok((no, scheduled_id))
            }
            _ => Err(errors::activity_not_found()),
        }
    }

    /// The started activity of an id.
    fn activity_of_id(
        &mut self,
        namespace: &str,
        workflow_id: String,
        run_id: String,
        activity_id: &str,
    ) -> Result<Pending, Status> {
        let execution = WorkflowExecution {
            workflow_id,
            run_id,
        };
        if activity_id.is_empty() {
            return Err(errors::invalid("ActivityId is not set on request."));
        }
        let no = self.find_open(namespace, Some(&execution))?;
        let activities = &self.run(no).activities;
        let found = activities
            .iter()
            .find(|(_, activity)| activity.scheduled.activity_id == activity_id);
        match found {
            Some((scheduled_id, activity)) if activity.started_at != 0 => Ok((no, *scheduled_id)),
            Some(_) => Err(errors::activity_not_found()),
            None => Err(errors::not_found(format!(
                "cannot find pending activity with ActivityID {activity_id}"
            ))),
        }
    }

    fn complete_activity(
        &mut self,
        (no, scheduled_id): Pending,
        result: Option<Payloads>,
        identity: String,
    ) {
        self.close_activity(no, scheduled_id, |_, started_event_id| {
            Attributes::ActivityTaskCompletedEventAttributes(ActivityTaskCompletedEventAttributes {
                result,
                scheduled_event_id: scheduled_id,
                started_event_id,
                identity,
                ..Default::default()
            })
        });
    }

    fn fail_activity(
        &mut self,
        (no, scheduled_id): Pending,
        failure: Option<Failure>,
        heartbeat: Option<Payloads>,
        cause: i32,
    ) {
        if let (Some(activity), Some(details)) = (self.activity(no, scheduled_id), heartbeat) {
            activity.heartbeat = Some(details);
        }
        let failure = Box::new(failure.unwrap_or_default());
        self.attempt_ended(no, scheduled_id, AttemptEnd::Failed { failure, cause });
    }

    fn cancel_activity(
        &mut self,
        (no, scheduled_id): Pending,
        details: Option<Payloads>,
        identity: String,
    ) -> Result<(), Status> {
        let asked = self
            .activity(no, scheduled_id)
            .is_some_and(|activity| activity.cancel_requested_id != 0);
        if !asked {
            return Err(errors::invalid(
                "unable to record activity cancellation: the workflow has not requested it",
            ));
        }
        self.close_activity(no, scheduled_id, |activity, started_event_id| {
            Attributes::ActivityTaskCanceledEventAttributes(ActivityTaskCanceledEventAttributes {
                details,
                latest_cancel_requested_event_id: activity.cancel_requested_id,
                scheduled_event_id: scheduled_id,
                started_event_id,
                identity,
                ..Default::default()
            })
        });
        Ok(())
    }

    /// Answers a heartbeat: cancelled, paused, reset.
    fn answer_heartbeat(
        &mut self,
        (no, scheduled_id): Pending,
        details: Option<Payloads>,
    ) -> (bool, bool, bool) {
        let cancelled = self.heartbeat(no, scheduled_id, details);
        let activity = self.activity(no, scheduled_id);
        activity.map_or((cancelled, false, false), |activity| {
            (cancelled, activity.paused, activity.reset)
        })
    }
}

pub async fn record_activity_task_heartbeat(
    server: &Server,
    request: RecordActivityTaskHeartbeatRequest,
) -> Result<RecordActivityTaskHeartbeatResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_token(&request.task_token)?;
    let (cancel_requested, activity_paused, activity_reset) =
        state.answer_heartbeat(pending, request.details);
    Ok(RecordActivityTaskHeartbeatResponse {
        cancel_requested,
        activity_paused,
        activity_reset,
    })
}

pub async fn record_activity_task_heartbeat_by_id(
    server: &Server,
    request: RecordActivityTaskHeartbeatByIdRequest,
) -> Result<RecordActivityTaskHeartbeatByIdResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    let (cancel_requested, activity_paused, activity_reset) =
        state.answer_heartbeat(pending, request.details);
    Ok(RecordActivityTaskHeartbeatByIdResponse {
        cancel_requested,
        activity_paused,
        activity_reset,
    })
}

pub async fn respond_activity_task_completed(
    server: &Server,
    request: RespondActivityTaskCompletedRequest,
) -> Result<RespondActivityTaskCompletedResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_token(&request.task_token)?;
    state.complete_activity(pending, request.result, request.identity);
    Ok(RespondActivityTaskCompletedResponse {})
}

pub async fn respond_activity_task_completed_by_id(
    server: &Server,
    request: RespondActivityTaskCompletedByIdRequest,
) -> Result<RespondActivityTaskCompletedByIdResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    state.complete_activity(pending, request.result, request.identity);
    Ok(RespondActivityTaskCompletedByIdResponse {})
}

pub async fn respond_activity_task_failed(
    server: &Server,
    request: RespondActivityTaskFailedRequest,
) -> Result<RespondActivityTaskFailedResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_token(&request.task_token)?;
    state.fail_activity(
        pending,
        request.failure,
        request.last_heartbeat_details,
        request.cause,
    );
    Ok(RespondActivityTaskFailedResponse::default())
}

pub async fn respond_activity_task_failed_by_id(
    server: &Server,
    request: RespondActivityTaskFailedByIdRequest,
) -> Result<RespondActivityTaskFailedByIdResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    state.fail_activity(
        pending,
        request.failure,
        request.last_heartbeat_details,
        request.cause,
    );
    Ok(RespondActivityTaskFailedByIdResponse::default())
}

pub async fn respond_activity_task_canceled(
    server: &Server,
    request: RespondActivityTaskCanceledRequest,
) -> Result<RespondActivityTaskCanceledResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_token(&request.task_token)?;
    state.cancel_activity(pending, request.details, request.identity)?;
    Ok(RespondActivityTaskCanceledResponse {})
}

pub async fn respond_activity_task_canceled_by_id(
    server: &Server,
    request: RespondActivityTaskCanceledByIdRequest,
) -> Result<RespondActivityTaskCanceledByIdResponse, Status> {
    let mut state = server.state();
    let pending = state.activity_of_id(
        &request.namespace,
        request.workflow_id,
        request.run_id,
        &request.activity_id,
    )?;
    state.cancel_activity(pending, request.details, request.identity)?;
    Ok(RespondActivityTaskCanceledByIdResponse {})
}
