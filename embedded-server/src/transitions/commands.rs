//! Does what the commands of a workflow task ask for, in their order.

#![allow(deprecated)]

use crate::{
    state::{
        Consequence, State,
        numbers::RunNo,
        queues::Poller,
        run::{Child, External, UserTimer, event},
        timers::Timer,
    },
    time::{duration, least, nanos, non_zero},
    transitions::{close::Ending, command_checks::is_close},
};
use temporalio_protos::temporal::api::{
    command::v1::{
        Command, RequestCancelExternalWorkflowExecutionCommandAttributes,
        SignalExternalWorkflowExecutionCommandAttributes,
        StartChildWorkflowExecutionCommandAttributes, command::Attributes,
    },
    common::v1::WorkflowExecution,
    enums::v1::{ParentClosePolicy, TaskQueueKind, WorkflowIdReusePolicy},
    history::v1::{
        MarkerRecordedEventAttributes,
        RequestCancelExternalWorkflowExecutionInitiatedEventAttributes,
        SignalExternalWorkflowExecutionInitiatedEventAttributes,
        StartChildWorkflowExecutionInitiatedEventAttributes, TimerCanceledEventAttributes,
        TimerFiredEventAttributes, TimerStartedEventAttributes,
        UpsertWorkflowSearchAttributesEventAttributes, WorkflowPropertiesModifiedEventAttributes,
        history_event::Attributes as Event,
    },
    protocol::v1::Message,
    sdk::v1::UserMetadata,
    workflowservice::v1::PollActivityTaskQueueResponse,
};

/// The commands that the server serves, by the names of `temporal.api.enums.v1.CommandType`.
pub const SERVED_COMMANDS: &[&str] = &[
    "CancelTimer",
    "CancelWorkflowExecution",
    "CompleteWorkflowExecution",
    "ContinueAsNewWorkflowExecution",
    "FailWorkflowExecution",
    "ModifyWorkflowProperties",
    "ProtocolMessage",
    "RecordMarker",
    "RequestCancelActivityTask",
    "RequestCancelExternalWorkflowExecution",
    "RequestCancelNexusOperation",
    "ScheduleActivityTask",
    "ScheduleNexusOperation",
    "SignalExternalWorkflowExecution",
    "StartChildWorkflowExecution",
    "StartTimer",
    "UpsertWorkflowSearchAttributes",
];

/// Consequences of commands beyond their events.
#[derive(Default)]
pub struct Outcome {
    /// Activities that the worker which completed the workflow task runs itself.
    pub eager_activities: Vec<PollActivityTaskQueueResponse>,
    /// Whether the workflow has to see what the commands have caused.
    pub needs_workflow_task: bool,
}

impl State {
    /// Applies commands, and the messages that no command names.
    pub fn apply_commands(
        &mut self,
        no: RunNo,
        completed_id: i64,
        commands: Vec<Command>,
        mut messages: Vec<Message>,
        worker: &Poller,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        // Messages without a command of their own come before the end of the run, behind all else.
        let named: Vec<String> = commands
            .iter()
            .filter_map(|command| match &command.attributes {
                Some(Attributes::ProtocolMessageCommandAttributes(command)) => {
                    Some(command.message_id.clone())
                }
                _ => None,
            })
            .collect();
        let (mut named, unnamed): (Vec<_>, Vec<_>) = messages
            .drain(..)
            .partition(|message| named.contains(&message.id));
        let mut unnamed = Some(unnamed);
        for command in commands {
            if is_close(&command) {
                for message in unnamed.take().unwrap_or_default() {
                    self.apply_message(no, message);
                }
            }
            let closed =
                self.apply_command(no, completed_id, command, &mut named, worker, &mut outcome);
            if closed {
                return outcome;
            }
        }
        for message in unnamed.take().unwrap_or_default() {
            self.apply_message(no, message);
        }
        outcome
    }

