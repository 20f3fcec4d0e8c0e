//! Resets: a further run that has the history of another one up to a workflow task.

use crate::{
    errors,
    state::{
        Consequence, SERVER_IDENTITY, State,
        numbers::RunNo,
        rebuild::{PendingTimer, child_of_event},
        run::{External, Run, UserTimer},
        timers::{ActivityLimit, Timer},
        update::Update,
    },
    time::{Nanos, limits::run_deadline, nanos},
};
use std::collections::BTreeMap;
use temporalio_protos::temporal::api::{
    enums::v1::{
        ResetReapplyExcludeType as Excluded, ResetReapplyType, UpdateAdmittedEventOrigin,
        WorkflowTaskFailedCause,
    },
    failure::v1::{Failure, ResetWorkflowFailureInfo, failure::FailureInfo},
    history::v1::{
        HistoryEvent, WorkflowExecutionSignaledEventAttributes,
        WorkflowExecutionUpdateAdmittedEventAttributes, WorkflowTaskFailedEventAttributes,
        history_event::Attributes,
    },
};
use tonic::Status;

/// The point of a reset, and what it takes over.
pub struct Reset {
    /// The event that ends, or would end, the workflow task from which the run goes on.
    pub finish_id: i64,
    pub reason: String,
    pub request_id: String,
    /// Leaves out signals that came after the point.
    pub excludes_signals: bool,
    /// Leaves out updates that came after the point.
    pub excludes_updates: bool,
    /// Leaves out all else as well.
    pub excludes_all: bool,
}

impl Reset {
    /// A reset with what a request says about events after the point.
    pub fn new(
        finish_id: i64,
        reason: String,
        request_id: String,
        reapply_type: i32,
        excluded: &[i32],
    ) -> Self {
        let is_excluded = |what: Excluded| excluded.contains(&(what as i32));
        let only_signals = reapply_type == ResetReapplyType::Signal as i32;
        let nothing = reapply_type == ResetReapplyType::None as i32;
        let excludes_signals = nothing || is_excluded(Excluded::Signal);
        let excludes_updates = nothing || only_signals || is_excluded(Excluded::Update);
        Self {
            finish_id,
            reason,
            request_id,
            excludes_signals,
            excludes_updates,
            excludes_all: excludes_signals && excludes_updates && is_excluded(Excluded::Nexus),
        }
    }
}

impl State {
    /// Resets a run: terminates the current one of its workflow, and starts another that goes on from the point.
    pub fn reset(&mut self, base: RunNo, reset: Reset) -> Result<RunNo, Status> {
        let run = self.run(base);
        let (namespace, workflow_id) = (run.namespace.clone(), run.workflow_id.clone());
        if reset.finish_id <= 1 || reset.finish_id >= run.next_event_id() {
            return Err(errors::invalid(
                "Workflow task finish ID must be > 1 && <= workflow last event ID.",
            ));
        }
        let current = self.current(&namespace, &workflow_id).unwrap_or(base);
        if self.run(current).start_request_id == reset.request_id {
            return Ok(current);
        }
        let (rebuilt, timers) = self.rebuild(base, &reset)?;
        self.run(base).reset_run_id.clone_from(&rebuilt.run_id);
        if self.run(current).is_open() {
            // The children of the run stay, and belong to the new one.
            if current == base {
                self.run(base).children.clear();
            }
            self.terminate_for_reset(current, reset.reason.clone());
        }
        let no = self.take_over(base, rebuilt, timers);
        self.fail_task_of_reset(no, base, &reset.reason);
        self.reapply(no, base, &reset);
        self.resume(no);
        self.need_workflow_task(no);
        Ok(no)
    }

