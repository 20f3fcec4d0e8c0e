//! Schedules: the actions that are due, and the runs that they start.
//!
//! A schedule has a timer only while its next time can start a run. Otherwise nothing happens at its times, and they are
//! gone through when something changes or a client asks: time does not skip for their sake.

use crate::{
    errors,
    state::{
        State,
        numbers::{RunNo, ScheduleKey},
        timers::Timer,
        workflow_schedule::{BufferedStart, WorkflowSchedule},
    },
    time::{
        Nanos, SECOND, from_timestamp, nanos,
        schedule_spec::{Spec, catchup_window},
        timestamp,
    },
    transitions::start::Conflict,
};
use jiff::Timestamp;
use temporalio_protos::temporal::api::{
    common::v1::{Payload, WorkflowExecution},
    enums::v1::{ScheduleOverlapPolicy, TaskQueueKind, WorkflowExecutionStatus},
    history::v1::history_event::Attributes,
    schedule::v1::{
        Schedule as Definition, ScheduleActionResult, SchedulePatch, schedule_action::Action,
    },
    workflowservice::v1::{
        CreateScheduleRequest, StartWorkflowExecutionRequest, UpdateScheduleRequest,
    },
};
use tonic::Status;

/// The recent actions that a schedule remembers.
const RECENT_ACTIONS: usize = 10;
/// The most actions that wait.
const MAX_BUFFERED: usize = 1000;

/// The id of the workflow that runs a schedule on the real server, as its errors name it.
fn scheduler_id(id: &str) -> String {
    format!("temporal-sys-scheduler:{id}")
}

/// A time in UTC as ids have it: `2024-01-01T00:00:00Z`.
fn seconds_text(at: Nanos) -> String {
    Timestamp::from_second(at.div_euclid(SECOND))
        .unwrap_or_default()
        .to_string()
}

fn json(text: &str) -> Payload {
    Payload {
        metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
        data: format!("{text:?}").into_bytes(),
        ..Default::default()
    }
}

/// The definition of a request, with what it leaves to the server.
fn complete(definition: Option<Definition>) -> Result<(Definition, Spec), Status> {
    let mut definition = definition.unwrap_or_default();
    let spec = Spec::new(definition.spec.take().unwrap_or_default())
        .map_err(|error| errors::invalid(format!("Invalid schedule spec: {error}")))?;
    let policies = definition.policies.get_or_insert_default();
    if policies.overlap_policy() == ScheduleOverlapPolicy::Unspecified {
        policies.set_overlap_policy(ScheduleOverlapPolicy::Skip);
    }
    policies.catchup_window = Some(catchup_window(policies.catchup_window.as_ref()));
    definition.state.get_or_insert_default();
    let action = definition.action.get_or_insert_default();
    if let Some(Action::StartWorkflow(workflow)) = &mut action.action {
        if !workflow.cron_schedule.is_empty() {
            return Err(errors::invalid(
                "Scheduled workflow must not contain CronSchedule",
            ));
        }
        if workflow.workflow_id_reuse_policy != 0 {
            return Err(errors::invalid(
                "Scheduled workflow must not contain WorkflowIDReusePolicy",
            ));
        }
        if workflow
            .task_queue
            .as_ref()
            .is_none_or(|queue| queue.name.is_empty())
        {
            return Err(errors::invalid("taskQueue is not set"));
        }
        if workflow
            .workflow_type
            .as_ref()
            .is_none_or(|workflow_type| workflow_type.name.is_empty())
        {
            return Err(errors::invalid("WorkflowType is not set on request."));
        }
        if let Some(queue) = &mut workflow.task_queue {
            queue.kind = TaskQueueKind::Normal as i32;
        }
    }
    Ok((definition, spec))
}