    /// Applies one command. Returns whether it ended the run.
    fn apply_command(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: Command,
        messages: &mut Vec<Message>,
        worker: &Poller,
        outcome: &mut Outcome,
    ) -> bool {
        let now = self.now();
        let metadata = command.user_metadata;
        let Some(attributes) = command.attributes else {
            return false;
        };
        match attributes {
            Attributes::ScheduleActivityTaskCommandAttributes(command) => {
                let eager = command.request_eager_execution
                    && !self.schedule.is_on()
                    && !self.run(no).is_paused();
                let scheduled_id = self.schedule_activity(no, completed_id, command, metadata);
                if eager {
                    let task = self.start_activity(no, scheduled_id, worker);
                    outcome.eager_activities.push(task);
                } else {
                    self.dispatch_activity(no, scheduled_id);
                }
            }
            Attributes::RequestCancelActivityTaskCommandAttributes(command) => {
                let ended = self.request_cancel_activity(
                    no,
                    completed_id,
                    command.scheduled_event_id,
                    &worker.identity,
                );
                outcome.needs_workflow_task |= ended;
            }
            Attributes::StartTimerCommandAttributes(command) => {
                let at = now.saturating_add(nanos(command.start_to_fire_timeout.as_ref()));
                let id = command.timer_id.clone();
                let started_id = self.write_command(
                    no,
                    Event::TimerStartedEventAttributes(TimerStartedEventAttributes {
                        timer_id: command.timer_id,
                        start_to_fire_timeout: command.start_to_fire_timeout,
                        workflow_task_completed_event_id: completed_id,
                    }),
                    metadata,
                );
                let key = self.timers.add(
                    at,
                    Timer::User {
                        run: no,
                        id: id.clone(),
                    },
                );
                let timer = UserTimer { started_id, key };
                self.run(no).timers.insert(id, timer);
            }
            Attributes::CancelTimerCommandAttributes(command) => {
                let started_event_id = self.stop_timer(no, &command.timer_id);
                self.write_command(
                    no,
                    Event::TimerCanceledEventAttributes(TimerCanceledEventAttributes {
                        timer_id: command.timer_id,
                        started_event_id,
                        workflow_task_completed_event_id: completed_id,
                        identity: worker.identity.clone(),
                    }),
                    metadata,
                );
            }
            Attributes::RecordMarkerCommandAttributes(command) => {
                self.write_command(
                    no,
                    Event::MarkerRecordedEventAttributes(MarkerRecordedEventAttributes {
                        marker_name: command.marker_name,
                        details: command.details,
                        workflow_task_completed_event_id: completed_id,
                        header: command.header,
                        failure: command.failure,
                    }),
                    metadata,
                );
            }
            Attributes::UpsertWorkflowSearchAttributesCommandAttributes(command) => {
                let mut upserted = command.search_attributes.unwrap_or_default();
                self.type_search_attributes(no, &mut upserted);
                self.run(no).upsert_search_attributes(&upserted);
                self.write_command(
                    no,
                    Event::UpsertWorkflowSearchAttributesEventAttributes(
                        UpsertWorkflowSearchAttributesEventAttributes {
                            workflow_task_completed_event_id: completed_id,
                            search_attributes: Some(upserted),
                        },
                    ),
                    metadata,
                );
            }
            Attributes::ModifyWorkflowPropertiesCommandAttributes(command) => {
                if let Some(memo) = &command.upserted_memo {
                    self.run(no).upsert_memo(memo);
                }
                self.write_command(
                    no,
                    Event::WorkflowPropertiesModifiedEventAttributes(
                        WorkflowPropertiesModifiedEventAttributes {
                            workflow_task_completed_event_id: completed_id,
                            upserted_memo: command.upserted_memo,
                        },
                    ),
                    metadata,
                );
            }
            Attributes::StartChildWorkflowExecutionCommandAttributes(command) => {
                self.initiate_child(no, completed_id, command, metadata);
            }
            Attributes::SignalExternalWorkflowExecutionCommandAttributes(command) => {
                self.initiate_signal(no, completed_id, command, metadata);
            }
            Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(command) => {
                self.initiate_cancel(no, completed_id, command, metadata);
            }
            Attributes::ProtocolMessageCommandAttributes(command) => {
                let at = messages
                    .iter()
                    .position(|message| message.id == command.message_id);
                if let Some(at) = at {
                    let message = messages.remove(at);
                    self.apply_message(no, message);
                }
            }
            Attributes::CompleteWorkflowExecutionCommandAttributes(command) => {
                self.end_run(
                    no,
                    Some(completed_id),
                    Ending::Completed(command.result),
                    metadata,
                );
                return true;
            }
            Attributes::FailWorkflowExecutionCommandAttributes(command) => {
                let failure = Box::new(command.failure.unwrap_or_default());
                self.end_run(no, Some(completed_id), Ending::Failed(failure), metadata);
                return true;
            }
            Attributes::CancelWorkflowExecutionCommandAttributes(command) => {
                self.end_run(
                    no,
                    Some(completed_id),
                    Ending::Canceled(command.details),
                    metadata,
                );
                return true;
            }
            Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(command) => {
                self.continue_as_new(no, completed_id, command, metadata);
                return true;
            }
            Attributes::ScheduleNexusOperationCommandAttributes(command) => {
                self.schedule_nexus(no, completed_id, command, metadata);
            }
            Attributes::RequestCancelNexusOperationCommandAttributes(command) => {
                self.cancel_nexus(no, completed_id, command, metadata);
            }
        }
        false
    }

