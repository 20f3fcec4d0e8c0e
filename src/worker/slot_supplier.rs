//! A slot supplier whose decisions the host makes. Core's questions go into a queue, and the host answers them by number.
//!
//! The number of a granted question names the permit from then on.

use crate::bridge::{
    completion_queue::CompletionQueue,
    error::{BridgeError, Code},
    handle::Kind,
};
use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::Arc,
    thread::{self, ThreadId},
    time::Duration,
};
use temporalio_sdk_core::{
    SlotInfo, SlotInfoTrait, SlotKind, SlotKindType, SlotMarkUsedContext, SlotReleaseContext,
    SlotReservationContext, SlotSupplier as CoreSlotSupplier, SlotSupplierPermit,
};
use tokio::sync::oneshot;

/// The time in which a host must answer a question that core cannot await: a thread of core is blocked meanwhile. A host
/// that is busy for longer gives no slot, and is not asked such a question again before it has answered this one.
const TRY_RESERVE_TIMEOUT: Duration = Duration::from_millis(50);

/// The time after which a refused reservation is asked for again.
const RESERVE_RETRY_DELAY: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1000 });

/// Asks the host for slots, through a queue.
pub struct SlotSupplier {
    queue: Arc<CompletionQueue>,
    tag: u64,
    questions: Mutex<Questions>,
    answered: Condvar,
}

#[derive(Default)]
struct Questions {
    last: u64,
    open: HashMap<u64, Question>,
    /// A question whose time ran out, until the host answers it.
    overdue: Option<u64>,
    /// The thread that answers. It cannot wait for an answer.
    answering: Option<ThreadId>,
}

enum Question {
    /// A future awaits the answer.
    Reserve(oneshot::Sender<bool>),
    /// A thread of core is blocked until the answer is there.
    TryReserve(Option<bool>),
}

impl Kind for SlotSupplier {
    const NAME: &'static str = "slot supplier";
}

impl SlotSupplier {
    /// Makes a supplier that asks through `queue`.
    pub fn new(queue: Arc<CompletionQueue>, tag: u64) -> Arc<Self> {
        let supplier = Arc::new(Self {
            queue,
            tag,
            questions: Mutex::default(),
            answered: Condvar::new(),
        });
        let closing = Arc::downgrade(&supplier);
        supplier.queue.on_close(move || {
            if let Some(supplier) = closing.upgrade() {
                // Ends every wait for an answer.
                supplier.questions.lock().open.clear();
                supplier.answered.notify_all();
            }
        });
        supplier
    }

    /// Answers a question. An error if nobody waits for the answer any more: then there is no permit.
    pub fn answer(&self, number: u64, granted: bool) -> Result<(), BridgeError> {
        let mut questions = self.questions.lock();
        questions.answering = Some(thread::current().id());
        questions.overdue.take_if(|overdue| *overdue == number);
        let heard = match questions.open.remove(&number) {
            Some(Question::Reserve(answer)) => answer.send(granted).is_ok(),
            Some(Question::TryReserve(None)) => {
                questions
                    .open
                    .insert(number, Question::TryReserve(Some(granted)));
                self.answered.notify_all();
                true
            }
            Some(Question::TryReserve(Some(_))) | None => false,
        };
        if heard {
            return Ok(());
        }
        Err(BridgeError::new(
            Code::FailedPrecondition,
            format!("nobody waits for an answer to question {number}"),
        )
        .with_detail("question", number))
    }

    fn ask(&self, question: Question, kind: &str, context: &Value) -> u64 {
        let number = {
            let mut questions = self.questions.lock();
            questions.last += 1;
            let number = questions.last;
            questions.open.insert(number, question);
            number
        };
        let mut message = context.clone();
        message["event"] = kind.into();
        message["question"] = number.into();
        self.tell(&message);
        number
    }

    fn tell(&self, message: &Value) {
        self.queue
            .push_message(self.tag, message.to_string().into_bytes());
    }

    async fn reserve(&self, context: &Value) -> u64 {
        loop {
            let (answer, answered) = oneshot::channel();
            let mut reservation = Reservation {
                supplier: self,
                number: self.ask(Question::Reserve(answer), "reserve", context),
                answered,
                done: false,
            };
            let answer = (&mut reservation.answered).await;
            reservation.done = true;
            match answer {
                Ok(true) => return reservation.number,
                Ok(false) => tokio::time::sleep(RESERVE_RETRY_DELAY).await,
                // The host is gone, so there will be no more slots.
                Err(_) => std::future::pending().await,
            }
        }
    }

    fn try_reserve(&self, context: &Value) -> Option<u64> {
        if !self.can_wait() {
            return None;
        }
        let number = self.ask(Question::TryReserve(None), "try-reserve", context);
        let mut questions = self.questions.lock();
        self.answered.wait_while_for(
            &mut questions,
            |questions| {
                matches!(
                    questions.open.get(&number),
                    Some(Question::TryReserve(None))
                )
            },
            TRY_RESERVE_TIMEOUT,
        );
        match questions.open.remove(&number) {
            Some(Question::TryReserve(Some(true))) => Some(number),
            Some(Question::TryReserve(None)) => {
                questions.overdue = Some(number);
                None
            }
            _ => None,
        }
    }

