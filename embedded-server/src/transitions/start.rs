//! The start of workflows.

use crate::transitions::signals::Signal;
use crate::{
    errors::{self, check_duration, check_length},
    limits::{self, check_blob, check_memo},
    links,
    state::{
        SERVER_IDENTITY, State,
        nexus::RunCallback,
        numbers::{RunNo, ScheduleKey},
        queues::Poller,
        reset_points::rolled_over,
        run::{Parent, Run, TaskKind, event},
        timers::Timer,
    },
    time::{
        Nanos, cron, duration, least,
        limits::{run_deadline, task_timeout},
        nanos, non_zero, retry, timestamp,
    },
};
use temporalio_protos::temporal::api::{
    common::v1::{Link, SearchAttributes},
    enums::v1::{
        ContinueAsNewInitiator, TaskQueueKind, WorkflowExecutionStatus, WorkflowIdConflictPolicy,
        WorkflowIdReusePolicy,
    },
    history::v1::{
        WorkflowExecutionOptionsUpdatedEventAttributes, WorkflowExecutionStartedEventAttributes,
        history_event::Attributes,
    },
    sdk::v1::UserMetadata,
    workflow::v1::{OnConflictOptions, ResetPointInfo},
    workflowservice::v1::{StartWorkflowExecutionRequest, StartWorkflowExecutionResponse},
};
use tonic::Status;

/// A run to create.
pub struct NewRun {
    pub namespace: String,
    /// The attributes of its first event, except those that follow from its place in a chain.
    pub start: WorkflowExecutionStartedEventAttributes,
    pub run_id: Option<String>,
    pub request_id: String,
    pub user_metadata: Option<UserMetadata>,
    pub parent: Option<Parent>,
    pub schedule: Option<ScheduleKey>,
    /// The time until its first workflow task.
    pub backoff: Nanos,
    pub expires_at: Option<Nanos>,
    /// The caller starts the first workflow task itself.
    pub eager: bool,
    /// Links of the request to others.
    pub links: Vec<Link>,
    /// The parts of the request that a run which is there already takes over.
    pub attached: Option<OnConflictOptions>,
    /// A signal that comes before the first workflow task.
    pub first_signal: Option<Signal>,
}

impl NewRun {
    /// A run that begins a chain at once.
    pub fn first(namespace: String, start: WorkflowExecutionStartedEventAttributes) -> Self {
        Self {
            namespace,
            start,
            run_id: None,
            request_id: String::new(),
            user_metadata: None,
            parent: None,
            schedule: None,
            backoff: 0,
            expires_at: None,
            eager: false,
            links: Vec::new(),
            attached: None,
            first_signal: None,
        }
    }
}

/// Policies about other runs of the same workflow id.
#[derive(Clone, Copy)]
pub struct Conflict {
    pub reuse: WorkflowIdReusePolicy,
    pub conflict: WorkflowIdConflictPolicy,
}

impl Default for Conflict {
    fn default() -> Self {
        Self {
            reuse: WorkflowIdReusePolicy::AllowDuplicate,
            conflict: WorkflowIdConflictPolicy::Fail,
        }
    }
}

/// The run that a start has led to.
#[derive(Clone, Copy)]
pub struct Started {
    pub run: RunNo,
    /// False: it ran already.
    pub is_new: bool,
}