    /// Writes the event of a command.
    pub fn write_command(
        &mut self,
        no: RunNo,
        attributes: Event,
        metadata: Option<UserMetadata>,
    ) -> i64 {
        let mut event = event(self.now(), attributes);
        event.user_metadata = metadata;
        self.run(no).write_event(event)
    }

    /// Stops a timer, also one that fired while the worker had the task. Returns the id of its started event.
    fn stop_timer(&mut self, no: RunNo, id: &str) -> i64 {
        let run = self.run(no);
        if let Some(timer) = run.timers.remove(id) {
            self.timers.cancel(timer.key);
            return timer.started_id;
        }
        let mut started_id = 0;
        run.buffered.retain(|event| match &event.attributes {
            Some(Event::TimerFiredEventAttributes(fired)) if fired.timer_id == id => {
                started_id = fired.started_event_id;
                false
            }
            _ => true,
        });
        started_id
    }

    pub fn user_timer_fired(&mut self, no: RunNo, id: &str) {
        let Some(timer) = self.open_run(no).and_then(|run| run.timers.remove(id)) else {
            return;
        };
        self.record(
            no,
            Event::TimerFiredEventAttributes(TimerFiredEventAttributes {
                timer_id: id.to_owned(),
                started_event_id: timer.started_id,
            }),
        );
    }

