//! The end of a run, and the next run of its chain: continued as new, tried again, or as its cron schedule says.

use crate::{
    errors,
    state::{
        Busy, Consequence, SERVER_IDENTITY, State, deployment::Version, numbers::RunNo, run::event,
    },
    time::{Nanos, SECOND, cron, duration, least, nanos, retry},
    transitions::start::NewRun,
};
use temporalio_protos::temporal::api::{
    command::v1::ContinueAsNewWorkflowExecutionCommandAttributes,
    common::v1::{Payloads, WorkflowExecution},
    enums::v1::{
        ContinueAsNewInitiator, RetryState, TaskQueueKind, TimeoutType, WorkflowExecutionStatus,
        WorkflowTaskFailedCause,
    },
    failure::v1::{Failure, TimeoutFailureInfo, failure::FailureInfo},
    history::v1::{
        WorkflowExecutionCancelRequestedEventAttributes, WorkflowExecutionCanceledEventAttributes,
        WorkflowExecutionCompletedEventAttributes, WorkflowExecutionContinuedAsNewEventAttributes,
        WorkflowExecutionFailedEventAttributes, WorkflowExecutionStartedEventAttributes,
        WorkflowExecutionTerminatedEventAttributes, WorkflowExecutionTimedOutEventAttributes,
        history_event::Attributes,
    },
    sdk::v1::UserMetadata,
};
use tonic::Status;

/// The least time between the starts of two runs of a chain that continues as new.
const CONTINUE_AS_NEW_INTERVAL: Nanos = SECOND;

/// Identity of the termination of a run that is reset.
const RESETTER_IDENTITY: &str = "history-resetter";

/// The continuation of a chain after a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    NextRun,
    /// A reset puts another run into the place of this one.
    Reset,
}

/// How a run ends.
pub enum Ending {
    Completed(Option<Payloads>),
    Failed(Box<Failure>),
    Canceled(Option<Payloads>),
    TimedOut,
}

/// A further run of a chain.
struct Next {
    run_id: String,
    initiator: ContinueAsNewInitiator,
    backoff: Nanos,
    attempt: i32,
    failure: Option<Failure>,
    last_result: Option<Payloads>,
}

impl State {
    /// Ends a run as its workflow has decided or its time is over, and starts the next run if there is one.
    pub fn end_run(
        &mut self,
        no: RunNo,
        completed_id: Option<i64>,
        ending: Ending,
        metadata: Option<UserMetadata>,
    ) {
        let (next, retry_state) = self.next_run(no, &ending);
        let workflow_task_completed_event_id = completed_id.unwrap_or_default();
        let new_execution_run_id = next
            .as_ref()
            .map(|next| next.run_id.clone())
            .unwrap_or_default();
        let (status, attributes) = match ending {
            Ending::Completed(result) => (
                WorkflowExecutionStatus::Completed,
                Attributes::WorkflowExecutionCompletedEventAttributes(
                    WorkflowExecutionCompletedEventAttributes {
                        result,
                        workflow_task_completed_event_id,
                        new_execution_run_id,
                    },
                ),
            ),
            Ending::Failed(failure) => (
                WorkflowExecutionStatus::Failed,
                Attributes::WorkflowExecutionFailedEventAttributes(
                    WorkflowExecutionFailedEventAttributes {
                        failure: Some(*failure),
                        retry_state: retry_state as i32,
                        workflow_task_completed_event_id,
                        new_execution_run_id,
                    },
                ),
            ),
            Ending::Canceled(details) => (
                WorkflowExecutionStatus::Canceled,
                Attributes::WorkflowExecutionCanceledEventAttributes(
                    WorkflowExecutionCanceledEventAttributes {
                        workflow_task_completed_event_id,
                        details,
                    },
                ),
            ),
            Ending::TimedOut => (
                WorkflowExecutionStatus::TimedOut,
                Attributes::WorkflowExecutionTimedOutEventAttributes(
                    WorkflowExecutionTimedOutEventAttributes {
                        retry_state: retry_state as i32,
                        new_execution_run_id,
                    },
                ),
            ),
        };
        let after = if next.is_some() {
            After::NextRun
        } else {
            After::Nothing
        };
        self.close(no, status, attributes, metadata, after);
        if let Some(next) = next {
            self.start_next(no, next);
        }
    }