    /// A run with the events of another one up to the point.
    fn rebuild(
        &mut self,
        base: RunNo,
        reset: &Reset,
    ) -> Result<(Run, BTreeMap<String, PendingTimer>), Status> {
        let now = self.now();
        let stamp = self.new_no();
        let run_id = self.next_run_id(base);
        let base = &self.runs[&base];
        let mut run = Run::new(base.namespace.clone(), run_id, base.start.clone(), now);
        run.reset_points = self.points_rolled_over(&run);
        run.user_metadata.clone_from(&base.user_metadata);
        run.start_request_id.clone_from(&reset.request_id);
        run.parent.clone_from(&base.parent);
        run.schedule.clone_from(&base.schedule);
        let timers = run.rebuild(&base.events[..reset.finish_id as usize - 1], stamp);
        if run.task.is_none() {
            return Err(errors::invalid(format!(
                "Can only reset workflow to event ID in range [WorkflowTaskScheduled +1, WorkflowTaskStarted + 1]: {}",
                reset.finish_id
            )));
        }
        let execution_timeout = nanos(run.start.workflow_execution_timeout.as_ref());
        run.expires_at = (execution_timeout > 0).then(|| now.saturating_add(execution_timeout));
        Ok((run, timers))
    }

    /// Makes a rebuilt run the current one of its workflow, with its timers.
    fn take_over(
        &mut self,
        base: RunNo,
        mut run: Run,
        timers: BTreeMap<String, PendingTimer>,
    ) -> RunNo {
        let no = self.new_no();
        for (id, (started_id, at)) in timers {
            let timer = Timer::User {
                run: no,
                id: id.clone(),
            };
            let key = self.timers.add(at, timer);
            run.timers.insert(id, UserTimer { started_id, key });
        }
        let run_timeout = nanos(run.start.workflow_run_timeout.as_ref());
        let deadline = run_deadline(run.started_at, run_timeout, run.expires_at);
        if deadline > 0 {
            self.timers.add(deadline, Timer::RunTimeout { run: no });
        }
        let id = (run.namespace.clone(), run.workflow_id.clone());
        // The runs of its children answer to it from now on.
        for child in run.children.values() {
            let id = (
                child.initiated.namespace.clone(),
                child.execution.workflow_id.clone(),
            );
            for child_run in self.workflows.get(&id).into_iter().flatten() {
                let parent = self
                    .runs
                    .get_mut(child_run)
                    .and_then(|run| run.parent.as_mut());
                if let Some(parent) = parent.filter(|parent| parent.run == base) {
                    parent.run = no;
                }
            }
        }
        self.run_numbers.insert(run.run_id.clone(), no);
        self.workflows.entry(id).or_default().push(no);
        self.runs.insert(no, run);
        no
    }

    /// Fails the workflow task at the point. The worker sees by it that the run was reset.
    fn fail_task_of_reset(&mut self, no: RunNo, base: RunNo, reason: &str) {
        let now = self.now();
        let base_run_id = self.run(base).run_id.clone();
        let run = self.run(no);
        let Some(mut task) = run.task.take() else {
            return;
        };
        if task.started_id == 0 {
            SERVER_IDENTITY.clone_into(&mut task.identity);
            let started = run.started_attributes(&task);
            task.started_id = run.write(now, started);
        }
        let failed = WorkflowTaskFailedEventAttributes {
            scheduled_event_id: task.scheduled_id,
            started_event_id: task.started_id,
            cause: WorkflowTaskFailedCause::ResetWorkflow as i32,
            failure: Some(Failure {
                message: reason.to_owned(),
                failure_info: Some(FailureInfo::ResetWorkflowFailureInfo(
                    ResetWorkflowFailureInfo::default(),
                )),
                ..Default::default()
            }),
            identity: SERVER_IDENTITY.to_owned(),
            base_run_id,
            new_run_id: run.run_id.clone(),
            ..Default::default()
        };
        run.write(now, Attributes::WorkflowTaskFailedEventAttributes(failed));
    }

    /// Takes over what came after the point, also into further runs of the chain.
    fn reapply(&mut self, no: RunNo, base: RunNo, reset: &Reset) {
        if reset.excludes_all {
            return;
        }
        let mut events = self.run(base).events[reset.finish_id as usize - 1..].to_vec();
        loop {
            let next = match events.last().and_then(|event| event.attributes.as_ref()) {
                Some(Attributes::WorkflowExecutionContinuedAsNewEventAttributes(end)) => {
                    self.run_numbers.get(&end.new_execution_run_id).copied()
                }
                _ => None,
            };
            for event in events {
                self.reapply_event(no, event, reset);
            }
            let Some(next) = next else { break };
            events = self.run(next).events.clone();
        }
    }

