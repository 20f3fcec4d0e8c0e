//! A run of a workflow: its history, and what is pending in it.

use crate::{
    links,
    state::{
        deployment::Version,
        nexus::{NexusOperation, RunCallback},
        numbers::{QueryNo, RunNo, ScheduleKey},
        timers::TimerKey,
        update::{Progress, Update},
    },
    time::{Nanos, timestamp},
};
use prost::Message;
use std::collections::{BTreeMap, HashMap, HashSet};
use temporalio_protos::temporal::api::{
    common::v1::{
        Callback, Memo, Payload, Payloads, Priority, SearchAttributes, WorkerVersionStamp,
        WorkflowExecution, link::WorkflowEvent,
    },
    enums::v1::{EventType, VersioningBehavior, WorkflowExecutionStatus},
    failure::v1::Failure,
    history::v1::{
        ActivityTaskScheduledEventAttributes, HistoryEvent,
        StartChildWorkflowExecutionInitiatedEventAttributes,
        WorkflowExecutionStartedEventAttributes, history_event::Attributes,
    },
    sdk::v1::UserMetadata,
    workflow::v1::{ResetPointInfo, VersioningOverride, pending_activity_info::PauseInfo},
};
use tokio::sync::oneshot;

/// The relation of a workflow task's scheduled and started events to the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Its events are in the history.
    Normal,
    /// A further attempt. Its events are written when it is answered.
    Transient,
    /// It brings an update. Its events are written unless the update is rejected.
    Speculative,
}

#[derive(Debug)]
pub struct WorkflowTask {
    pub kind: TaskKind,
    pub scheduled_id: i64,
    /// 0 until a worker has it.
    pub started_id: i64,
    pub attempt: i32,
    pub scheduled_at: Nanos,
    pub started_at: Nanos,
    pub identity: String,
    pub worker_version: Option<WorkerVersionStamp>,
    pub request_id: String,
    /// Whether it waits in, or came from, the sticky queue.
    pub sticky: bool,
    /// Tells this task from all others in tokens and queues.
    pub stamp: u64,
    pub timer: Option<TimerKey>,
}

#[derive(Clone, Debug)]
pub struct Sticky {
    pub queue: String,
    pub schedule_to_start: Nanos,
}

#[derive(Debug)]
pub struct Activity {
    pub scheduled: ActivityTaskScheduledEventAttributes,
    pub scheduled_at: Nanos,
    /// When this attempt was, or will be, in the queue.
    pub attempt_at: Nanos,
    pub attempt: i32,
    /// 0 while no worker has it.
    pub started_at: Nanos,
    pub identity: String,
    pub worker_version: Option<WorkerVersionStamp>,
    pub request_id: String,
    pub heartbeat: Option<Payloads>,
    pub heartbeat_at: Nanos,
    pub last_failure: Option<Failure>,
    pub last_completed_at: Nanos,
    /// The event that asked for the cancellation. 0 for none.
    pub cancel_requested_id: i64,
    /// Who paused it, when and why. None: it is not paused.
    pub pause: Option<PauseInfo>,
    /// The attempt that a worker has is the last one before the first.
    pub reset: bool,
    /// The next attempt does not get the details of heartbeats.
    pub resets_heartbeats: bool,
    /// Tells this attempt from all others in tokens and queues.
    pub stamp: u64,
    pub close_timer: Option<TimerKey>,
    /// Those of this attempt.
    pub attempt_timers: Vec<TimerKey>,
    pub heartbeat_timer: Option<TimerKey>,
}

impl Activity {
    /// An activity of which no attempt has been handed out.
    pub fn new(
        scheduled: ActivityTaskScheduledEventAttributes,
        scheduled_at: Nanos,
        stamp: u64,
    ) -> Self {
        Self {
            scheduled,
            scheduled_at,
            attempt_at: scheduled_at,
            attempt: 1,
            started_at: 0,
            identity: String::new(),
            worker_version: None,
            request_id: String::new(),
            heartbeat: None,
            heartbeat_at: 0,
            last_failure: None,
            last_completed_at: 0,
            cancel_requested_id: 0,
            pause: None,
            reset: false,
            resets_heartbeats: false,
            stamp,
            close_timer: None,
            attempt_timers: Vec::new(),
            heartbeat_timer: None,
        }
    }

    /// Whether its first attempt waits for a worker, and may do so for as long as the whole activity may take.
    pub fn could_start_until_it_closes(&self) -> bool {
        let scheduled = &self.scheduled;
        self.started_at == 0
            && self.attempt == 1
            && scheduled.schedule_to_start_timeout == scheduled.schedule_to_close_timeout
    }
}