    /// Whether another run follows, and the retry state of the event that ends this one.
    fn next_run(&mut self, no: RunNo, ending: &Ending) -> (Option<Next>, RetryState) {
        let now = self.now();
        let run_id = self.next_run_id(no);
        let run = self.run(no);
        let until = run.expires_at.unwrap_or(0);
        let policy = run.start.retry_policy.as_ref();
        let failure = match ending {
            Ending::Failed(failure) => Some((**failure).clone()),
            Ending::TimedOut => Some(timed_out_failure()),
            Ending::Completed(_) | Ending::Canceled(_) => None,
        };
        let mut retry_state = RetryState::RetryPolicyNotSet;
        if let Some(failure) = &failure {
            let expired = matches!(ending, Ending::TimedOut) && until > 0 && now >= until;
            let next = if expired {
                Err(RetryState::Timeout)
            } else {
                retry::next_attempt(policy, run.start.attempt, failure, now, until)
            };
            match next {
                Ok(backoff) => {
                    let next = Next {
                        run_id,
                        initiator: ContinueAsNewInitiator::Retry,
                        backoff,
                        attempt: run.start.attempt + 1,
                        failure: Some(failure.clone()),
                        last_result: run.start.last_completion_result.clone(),
                    };
                    return (Some(next), RetryState::InProgress);
                }
                Err(state) => retry_state = state,
            }
        }
        if run.start.cron_schedule.is_empty() || matches!(ending, Ending::Canceled(_)) {
            return (None, retry_state);
        }
        let backoff = cron::parse(&run.start.cron_schedule)
            .ok()
            .and_then(|schedule| schedule.next_after(run.execution_at, now))
            .map(|at| at - now);
        let next = backoff
            .filter(|backoff| until == 0 || now.saturating_add(*backoff) <= until)
            .map(|backoff| Next {
                run_id,
                initiator: ContinueAsNewInitiator::CronSchedule,
                backoff,
                attempt: 1,
                last_result: match ending {
                    Ending::Completed(Some(result)) => Some(result.clone()),
                    _ => run.start.last_completion_result.clone(),
                },
                failure,
            });
        (next, retry_state)
    }

    pub fn next_run_id(&mut self, no: RunNo) -> String {
        let run = &self.runs[&no];
        let (namespace, workflow_id) = (run.namespace.clone(), run.workflow_id.clone());
        self.new_run_id(&namespace, &workflow_id)
    }

    /// Starts the next run of a chain with the input of the last.
    fn start_next(&mut self, no: RunNo, next: Next) {
        let run = self.run(no);
        let start = WorkflowExecutionStartedEventAttributes {
            continued_execution_run_id: run.run_id.clone(),
            first_execution_run_id: run.start.first_execution_run_id.clone(),
            initiator: next.initiator as i32,
            continued_failure: next.failure,
            last_completion_result: next.last_result,
            attempt: next.attempt,
            identity: String::new(),
            completion_callbacks: run.all_callbacks(),
            prev_auto_reset_points: run.points_for_next(),
            ..run.start.clone()
        };
        let new = NewRun {
            run_id: Some(next.run_id),
            backoff: next.backoff,
            parent: run.parent.clone(),
            schedule: run.schedule.clone(),
            expires_at: run.expires_at,
            user_metadata: run.user_metadata.clone(),
            ..NewRun::first(run.namespace.clone(), start)
        };
        let next_run = self.create_run(new);
        let run_id = self.run(next_run).run_id.clone();
        self.run(no).next_run_id = run_id;
        self.move_updates(no, next_run);
    }