/// A request to start the workflow of an action.
fn start_request(
    schedule: &WorkflowSchedule,
    nominal: Nanos,
) -> Option<StartWorkflowExecutionRequest> {
    let workflow = schedule.workflow()?.clone();
    let mut search_attributes = workflow.search_attributes.unwrap_or_default();
    let fields = &mut search_attributes.indexed_fields;
    fields.insert("TemporalScheduledById".to_owned(), json(&schedule.id));
    fields.insert(
        "TemporalScheduledStartTime".to_owned(),
        json(&seconds_text(nominal)),
    );
    let workflow_id = if schedule.policies.keep_original_workflow_id {
        workflow.workflow_id
    } else {
        format!("{}-{}", workflow.workflow_id, seconds_text(nominal))
    };
    Some(StartWorkflowExecutionRequest {
        namespace: schedule.namespace.clone(),
        workflow_id,
        workflow_type: workflow.workflow_type,
        task_queue: workflow.task_queue,
        input: workflow.input,
        workflow_execution_timeout: workflow.workflow_execution_timeout,
        workflow_run_timeout: workflow.workflow_run_timeout,
        workflow_task_timeout: workflow.workflow_task_timeout,
        identity: format!("temporal-scheduler-{}-{}", schedule.namespace, schedule.id),
        retry_policy: workflow.retry_policy,
        memo: workflow.memo,
        search_attributes: Some(search_attributes),
        header: workflow.header,
        user_metadata: workflow.user_metadata,
        versioning_override: workflow.versioning_override,
        priority: workflow.priority,
        continued_failure: schedule.last_failure.clone(),
        last_completion_result: schedule.last_result.clone(),
        ..Default::default()
    })
}

/// The fate of the actions that are due.
#[derive(Default)]
struct Plan {
    starts: Vec<BufferedStart>,
    waits: Vec<BufferedStart>,
    /// The start that no other may overlap with.
    alone: Option<BufferedStart>,
    skipped: i64,
    cancels: bool,
    terminates: bool,
}

fn plan(buffer: Vec<BufferedStart>, is_running: bool) -> Plan {
    let mut plan = Plan::default();
    for start in buffer {
        match start.overlap {
            ScheduleOverlapPolicy::AllowAll => plan.starts.push(start),
            _ if !is_running && plan.alone.is_none() => plan.alone = Some(start),
            ScheduleOverlapPolicy::Unspecified | ScheduleOverlapPolicy::Skip => plan.skipped += 1,
            ScheduleOverlapPolicy::BufferOne => {
                if plan.waits.is_empty() {
                    plan.waits.push(start);
                } else {
                    plan.skipped += 1;
                }
            }
            ScheduleOverlapPolicy::BufferAll => plan.waits.push(start),
            ScheduleOverlapPolicy::CancelOther | ScheduleOverlapPolicy::TerminateOther => {
                if is_running {
                    plan.cancels |= start.overlap == ScheduleOverlapPolicy::CancelOther;
                    plan.terminates |= start.overlap == ScheduleOverlapPolicy::TerminateOther;
                    plan.waits.push(start);
                } else {
                    plan.alone = Some(start);
                }
            }
        }
    }
    plan
}

impl WorkflowSchedule {
    /// Puts the times of a range behind the actions that are due.
    fn buffer_range(
        &mut self,
        from: Nanos,
        to: Nanos,
        overlap: ScheduleOverlapPolicy,
        manual: bool,
    ) {
        let window = nanos(self.policies.catchup_window.as_ref());
        let mut at = from;
        while let Some(time) = self.spec.next_after(at, &self.id) {
            if time.actual > to {
                return;
            }
            at = time.actual;
            if !manual && to - time.actual > window {
                self.missed_catchup_window += 1;
            } else if manual || self.is_active() {
                let start = BufferedStart {
                    nominal: time.nominal,
                    actual: time.actual,
                    overlap,
                    manual,
                };
                if overlap == ScheduleOverlapPolicy::Skip && !self.running.is_empty() {
                    self.overlap_skipped += 1;
                } else {
                    self.buffer_start(start);
                }
            }
        }
    }

    fn buffer_start(&mut self, start: BufferedStart) {
        if self.buffer.len() < MAX_BUFFERED {
            self.buffer.push(start);
        } else {
            self.buffer_dropped += 1;
        }
    }

    /// A policy of a request, or else the schedule's.
    fn overlap(&self, asked: ScheduleOverlapPolicy) -> ScheduleOverlapPolicy {
        if asked == ScheduleOverlapPolicy::Unspecified {
            self.policies.overlap_policy()
        } else {
            asked
        }
    }

