//! The life of a workflow task: scheduled, started by a poll, then completed, failed or timed out.

use crate::{
    config::Fault,
    errors,
    limits::{LARGE_HISTORY, MANY_EVENTS, MAX_EVENTS, MAX_HISTORY},
    state::{
        Busy, SERVER_IDENTITY, State,
        deployment::Version,
        numbers::RunNo,
        queue_kind::QueueKind,
        queues::{Poller, QueueKey, QueuedTask},
        run::{Run, Sticky, TaskKind, WorkflowTask, event},
        timers::Timer,
        tokens::{read_workflow_task_token, workflow_task_token},
    },
    time::{Nanos, SECOND, duration, nanos, timestamp},
    transitions::command_checks::{self, Refusal},
};
use std::collections::HashSet;
use temporalio_protos::temporal::api::{
    common::v1::Link,
    enums::v1::{TaskQueueKind, TimeoutType, WorkflowTaskFailedCause},
    failure::v1::Failure,
    history::v1::{
        History, HistoryEvent, WorkflowTaskCompletedEventAttributes,
        WorkflowTaskFailedEventAttributes, WorkflowTaskScheduledEventAttributes,
        WorkflowTaskStartedEventAttributes, WorkflowTaskTimedOutEventAttributes,
        history_event::Attributes,
    },
    taskqueue::v1::TaskQueue,
    workflowservice::v1::{
        PollWorkflowTaskQueueResponse, RespondWorkflowTaskCompletedRequest,
        RespondWorkflowTaskCompletedResponse,
    },
};
use tonic::Status;

/// So many attempts of a workflow task have the timeout that the run was started with.
const ATTEMPTS_OF_ONE_TIMEOUT: i32 = 3;
/// The time of the next attempt beyond that. Each further one has twice as much. The real server takes up to a fifth off at random.
const FIRST_ADDED_TIMEOUT: Nanos = 5 * SECOND;
const MAX_ADDED_TIMEOUT: Nanos = 600 * SECOND;

impl Run {
    fn scheduled_attributes(&self, attempt: i32) -> Attributes {
        let task_queue = match &self.sticky {
            Some(sticky) => TaskQueue {
                name: sticky.queue.clone(),
                kind: TaskQueueKind::Sticky as i32,
                normal_name: self.task_queue().to_owned(),
            },
            None => TaskQueue {
                name: self.task_queue().to_owned(),
                kind: TaskQueueKind::Normal as i32,
                normal_name: String::new(),
            },
        };
        Attributes::WorkflowTaskScheduledEventAttributes(WorkflowTaskScheduledEventAttributes {
            task_queue: Some(task_queue),
            start_to_close_timeout: Some(duration(self.task_timeout(attempt))),
            attempt,
        })
    }

    /// The time that a worker has for a workflow task. It grows, so that a task which keeps failing is tried less often.
    fn task_timeout(&self, attempt: i32) -> Nanos {
        let timeout = nanos(self.start.workflow_task_timeout.as_ref());
        let further = attempt.saturating_sub(ATTEMPTS_OF_ONE_TIMEOUT);
        if further <= 0 {
            return timeout;
        }
        let added = FIRST_ADDED_TIMEOUT.saturating_mul(1 << (further - 1).min(30));
        timeout.saturating_add(added.min(MAX_ADDED_TIMEOUT))
    }

    #[allow(deprecated)]
    pub fn started_attributes(&self, task: &WorkflowTask) -> Attributes {
        let events = self.next_event_id() - 1;
        Attributes::WorkflowTaskStartedEventAttributes(WorkflowTaskStartedEventAttributes {
            scheduled_event_id: task.scheduled_id,
            identity: task.identity.clone(),
            request_id: task.request_id.clone(),
            worker_version: task.worker_version.clone(),
            suggest_continue_as_new: events >= MANY_EVENTS || self.history_bytes >= LARGE_HISTORY,
            history_size_bytes: self.history_bytes,
            ..Default::default()
        })
    }

