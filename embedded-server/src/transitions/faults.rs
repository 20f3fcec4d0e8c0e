//! Faults on the way of tasks and answers, and the turns in which tasks are handed out by a seed.

use crate::{
    config::Fault,
    errors,
    state::{
        Busy, State,
        numbers::{ActivityNo, RunNo},
        queues::{QueueKey, QueuedTask},
    },
    time::nanos,
    transitions::activities::AttemptEnd,
};
use std::time::Instant;
use temporalio_protos::temporal::api::{
    enums::v1::TimeoutType,
    failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
    workflowservice::v1::{PollActivityTaskQueueResponse, PollWorkflowTaskQueueResponse},
};
use tonic::Status;

/// The type of the failure of an activity that a fault has made fail.
const INJECTED: &str = "InjectedFault";

/// The error of a call whose answer is lost on its way.
pub fn answer_lost() -> Status {
    Status::unavailable("the answer was lost, by a fault that the embedded server was told to have")
}

/// When a queue may hand out a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Now,
    /// The task that is out has some time for itself.
    At(Instant),
    /// Another queue has the task that is next.
    OfAnother,
}

/// The fate of an attempt of an activity on its way to a worker.
enum Delivery {
    Made,
    Lost,
    /// It has ended before it began.
    Ended(AttemptEnd),
}

impl State {
    /// A run, in words.
    fn place_of_run(&self, no: RunNo) -> String {
        let run = &self.runs[&no];
        let key = (run.namespace.clone(), run.workflow_id.clone());
        let at = self
            .workflows
            .get(&key)
            .and_then(|runs| runs.iter().position(|other| *other == no))
            .unwrap_or_default();
        match at {
            0 => run.workflow_id.clone(),
            _ => format!("{}, run {}", run.workflow_id, at + 1),
        }
    }

    /// A run's next workflow task, in words.
    pub fn place_of_workflow_task(&self, no: RunNo) -> String {
        let run = &self.runs[&no];
        let place = self.place_of_run(no);
        let number = run.completed_tasks + 1;
        match run.task.as_ref().map_or(1, |task| task.attempt) {
            1 => format!("workflow task {number} of {place}"),
            attempt => format!("workflow task {number} of {place}, attempt {attempt}"),
        }
    }

    /// An attempt of an activity, in words.
    pub fn place_of_activity(&self, no: RunNo, scheduled_id: i64) -> String {
        let place = self.place_of_run(no);
        let Some(activity) = self.runs[&no].activities.get(&scheduled_id) else {
            return format!("an activity of {place}");
        };
        let scheduled = &activity.scheduled;
        let name = scheduled
            .activity_type
            .as_ref()
            .map_or("", |activity_type| &activity_type.name);
        format!(
            "activity {name} ({}) of {place}, attempt {}",
            scheduled.activity_id, activity.attempt
        )
    }

    /// An attempt of a standalone activity, in words.
    pub fn place_of_standalone(&self, no: ActivityNo) -> String {
        let activity = &self.standalone[&no];
        let request = &activity.request;
        let key = (request.namespace.clone(), request.activity_id.clone());
        let executions = self.standalone_ids.get(&key);
        let at = executions.and_then(|all| all.iter().position(|other| *other == no));
        let name = activity.activity_type();
        let attempt = activity.attempt;
        match at.unwrap_or_default() {
            0 => format!("activity {name} ({}), attempt {attempt}", key.1),
            at => format!(
                "activity {name} ({}), run {}, attempt {attempt}",
                key.1,
                at + 1
            ),
        }
    }

    fn place_of_task(&self, task: &QueuedTask) -> String {
        match task {
            QueuedTask::Workflow { run, .. } if self.runs.contains_key(run) => {
                self.place_of_workflow_task(*run)
            }
            QueuedTask::Activity {
                run, scheduled_id, ..
            } if self.runs.contains_key(run) => self.place_of_activity(*run, *scheduled_id),
            QueuedTask::Standalone { activity, .. } if self.standalone.contains_key(activity) => {
                self.place_of_standalone(*activity)
            }
            QueuedTask::Nexus {
                run, scheduled_id, ..
            } if self.runs.contains_key(run) => {
                format!("operation {scheduled_id} of {}", self.place_of_run(*run))
            }
            _ => "another task".to_owned(),
        }
    }

