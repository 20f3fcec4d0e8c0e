//! The start of standalone activities: checks of requests, and policies about others of the same id.

use crate::{
    errors::{self, check_activity_length, check_duration},
    limits::is_too_large,
    state::{
        State,
        numbers::ActivityNo,
        standalone::Standalone,
        timers::{ActivityLimit, Timer},
    },
    time::{duration, least, nanos, retry},
};
use temporalio_protos::temporal::api::{
    enums::v1::{ActivityExecutionStatus, ActivityIdConflictPolicy, ActivityIdReusePolicy},
    workflowservice::v1::StartActivityExecutionRequest,
};
use tonic::Status;

impl State {
    /// Starts an activity unless the policies say otherwise. Returns it, and whether it is new.
    pub fn start_standalone(
        &mut self,
        request: StartActivityExecutionRequest,
    ) -> Result<(ActivityNo, bool), Status> {
        let request = self.checked(request)?;
        let Some(no) = self.current_standalone(&request.namespace, &request.activity_id) else {
            return Ok((self.create_standalone(request), true));
        };
        let Some(existing) = self.standalone.get_mut(&no) else {
            return Ok((self.create_standalone(request), true));
        };
        if existing.request.request_id == request.request_id {
            return Ok((no, false));
        }
        let refused = errors::activity_already_started(
            &existing.request.request_id,
            existing.run_id.as_str(),
        );
        if existing.is_open() {
            if request.id_conflict_policy() != ActivityIdConflictPolicy::UseExisting {
                return Err(refused);
            }
            let attaches = request.on_conflict_options.as_ref();
            if attaches.is_some_and(|options| options.attach_links) && !request.links.is_empty() {
                existing.request.links.extend(request.links);
                existing.note_change();
            }
            return Ok((no, false));
        }
        let is_refused = match request.id_reuse_policy() {
            ActivityIdReusePolicy::RejectDuplicate => true,
            ActivityIdReusePolicy::AllowDuplicateFailedOnly => {
                existing.status == ActivityExecutionStatus::Completed
            }
            ActivityIdReusePolicy::AllowDuplicate | ActivityIdReusePolicy::Unspecified => false,
        };
        if is_refused {
            return Err(refused);
        }
        Ok((self.create_standalone(request), true))
    }

    /// Checks a request, and fills in what it leaves to the server.
    fn checked(
        &mut self,
        mut request: StartActivityExecutionRequest,
    ) -> Result<StartActivityExecutionRequest, Status> {
        self.namespace(&request.namespace)?;
        if request.request_id.is_empty() {
            request.request_id = self.new_uuid();
        }
        check_timeout("StartDelay", request.start_delay.as_ref())?;
        let queue = request.task_queue.as_ref();
        if queue.is_none_or(|queue| queue.name.is_empty()) {
            return Err(errors::invalid("taskQueue is not set"));
        }
        let name = request.activity_type.as_ref();
        let name = name.map_or("", |activity_type| &activity_type.name);
        if request.activity_id.is_empty() {
            return Err(errors::invalid("activityId is not set"));
        }
        if name.is_empty() {
            return Err(errors::invalid("activityType is not set"));
        }
        let policy = retry::with_defaults(request.retry_policy.take().unwrap_or_default());
        retry::check(&policy).map_err(errors::invalid)?;
        request.retry_policy = Some(policy);
        check_activity_length("activityId", &request.activity_id)?;
        check_activity_length("activityType", name)?;
        fill_in_timeouts(&mut request)?;
        check_activity_length("request ID", &request.request_id)?;
        check_activity_length("identity", &request.identity)?;
        if is_too_large(request.input.as_ref()) {
            return Err(errors::invalid("input exceeds length limit"));
        }
        if let Some(attributes) = &mut request.search_attributes {
            self.check_search_attributes(&request.namespace, attributes)?;
        }
        if !request.completion_callbacks.is_empty() {
            return Err(errors::invalid(
                "completion callbacks are not enabled for this namespace",
            ));
        }
        check_conflict_options(&request)?;
        Ok(request)
    }

    fn create_standalone(&mut self, request: StartActivityExecutionRequest) -> ActivityNo {
        let no = self.new_no();
        let stamp = self.new_no();
        let now = self.now();
        let key = (request.namespace.clone(), request.activity_id.clone());
        let earlier = self.standalone_ids.get(&key).map_or(0, Vec::len);
        let place = format!("activity {earlier} of {} in {}", key.1, key.0);
        let run_id = self.id_of_place(&place);
        let activity = Standalone::new(request, run_id, now, stamp);
        let (first_at, expires_at) = (activity.first_attempt_at(), activity.expires_at());
        self.standalone.insert(no, activity);
        self.standalone_ids.entry(key).or_default().push(no);
        if expires_at > 0 {
            let timer = Timer::StandaloneLimit {
                activity: no,
                limit: ActivityLimit::ScheduleToClose,
            };
            self.timers.add(expires_at, timer);
        }
        if first_at > now {
            self.dispatch_standalone_at(no, first_at);
        } else {
            self.dispatch_standalone(no);
        }
        no
    }
}

fn check_timeout(field: &str, value: Option<&prost_types::Duration>) -> Result<(), Status> {
    check_duration(field, value)
        .map_err(|_| errors::invalid(format!("invalid {field}: negative duration")))
}

/// Fills in the timeouts that are not set from those that are.
fn fill_in_timeouts(request: &mut StartActivityExecutionRequest) -> Result<(), Status> {
    let given = [
        ("ScheduleToCloseTimeout", &request.schedule_to_close_timeout),
        ("ScheduleToStartTimeout", &request.schedule_to_start_timeout),
        ("StartToCloseTimeout", &request.start_to_close_timeout),
        ("HeartbeatTimeout", &request.heartbeat_timeout),
    ];
    for (field, value) in given {
        check_timeout(field, value.as_ref())?;
    }
    let to_close = nanos(request.schedule_to_close_timeout.as_ref());
    let to_start = least([nanos(request.schedule_to_start_timeout.as_ref()), to_close]);
    let start_to_close = least([nanos(request.start_to_close_timeout.as_ref()), to_close]);
    if start_to_close == 0 {
        let name = request.activity_type.as_ref();
        return Err(errors::invalid(format!(
            "a valid StartToCloseTimeout or ScheduleToCloseTimeout must be set on the activity. ActivityId={} ActivityType={}",
            request.activity_id,
            name.map_or("", |activity_type| &activity_type.name)
        )));
    }
    let heartbeat = nanos(request.heartbeat_timeout.as_ref());
    request.schedule_to_close_timeout = Some(duration(to_close));
    request.schedule_to_start_timeout = Some(duration(to_start));
    request.start_to_close_timeout = Some(duration(start_to_close));
    request.heartbeat_timeout = Some(duration(heartbeat.min(start_to_close)));
    Ok(())
}

fn check_conflict_options(request: &StartActivityExecutionRequest) -> Result<(), Status> {
    let Some(options) = &request.on_conflict_options else {
        return Ok(());
    };
    if options.attach_completion_callbacks && !options.attach_request_id {
        return Err(errors::invalid(
            "on_conflict_options: attach_completion_callbacks requires attach_request_id to be set",
        ));
    }
    if options.attach_request_id && request.links.is_empty() {
        return Err(errors::invalid(
            "on_conflict_options: attach_request_id requires at least one completion callback or link",
        ));
    }
    Ok(())
}