    fn set_paused(&mut self, paused: bool, notes: String) {
        self.state.paused = paused;
        self.state.notes = notes;
        self.version += 1;
    }

    /// Whether an action may start now. Counts it where the schedule has a limit.
    fn takes(&mut self, start: &BufferedStart) -> bool {
        if start.manual {
            return true;
        }
        if !self.is_active() {
            return false;
        }
        if self.state.limited_actions {
            self.state.remaining_actions -= 1;
        }
        true
    }
}

impl State {
    pub fn schedule(&self, namespace: &str, id: &str) -> Result<&WorkflowSchedule, Status> {
        self.namespace(namespace)?;
        let key = (namespace.to_owned(), id.to_owned());
        self.schedules.get(&key).ok_or_else(|| {
            if self.deleted_schedules.contains(&key) {
                errors::not_found("schedule not found")
            } else {
                errors::workflow_not_found(&scheduler_id(id))
            }
        })
    }

    /// The key of a schedule that a request changes.
    fn changed_schedule(&self, namespace: &str, id: &str) -> Result<ScheduleKey, Status> {
        match self.schedule(namespace, id) {
            Ok(schedule) => Ok(schedule.key()),
            Err(_)
                if self
                    .deleted_schedules
                    .contains(&(namespace.to_owned(), id.to_owned())) =>
            {
                Err(errors::workflow_closed())
            }
            Err(error) => Err(error),
        }
    }

    pub fn create_schedule(&mut self, request: CreateScheduleRequest) -> Result<i64, Status> {
        if request.request_id.is_empty() {
            return Err(errors::invalid("RequestId is not set on request."));
        }
        self.namespace(&request.namespace)?;
        errors::check_length("WorkflowId", &scheduler_id(&request.schedule_id))?;
        let (definition, spec) = complete(request.schedule)?;
        let mut search_attributes = request.search_attributes;
        if let Some(attributes) = &mut search_attributes {
            self.check_search_attributes(&request.namespace, attributes)?;
        }
        let key = (request.namespace.clone(), request.schedule_id.clone());
        if let Some(existing) = self.schedules.get(&key) {
            if existing.create_request_id == request.request_id {
                return Ok(existing.version);
            }
            let scheduler = scheduler_id(&request.schedule_id);
            let request_id = existing.create_request_id.clone();
            let run_id = self.new_uuid();
            return Err(errors::already_started(
                format!(
                    "Workflow execution is already running. WorkflowId: {scheduler}, RunId: {run_id}."
                ),
                &request_id,
                &run_id,
            ));
        }
        let now = self.now();
        let schedule = WorkflowSchedule {
            namespace: request.namespace,
            id: request.schedule_id,
            spec,
            action: definition.action.unwrap_or_default(),
            policies: definition.policies.unwrap_or_default(),
            state: definition.state.unwrap_or_default(),
            memo: request.memo,
            search_attributes,
            create_request_id: request.request_id,
            version: 1,
            created_at: now,
            updated_at: None,
            processed_until: now,
            buffer: Vec::new(),
            running: Vec::new(),
            recent: Vec::new(),
            action_count: 0,
            missed_catchup_window: 0,
            overlap_skipped: 0,
            buffer_dropped: 0,
            last_result: None,
            last_failure: None,
            timer: None,
        };
        self.check_action(&schedule)?;
        self.deleted_schedules.remove(&key);
        self.schedules.insert(key.clone(), schedule);
        self.apply_patch(&key, request.initial_patch.unwrap_or_default());
        Ok(1)
    }

    /// Checks that the workflow of an action could start.
    fn check_action(&self, schedule: &WorkflowSchedule) -> Result<(), Status> {
        match start_request(schedule, 0) {
            Some(request) => self.new_run(request).map(|_| ()),
            None => Ok(()),
        }
    }