impl State {
    /// Starts a run unless the policies say otherwise.
    #[allow(deprecated)]
    pub fn start_run(&mut self, new: NewRun, policy: Conflict) -> Result<Started, Status> {
        let Some(existing) = self.current(&new.namespace, &new.start.workflow_id) else {
            return Ok(self.create(new));
        };
        let run = self.run(existing);
        if !new.request_id.is_empty() && run.start_request_id == new.request_id {
            return Ok(Started {
                run: existing,
                is_new: true,
            });
        }
        if run.attached_requests.contains(&new.request_id) {
            return Ok(Started {
                run: existing,
                is_new: false,
            });
        }
        if run.is_open() {
            if policy.reuse == WorkflowIdReusePolicy::TerminateIfRunning
                || policy.conflict == WorkflowIdConflictPolicy::TerminateExisting
            {
                self.terminate(
                    existing,
                    "TerminateIfRunning WorkflowIdReusePolicy Policy".to_owned(),
                    None,
                    SERVER_IDENTITY.to_owned(),
                );
                return Ok(self.create(new));
            }
            if policy.conflict == WorkflowIdConflictPolicy::UseExisting {
                self.attach(existing, new);
                return Ok(Started {
                    run: existing,
                    is_new: false,
                });
            }
            let message = format!(
                "Workflow execution is already running. WorkflowId: {}, RunId: {}.",
                run.workflow_id, run.run_id
            );
            return Err(errors::already_started(
                message,
                &run.start_request_id,
                &run.run_id,
            ));
        }
        let refused = match policy.reuse {
            WorkflowIdReusePolicy::AllowDuplicateFailedOnly => {
                run.status == WorkflowExecutionStatus::Completed
            }
            WorkflowIdReusePolicy::RejectDuplicate => true,
            _ => false,
        };
        if refused {
            let (how, rule) = if policy.reuse == WorkflowIdReusePolicy::RejectDuplicate {
                ("", "reject duplicate workflow Id")
            } else {
                (
                    " successfully",
                    "allow duplicate workflow Id if last run failed",
                )
            };
            let message = format!(
                "Workflow execution already finished{how}. WorkflowId: {}, RunId: {}. Workflow Id reuse policy: {rule}.",
                run.workflow_id, run.run_id
            );
            return Err(errors::already_started(
                message,
                &run.start_request_id,
                &run.run_id,
            ));
        }
        Ok(self.create(new))
    }

    /// Records what a run takes over from a request to start it that found it running.
    fn attach(&mut self, no: RunNo, new: NewRun) {
        let Some(options) = new.attached else { return };
        let now = self.now();
        let run = self.run(no);
        let mut attributes = WorkflowExecutionOptionsUpdatedEventAttributes::default();
        if options.attach_request_id {
            run.attached_requests.insert(new.request_id.clone());
            attributes.attached_request_id = new.request_id;
        }
        if options.attach_completion_callbacks {
            let callbacks = new.start.completion_callbacks;
            run.callbacks.extend(RunCallback::of(&callbacks, now));
            attributes.attached_completion_callbacks = callbacks;
        }
        let mut event = event(
            now,
            Attributes::WorkflowExecutionOptionsUpdatedEventAttributes(attributes),
        );
        // Workers that do not know of it do without.
        event.worker_may_ignore = true;
        if options.attach_links {
            event.links = new.links;
        }
        run.record_event(event);
    }

    fn create(&mut self, new: NewRun) -> Started {
        Started {
            run: self.create_run(new),
            is_new: true,
        }
    }

    /// Creates a run, and schedules its first workflow task.
    pub fn create_run(&mut self, new: NewRun) -> RunNo {
        let now = self.now();
        let no = self.new_no();
        let mut start = new.start;
        let run_id = new
            .run_id
            .unwrap_or_else(|| self.new_run_id(&new.namespace, &start.workflow_id));
        let execution_at = now.saturating_add(new.backoff);
        let execution_timeout = nanos(start.workflow_execution_timeout.as_ref());
        let expires_at = new.expires_at.or_else(|| {
            (execution_timeout > 0).then(|| execution_at.saturating_add(execution_timeout))
        });
        start.original_execution_run_id.clone_from(&run_id);
        if start.first_execution_run_id.is_empty() {
            start.first_execution_run_id.clone_from(&run_id);
        }
        start.attempt = start.attempt.max(1);
        let is_first = start.continued_execution_run_id.is_empty();
        start.first_workflow_task_backoff =
            (is_first || new.backoff > 0).then(|| duration(new.backoff));
        start.workflow_execution_expiration_time = expires_at.map(timestamp);
        start.eager_execution_accepted = new.eager;
        let run_timeout = nanos(start.workflow_run_timeout.as_ref());
        let workflow_id = start.workflow_id.clone();
        let mut run = Run::new(new.namespace.clone(), run_id.clone(), start, now);
        run.reset_points = self.points_rolled_over(&run);
        run.user_metadata.clone_from(&new.user_metadata);
        run.start_request_id = new.request_id;
        run.execution_at = execution_at;
        run.expires_at = expires_at;
        run.waits_for_first_task = new.backoff > 0;
        run.parent = new.parent;
        run.schedule = new.schedule;
        let mut first = event(
            now,
            Attributes::WorkflowExecutionStartedEventAttributes(run.start.clone()),
        );
        first.user_metadata = new.user_metadata;
        first.links = new.links;
        run.write_event(first);
        if let Some(signal) = new.first_signal {
            run.signals += 1;
            run.signal_requests.insert(signal.request_id.clone());
            let signaled = signal.into_event(now);
            run.write_event(signaled);
        }
        self.runs.insert(no, run);
        self.run_numbers.insert(run_id, no);
        self.workflows
            .entry((new.namespace, workflow_id))
            .or_default()
            .push(no);
        let deadline = run_deadline(execution_at, run_timeout, expires_at);
        if deadline > 0 {
            self.timers.add(deadline, Timer::RunTimeout { run: no });
        }
        if new.backoff > 0 {
            self.timers
                .add(execution_at, Timer::FirstWorkflowTask { run: no });
        } else {
            self.schedule_workflow_task(no, TaskKind::Normal);
            if !new.eager {
                self.offer_workflow_task(no);
            }
        }
        no
    }