    /// The events of a task that are not in the history yet.
    fn unwritten(&self, task: &WorkflowTask) -> Vec<HistoryEvent> {
        if task.kind == TaskKind::Normal {
            return Vec::new();
        }
        let mut scheduled = event(task.scheduled_at, self.scheduled_attributes(task.attempt));
        scheduled.event_id = task.scheduled_id;
        let mut started = event(task.started_at, self.started_attributes(task));
        started.event_id = task.started_id;
        vec![scheduled, started]
    }

    fn write_unwritten(&mut self, task: &WorkflowTask) {
        self.waits_for_first_task = false;
        for event in self.unwritten(task) {
            self.write_event(event);
        }
    }
}

impl State {
    /// Records an event that came from outside of the workflow, and lets the workflow see it.
    pub fn record(&mut self, run: RunNo, attributes: Attributes) {
        let now = self.now();
        self.run(run).record(now, attributes);
        self.need_workflow_task(run);
    }

    /// Records an event that links to others, and lets the workflow see it.
    pub fn record_linked(&mut self, run: RunNo, attributes: Attributes, links: Vec<Link>) {
        let mut event = event(self.now(), attributes);
        event.links = links;
        self.run(run).record_event(event);
        self.need_workflow_task(run);
    }

    /// Schedules a workflow task unless there is one.
    pub fn need_workflow_task(&mut self, no: RunNo) {
        self.limit_history(no);
        let run = self.run(no);
        let may_go_on = run.is_open() && !run.is_paused() && !run.waits_for_first_task;
        if may_go_on && run.task.is_none() {
            self.schedule_workflow_task(no, TaskKind::Normal);
            self.offer_workflow_task(no);
        }
    }

    /// Schedules a workflow task unless there is one, also before the first one of the run is due.
    pub fn need_workflow_task_now(&mut self, no: RunNo) {
        self.run(no).waits_for_first_task = false;
        self.need_workflow_task(no);
    }

    /// Terminates a run whose history is too long.
    fn limit_history(&mut self, no: RunNo) {
        let run = self.run(no);
        if !run.is_open() {
            return;
        }
        let reason = if run.history_bytes > MAX_HISTORY {
            "Workflow history size exceeds limit."
        } else if run.events.len() as i64 > MAX_EVENTS {
            "Workflow history count exceeds limit."
        } else {
            return;
        };
        self.terminate(no, reason.to_owned(), None, SERVER_IDENTITY.to_owned());
    }

    /// Schedules a workflow task. It is not in a queue yet.
    pub fn schedule_workflow_task(&mut self, no: RunNo, kind: TaskKind) {
        let now = self.now();
        let stamp = self.new_no();
        let run = self.run(no);
        if run.flush() {
            run.task_attempt = 1;
        }
        let attempt = run.task_attempt;
        let kind = if attempt > 1 {
            TaskKind::Transient
        } else {
            kind
        };
        let scheduled_id = if kind == TaskKind::Normal {
            let attributes = run.scheduled_attributes(attempt);
            run.write(now, attributes)
        } else {
            run.next_event_id()
        };
        run.task = Some(WorkflowTask {
            kind,
            scheduled_id,
            started_id: 0,
            attempt,
            scheduled_at: now,
            started_at: 0,
            identity: String::new(),
            worker_version: None,
            request_id: String::new(),
            sticky: false,
            stamp,
            timer: None,
        });
        run.wake_watchers();
        self.busy.insert(Busy::WorkflowTask(no));
    }

    /// Puts the scheduled workflow task into a queue: the sticky one of the run's worker if it still polls.
    pub fn offer_workflow_task(&mut self, no: RunNo) {
        let now = self.now();
        let (key, sticky) = self.workflow_queue(no);
        let timer = sticky.map(|sticky| {
            self.timers.add(
                now.saturating_add(sticky.schedule_to_start),
                Timer::StickyTimeout { run: no },
            )
        });
        let Some(task) = self.run(no).task.as_mut() else {
            return;
        };
        task.sticky = timer.is_some();
        task.timer = timer;
        let stamp = task.stamp;
        self.queues
            .put(key, QueuedTask::Workflow { run: no, stamp });
    }