    pub fn continue_as_new(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: ContinueAsNewWorkflowExecutionCommandAttributes,
        metadata: Option<UserMetadata>,
    ) {
        let now = self.now();
        let run_id = self.next_run_id(no);
        let run = self.run(no);
        let mut task_queue = command.task_queue.unwrap_or_default();
        if task_queue.name.is_empty() {
            task_queue.name = run.task_queue().to_owned();
        }
        task_queue.kind = TaskQueueKind::Normal as i32;
        let or_same = |asked: Option<prost_types::Duration>,
                       same: &Option<prost_types::Duration>| {
            if nanos(asked.as_ref()) > 0 {
                asked
            } else {
                *same
            }
        };
        let run_timeout = or_same(
            command.workflow_run_timeout,
            &run.start.workflow_run_timeout,
        );
        let workflow_run_timeout = Some(duration(least([
            nanos(run_timeout.as_ref()),
            nanos(run.start.workflow_execution_timeout.as_ref()),
        ])));
        let workflow_task_timeout = or_same(
            command.workflow_task_timeout,
            &run.start.workflow_task_timeout,
        );
        let inherited = self.inherited_version(no, &task_queue.name);
        let run = self.run(no);
        let ran_for = now - run.started_at;
        let backoff = nanos(command.backoff_start_interval.as_ref())
            .max(CONTINUE_AS_NEW_INTERVAL - ran_for)
            .max(0);
        let workflow_type = command
            .workflow_type
            .filter(|workflow_type| !workflow_type.name.is_empty())
            .or_else(|| run.start.workflow_type.clone());
        let start = WorkflowExecutionStartedEventAttributes {
            workflow_type: workflow_type.clone(),
            parent_workflow_namespace: run.start.parent_workflow_namespace.clone(),
            parent_workflow_namespace_id: run.start.parent_workflow_namespace_id.clone(),
            parent_workflow_execution: run.start.parent_workflow_execution.clone(),
            parent_initiated_event_id: run.start.parent_initiated_event_id,
            root_workflow_execution: run.start.root_workflow_execution.clone(),
            task_queue: Some(task_queue.clone()),
            input: command.input.clone(),
            workflow_execution_timeout: run.start.workflow_execution_timeout,
            workflow_run_timeout,
            workflow_task_timeout,
            continued_execution_run_id: run.run_id.clone(),
            first_execution_run_id: run.start.first_execution_run_id.clone(),
            initiator: ContinueAsNewInitiator::Workflow as i32,
            last_completion_result: command
                .last_completion_result
                .clone()
                .or_else(|| run.start.last_completion_result.clone()),
            retry_policy: command.retry_policy.map(retry::with_defaults),
            attempt: 1,
            cron_schedule: command.cron_schedule,
            memo: command.memo.clone(),
            search_attributes: command.search_attributes.clone(),
            header: command.header.clone(),
            workflow_id: run.workflow_id.clone(),
            inherited_pinned_version: inherited.as_ref().map(Version::message),
            versioning_override: run.versioning_override.clone(),
            priority: run.start.priority.clone(),
            completion_callbacks: run.all_callbacks(),
            prev_auto_reset_points: run.points_for_next(),
            ..Default::default()
        };
        let new = NewRun {
            run_id: Some(run_id.clone()),
            backoff,
            parent: run.parent.clone(),
            schedule: run.schedule.clone(),
            expires_at: run.expires_at,
            ..NewRun::first(run.namespace.clone(), start)
        };
        #[allow(deprecated)]
        let attributes = WorkflowExecutionContinuedAsNewEventAttributes {
            new_execution_run_id: run_id.clone(),
            workflow_type,
            task_queue: Some(task_queue),
            input: command.input,
            workflow_run_timeout,
            workflow_task_timeout,
            workflow_task_completed_event_id: completed_id,
            backoff_start_interval: command.backoff_start_interval,
            initiator: command.initiator,
            last_completion_result: command.last_completion_result,
            header: command.header,
            memo: command.memo,
            search_attributes: command.search_attributes,
            inherit_build_id: command.inherit_build_id,
            ..Default::default()
        };
        self.close(
            no,
            WorkflowExecutionStatus::ContinuedAsNew,
            Attributes::WorkflowExecutionContinuedAsNewEventAttributes(attributes),
            metadata,
            After::NextRun,
        );
        self.run(no).next_run_id = run_id;
        let next = self.create_run(new);
        self.move_updates(no, next);
    }

