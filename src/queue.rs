//! Completion queues: how many native threads hand results to one host thread with one wake and one drain.

use crate::{
    error::{BridgeError, Code},
    ffi::{queue::TEMPORAL_BUN_RECORD_MORE, wake::Wake},
    hosted::Hosted,
    outcome::{Outcome, View},
};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::{
    collections::VecDeque,
    mem,
    sync::Arc,
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

const HEADER_BYTES: usize = 16;
const ALIGNMENT: usize = 8;

/// One completion, on its way to the host.
struct Record {
    tag: u64,
    payload: Payload,
}

enum Payload {
    /// A successful call.
    Outcome(Outcome),
    /// A failed call: the error's JSON form.
    Error(Vec<u8>),
    /// What a host posted, or a log line.
    Message(Vec<u8>),
    /// The end of a stream.
    End,
}

impl Payload {
    /// The record's `kind`, as documented in `docs/ffi-surface.md`.
    fn kind(&self) -> u32 {
        match self {
            Payload::Outcome(outcome) => match outcome.view() {
                View::Bytes(_) => 0,
                View::Handle(_) => 2,
            },
            Payload::Message(_) => 0,
            Payload::Error(_) => 1,
            Payload::End => 3,
        }
    }

    fn len(&self) -> usize {
        match self {
            Payload::Outcome(outcome) => match outcome.view() {
                View::Bytes(bytes) => bytes.len(),
                View::Handle(_) => mem::size_of::<u64>(),
            },
            Payload::Error(bytes) | Payload::Message(bytes) => bytes.len(),
            Payload::End => 0,
        }
    }

    fn write(&self, out: &mut [u8]) {
        match self {
            Payload::Outcome(outcome) => match outcome.view() {
                View::Bytes(bytes) => out.copy_from_slice(bytes),
                View::Handle(handle) => out.copy_from_slice(&handle.to_le_bytes()),
            },
            Payload::Error(bytes) | Payload::Message(bytes) => out.copy_from_slice(bytes),
            Payload::End => {}
        }
    }
}

impl Record {
    fn encoded_len(&self) -> usize {
        HEADER_BYTES + self.payload.len().next_multiple_of(ALIGNMENT)
    }

    /// Writes the record to `out`, which is exactly as long as it.
    fn encode(&self, out: &mut [u8]) {
        let len = self.payload.len();
        out[0..8].copy_from_slice(&self.tag.to_le_bytes());
        out[8..12].copy_from_slice(&self.payload.kind().to_le_bytes());
        out[12..16].copy_from_slice(&(len as u32).to_le_bytes());
        self.payload
            .write(&mut out[HEADER_BYTES..HEADER_BYTES + len]);
        out[HEADER_BYTES + len..].fill(0);
    }

    /// The host has the record.
    fn taken(self) {
        if let Payload::Outcome(outcome) = self.payload {
            outcome.taken();
        }
    }
}

#[derive(Default)]
struct Records {
    waiting: VecDeque<Record>,
    bytes: usize,
    closed: bool,
    /// Work that goes on when the queue is drained, and may bring records.
    woken: Vec<Arc<Hosted>>,
    /// A drain is about to take what there is: it needs no wake.
    draining: bool,
}

impl Records {
    /// Whether a drain would do anything.
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.woken.is_empty()
    }
}

type CloseHook = Box<dyn FnOnce() + Send>;

/// A queue of completions for one host thread.
pub struct Queue {
    records: Mutex<Records>,
    arrived: Condvar,
    /// Held while the callback runs, so that a close waits for it.
    wake: Mutex<Option<Wake>>,
    /// The thread that is inside of the callback, so that a close from there is an error and not a deadlock.
    firing: Mutex<Option<ThreadId>>,
    close_hooks: Mutex<Vec<CloseHook>>,
}

impl Queue {
    /// A queue that calls `wake`, if there is one, whenever there is something to drain again.
    pub fn new(wake: Option<Wake>) -> Self {
        Self {
            records: Mutex::default(),
            arrived: Condvar::new(),
            wake: Mutex::new(wake),
            firing: Mutex::new(None),
            close_hooks: Mutex::default(),
        }
    }