    /// The queue for a run's workflow tasks and queries.
    pub fn workflow_queue(&mut self, no: RunNo) -> (QueueKey, Option<Sticky>) {
        let version = self.version_of_run(no);
        let run = self.run(no);
        let key = |name: &str, version: Option<Version>| QueueKey {
            namespace: run.namespace.clone(),
            name: name.to_owned(),
            kind: QueueKind::Workflow,
            version,
        };
        // A worker of another version than the task's does not get it.
        let may_stick = run.is_open() && run.version == version;
        let sticky = run.sticky.clone().filter(|_| may_stick);
        let normal = key(run.task_queue(), version);
        match sticky.map(|sticky| (key(&sticky.queue, None), sticky)) {
            Some((key, sticky)) if self.queues.is_served(&key) => (key, Some(sticky)),
            _ => {
                self.run(no).sticky = None;
                (normal, None)
            }
        }
    }

    /// Puts a task of a sticky queue whose worker has ended into the normal one.
    pub fn move_from_sticky(&mut self, no: RunNo, stamp: u64) {
        if let Some(run) = self.open_run(no) {
            run.sticky = None;
        }
        self.offer_again(no, stamp);
    }

    /// Puts a task that waits into the queue that it belongs to now.
    pub fn offer_again(&mut self, no: RunNo, stamp: u64) {
        let Some(run) = self.open_run(no) else { return };
        let timer = match &mut run.task {
            Some(task) if task.stamp == stamp && task.started_id == 0 => task.timer.take(),
            _ => return,
        };
        if let Some(timer) = timer {
            self.timers.cancel(timer);
        }
        self.offer_workflow_task(no);
    }

    /// Hands a task out of a queue to a worker. None if the task is out of date.
    pub fn take_workflow_task(
        &mut self,
        no: RunNo,
        stamp: u64,
        worker: &Poller,
    ) -> Option<PollWorkflowTaskQueueResponse> {
        let task = self.open_run(no)?.task.as_ref()?;
        if task.stamp != stamp || task.started_id != 0 {
            return None;
        }
        Some(self.start_workflow_task(no, worker))
    }

    /// Starts the scheduled workflow task: from now on events are buffered until its answer.
    pub fn start_workflow_task(
        &mut self,
        no: RunNo,
        worker: &Poller,
    ) -> PollWorkflowTaskQueueResponse {
        let now = self.now();
        let request_id = self.new_uuid();
        let run = self.run(no);
        let mut task = run
            .task
            .take()
            .expect("a task that is scheduled is started");
        let waited = task.timer.take();
        if task.kind != TaskKind::Normal && task.scheduled_id != run.next_event_id() {
            // Other events came since: the task is an ordinary one now.
            task.kind = TaskKind::Normal;
            task.attempt = 1;
            run.task_attempt = 1;
            let attributes = run.scheduled_attributes(1);
            task.scheduled_id = run.write(task.scheduled_at, attributes);
        }
        task.started_at = now;
        task.identity.clone_from(&worker.identity);
        task.worker_version.clone_from(&worker.version);
        task.request_id = request_id;
        task.started_id = if task.kind == TaskKind::Normal {
            let attributes = run.started_attributes(&task);
            run.write(now, attributes)
        } else {
            task.scheduled_id + 1
        };
        let timeout = run.task_timeout(task.attempt);
        if let Some(waited) = waited {
            self.timers.cancel(waited);
        }
        task.timer = Some(self.timers.add(
            now.saturating_add(timeout),
            Timer::WorkflowTaskTimeout { run: no },
        ));
        let messages = self.run(no).messages_for_task(task.started_id - 1);
        let queries = self.queries_for_task(no);
        let run = self.run(no);
        // A worker that keeps the run in its cache has the events before.
        let is_sticky = run.sticky.is_some();
        let first = if is_sticky { run.last_started_id } else { 0 };
        let mut events = run.events[first as usize..].to_vec();
        events.extend(run.unwritten(&task));
        let response = PollWorkflowTaskQueueResponse {
            task_token: workflow_task_token(no, task.stamp),
            workflow_execution: Some(run.execution()),
            workflow_type: run.start.workflow_type.clone(),
            previous_started_event_id: run.last_started_id,
            started_event_id: task.started_id,
            attempt: task.attempt,
            history: Some(History { events }),
            workflow_execution_task_queue: Some(TaskQueue {
                name: run.task_queue().to_owned(),
                kind: TaskQueueKind::Normal as i32,
                normal_name: String::new(),
            }),
            scheduled_time: Some(timestamp(task.scheduled_at)),
            started_time: Some(timestamp(task.started_at)),
            queries,
            messages,
            ..Default::default()
        };
        run.task = Some(task);
        run.wake_watchers();
        response
    }