    /// Returns true if this thread may be blocked until the host answers.
    fn can_wait(&self) -> bool {
        if self.queue.is_closed() {
            return false;
        }
        let questions = self.questions.lock();
        questions.overdue.is_none() && questions.answering != Some(thread::current().id())
    }
}

/// A question whose answer is awaited. Dropping it before the answer withdraws the question.
struct Reservation<'a> {
    supplier: &'a SlotSupplier,
    number: u64,
    answered: oneshot::Receiver<bool>,
    done: bool,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let was_open = {
            let mut questions = self.supplier.questions.lock();
            questions.open.remove(&self.number).is_some()
        };
        if was_open {
            self.supplier
                .tell(&json!({"event": "cancel", "question": self.number}));
        } else if self.answered.try_recv() == Ok(true) {
            self.supplier.tell(&released(self.number, None));
        }
    }
}

/// The supplier as core sees it, for one kind of slot.
pub struct HostSlots<K> {
    supplier: Arc<SlotSupplier>,
    kind: PhantomData<fn() -> K>,
}

impl<K> HostSlots<K> {
    /// Makes a supplier of one kind of slots that asks through `supplier`.
    pub fn new(supplier: Arc<SlotSupplier>) -> Self {
        Self {
            supplier,
            kind: PhantomData,
        }
    }
}

/// Tells the host that core asks for no more slots.
impl<K> Drop for HostSlots<K> {
    fn drop(&mut self) {
        self.supplier.queue.push_end(self.supplier.tag);
    }
}

/// The number of a granted question. Core keeps it with the slot.
struct Permit(u64);

#[async_trait::async_trait]
impl<K: SlotKind + Send + Sync + 'static> CoreSlotSupplier for HostSlots<K> {
    type SlotKind = K;

    async fn reserve_slot(&self, context: &dyn SlotReservationContext) -> SlotSupplierPermit {
        let context = wanted::<K>(context);
        SlotSupplierPermit::with_user_data(Permit(self.supplier.reserve(&context).await))
    }

    fn try_reserve_slot(&self, context: &dyn SlotReservationContext) -> Option<SlotSupplierPermit> {
        let number = self.supplier.try_reserve(&wanted::<K>(context))?;
        Some(SlotSupplierPermit::with_user_data(Permit(number)))
    }

    fn mark_slot_used(&self, context: &dyn SlotMarkUsedContext<SlotKind = K>) {
        if let Some(Permit(number)) = context.permit().user_data() {
            let info = described(context.info().downcast());
            self.supplier
                .tell(&json!({"event": "mark-used", "permit": number, "slotInfo": info}));
        }
    }

    fn release_slot(&self, context: &dyn SlotReleaseContext<SlotKind = K>) {
        if let Some(Permit(number)) = context.permit().user_data() {
            let info = context.info().map(|info| described(info.downcast()));
            self.supplier.tell(&released(*number, info));
        }
    }
}

fn released(permit: u64, info: Option<Value>) -> Value {
    json!({"event": "release", "permit": permit, "slotInfo": info})
}

/// Describes a reservation.
fn wanted<K: SlotKind>(context: &dyn SlotReservationContext) -> Value {
    let version = context.worker_deployment_version().as_ref();
    json!({
        "slotType": match K::kind() {
            SlotKindType::Workflow => "workflow",
            SlotKindType::Activity => "activity",
            SlotKindType::LocalActivity => "local-activity",
            SlotKindType::Nexus => "nexus",
        },
        "taskQueue": context.task_queue(),
        "workerIdentity": context.worker_identity(),
        "workerDeploymentVersion": version.map(|version| json!({
            "deploymentName": version.deployment_name,
            "buildId": version.build_id,
        })),
        "isSticky": context.is_sticky(),
    })
}