    /// Hands over how a call ended. `tag` 0 is quiet: only failures are handed over.
    pub fn push_result(&self, tag: u64, result: Result<Outcome, BridgeError>) {
        match result {
            // Dropped, not taken: a new object or a task that nobody asked to hear of must not be lost.
            Ok(outcome) if tag == 0 => drop(outcome),
            Ok(outcome) => {
                self.push(tag, Payload::Outcome(outcome));
            }
            Err(error) => {
                self.push(tag, Payload::Error(error.to_json()));
            }
        }
    }

    /// Hands over a message; false if the queue is closed.
    pub fn push_message(&self, tag: u64, message: Vec<u8>) -> bool {
        self.push(tag, Payload::Message(message))
    }

    /// Hands over the end of a stream.
    pub fn push_end(&self, tag: u64) {
        self.push(tag, Payload::End);
    }

    fn push(&self, tag: u64, payload: Payload) -> bool {
        let record = Record { tag, payload };
        let mut records = self.records.lock();
        if records.closed {
            // Outside of the lock the record's destructor gives back what must not be lost.
            drop(records);
            return false;
        }
        let was_idle = records.is_idle();
        records.bytes += record.encoded_len();
        records.waiting.push_back(record);
        self.tell(records, was_idle);
        true
    }

    /// Has `work` go on with the next drain.
    pub fn knock(&self, work: Arc<Hosted>) {
        let mut records = self.records.lock();
        if records.closed || records.woken.iter().any(|other| Arc::ptr_eq(other, &work)) {
            return;
        }
        let was_idle = records.is_idle();
        records.woken.push(work);
        self.tell(records, was_idle);
    }

    /// Something has come to the queue.
    fn tell(&self, records: MutexGuard<'_, Records>, was_idle: bool) {
        let fires = was_idle && !records.draining;
        drop(records);
        if was_idle {
            self.arrived.notify_all();
        }
        if fires {
            self.fire();
        }
    }

    /// Has the work that was woken go on, on the caller's thread, and gives the lock at a moment when no more is.
    fn settled(&self) -> MutexGuard<'_, Records> {
        loop {
            let mut records = self.records.lock();
            if records.woken.is_empty() {
                return records;
            }
            let woken = mem::take(&mut records.woken);
            // The work needs the lock.
            drop(records);
            woken.iter().for_each(Hosted::go_on);
        }
    }

    fn fire(&self) {
        let wake = self.wake.lock();
        if let Some(wake) = &*wake {
            *self.firing.lock() = Some(thread::current().id());
            wake.fire();
            *self.firing.lock() = None;
        }
    }

    /// How many bytes a drain of everything needs.
    pub fn ready_bytes(&self) -> Result<usize, BridgeError> {
        Ok(still_open(self.settled())?.bytes)
    }

    /// Copies as many whole records as fit to `out`, oldest first, and returns their length.
    pub fn drain(&self, out: &mut [u8]) -> Result<usize, BridgeError> {
        still_open(self.records.lock())?.draining = true;
        let mut taken = Vec::new();
        let (mut written, mut last) = (0, 0);
        {
            let mut records = still_open(self.settled())?;
            records.draining = false;
            while let Some(record) = records.waiting.front() {
                let len = record.encoded_len();
                let Some(room) = out.get_mut(written..written + len) else {
                    break;
                };
                record.encode(room);
                last = written;
                written += len;
                records.bytes -= len;
                taken.extend(records.waiting.pop_front());
            }
            if let Some(record) = records.waiting.front() {
                if taken.is_empty() {
                    return Err(too_small(record.encoded_len(), out.len()));
                }
                mark_more(&mut out[last..]);
            }
        }
        taken.into_iter().for_each(Record::taken);
        Ok(written)
    }

    /// Waits until there is something to drain. `None` waits for ever. False: the time ran out.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool, BridgeError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let nothing = |records: &mut Records| records.is_idle() && !records.closed;
        loop {
            let mut records = self.settled();
            match deadline {
                Some(deadline) => {
                    self.arrived
                        .wait_while_until(&mut records, nothing, deadline);
                }
                None => self.arrived.wait_while(&mut records, nothing),
            }
            let records = still_open(records)?;
            // What was woken may bring nothing: then there is still time to wait.
            if records.woken.is_empty() {
                return Ok(!records.waiting.is_empty());
            }
        }
    }

    /// Closes the queue: no wake after this, and what was not drained is given back.
    pub fn close(&self) -> Result<(), BridgeError> {
        if *self.firing.lock() == Some(thread::current().id()) {
            return Err(BridgeError::new(
                Code::FailedPrecondition,
                "a queue cannot be closed from inside of its own wake callback",
            ));
        }
        // Whoever is inside of the callback holds this lock: after it, nobody is and nobody will be.
        *self.wake.lock() = None;
        let (waiting, woken) = {
            let mut records = self.records.lock();
            records.closed = true;
            records.bytes = 0;
            (
                mem::take(&mut records.waiting),
                mem::take(&mut records.woken),
            )
        };
        self.arrived.notify_all();
        // Before the hooks: they make room for another queue, which is to get these tasks.
        drop(waiting);
        // Whose work it is has a hook that moves it elsewhere.
        drop(woken);
        let hooks = mem::take(&mut *self.close_hooks.lock());
        hooks.into_iter().for_each(|hook| hook());
        Ok(())
    }

    /// Runs `hook` when the queue closes; at once if it is closed already.
    pub fn on_close(&self, hook: impl FnOnce() + Send + 'static) {
        self.close_hooks.lock().push(Box::new(hook));
        // A close between the caller's look-up and this line has run the hooks without this one.
        if self.is_closed() {
            let hooks = mem::take(&mut *self.close_hooks.lock());
            hooks.into_iter().for_each(|hook| hook());
        }
    }

    /// Whether the queue takes no more records.
    pub fn is_closed(&self) -> bool {
        self.records.lock().closed
    }
}