    /// The points of runs before it that a run can be reset to.
    pub fn points_rolled_over(&self, run: &Run) -> Vec<ResetPointInfo> {
        let namespace = self.namespaces.get(&run.namespace);
        rolled_over(
            run.start.prev_auto_reset_points.as_ref(),
            &run.start.continued_execution_run_id,
            run.started_at,
            namespace.map_or(0, |namespace| nanos(Some(&namespace.retention))),
        )
    }

    /// Checks search attributes against those of the namespace, and notes their types in them.
    pub fn check_search_attributes(
        &self,
        namespace: &str,
        attributes: &mut SearchAttributes,
    ) -> Result<(), Status> {
        limits::check_search_attributes(attributes).map_err(errors::invalid)?;
        let known = &self.namespace(namespace)?.search_attributes;
        for (name, payload) in &mut attributes.indexed_fields {
            let Some(value_type) =
                crate::visibility::attributes::search_attribute_type(known, name)
            else {
                return Err(errors::invalid(format!(
                    "Namespace {namespace} has no mapping defined for search attribute {name}"
                )));
            };
            payload
                .metadata
                .insert("type".to_owned(), value_type.as_bytes().to_vec());
        }
        Ok(())
    }

    /// Notes the types of search attributes that a workflow sets.
    pub fn type_search_attributes(&mut self, no: RunNo, attributes: &mut SearchAttributes) {
        let namespace = self.run(no).namespace.clone();
        // The worker has told what it upserts: an unknown one keeps the type that it came with.
        let _ = self.check_search_attributes(&namespace, attributes);
    }