/// Describes the use of a slot.
fn described(info: SlotInfo<'_>) -> Value {
    match info {
        SlotInfo::Workflow(info) => {
            json!({"type": "workflow", "workflowType": info.workflow_type, "isSticky": info.is_sticky})
        }
        SlotInfo::Activity(info) => {
            json!({"type": "activity", "activityType": info.activity_type})
        }
        SlotInfo::LocalActivity(info) => {
            json!({"type": "local-activity", "activityType": info.activity_type})
        }
        SlotInfo::Nexus(info) => {
            json!({"type": "nexus", "service": info.service, "operation": info.operation})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use std::{pin::pin, task::Poll, time::Instant};

    fn supplier() -> (Arc<CompletionQueue>, Arc<SlotSupplier>) {
        let queue = Arc::new(CompletionQueue::new(None));
        let supplier = SlotSupplier::new(queue.clone(), 5);
        (queue, supplier)
    }

    /// The messages that are in the queue.
    fn told(queue: &CompletionQueue) -> Vec<Value> {
        let mut bytes = vec![0; queue.ready_bytes().unwrap()];
        let mut rest = bytes.len();
        queue.drain(&mut bytes).unwrap();
        let mut messages = Vec::new();
        let mut at = 0;
        while rest > 0 {
            let len = u32::from_le_bytes(bytes[at + 12..at + 16].try_into().unwrap()) as usize;
            messages.push(serde_json::from_slice(&bytes[at + 16..at + 16 + len]).unwrap());
            let whole = 16 + len.next_multiple_of(8);
            at += whole;
            rest -= whole;
        }
        messages
    }

    #[tokio::test]
    async fn a_reservation_waits_for_the_answer() {
        let (queue, supplier) = supplier();
        let context = json!({"slotType": "activity"});
        let mut reservation = pin!(supplier.reserve(&context));
        assert_eq!(poll!(&mut reservation), Poll::Pending);
        let asked = json!({"event": "reserve", "question": 1, "slotType": "activity"});
        assert_eq!(told(&queue), [asked]);
        supplier.answer(1, true).unwrap();
        assert_eq!(poll!(&mut reservation), Poll::Ready(1));
        let again = supplier.answer(1, true).unwrap_err();
        assert_eq!(again.code, Code::FailedPrecondition);
        assert_eq!(told(&queue), [] as [Value; 0]);
    }

    #[tokio::test]
    async fn a_refused_reservation_is_asked_for_again() {
        let (queue, supplier) = supplier();
        let context = json!({});
        let reservation = supplier.reserve(&context);
        let host = supplier.clone();
        let answers = thread::spawn(move || {
            for (question, granted) in [(1, false), (2, true)] {
                queue.wait(None).unwrap();
                assert_eq!(told(&queue)[0]["question"], question);
                host.answer(question, granted).unwrap();
            }
        });
        assert_eq!(reservation.await, 2);
        answers.join().unwrap();
    }

    #[tokio::test]
    async fn a_reservation_that_is_given_up_is_taken_back() {
        let (queue, supplier) = supplier();
        let context = json!({});
        {
            let mut reservation = pin!(supplier.reserve(&context));
            assert_eq!(poll!(&mut reservation), Poll::Pending);
        }
        let cancelled = json!({"event": "cancel", "question": 1});
        assert_eq!(told(&queue)[1], cancelled);
        assert!(supplier.answer(1, true).is_err());
        {
            let mut reservation = pin!(supplier.reserve(&context));
            assert_eq!(poll!(&mut reservation), Poll::Pending);
            // Granted, and nobody looks any more.
            supplier.answer(2, true).unwrap();
        }
        assert_eq!(told(&queue)[1], released(2, None));
    }

    #[test]
    fn an_immediate_answer_is_waited_for() {
        let (queue, supplier) = supplier();
        for granted in [true, false] {
            let asking = supplier.clone();
            let thread = thread::spawn(move || asking.try_reserve(&json!({})));
            queue.wait(None).unwrap();
            let number = told(&queue)[0]["question"].as_u64().unwrap();
            supplier.answer(number, granted).unwrap();
            assert_eq!(thread.join().unwrap(), granted.then_some(number));
        }
    }

    #[test]
    fn without_an_immediate_answer_there_is_no_slot() {
        let (_queue, supplier) = supplier();
        assert_eq!(supplier.try_reserve(&json!({})), None);
        assert!(supplier.answer(1, true).is_err());
    }

    #[test]
    fn a_busy_host_is_waited_for_once() {
        let (queue, supplier) = supplier();
        let asked = Instant::now();
        for _ in 0..100 {
            assert_eq!(supplier.try_reserve(&json!({})), None);
        }
        assert!(asked.elapsed() < 10 * TRY_RESERVE_TIMEOUT);
        let [question] = &told(&queue)[..] else {
            panic!("one question");
        };
        // The answer comes too late, and shows that the host is there again.
        let number = question["question"].as_u64().unwrap();
        let host = supplier.clone();
        let late = thread::spawn(move || host.answer(number, true));
        late.join().unwrap().unwrap_err();
        assert_eq!(supplier.try_reserve(&json!({})), None);
        assert_eq!(told(&queue).len(), 1, "asked again");
    }

    #[test]
    fn the_thread_that_answers_does_not_wait_for_itself() {
        let (queue, supplier) = supplier();
        supplier.answer(1, true).unwrap_err();
        assert_eq!(supplier.try_reserve(&json!({})), None);
        assert_eq!(told(&queue), [] as [Value; 0]);
    }

    #[tokio::test]
    async fn a_host_that_is_gone_gives_no_slots() {
        let (queue, supplier) = supplier();
        let context = json!({});
        let mut reservation = pin!(supplier.reserve(&context));
        assert_eq!(poll!(&mut reservation), Poll::Pending);
        queue.close().unwrap();
        assert_eq!(poll!(&mut reservation), Poll::Pending);
        assert_eq!(supplier.try_reserve(&json!({})), None);
    }
}