    /// The run whose started workflow task a token names.
    pub fn run_of_token(&mut self, bytes: &[u8]) -> Result<RunNo, Status> {
        let (no, stamp) = read_workflow_task_token(bytes)?;
        let run = self
            .runs
            .get(&no)
            .ok_or_else(errors::workflow_task_not_found)?;
        if !run.is_open() {
            return Err(errors::workflow_closed());
        }
        match &run.task {
            Some(task) if task.stamp == stamp && task.started_id != 0 => Ok(no),
            _ => Err(errors::workflow_task_not_found()),
        }
    }

    /// Takes the started task away from its worker.
    fn end_workflow_task(&mut self, no: RunNo) -> WorkflowTask {
        self.busy.remove(&Busy::WorkflowTask(no));
        let mut task = self
            .run(no)
            .task
            .take()
            .expect("only a task that is there ends");
        if let Some(timer) = task.timer.take() {
            self.timers.cancel(timer);
        }
        task
    }

    #[allow(deprecated)]
    pub fn complete_workflow_task(
        &mut self,
        request: RespondWorkflowTaskCompletedRequest,
    ) -> Result<RespondWorkflowTaskCompletedResponse, Status> {
        let no = self.run_of_token(&request.task_token)?;
        let now = self.now();
        let place = self.place_of_workflow_task(no);
        if self.schedule.happens(Fault::WorkflowTaskTimeout, &place) {
            self.workflow_task_timed_out(no);
            return Err(errors::workflow_task_not_found());
        }
        let run = self.run(no);
        if run.is_paused() && request.force_create_new_workflow_task {
            return Err(errors::failed_precondition(
                "Workflow is paused and force create new workflow task is not allowed.",
            ));
        }
        let kind = run.task.as_ref().map(|task| task.kind);
        if kind == Some(TaskKind::Speculative)
            && request.commands.is_empty()
            && !request.force_create_new_workflow_task
            && run.buffered.is_empty()
            && !request.messages.is_empty()
            && request
                .messages
                .iter()
                .all(crate::transitions::updates::is_rejection)
        {
            return Ok(self.drop_speculative_task(no, request));
        }
        let endpoints: HashSet<String> = self
            .endpoints
            .values()
            .map(|endpoint| endpoint.spec.name.clone())
            .collect();
        if let Some(refusal) = command_checks::check(self.run(no), &request, &endpoints) {
            return Err(self.refuse_completion(no, refusal, &request.identity));
        }
        let worker = Poller {
            identity: request.identity.clone(),
            version: request.worker_version_stamp.clone(),
        };
        self.note_version(
            no,
            request.deployment_options.as_ref(),
            request.versioning_behavior(),
        );
        let task = self.end_workflow_task(no);
        let run = self.run(no);
        run.write_unwritten(&task);
        let completed_id = run.write(now, completed_attributes(&task, &request));
        run.last_started_id = task.started_id;
        run.completed_tasks += 1;
        run.task_attempt = 1;
        run.sticky = request.sticky_attributes.and_then(|sticky| {
            Some(Sticky {
                queue: sticky.worker_task_queue?.name,
                schedule_to_start: nanos(sticky.schedule_to_start_timeout.as_ref()),
            })
        });
        let outcome = self.apply_commands(
            no,
            completed_id,
            request.commands,
            request.messages,
            &worker,
        );
        for (id, result) in request.query_results {
            self.answer_query_of_task(no, &id, result);
        }
        let run = self.run(no);
        if run.is_open() && !request.force_create_new_workflow_task {
            run.reject_unprocessed();
        }
        let any_buffered = run.flush();
        let mut response = RespondWorkflowTaskCompletedResponse {
            activity_tasks: outcome.eager_activities,
            ..Default::default()
        };
        self.limit_history(no);
        let run = self.run(no);
        if run.is_open() && !run.is_paused() {
            let must_go_on = any_buffered
                || outcome.needs_workflow_task
                || request.force_create_new_workflow_task;
            if must_go_on || run.has_admitted_updates() {
                let kind = if must_go_on {
                    TaskKind::Normal
                } else {
                    TaskKind::Speculative
                };
                self.schedule_workflow_task(no, kind);
                if request.return_new_workflow_task && !self.schedule.is_on() {
                    response.workflow_task = Some(self.start_workflow_task(no, &worker));
                } else {
                    self.offer_workflow_task(no);
                }
            }
        }
        self.run(no).wake_watchers();
        self.dispatch_waiting_queries(no);
        self.fault_of_answer(no, &place)?;
        Ok(response)
    }