#[derive(Debug)]
pub struct Child {
    pub initiated: StartChildWorkflowExecutionInitiatedEventAttributes,
    /// 0 until it has started.
    pub started_id: i64,
    pub execution: WorkflowExecution,
}

/// A message to another workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum External {
    Signal,
    Cancellation,
}

#[derive(Clone, Debug)]
pub struct Parent {
    pub run: RunNo,
    pub initiated_id: i64,
}

/// A pause of a run: when, by whom, why.
#[derive(Clone, Debug)]
pub struct Pause {
    pub at: Nanos,
    pub identity: String,
    pub reason: String,
    pub request_id: String,
}

#[derive(Debug)]
pub struct UserTimer {
    pub started_id: i64,
    pub key: TimerKey,
}

/// A run, open or closed.
#[derive(Debug)]
pub struct Run {
    pub namespace: String,
    pub workflow_id: String,
    pub run_id: String,
    pub start: WorkflowExecutionStartedEventAttributes,
    pub user_metadata: Option<UserMetadata>,
    pub start_request_id: String,
    /// Requests to start it that came while it ran, and were attached to it.
    pub attached_requests: HashSet<String>,
    pub status: WorkflowExecutionStatus,
    /// The last pause, unless it was ended.
    pub pause: Option<Pause>,
    pub started_at: Nanos,
    /// When its first workflow task was, or will be, scheduled.
    pub execution_at: Nanos,
    pub closed_at: Option<Nanos>,
    /// The end of the execution, over all runs of a chain.
    pub expires_at: Option<Nanos>,
    pub events: Vec<HistoryEvent>,
    pub history_bytes: i64,
    /// Events that came while a worker had the workflow task. They have no ids yet.
    pub buffered: Vec<HistoryEvent>,
    pub task: Option<WorkflowTask>,
    pub task_attempt: i32,
    /// The first workflow task waits for this time.
    pub waits_for_first_task: bool,
    /// The started event of the last workflow task that was completed.
    pub last_started_id: i64,
    pub completed_tasks: u64,
    pub sticky: Option<Sticky>,
    pub activities: BTreeMap<i64, Activity>,
    pub timers: HashMap<String, UserTimer>,
    pub children: BTreeMap<i64, Child>,
    /// Signals to others and cancellations of them, by their events, that are not known to have arrived.
    pub externals: BTreeMap<i64, External>,
    /// By their scheduled events.
    pub nexus: BTreeMap<i64, NexusOperation>,
    /// Told of the end of its chain.
    pub callbacks: Vec<RunCallback>,
    pub parent: Option<Parent>,
    /// The schedule that has started its chain.
    pub schedule: Option<ScheduleKey>,
    pub cancel_requested: bool,
    pub signal_requests: HashSet<String>,
    pub signals: u64,
    /// In the order of their admission.
    pub updates: Vec<Update>,
    /// Queries that wait for a workflow task to answer them.
    pub queries: Vec<QueryNo>,
    pub memo: Memo,
    pub search_attributes: SearchAttributes,
    pub priority: Option<Priority>,
    /// The version of the worker that completed the last workflow task.
    pub version: Option<Version>,
    /// The wish of that worker for the run's further tasks.
    pub behavior: VersioningBehavior,
    pub versioning_override: Option<VersioningOverride>,
    /// The version that its first tasks go to, as it was started by a run that is pinned to it.
    pub inherited: Option<Version>,
    /// The first workflow tasks that builds have completed, also in runs before it.
    pub reset_points: Vec<ResetPointInfo>,
    /// The further run of the chain.
    pub next_run_id: String,
    /// The run that the last reset of this one has led to.
    pub reset_run_id: String,
    /// Calls that wait for the history to go on.
    pub watchers: Vec<oneshot::Sender<()>>,
}