    /// Ends a run with its last event.
    fn close(
        &mut self,
        no: RunNo,
        status: WorkflowExecutionStatus,
        attributes: Attributes,
        metadata: Option<UserMetadata>,
        after: After,
    ) {
        let now = self.now();
        self.timers.cancel_all_of(no);
        self.busy.remove(&Busy::WorkflowTask(no));
        let run = self.run(no);
        let mut event = event(now, attributes);
        event.user_metadata = metadata;
        run.write_event(event);
        run.status = status;
        run.closed_at = Some(now);
        run.task = None;
        run.timers.clear();
        let activities = std::mem::take(&mut run.activities);
        let operations = std::mem::take(&mut run.nexus);
        run.end_updates(after == After::NextRun);
        run.wake_watchers();
        for scheduled_id in activities.into_keys() {
            self.busy.remove(&Busy::Activity(no, scheduled_id));
        }
        for scheduled_id in operations.into_keys() {
            self.busy.remove(&Busy::Nexus(no, scheduled_id));
        }
        self.dispatch_waiting_queries(no);
        let is_last = after == After::Nothing;
        if is_last && self.run(no).parent.is_some() {
            self.consequences
                .push_back(Consequence::ChildClosed { child: no });
        }
        if is_last && !self.run(no).callbacks.is_empty() {
            self.consequences
                .push_back(Consequence::CompleteCallbacks { run: no });
        }
        if is_last && self.run(no).schedule.is_some() {
            self.consequences
                .push_back(Consequence::ScheduledClosed { run: no });
        }
        self.consequences
            .push_back(Consequence::ParentClosed { parent: no });
    }

    pub fn run_timed_out(&mut self, no: RunNo) {
        if self.open_run(no).is_none() {
            return;
        }
        self.give_up_workflow_task(no);
        self.end_run(no, None, Ending::TimedOut, None);
    }

    /// Fails a started workflow task of a run that ends without it.
    fn give_up_workflow_task(&mut self, no: RunNo) {
        if self.run(no).task_is_started() {
            self.fail_workflow_task(
                no,
                WorkflowTaskFailedCause::ForceCloseCommand,
                None,
                SERVER_IDENTITY,
            );
        }
        self.run(no).flush();
    }

    pub fn terminate(
        &mut self,
        no: RunNo,
        reason: String,
        details: Option<Payloads>,
        identity: String,
    ) {
        self.terminate_run(no, reason, details, identity, After::Nothing);
    }

    /// Terminates a run for one that a reset puts into its place. Its parent does not learn of it.
    pub fn terminate_for_reset(&mut self, no: RunNo, reason: String) {
        let identity = RESETTER_IDENTITY.to_owned();
        self.terminate_run(no, reason, None, identity, After::Reset);
    }

    fn terminate_run(
        &mut self,
        no: RunNo,
        reason: String,
        details: Option<Payloads>,
        identity: String,
        after: After,
    ) {
        self.give_up_workflow_task(no);
        let attributes = Attributes::WorkflowExecutionTerminatedEventAttributes(
            WorkflowExecutionTerminatedEventAttributes {
                reason,
                details,
                identity,
            },
        );
        self.close(
            no,
            WorkflowExecutionStatus::Terminated,
            attributes,
            None,
            after,
        );
    }

    /// Asks an open run to cancel. A further time changes nothing.
    pub fn request_cancel(
        &mut self,
        no: RunNo,
        external: Option<(WorkflowExecution, i64)>,
        cause: &str,
        identity: &str,
    ) {
        let run = self.run(no);
        if std::mem::replace(&mut run.cancel_requested, true) {
            return;
        }
        let (external_workflow_execution, external_initiated_event_id) =
            external.map_or((None, 0), |(execution, id)| (Some(execution), id));
        self.record(
            no,
            Attributes::WorkflowExecutionCancelRequestedEventAttributes(
                WorkflowExecutionCancelRequestedEventAttributes {
                    cause: cause.to_owned(),
                    external_initiated_event_id,
                    external_workflow_execution,
                    identity: identity.to_owned(),
                },
            ),
        );
        self.need_workflow_task_now(no);
    }

    /// A run, which must belong to the chain that began with `first_run_id` if that is given.
    pub fn find_in_chain(
        &self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
        first_run_id: &str,
    ) -> Result<RunNo, Status> {
        let no = self.find(namespace, execution)?;
        if !first_run_id.is_empty() && self.runs[&no].start.first_execution_run_id != first_run_id {
            return Err(errors::not_found("workflow execution not found"));
        }
        Ok(no)
    }
}

fn timed_out_failure() -> Failure {
    Failure {
        message: "workflow timeout".to_owned(),
        source: "Server".to_owned(),
        failure_info: Some(FailureInfo::TimeoutFailureInfo(TimeoutFailureInfo {
            timeout_type: TimeoutType::StartToClose as i32,
            last_heartbeat_details: None,
        })),
        ..Default::default()
    }
}