    /// Forgets a task that brought nothing but updates that were rejected. The history does not show it.
    fn drop_speculative_task(
        &mut self,
        no: RunNo,
        request: RespondWorkflowTaskCompletedRequest,
    ) -> RespondWorkflowTaskCompletedResponse {
        self.end_workflow_task(no);
        for message in request.messages {
            self.apply_message(no, message);
        }
        for (id, result) in request.query_results {
            self.answer_query_of_task(no, &id, result);
        }
        let run = self.run(no);
        let reset_history_event_id = run.last_started_id;
        if run.has_admitted_updates() && !run.is_paused() {
            self.schedule_workflow_task(no, TaskKind::Speculative);
            self.offer_workflow_task(no);
        }
        self.dispatch_waiting_queries(no);
        RespondWorkflowTaskCompletedResponse {
            reset_history_event_id,
            ..Default::default()
        }
    }

    fn refuse_completion(&mut self, no: RunNo, refusal: Refusal, identity: &str) -> Status {
        let is_further = self
            .run(no)
            .task
            .as_ref()
            .is_some_and(|task| task.attempt > 1);
        if is_further && refusal.cause != WorkflowTaskFailedCause::UnhandledCommand {
            // The task is left to time out, which slows down one that keeps failing. No worker has it until then.
            self.busy.remove(&Busy::WorkflowTask(no));
            return errors::invalid(refusal.message);
        }
        let failure = Failure {
            message: refusal.message.clone(),
            failure_info: Some(
                temporalio_protos::temporal::api::failure::v1::failure::FailureInfo::ServerFailureInfo(
                    temporalio_protos::temporal::api::failure::v1::ServerFailureInfo::default(),
                ),
            ),
            ..Default::default()
        };
        let failure =
            (refusal.cause != WorkflowTaskFailedCause::UnhandledCommand).then_some(failure);
        self.fail_workflow_task(no, refusal.cause, failure, identity);
        if refusal.ends_run {
            let reason = refusal.message.clone();
            self.terminate(no, reason, None, SERVER_IDENTITY.to_owned());
        }
        self.need_workflow_task(no);
        errors::invalid(refusal.message)
    }