    fn initiate_child(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: StartChildWorkflowExecutionCommandAttributes,
        metadata: Option<UserMetadata>,
    ) {
        let run = self.run(no);
        let namespace = if command.namespace.is_empty() {
            run.namespace.clone()
        } else {
            command.namespace
        };
        let mut task_queue = command.task_queue.unwrap_or_default();
        if task_queue.name.is_empty() {
            task_queue.name = run.task_queue().to_owned();
        }
        task_queue.kind = TaskQueueKind::Normal as i32;
        let namespace_id = self.namespace_id(&namespace);
        let execution_timeout = nanos(command.workflow_execution_timeout.as_ref());
        let run_timeout = nanos(command.workflow_run_timeout.as_ref());
        let run_timeout = least([run_timeout, execution_timeout]);
        let task_timeout = crate::time::limits::task_timeout(
            nanos(command.workflow_task_timeout.as_ref()),
            run_timeout,
        );
        let workflow_id = command.workflow_id.clone();
        let initiated = StartChildWorkflowExecutionInitiatedEventAttributes {
            namespace,
            namespace_id,
            workflow_id: command.workflow_id,
            workflow_type: command.workflow_type,
            task_queue: Some(task_queue),
            input: command.input,
            workflow_execution_timeout: non_zero(execution_timeout),
            workflow_run_timeout: Some(duration(run_timeout)),
            workflow_task_timeout: Some(task_timeout),
            parent_close_policy: or_default(
                command.parent_close_policy,
                ParentClosePolicy::Terminate as i32,
            ),
            workflow_task_completed_event_id: completed_id,
            workflow_id_reuse_policy: or_default(
                command.workflow_id_reuse_policy,
                WorkflowIdReusePolicy::AllowDuplicate as i32,
            ),
            retry_policy: command.retry_policy.map(crate::time::retry::with_defaults),
            cron_schedule: command.cron_schedule,
            header: command.header,
            memo: command.memo,
            search_attributes: command.search_attributes,
            inherit_build_id: command.inherit_build_id,
            priority: command.priority,
            ..Default::default()
        };
        let initiated_id = self.write_command(
            no,
            Event::StartChildWorkflowExecutionInitiatedEventAttributes(initiated.clone()),
            metadata,
        );
        self.run(no).children.insert(
            initiated_id,
            Child {
                initiated,
                started_id: 0,
                execution: WorkflowExecution {
                    workflow_id,
                    run_id: String::new(),
                },
            },
        );
        self.consequences.push_back(Consequence::StartChild {
            parent: no,
            initiated_id,
        });
    }

    fn initiate_signal(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: SignalExternalWorkflowExecutionCommandAttributes,
        metadata: Option<UserMetadata>,
    ) {
        let namespace = self.namespace_of_command(no, command.namespace);
        let namespace_id = self.namespace_id(&namespace);
        let initiated_id = self.write_command(
            no,
            Event::SignalExternalWorkflowExecutionInitiatedEventAttributes(
                SignalExternalWorkflowExecutionInitiatedEventAttributes {
                    workflow_task_completed_event_id: completed_id,
                    namespace,
                    namespace_id,
                    workflow_execution: command.execution,
                    signal_name: command.signal_name,
                    input: command.input,
                    control: command.control,
                    child_workflow_only: command.child_workflow_only,
                    header: command.header,
                },
            ),
            metadata,
        );
        self.run(no)
            .externals
            .insert(initiated_id, External::Signal);
        self.consequences.push_back(Consequence::SignalExternal {
            run: no,
            initiated_id,
        });
    }

    fn initiate_cancel(
        &mut self,
        no: RunNo,
        completed_id: i64,
        command: RequestCancelExternalWorkflowExecutionCommandAttributes,
        metadata: Option<UserMetadata>,
    ) {
        let namespace = self.namespace_of_command(no, command.namespace);
        let namespace_id = self.namespace_id(&namespace);
        let initiated_id = self.write_command(
            no,
            Event::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(
                RequestCancelExternalWorkflowExecutionInitiatedEventAttributes {
                    workflow_task_completed_event_id: completed_id,
                    namespace,
                    namespace_id,
                    workflow_execution: Some(WorkflowExecution {
                        workflow_id: command.workflow_id,
                        run_id: command.run_id,
                    }),
                    child_workflow_only: command.child_workflow_only,
                    reason: command.reason,
                    ..Default::default()
                },
            ),
            metadata,
        );
        self.run(no)
            .externals
            .insert(initiated_id, External::Cancellation);
        self.consequences.push_back(Consequence::CancelExternal {
            run: no,
            initiated_id,
        });
    }

    fn namespace_of_command(&mut self, no: RunNo, namespace: String) -> String {
        if namespace.is_empty() {
            self.run(no).namespace.clone()
        } else {
            namespace
        }
    }
}

fn or_default(value: i32, default: i32) -> i32 {
    if value == 0 { default } else { value }
}