    pub fn update_schedule(&mut self, request: UpdateScheduleRequest) -> Result<(), Status> {
        let key = self.changed_schedule(&request.namespace, &request.schedule_id)?;
        let (definition, spec) = complete(request.schedule)?;
        self.catch_up_schedule(&key);
        let mut search_attributes = request.search_attributes;
        if let Some(attributes) = &mut search_attributes {
            self.check_search_attributes(&request.namespace, attributes)?;
        }
        let now = self.now();
        let Some(schedule) = self.schedules.get(&key) else {
            return Ok(());
        };
        // The real server drops an update that is based on an older version as well.
        if !request.conflict_token.is_empty()
            && request.conflict_token != schedule.version.to_be_bytes()
        {
            return Ok(());
        }
        let mut updated = schedule.clone();
        updated.spec = spec;
        updated.action = definition.action.unwrap_or_default();
        updated.policies = definition.policies.unwrap_or_default();
        updated.state = definition.state.unwrap_or_default();
        updated.version += 1;
        updated.updated_at = Some(now);
        if search_attributes.is_some() {
            updated.search_attributes = search_attributes;
        }
        if request.memo.is_some() {
            updated.memo = request.memo;
        }
        self.check_action(&updated)?;
        self.schedules.insert(key.clone(), updated);
        self.catch_up_schedule(&key);
        Ok(())
    }

    pub fn patch_schedule(
        &mut self,
        namespace: &str,
        id: &str,
        patch: SchedulePatch,
    ) -> Result<(), Status> {
        let key = self.changed_schedule(namespace, id)?;
        self.catch_up_schedule(&key);
        self.apply_patch(&key, patch);
        Ok(())
    }

    pub fn delete_schedule(&mut self, namespace: &str, id: &str) -> Result<(), Status> {
        let key = self.changed_schedule(namespace, id)?;
        if let Some(timer) = self
            .schedules
            .remove(&key)
            .and_then(|schedule| schedule.timer)
        {
            self.timers.cancel(timer);
        }
        self.deleted_schedules.insert(key);
        Ok(())
    }

    fn apply_patch(&mut self, key: &ScheduleKey, patch: SchedulePatch) {
        let now = self.now();
        let Some(schedule) = self.schedules.get_mut(key) else {
            return;
        };
        if let Some(trigger) = patch.trigger_immediately {
            let at = trigger.scheduled_time.as_ref().map_or(now, from_timestamp);
            let overlap = schedule.overlap(trigger.overlap_policy());
            schedule.buffer_start(BufferedStart {
                nominal: at,
                actual: at,
                overlap,
                manual: true,
            });
        }
        for backfill in patch.backfill_request {
            let overlap = schedule.overlap(backfill.overlap_policy());
            // The start is included.
            let from = backfill.start_time.as_ref().map_or(0, from_timestamp);
            let to = backfill.end_time.as_ref().map_or(0, from_timestamp);
            schedule.buffer_range(from.saturating_sub(1), to, overlap, true);
        }
        if !patch.pause.is_empty() {
            schedule.set_paused(true, patch.pause);
        }
        if !patch.unpause.is_empty() {
            schedule.set_paused(false, patch.unpause);
        }
        self.catch_up_schedule(key);
    }

    /// Does what is due, and waits for the next time if it can start a run.
    pub fn catch_up_schedule(&mut self, key: &ScheduleKey) {
        let now = self.now();
        let Some(schedule) = self.schedules.get_mut(key) else {
            return;
        };
        let overlap = schedule.policies.overlap_policy();
        let from = std::mem::replace(&mut schedule.processed_until, now);
        schedule.buffer_range(from, now, overlap, false);
        self.start_buffered(key);
        let Some(schedule) = self.schedules.get_mut(key) else {
            return;
        };
        let timer = schedule.timer.take();
        let next = if schedule.is_active() && !schedule.waits_for_run() {
            schedule.spec.next_after(now, &schedule.id)
        } else {
            None
        };
        if let Some(timer) = timer {
            self.timers.cancel(timer);
        }
        if let Some(next) = next {
            let timer = self.timers.add(
                next.actual,
                Timer::Schedule {
                    schedule: key.clone(),
                },
            );
            if let Some(schedule) = self.schedules.get_mut(key) {
                schedule.timer = Some(timer);
            }
        }
    }