    /// Hands a workflow task that was started to its worker. None if it is lost on the way.
    pub fn deliver_workflow_task(
        &mut self,
        no: RunNo,
        key: &QueueKey,
        task: PollWorkflowTaskQueueResponse,
    ) -> Option<PollWorkflowTaskQueueResponse> {
        if !self.schedule.is_on() {
            return Some(task);
        }
        let place = self.place_of_workflow_task(no);
        if self.schedule.happens(Fault::PollLost, &place) {
            // Nobody works on it, so time may jump to its timeout.
            self.busy.remove(&Busy::WorkflowTask(no));
            return None;
        }
        self.schedule.handed_out(&place);
        let stamp = self.runs[&no].task.as_ref().map_or(0, |task| task.stamp);
        self.last_out = Some((Busy::WorkflowTask(no), stamp));
        if self.schedule.happens(Fault::WorkflowTaskTwice, &place) {
            let again = QueuedTask::Again(Box::new(task.clone()));
            self.queues.put(key.clone(), again);
        }
        Some(task)
    }

    /// Hands an activity that was started to its worker. None if it has ended already, or is lost on the way.
    pub fn deliver_activity(
        &mut self,
        no: RunNo,
        scheduled_id: i64,
        task: PollActivityTaskQueueResponse,
    ) -> Option<PollActivityTaskQueueResponse> {
        if !self.schedule.is_on() {
            return Some(task);
        }
        let place = self.place_of_activity(no, scheduled_id);
        let busy = Busy::Activity(no, scheduled_id);
        match self.delivery(&place, busy) {
            Delivery::Ended(end) => self.attempt_ended(no, scheduled_id, end),
            Delivery::Lost => {}
            Delivery::Made => {
                let stamp = self
                    .activity(no, scheduled_id)
                    .map_or(0, |activity| activity.stamp);
                self.last_out = Some((busy, stamp));
                return Some(task);
            }
        }
        None
    }

    /// Hands a standalone activity that was started to its worker. None if it has ended already, or is lost on the way.
    pub fn deliver_standalone(
        &mut self,
        no: ActivityNo,
        task: PollActivityTaskQueueResponse,
    ) -> Option<PollActivityTaskQueueResponse> {
        if !self.schedule.is_on() {
            return Some(task);
        }
        let place = self.place_of_standalone(no);
        let busy = Busy::Standalone(no);
        match self.delivery(&place, busy) {
            Delivery::Ended(end) => self.standalone_attempt_ended(no, end),
            Delivery::Lost => {}
            Delivery::Made => {
                let stamp = self.standalone[&no].stamp;
                self.last_out = Some((busy, stamp));
                return Some(task);
            }
        }
        None
    }

    /// Decides what becomes of an attempt of an activity on its way to a worker.
    fn delivery(&mut self, place: &str, busy: Busy) -> Delivery {
        if self.schedule.happens(Fault::ActivityFailure, place) {
            return Delivery::Ended(AttemptEnd::Failed {
                failure: Box::new(injected_failure()),
                cause: 0,
            });
        }
        if self.schedule.happens(Fault::ActivityTimeout, place) {
            return Delivery::Ended(AttemptEnd::TimedOut(TimeoutType::StartToClose));
        }
        if self.schedule.happens(Fault::PollLost, place) {
            // Nobody works on it, so time may jump to its timeout.
            self.busy.remove(&busy);
            return Delivery::Lost;
        }
        self.schedule.handed_out(place);
        Delivery::Made
    }

    /// Decides what becomes of the answer to a workflow task that was completed.
    pub fn fault_of_answer(&mut self, no: RunNo, place: &str) -> Result<(), Status> {
        // A worker that hears of no such task evicts the run.
        if self.schedule.happens(Fault::StickyCacheLost, place) {
            self.run(no).sticky = None;
            return Err(errors::workflow_task_not_found());
        }
        if self.schedule.happens(Fault::Eviction, place) {
            return Err(errors::workflow_task_not_found());
        }
        if self.schedule.happens(Fault::AnswerLost, place) {
            return Err(answer_lost());
        }
        Ok(())
    }