    /// Records that a started task failed. The caller schedules the next one.
    pub fn fail_workflow_task(
        &mut self,
        no: RunNo,
        cause: WorkflowTaskFailedCause,
        failure: Option<Failure>,
        identity: &str,
    ) {
        let now = self.now();
        let task = self.end_workflow_task(no);
        let run = self.run(no);
        if task.kind == TaskKind::Speculative {
            run.write_unwritten(&task);
        }
        if task.kind != TaskKind::Transient {
            run.write(
                now,
                Attributes::WorkflowTaskFailedEventAttributes(WorkflowTaskFailedEventAttributes {
                    scheduled_event_id: task.scheduled_id,
                    started_event_id: task.started_id,
                    cause: cause as i32,
                    failure,
                    identity: identity.to_owned(),
                    ..Default::default()
                }),
            );
        }
        run.try_task_again(task.attempt + 1);
    }

    /// Takes back a task that the history does not show.
    pub fn drop_workflow_task(&mut self, no: RunNo) {
        let task = self.end_workflow_task(no);
        self.run(no).try_task_again(task.attempt);
    }

    pub fn workflow_task_timed_out(&mut self, no: RunNo) {
        let now = self.now();
        if self.open_run(no).is_none_or(|run| run.task.is_none()) {
            return;
        }
        let task = self.end_workflow_task(no);
        let run = self.run(no);
        if task.kind == TaskKind::Speculative {
            run.write_unwritten(&task);
        }
        if task.kind != TaskKind::Transient {
            run.write(now, timed_out(&task, TimeoutType::StartToClose));
        }
        run.try_task_again(task.attempt + 1);
        self.need_workflow_task(no);
    }

    pub fn sticky_timed_out(&mut self, no: RunNo) {
        let now = self.now();
        if self.open_run(no).is_none_or(|run| run.task.is_none()) {
            return;
        }
        let task = self.end_workflow_task(no);
        let run = self.run(no);
        if task.kind == TaskKind::Normal {
            run.write(now, timed_out(&task, TimeoutType::ScheduleToStart));
        }
        run.try_task_again(task.attempt);
        if task.kind == TaskKind::Speculative {
            self.schedule_workflow_task(no, TaskKind::Speculative);
            self.offer_workflow_task(no);
        } else {
            self.need_workflow_task(no);
        }
    }

    pub fn first_workflow_task_due(&mut self, no: RunNo) {
        // A run that was asked to cancel, or was sent an update, did not wait for it.
        if self
            .open_run(no)
            .is_some_and(|run| run.waits_for_first_task)
        {
            self.need_workflow_task_now(no);
        }
    }
}

impl Run {
    fn try_task_again(&mut self, attempt: i32) {
        self.task_attempt = attempt;
        self.sticky = None;
        self.readmit_updates();
        self.wake_watchers();
    }
}

fn timed_out(task: &WorkflowTask, timeout: TimeoutType) -> Attributes {
    Attributes::WorkflowTaskTimedOutEventAttributes(WorkflowTaskTimedOutEventAttributes {
        scheduled_event_id: task.scheduled_id,
        started_event_id: task.started_id,
        timeout_type: timeout as i32,
    })
}

#[allow(deprecated)]
fn completed_attributes(
    task: &WorkflowTask,
    request: &RespondWorkflowTaskCompletedRequest,
) -> Attributes {
    let version = Version::polled(request.deployment_options.as_ref());
    Attributes::WorkflowTaskCompletedEventAttributes(WorkflowTaskCompletedEventAttributes {
        scheduled_event_id: task.scheduled_id,
        started_event_id: task.started_id,
        identity: request.identity.clone(),
        worker_version: request.worker_version_stamp.clone(),
        sdk_metadata: request.sdk_metadata.clone(),
        metering_metadata: request.metering_metadata,
        versioning_behavior: request.versioning_behavior,
        worker_deployment_name: version
            .as_ref()
            .map(|version| version.deployment.clone())
            .unwrap_or_default(),
        deployment_version: version.as_ref().map(Version::message),
        ..Default::default()
    })
}