fn still_open(records: MutexGuard<'_, Records>) -> Result<MutexGuard<'_, Records>, BridgeError> {
    if records.closed {
        return Err(closed());
    }
    Ok(records)
}

/// Tells the host, in the last record of a drain, that others were left behind.
fn mark_more(record: &mut [u8]) {
    for (byte, mark) in record[8..12]
        .iter_mut()
        .zip(TEMPORAL_BUN_RECORD_MORE.to_le_bytes())
    {
        *byte |= mark;
    }
}

fn closed() -> BridgeError {
    BridgeError::new(Code::Closed, "the queue is closed")
}

/// The error for memory of the caller's that cannot hold what it asked for.
pub fn too_small(needed: usize, capacity: usize) -> BridgeError {
    BridgeError::new(
        Code::BufferTooSmall,
        format!("{needed} bytes are needed, {capacity} were given"),
    )
    .with_detail("needed", needed)
    .with_detail("capacity", capacity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        ffi::c_void,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    fn message(queue: &Queue, tag: u64, bytes: &[u8]) {
        assert!(queue.push_message(tag, bytes.to_vec()));
    }

    extern "C" fn count(user_data: *mut c_void) {
        Wake::counter(user_data).fetch_add(1, Ordering::SeqCst);
    }

    #[test]
    fn a_drain_takes_whole_records_in_order() {
        let queue = Queue::new(None);
        message(&queue, 7, b"abc");
        message(&queue, 8, b"");
        assert_eq!(queue.ready_bytes().unwrap(), 24 + 16);
        let mut out = [0xff; 39];
        assert_eq!(queue.drain(&mut out).unwrap(), 24);
        assert_eq!(&out[0..8], &7u64.to_le_bytes());
        assert_eq!(
            &out[8..16],
            &[0, 0, 0, 0x80, 3, 0, 0, 0],
            "more was left behind"
        );
        assert_eq!(&out[16..24], b"abc\0\0\0\0\0");
        assert_eq!(queue.drain(&mut out).unwrap(), 16);
        assert_eq!(&out[0..8], &8u64.to_le_bytes());
        assert_eq!(&out[8..16], &[0; 8]);
        assert_eq!(queue.drain(&mut out).unwrap(), 0);
    }

    #[test]
    fn a_drain_into_too_little_memory_loses_nothing() {
        let queue = Queue::new(None);
        message(&queue, 1, b"abc");
        let error = queue.drain(&mut [0; 23]).unwrap_err();
        assert_eq!(error.code, Code::BufferTooSmall);
        assert_eq!(error.details["needed"], 24);
        assert_eq!(queue.drain(&mut [0; 24]).unwrap(), 24);
    }

    #[test]
    fn a_wake_comes_once_for_each_time_the_queue_fills() {
        let wakes = AtomicUsize::new(0);
        let queue = Queue::new(Some(Wake::new(count, (&raw const wakes).cast_mut().cast())));
        message(&queue, 1, b"a");
        message(&queue, 2, b"b");
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        queue.drain(&mut [0; 64]).unwrap();
        message(&queue, 3, b"c");
        assert_eq!(wakes.load(Ordering::SeqCst), 2);
    }

    /// Work that puts a message into the queue each time that it goes on.
    fn messenger(queue: &Arc<Queue>) -> Arc<Hosted> {
        let to = queue.clone();
        let work = Box::pin(std::future::poll_fn(move |_| {
            message(&to, 1, b"a");
            std::task::Poll::Pending
        }));
        Hosted::new(tokio_handle(), tracing::Dispatch::none(), work)
    }

    fn tokio_handle() -> tokio::runtime::Handle {
        static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> =
            std::sync::LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());
        RUNTIME.handle().clone()
    }

    #[test]
    fn what_a_drain_has_brought_about_needs_no_wake() {
        let wakes = AtomicUsize::new(0);
        let queue = Arc::new(Queue::new(Some(Wake::new(
            count,
            (&raw const wakes).cast_mut().cast(),
        ))));
        let work = messenger(&queue);
        queue.knock(work.clone());
        queue.knock(work.clone());
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        assert_eq!(queue.drain(&mut [0; 64]).unwrap(), 24, "it went on once");
        assert_eq!(queue.drain(&mut [0; 64]).unwrap(), 0);
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        queue.knock(work);
        message(&queue, 2, b"b");
        assert_eq!(wakes.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_wait_and_a_look_at_the_size_go_on_with_what_was_woken() {
        let queue = Arc::new(Queue::new(None));
        let work = messenger(&queue);
        queue.knock(work.clone());
        assert_eq!(queue.ready_bytes().unwrap(), 24);
        queue.drain(&mut [0; 24]).unwrap();
        let (waiting, other) = (queue.clone(), work.clone());
        let waiter = thread::spawn(move || waiting.wait(None).unwrap());
        queue.knock(other);
        assert!(waiter.join().unwrap());
    }

    #[test]
    fn a_closed_queue_wakes_nobody_and_takes_nothing() {
        let wakes = AtomicUsize::new(0);
        let queue = Queue::new(Some(Wake::new(count, (&raw const wakes).cast_mut().cast())));
        queue.close().unwrap();
        assert!(!queue.push_message(1, vec![]));
        assert_eq!(wakes.load(Ordering::SeqCst), 0);
        assert_eq!(queue.ready_bytes().unwrap_err().code, Code::Closed);
        assert_eq!(queue.wait(None).unwrap_err().code, Code::Closed);
    }

    #[test]
    fn a_wait_ends_when_something_arrives_or_time_runs_out() {
        let queue = Arc::new(Queue::new(None));
        assert!(!queue.wait(Some(Duration::from_millis(1))).unwrap());
        let other = queue.clone();
        let waiter = thread::spawn(move || other.wait(None).unwrap());
        message(&queue, 1, b"a");
        assert!(waiter.join().unwrap());
    }

    #[test]
    fn a_close_hook_runs_once_also_when_it_comes_late() {
        let runs = Arc::new(AtomicUsize::new(0));
        let queue = Queue::new(None);
        let early = runs.clone();
        queue.on_close(move || {
            early.fetch_add(1, Ordering::SeqCst);
        });
        queue.close().unwrap();
        let late = runs.clone();
        queue.on_close(move || {
            late.fetch_add(1, Ordering::SeqCst);
        });
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }
}
