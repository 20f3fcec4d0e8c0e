//! The transitions of the state: what each change does, and what follows from it.

pub mod activities;
pub mod activity_answers;
pub mod activity_options;
pub mod batches;
pub mod children;
pub mod close;
pub mod command_checks;
pub mod commands;
pub mod delete;
pub mod deployments;
pub mod external;
pub mod faults;
pub mod nexus;
pub mod pauses;
pub mod queries;
pub mod resets;
pub mod schedules;
pub mod signals;
pub mod standalone;
pub mod standalone_start;
pub mod start;
pub mod updates;
pub mod workflow_tasks;

use crate::{
    config::TimeMode,
    state::{Consequence, State, timers::Timer},
};

impl State {
    /// Performs the consequences of a change, fires the timers that are due, and lets time jump if nothing can run.
    pub fn settle(&mut self) {
        loop {
            if let Some(consequence) = self.consequences.pop_front() {
                self.perform(consequence);
            } else if let Some((_, timer)) = self.timers.pop_due(self.clock.now()) {
                self.fire(timer);
            } else if self.skips_time()
                && let Some(at) = self.timers.next_at()
            {
                self.clock.jump_to(at);
            } else {
                break;
            }
        }
        if self.schedule.orders() {
            self.take_turns();
        }
    }

    fn skips_time(&self) -> bool {
        self.time_mode != TimeMode::Real && self.skipping_locks <= 0 && self.busy.is_empty()
    }

    fn perform(&mut self, consequence: Consequence) {
        match consequence {
            Consequence::StartChild {
                parent,
                initiated_id,
            } => self.start_child(parent, initiated_id),
            Consequence::SignalExternal { run, initiated_id } => {
                self.signal_external(run, initiated_id);
            }
            Consequence::CancelExternal { run, initiated_id } => {
                self.cancel_external(run, initiated_id);
            }
            Consequence::ChildClosed { child } => self.child_closed(child),
            Consequence::CompleteCallbacks { run } => self.complete_callbacks(run),
            Consequence::ScheduledClosed { run } => self.scheduled_run_closed(run),
            Consequence::ParentClosed { parent } => self.parent_closed(parent),
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::User { run, id } => self.user_timer_fired(run, &id),
            Timer::ActivityLimit {
                run,
                scheduled_id,
                limit,
            } => self.activity_limit_reached(run, scheduled_id, limit),
            Timer::ActivityRetry { run, scheduled_id } => {
                self.dispatch_activity(run, scheduled_id);
            }
            Timer::StandaloneLimit { activity, limit } => {
                self.standalone_limit_reached(activity, limit);
            }
            Timer::StandaloneAttempt { activity } => self.dispatch_standalone(activity),
            Timer::NexusTimeout { run, scheduled_id } => self.nexus_timed_out(run, scheduled_id),
            Timer::NexusTaskTimeout { run, scheduled_id } => {
                self.nexus_task_timed_out(run, scheduled_id);
            }
            Timer::NexusRetry { run, scheduled_id } => self.send_nexus(run, scheduled_id),
            Timer::WorkflowTaskTimeout { run } => self.workflow_task_timed_out(run),
            Timer::StickyTimeout { run } => self.sticky_timed_out(run),
            Timer::RunTimeout { run } => self.run_timed_out(run),
            Timer::FirstWorkflowTask { run } => self.first_workflow_task_due(run),
            Timer::Schedule { schedule } => self.catch_up_schedule(&schedule),
            Timer::Sleep { wake, relocks } => {
                self.skipping_locks += i64::from(relocks);
                // A client that sleeps no longer has gone.
                let _ = wake.send(());
            }
        }
    }
}