    fn start_buffered(&mut self, key: &ScheduleKey) {
        let Some(schedule) = self.schedules.get_mut(key) else {
            return;
        };
        let running = schedule.running.clone();
        let plan = plan(std::mem::take(&mut schedule.buffer), !running.is_empty());
        schedule.buffer = plan.waits;
        schedule.overlap_skipped += plan.skipped;
        for start in plan.starts {
            self.start_scheduled(key, start, false);
        }
        if let Some(start) = plan.alone {
            self.start_scheduled(key, start, true);
        }
        for execution in running {
            let Some(no) = self.scheduled_run(&key.0, &execution) else {
                continue;
            };
            let identity = format!("temporal-scheduler-{}-{}", key.0, key.1);
            if plan.terminates {
                self.terminate(
                    no,
                    "terminated by schedule overlap policy".to_owned(),
                    None,
                    identity,
                );
            } else if plan.cancels {
                self.request_cancel(no, None, "cancelled by schedule overlap policy", &identity);
            }
        }
    }

    /// The open run of the chain that an action has started.
    fn scheduled_run(&self, namespace: &str, first: &WorkflowExecution) -> Option<RunNo> {
        let no = self.current(namespace, &first.workflow_id)?;
        let run = &self.runs[&no];
        (run.is_open() && run.start.first_execution_run_id == first.run_id).then_some(no)
    }

    fn start_scheduled(&mut self, key: &ScheduleKey, start: BufferedStart, alone: bool) {
        let now = self.now();
        let Some(schedule) = self.schedules.get_mut(key) else {
            return;
        };
        if !schedule.takes(&start) {
            return;
        }
        let Some(request) = start_request(schedule, start.nominal) else {
            return;
        };
        let Ok(mut new) = self.new_run(request) else {
            return;
        };
        new.request_id = self.new_uuid();
        new.schedule = Some(key.clone());
        // A workflow of the same id that runs already is left alone, and the action is lost.
        let Ok(started) = self.start_run(new, Conflict::default()) else {
            return;
        };
        let execution = self.run(started.run).execution();
        let Some(schedule) = self.schedules.get_mut(key) else {
            return;
        };
        schedule.action_count += 1;
        if alone {
            schedule.running.push(execution.clone());
        }
        schedule.recent.push(ScheduleActionResult {
            schedule_time: Some(timestamp(start.actual)),
            actual_time: Some(timestamp(now)),
            start_workflow_result: Some(execution),
            start_workflow_status: WorkflowExecutionStatus::Running as i32,
        });
        if schedule.recent.len() > RECENT_ACTIONS {
            schedule.recent.remove(0);
        }
    }

    /// The last run of a chain that an action has started has ended.
    pub fn scheduled_run_closed(&mut self, no: RunNo) {
        let run = self.run(no);
        let Some(key) = run.schedule.clone() else {
            return;
        };
        let status = run.status;
        let first_run_id = run.start.first_execution_run_id.clone();
        let workflow_id = run.workflow_id.clone();
        let end = run.events.last().and_then(|event| event.attributes.clone());
        // Times that have passed meanwhile met a run that was not over.
        self.catch_up_schedule(&key);
        let Some(schedule) = self.schedules.get_mut(&key) else {
            return;
        };
        for action in &mut schedule.recent {
            let started = action.start_workflow_result.as_ref();
            if started.is_some_and(|started| started.run_id == first_run_id) {
                action.set_start_workflow_status(status);
            }
        }
        let before = schedule.running.len();
        schedule
            .running
            .retain(|running| running.run_id != first_run_id);
        if schedule.running.len() == before {
            return;
        }
        match end {
            Some(Attributes::WorkflowExecutionCompletedEventAttributes(end)) => {
                schedule.last_result = end.result;
                schedule.last_failure = None;
            }
            Some(Attributes::WorkflowExecutionFailedEventAttributes(end)) => {
                let failure = end.failure.unwrap_or_default();
                if schedule.policies.pause_on_failure && !schedule.state.paused {
                    let notes = format!(
                        "paused due to workflow failure: {workflow_id}: {}",
                        failure.message
                    );
                    schedule.set_paused(true, notes);
                }
                schedule.last_failure = Some(failure);
            }
            Some(Attributes::WorkflowExecutionTimedOutEventAttributes(_))
                if schedule.policies.pause_on_failure && !schedule.state.paused =>
            {
                let notes = format!("paused due to workflow timeout: {workflow_id}");
                schedule.set_paused(true, notes);
            }
            _ => {}
        }
        self.catch_up_schedule(&key);
    }
}