    fn reapply_event(&mut self, no: RunNo, event: HistoryEvent, reset: &Reset) {
        let now = self.now();
        let run = self.run(no);
        let Some(attributes) = event.attributes else {
            return;
        };
        match attributes {
            Attributes::WorkflowExecutionSignaledEventAttributes(signal)
                if !reset.excludes_signals =>
            {
                run.signals += 1;
                let signal = WorkflowExecutionSignaledEventAttributes {
                    signal_name: signal.signal_name,
                    input: signal.input,
                    identity: signal.identity,
                    header: signal.header,
                    ..Default::default()
                };
                run.write(
                    now,
                    Attributes::WorkflowExecutionSignaledEventAttributes(signal),
                );
            }
            Attributes::WorkflowExecutionUpdateAdmittedEventAttributes(admitted)
                if !reset.excludes_updates =>
            {
                run.readmit(now, admitted);
            }
            Attributes::WorkflowExecutionUpdateAcceptedEventAttributes(accepted)
                if !reset.excludes_updates =>
            {
                // One without a request has an event of its admission.
                if let Some(request) = accepted.accepted_request {
                    let admitted = WorkflowExecutionUpdateAdmittedEventAttributes {
                        request: Some(request),
                        origin: UpdateAdmittedEventOrigin::Reapply as i32,
                    };
                    run.readmit(now, admitted);
                }
            }
            attributes => run.reapply_of_child(now, attributes),
        }
    }

    /// Lets go on what is pending in a run that was rebuilt.
    fn resume(&mut self, no: RunNo) {
        let run = self.run(no);
        let activities: Vec<_> = run
            .activities
            .iter()
            .map(|(id, activity)| {
                let to_close = activity.scheduled.schedule_to_close_timeout.as_ref();
                (*id, nanos(to_close))
            })
            .collect();
        let children: Vec<_> = run
            .children
            .iter()
            .filter(|(_, child)| child.started_id == 0)
            .map(|(initiated_id, _)| *initiated_id)
            .collect();
        let externals: Vec<_> = run.externals.clone().into_iter().collect();
        for (scheduled_id, to_close) in activities {
            self.limit_activity(no, scheduled_id, to_close, ActivityLimit::ScheduleToClose);
            self.dispatch_activity(no, scheduled_id);
        }
        for initiated_id in children {
            self.consequences.push_back(Consequence::StartChild {
                parent: no,
                initiated_id,
            });
        }
        for (initiated_id, external) in externals {
            self.consequences.push_back(match external {
                External::Signal => Consequence::SignalExternal {
                    run: no,
                    initiated_id,
                },
                External::Cancellation => Consequence::CancelExternal {
                    run: no,
                    initiated_id,
                },
            });
        }
    }
}

impl Run {
    /// Admits an update again, with an event that brings its request to the worker.
    fn readmit(&mut self, now: Nanos, admitted: WorkflowExecutionUpdateAdmittedEventAttributes) {
        self.updates
            .extend(admitted.request.clone().map(Update::of_event));
        self.write(
            now,
            Attributes::WorkflowExecutionUpdateAdmittedEventAttributes(admitted),
        );
    }

    /// Takes over what became of a child that was there at the point.
    fn reapply_of_child(&mut self, now: Nanos, mut attributes: Attributes) {
        let Some(initiated_id) = child_of_event(&attributes) else {
            return;
        };
        let Some(child) = self.children.get(&initiated_id) else {
            return;
        };
        let is_start = matches!(
            attributes,
            Attributes::ChildWorkflowExecutionStartedEventAttributes(_)
        );
        if is_start && child.started_id != 0 {
            return;
        }
        self.point_to_started(&mut attributes);
        let id = self.write(now, attributes.clone());
        self.note_other(id, &attributes);
    }
}