impl Run {
    /// A run without events.
    pub fn new(
        namespace: String,
        run_id: String,
        start: WorkflowExecutionStartedEventAttributes,
        now: Nanos,
    ) -> Self {
        Self {
            namespace,
            workflow_id: start.workflow_id.clone(),
            run_id,
            user_metadata: None,
            start_request_id: String::new(),
            attached_requests: Default::default(),
            status: WorkflowExecutionStatus::Running,
            pause: None,
            started_at: now,
            execution_at: now,
            closed_at: None,
            expires_at: None,
            events: Vec::new(),
            history_bytes: 0,
            buffered: Vec::new(),
            task: None,
            task_attempt: 1,
            waits_for_first_task: false,
            last_started_id: 0,
            completed_tasks: 0,
            sticky: None,
            activities: Default::default(),
            timers: Default::default(),
            children: Default::default(),
            externals: Default::default(),
            nexus: Default::default(),
            callbacks: RunCallback::of(&start.completion_callbacks, now),
            parent: None,
            schedule: None,
            cancel_requested: false,
            signal_requests: Default::default(),
            signals: 0,
            updates: Vec::new(),
            queries: Vec::new(),
            memo: start.memo.clone().unwrap_or_default(),
            search_attributes: start.search_attributes.clone().unwrap_or_default(),
            priority: start.priority.clone(),
            version: None,
            behavior: VersioningBehavior::Unspecified,
            versioning_override: start.versioning_override.clone(),
            inherited: Version::of_message(start.inherited_pinned_version.as_ref()),
            reset_points: Vec::new(),
            next_run_id: String::new(),
            reset_run_id: String::new(),
            watchers: Vec::new(),
            start,
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(
            self.status,
            WorkflowExecutionStatus::Running | WorkflowExecutionStatus::Paused
        )
    }

    pub fn is_paused(&self) -> bool {
        self.status == WorkflowExecutionStatus::Paused
    }

    /// Whether its workflow task has failed so often that calls which need a worker's answer are refused at once.
    pub fn keeps_failing(&self) -> bool {
        self.task_attempt >= 3
    }

    pub fn next_event_id(&self) -> i64 {
        self.events.len() as i64 + 1
    }

    pub fn execution(&self) -> WorkflowExecution {
        WorkflowExecution {
            workflow_id: self.workflow_id.clone(),
            run_id: self.run_id.clone(),
        }
    }

    /// Its callbacks, also those that came with later requests.
    pub fn all_callbacks(&self) -> Vec<Callback> {
        self.callbacks
            .iter()
            .map(|callback| callback.callback.clone())
            .collect()
    }

    /// A reference to its first event.
    pub fn first_event(&self) -> WorkflowEvent {
        links::to_event(
            &self.namespace,
            &self.workflow_id,
            &self.run_id,
            1,
            EventType::WorkflowExecutionStarted,
        )
    }

    pub fn task_queue(&self) -> &str {
        self.start
            .task_queue
            .as_ref()
            .map_or("", |queue| &queue.name)
    }

    pub fn workflow_type(&self) -> &str {
        self.start
            .workflow_type
            .as_ref()
            .map_or("", |workflow_type| &workflow_type.name)
    }

    /// Whether a worker has the workflow task.
    pub fn task_is_started(&self) -> bool {
        self.task.as_ref().is_some_and(|task| task.started_id != 0)
    }

    /// Writes an event into the history, and returns its id.
    pub fn write(&mut self, now: Nanos, attributes: Attributes) -> i64 {
        self.write_event(event(now, attributes))
    }

    pub fn write_event(&mut self, mut event: HistoryEvent) -> i64 {
        event.event_id = self.next_event_id();
        event.task_id = event.event_id;
        self.history_bytes += event.encoded_len() as i64;
        let id = event.event_id;
        self.events.push(event);
        self.note_written(id);
        id
    }

    /// Writes an event, or keeps it until the worker that has the workflow task has answered.
    pub fn record(&mut self, now: Nanos, attributes: Attributes) {
        self.record_event(event(now, attributes));
    }

    pub fn record_event(&mut self, event: HistoryEvent) {
        if self.task_is_started() {
            self.buffered.push(event);
        } else {
            self.write_event(event);
        }
    }

    /// Writes the events that were kept.
    pub fn flush(&mut self) -> bool {
        let any = !self.buffered.is_empty();
        // The real server puts the ends of activities and children behind all else.
        let (ends, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.buffered)
            .into_iter()
            .partition(|event| is_end(event.event_type()));
        for mut event in others.into_iter().chain(ends) {
            if let Some(attributes) = &mut event.attributes {
                self.point_to_started(attributes);
            }
            self.write_event(event);
        }
        any
    }

    /// Fills in the id of a started event that was kept beside the event that names it.
    pub fn point_to_started(&self, attributes: &mut Attributes) {
        match attributes {
            Attributes::ActivityTaskCompletedEventAttributes(event) => {
                event.started_event_id = self.activity_started_id(event.scheduled_event_id);
            }
            Attributes::ActivityTaskFailedEventAttributes(event) => {
                event.started_event_id = self.activity_started_id(event.scheduled_event_id);
            }
            Attributes::ActivityTaskTimedOutEventAttributes(event)
                if event.started_event_id != 0 =>
            {
                event.started_event_id = self.activity_started_id(event.scheduled_event_id);
            }
            Attributes::ActivityTaskCanceledEventAttributes(event)
                if event.started_event_id != 0 =>
            {
                event.started_event_id = self.activity_started_id(event.scheduled_event_id);
            }
            Attributes::ChildWorkflowExecutionCompletedEventAttributes(event) => {
                event.started_event_id = self.child_started_id(event.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionFailedEventAttributes(event) => {
                event.started_event_id = self.child_started_id(event.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionCanceledEventAttributes(event) => {
                event.started_event_id = self.child_started_id(event.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionTimedOutEventAttributes(event) => {
                event.started_event_id = self.child_started_id(event.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionTerminatedEventAttributes(event) => {
                event.started_event_id = self.child_started_id(event.initiated_event_id);
            }
            _ => {}
        }
    }

    /// Remembers the id of a child's started event, and the first task that a build has completed.
    fn note_written(&mut self, id: i64) {
        let Some(event) = self.events.last() else {
            return;
        };
        match &event.attributes {
            Some(Attributes::ChildWorkflowExecutionStartedEventAttributes(started)) => {
                if let Some(child) = self.children.get_mut(&started.initiated_event_id) {
                    child.started_id = id;
                }
            }
            Some(Attributes::WorkflowTaskCompletedEventAttributes(completed)) => {
                if let Some(point) = self.reset_point_of(event, completed) {
                    self.add_reset_point(point);
                }
            }
            _ => {}
        }
    }

    fn activity_started_id(&self, scheduled_id: i64) -> i64 {
        self.find_id(|attributes| {
            matches!(attributes, Attributes::ActivityTaskStartedEventAttributes(started)
                if started.scheduled_event_id == scheduled_id)
        })
    }

    fn child_started_id(&self, initiated_id: i64) -> i64 {
        self.find_id(|attributes| {
            matches!(attributes, Attributes::ChildWorkflowExecutionStartedEventAttributes(started)
                if started.initiated_event_id == initiated_id)
        })
    }

    fn find_id(&self, is_it: impl Fn(&Attributes) -> bool) -> i64 {
        self.events
            .iter()
            .rev()
            .find(|event| event.attributes.as_ref().is_some_and(&is_it))
            .map_or(0, |event| event.event_id)
    }

    pub fn upsert_search_attributes(&mut self, upserted: &SearchAttributes) {
        upsert(
            &mut self.search_attributes.indexed_fields,
            &upserted.indexed_fields,
        );
    }

    pub fn upsert_memo(&mut self, upserted: &Memo) {
        upsert(&mut self.memo.fields, &upserted.fields);
    }

    pub fn update(&mut self, id: &str) -> Option<&mut Update> {
        self.updates.iter_mut().find(|update| update.id == id)
    }

    pub fn set_progress(&mut self, id: &str, progress: Progress) {
        if let Some(update) = self.update(id) {
            update.progress = progress;
        }
    }

    /// A future that ends when the run changes.
    pub fn watch(&mut self) -> oneshot::Receiver<()> {
        let (watcher, changed) = oneshot::channel();
        // Those of calls that were cancelled would pile up.
        self.watchers.retain(|watcher| !watcher.is_closed());
        self.watchers.push(watcher);
        changed
    }

    /// Wakes the calls that wait for this run.
    pub fn wake_watchers(&mut self) {
        for watcher in self.watchers.drain(..) {
            // A call that was cancelled waits no longer.
            let _ = watcher.send(());
        }
    }
}

fn is_end(event_type: EventType) -> bool {
    matches!(
        event_type,
        EventType::ActivityTaskCompleted
            | EventType::ActivityTaskFailed
            | EventType::ActivityTaskTimedOut
            | EventType::ActivityTaskCanceled
            | EventType::ChildWorkflowExecutionCompleted
            | EventType::ChildWorkflowExecutionFailed
            | EventType::ChildWorkflowExecutionTimedOut
            | EventType::ChildWorkflowExecutionCanceled
            | EventType::ChildWorkflowExecutionTerminated
    )
}

/// An event without an id.
pub fn event(now: Nanos, attributes: Attributes) -> HistoryEvent {
    HistoryEvent {
        event_time: Some(timestamp(now)),
        event_type: attributes.event_type() as i32,
        attributes: Some(attributes),
        ..Default::default()
    }
}

/// Puts fields in the place of those of the same names. An empty one removes its field.
fn upsert(fields: &mut HashMap<String, Payload>, upserted: &HashMap<String, Payload>) {
    for (name, payload) in upserted {
        if is_null(payload) {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), payload.clone());
        }
    }
}

fn is_null(payload: &Payload) -> bool {
    let encoding = payload.metadata.get("encoding");
    payload.data.is_empty()
        || encoding.is_some_and(|encoding| encoding == b"binary/null")
        || matches!(payload.data.as_slice(), b"null" | b"[]")
}