    /// The first event and the policies of a request to start.
    #[allow(deprecated)]
    pub fn new_run(&self, request: StartWorkflowExecutionRequest) -> Result<NewRun, Status> {
        self.namespace(&request.namespace)?;
        if request.workflow_id.is_empty() {
            return Err(errors::invalid("WorkflowId is not set on request."));
        }
        check_length("WorkflowId", &request.workflow_id)?;
        check_length("RequestId", &request.request_id)?;
        check_duration(
            "WorkflowExecutionTimeoutSeconds",
            request.workflow_execution_timeout.as_ref(),
        )?;
        check_duration(
            "WorkflowRunTimeoutSeconds",
            request.workflow_run_timeout.as_ref(),
        )?;
        check_duration(
            "WorkflowTaskTimeoutSeconds",
            request.workflow_task_timeout.as_ref(),
        )?;
        check_duration(
            "WorkflowStartDelaySeconds",
            request.workflow_start_delay.as_ref(),
        )?;
        if request.workflow_id_reuse_policy() == WorkflowIdReusePolicy::TerminateIfRunning
            && request.workflow_id_conflict_policy() != WorkflowIdConflictPolicy::Unspecified
        {
            return Err(errors::invalid(
                "Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING cannot be used together with a WorkflowIDConflictPolicy",
            ));
        }
        if request.workflow_id_reuse_policy() == WorkflowIdReusePolicy::RejectDuplicate
            && request.workflow_id_conflict_policy() == WorkflowIdConflictPolicy::TerminateExisting
        {
            return Err(errors::invalid(
                "Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE cannot be used together with WorkflowIdConflictPolicy WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING",
            ));
        }
        let Some(mut task_queue) = request
            .task_queue
            .filter(|task_queue| !task_queue.name.is_empty())
        else {
            return Err(errors::invalid("missing task queue name"));
        };
        // The real server ends this message without a full stop.
        if check_length("taskQueue", &task_queue.name).is_err() {
            return Err(errors::invalid("taskQueue length exceeds limit"));
        }
        task_queue.kind = TaskQueueKind::Normal as i32;
        if request
            .workflow_type
            .as_ref()
            .is_none_or(|workflow_type| workflow_type.name.is_empty())
        {
            return Err(errors::invalid("WorkflowType is not set on request."));
        }
        check_length(
            "WorkflowType",
            request
                .workflow_type
                .as_ref()
                .map_or("", |workflow_type| &workflow_type.name),
        )?;
        if let Some(policy) = &request.retry_policy {
            retry::check(policy).map_err(errors::invalid)?;
        }
        if request.on_conflict_options.as_ref().is_some_and(|options| {
            options.attach_completion_callbacks && !options.attach_request_id
        }) {
            return Err(errors::invalid(
                "attaching request ID is required for attaching completion callbacks",
            ));
        }
        check_blob(request.input.as_ref())?;
        check_memo(request.memo.as_ref())?;
        let execution_timeout = nanos(request.workflow_execution_timeout.as_ref());
        let run_timeout = least([
            nanos(request.workflow_run_timeout.as_ref()),
            execution_timeout,
        ]);
        let start_delay = nanos(request.workflow_start_delay.as_ref());
        let mut backoff = start_delay;
        if !request.cron_schedule.is_empty() {
            if start_delay > 0 {
                return Err(errors::invalid(
                    "CronSchedule and WorkflowStartDelay may not be used together.",
                ));
            }
            let schedule = cron::parse(&request.cron_schedule)
                .map_err(|_| errors::invalid("invalid CronSchedule."))?;
            let now = self.now();
            let next = schedule.next_after(now, now).ok_or_else(|| {
                errors::invalid(
                    "invalid CronSchedule, no time can be found to satisfy the schedule",
                )
            })?;
            backoff = (next - now).max(0);
        }
        let initiator = if request.cron_schedule.is_empty() {
            ContinueAsNewInitiator::Unspecified
        } else {
            ContinueAsNewInitiator::CronSchedule
        };
        let mut search_attributes = request.search_attributes;
        if let Some(attributes) = &mut search_attributes {
            self.check_search_attributes(&request.namespace, attributes)?;
        }
        let start = WorkflowExecutionStartedEventAttributes {
            workflow_type: request.workflow_type,
            task_queue: Some(task_queue),
            input: request.input,
            workflow_execution_timeout: non_zero(execution_timeout),
            workflow_run_timeout: non_zero(run_timeout),
            workflow_task_timeout: Some(task_timeout(
                nanos(request.workflow_task_timeout.as_ref()),
                run_timeout,
            )),
            continued_failure: request.continued_failure,
            last_completion_result: request.last_completion_result,
            identity: request.identity,
            retry_policy: request.retry_policy.map(retry::with_defaults),
            cron_schedule: request.cron_schedule,
            memo: request.memo,
            search_attributes,
            header: request.header,
            workflow_id: request.workflow_id,
            priority: request.priority,
            completion_callbacks: request.completion_callbacks,
            versioning_override: request.versioning_override,
            initiator: initiator as i32,
            ..Default::default()
        };
        let links = links::without_those_of_callbacks(request.links, &start.completion_callbacks);
        Ok(NewRun {
            links,
            attached: request.on_conflict_options,
            request_id: request.request_id,
            user_metadata: request.user_metadata,
            backoff,
            eager: request.request_eager_execution && backoff == 0,
            ..NewRun::first(request.namespace, start)
        })
    }

    /// Starts a workflow for a client.
    pub fn start_workflow(
        &mut self,
        request: StartWorkflowExecutionRequest,
    ) -> Result<(StartWorkflowExecutionResponse, Started), Status> {
        let policy = Conflict {
            reuse: request.workflow_id_reuse_policy(),
            conflict: request.workflow_id_conflict_policy(),
        };
        let worker = Poller {
            identity: request.identity.clone(),
            version: None,
        };
        let new = self.new_run(request)?;
        let eager = new.eager;
        let started = self.start_run(new, policy)?;
        let mut eager_workflow_task = None;
        let run = self.run(started.run);
        if eager && started.is_new && run.task.as_ref().is_some_and(|task| task.started_id == 0) {
            eager_workflow_task = Some(self.start_workflow_task(started.run, &worker));
        }
        let run = self.run(started.run);
        let response = StartWorkflowExecutionResponse {
            run_id: run.run_id.clone(),
            first_execution_run_id: run.start.first_execution_run_id.clone(),
            started: started.is_new,
            status: run.status as i32,
            eager_workflow_task,
            link: Some(links::of_event(run.first_event())),
        };
        Ok((response, started))
    }
}