    /// Decides whether a heartbeat comes too late. Only an activity with a limit for heartbeats can miss it.
    pub fn heartbeat_is_late(&mut self, no: RunNo, scheduled_id: i64) -> bool {
        let place = self.place_of_activity(no, scheduled_id);
        self.activity(no, scheduled_id)
            .is_some_and(|activity| nanos(activity.scheduled.heartbeat_timeout.as_ref()) > 0)
            && self.schedule.happens(Fault::LateHeartbeat, &place)
    }

    /// The same for a standalone activity.
    pub fn standalone_heartbeat_is_late(&mut self, no: ActivityNo) -> bool {
        let place = self.place_of_standalone(no);
        nanos(self.standalone[&no].request.heartbeat_timeout.as_ref()) > 0
            && self.schedule.happens(Fault::LateHeartbeat, &place)
    }

    /// Ends the turn of a task that is with no worker any more, and wakes a poll for the next one.
    pub fn take_turns(&mut self) {
        let is_out = match self.last_out {
            Some((Busy::WorkflowTask(no), stamp)) => self
                .runs
                .get(&no)
                .and_then(|run| run.task.as_ref())
                .is_some_and(|task| task.stamp == stamp && task.started_id != 0),
            Some((Busy::Activity(no, scheduled_id), stamp)) => self
                .runs
                .get(&no)
                .and_then(|run| run.activities.get(&scheduled_id))
                .is_some_and(|activity| activity.stamp == stamp && activity.started_at != 0),
            Some((Busy::Nexus(no, scheduled_id), stamp)) => self
                .runs
                .get_mut(&no)
                .and_then(|run| run.nexus.get_mut(&scheduled_id))
                .and_then(|operation| operation.call())
                .is_some_and(|call| call.stamp == stamp),
            Some((Busy::Standalone(no), stamp)) => self
                .standalone
                .get(&no)
                .is_some_and(|activity| activity.stamp == stamp && activity.is_out),
            Some((Busy::Query(_), _)) | None => false,
        };
        if !is_out {
            self.last_out = None;
            self.schedule.end_turn();
        }
        if self.schedule.turn_ends().is_none()
            && let Some(key) = self.next_queue(None)
        {
            self.queues.wake(&key);
        }
    }

    /// Whether it is a queue's turn to hand out a task. Then the one that is next is the first in it.
    pub fn turn_of(&mut self, key: &QueueKey) -> Turn {
        if !self.schedule.orders() {
            return Turn::Now;
        }
        if let Some(end) = self.schedule.turn_ends() {
            return Turn::At(end);
        }
        match self.next_queue(Some(key)) {
            Some(next) if next != *key => {
                self.queues.wake(&next);
                Turn::OfAnother
            }
            _ => {
                let ranks = self.queues.tasks(key).map(|task| self.rank(task)).collect();
                self.queues.bring_least_to_front(key, ranks);
                Turn::Now
            }
        }
    }

    /// The queue of the task that is next, among those that are polled.
    fn next_queue(&self, polled: Option<&QueueKey>) -> Option<QueueKey> {
        self.queues
            .polled_tasks(polled)
            .min_by_key(|(_, task)| self.rank(task))
            .map(|(key, _)| key.clone())
    }

    fn rank(&self, task: &QueuedTask) -> u64 {
        self.schedule.rank(&self.place_of_task(task))
    }
}

fn injected_failure() -> Failure {
    Failure {
        message: "The activity failed, by a fault that the embedded server was told to have"
            .to_owned(),
        source: "Server".to_owned(),
        failure_info: Some(FailureInfo::ApplicationFailureInfo(
            ApplicationFailureInfo {
                r#type: INJECTED.to_owned(),
                ..Default::default()
            },
        )),
        ..Default::default()
    }
}
