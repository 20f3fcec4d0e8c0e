//! Completion queues: many native threads hand results to one host thread, with one wake and one drain.

use super::{
    call_result::{self, CallResult},
    error::{BridgeError, Code},
    handle::Kind,
    host_memory::{self, OutByte},
    invariant::invariant,
    sync::{Condvar, Mutex, MutexGuard, ThreadId, this_thread},
};
use std::{
    collections::VecDeque,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

/// Set in the `kind` of the last record of a drain that left others behind. Drain again for these: no wake comes.
pub const TEMPORAL_BUN_RECORD_MORE: u32 = 0x8000_0000;

const HEADER_BYTES: usize = 16;
/// The places of a header's fields after the tag.
const KIND: usize = 8;
const LENGTH: usize = 12;
const ALIGNMENT: usize = 8;

/// One completion, on its way to the host.
struct Record {
    tag: u64,
    payload: Payload,
}

enum Payload {
    /// A successful call.
    Result(CallResult),
    /// A failed call: the error as JSON.
    Error(Vec<u8>),
    /// A message of the host's own, or a log line.
    Message(Vec<u8>),
    /// The end of a stream.
    End,
}

impl Payload {
    /// The record's `kind`, as documented in `docs/ffi-surface.md`.
    fn kind(&self) -> u32 {
        match self {
            Payload::Result(result) => match result.as_payload() {
                call_result::Payload::Bytes(_) => 0,
                call_result::Payload::Handle(_) => 2,
            },
            Payload::Message(_) => 0,
            Payload::Error(_) => 1,
            Payload::End => 3,
        }
    }

    fn len(&self) -> usize {
        match self {
            Payload::Result(result) => match result.as_payload() {
                call_result::Payload::Bytes(bytes) => bytes.len(),
                call_result::Payload::Handle(_) => mem::size_of::<u64>(),
            },
            Payload::Error(bytes) | Payload::Message(bytes) => bytes.len(),
            Payload::End => 0,
        }
    }

    fn write<B: OutByte>(&self, out: &mut [B]) {
        let fits = match self {
            Payload::Result(result) => match result.as_payload() {
                call_result::Payload::Bytes(bytes) => host_memory::copy(bytes, out),
                call_result::Payload::Handle(handle) => {
                    host_memory::copy(&handle.to_le_bytes(), out)
                }
            },
            Payload::Error(bytes) | Payload::Message(bytes) => host_memory::copy(bytes, out),
            Payload::End => true,
        };
        invariant!(fits, "the room is as long as the payload");
    }
}

impl Record {
    fn encoded_len(&self) -> usize {
        HEADER_BYTES + self.payload.len().next_multiple_of(ALIGNMENT)
    }

    /// Writes the record to `out`, which must have exactly its length.
    fn encode<B: OutByte>(&self, out: &mut [B]) {
        invariant!(out.len() == self.encoded_len(), "a record fits exactly");
        let len = self.payload.len();
        let (header, rest) = out.split_at_mut(HEADER_BYTES);
        let (payload, padding) = rest.split_at_mut(len);
        host_memory::copy(&self.tag.to_le_bytes(), header);
        host_memory::copy(&self.payload.kind().to_le_bytes(), &mut header[KIND..]);
        host_memory::copy(&(len as u32).to_le_bytes(), &mut header[LENGTH..]);
        self.payload.write(payload);
        padding.iter_mut().for_each(|byte| byte.set(0));
    }

    /// Records that the host has the record.
    fn mark_delivered(self) {
        if let Payload::Result(result) = self.payload {
            result.mark_delivered();
        }
    }
}

/// Shows a host that does not want to be called whether there is something to drain.
pub trait ReadySignal: Send {
    /// Shows that there is something.
    fn set(&self);

    /// Shows that there is nothing.
    fn clear(&self);

    /// The file descriptor that a host watches.
    fn descriptor(&self) -> i32;

    /// Another one for the same, which the caller closes.
    fn duplicate(&self) -> Result<i32, BridgeError>;
}

/// A queue's signal, and what it shows.
struct Shown {
    signal: Box<dyn ReadySignal>,
    is_set: bool,
}

/// Work that runs on the thread that drains a queue.
pub trait DrainWork: Send + Sync {
    /// Runs the work until it has to wait.
    fn run(self: Arc<Self>);
}

#[derive(Default)]
struct Records {
    waiting: VecDeque<Record>,
    /// The length of all waiting records, encoded.
    bytes: usize,
    /// A closed queue has no records and no work, and takes none.
    closed: bool,
    /// Work that the next drain runs. It may push records.
    woken: VecDeque<Arc<dyn DrainWork>>,
    /// A drain is about to take all records: new ones need no wake.
    draining: bool,
    /// None until a host asks for it, and once the queue is closed.
    shown: Option<Shown>,
}

impl Records {
    /// Returns true if a drain would do nothing.
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.woken.is_empty()
    }

    /// Shows whether a drain would do something.
    fn show(&mut self) {
        let is_ready = !self.is_idle();
        let Some(shown) = &mut self.shown else {
            return;
        };
        if shown.is_set == is_ready {
            return;
        }
        if is_ready {
            shown.signal.set();
        } else {
            shown.signal.clear();
        }
        shown.is_set = is_ready;
    }

    fn check(&self) {
        invariant!(
            self.bytes == self.waiting.iter().map(Record::encoded_len).sum::<usize>(),
            "the length is that of the records"
        );
        invariant!(
            !self.closed || self.is_idle(),
            "a closed queue holds nothing"
        );
    }
}

/// Tells the host thread that there is something to drain. Called from any thread.
pub type Wake = Box<dyn Fn() + Send>;

type CloseHook = Box<dyn FnOnce() + Send>;

/// A queue of completions for one host thread.
pub struct CompletionQueue {
    records: Mutex<Records>,
    arrived: Condvar,
    /// Locked while the callback runs, so that a close waits for it.
    wake: Mutex<Option<Wake>>,
    /// The thread that runs the callback. A close from there is an error instead of a deadlock.
    firing: Mutex<Option<ThreadId>>,
    close_hooks: Mutex<Vec<CloseHook>>,
}

impl Kind for CompletionQueue {
    const NAME: &'static str = "queue";
}

impl CompletionQueue {
    /// Makes a queue that calls `wake`, if there is one, whenever it turns from idle to not idle.
    pub fn new(wake: Option<Wake>) -> Self {
        Self {
            records: Mutex::default(),
            arrived: Condvar::new(),
            wake: Mutex::new(wake),
            firing: Mutex::new(None),
            close_hooks: Mutex::default(),
        }
    }

    /// Adds the result of a call. `tag` 0 is the fire-and-forget tag: only a failure is added.
    pub fn push_result(&self, tag: u64, result: Result<CallResult, BridgeError>) {
        match result {
            // Dropped, not delivered: the destructor gives back a task and frees a new object.
            Ok(result) if tag == 0 => drop(result),
            Ok(result) => {
                self.push(tag, Payload::Result(result));
            }
            Err(error) => {
                self.push(tag, Payload::Error(error.to_json()));
            }
        }
    }

    /// Adds a message. Returns false if the queue is closed.
    pub fn push_message(&self, tag: u64, message: Vec<u8>) -> bool {
        self.push(tag, Payload::Message(message))
    }

    /// Adds the end of a stream.
    pub fn push_end(&self, tag: u64) {
        self.push(tag, Payload::End);
    }

    fn push(&self, tag: u64, payload: Payload) -> bool {
        let record = Record { tag, payload };
        let mut records = self.records.lock();
        if records.closed {
            // The record is dropped outside of the lock: its destructor may push to another queue.
            drop(records);
            return false;
        }
        let was_idle = records.is_idle();
        records.bytes += record.encoded_len();
        records.waiting.push_back(record);
        self.notify(records, was_idle);
        true
    }

    /// Runs `work` with the next drain. A closed queue ignores it.
    pub fn schedule(&self, work: Arc<dyn DrainWork>) {
        let mut records = self.records.lock();
        if records.closed || records.woken.iter().any(|other| Arc::ptr_eq(other, &work)) {
            return;
        }
        let was_idle = records.is_idle();
        records.woken.push_back(work);
        self.notify(records, was_idle);
    }

    /// Wakes the host thread after something was added.
    fn notify(&self, mut records: MutexGuard<'_, Records>, was_idle: bool) {
        records.check();
        let fires = was_idle && !records.draining;
        // The drain shows what it has left.
        if !records.draining {
            records.show();
        }
        drop(records);
        if was_idle {
            self.arrived.notify_all();
        }
        if fires {
            self.fire();
        }
    }

    /// Runs woken work on this thread until none is left; returns with the lock held.
    fn run_woken(&self) -> MutexGuard<'_, Records> {
        loop {
            let mut records = self.records.lock();
            let Some(work) = records.woken.pop_front() else {
                return records;
            };
            // Work pushes records, which takes the lock.
            drop(records);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work.run())) {
                self.abandon_drain();
                resume_unwind(panic);
            }
        }
    }

    /// Ends a drain that takes nothing. What is left has had its wake, so it gets another.
    fn abandon_drain(&self) {
        let mut records = self.records.lock();
        records.draining = false;
        let is_idle = records.is_idle();
        self.notify(records, !is_idle);
    }

    fn fire(&self) {
        let wake = self.wake.lock();
        if let Some(wake) = &*wake {
            *self.firing.lock() = Some(this_thread());
            wake();
            *self.firing.lock() = None;
        }
    }

    /// Returns how many bytes a drain of all records needs.
    pub fn ready_bytes(&self) -> Result<usize, BridgeError> {
        let mut records = still_open(self.run_woken())?;
        records.show();
        Ok(records.bytes)
    }

    /// Copies as many whole records as fit into `out`, oldest first, and returns their length in bytes.
    pub fn drain<B: OutByte>(&self, out: &mut [B]) -> Result<usize, BridgeError> {
        still_open(self.records.lock())?.draining = true;
        let mut taken = Vec::<Record>::new();
        let (mut written, mut last) = (0, 0);
        {
            let mut records = still_open(self.run_woken())?;
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
            records.check();
            records.show();
            if let Some(record) = records.waiting.front() {
                let Some(record_before) = taken.last() else {
                    return Err(BridgeError::buffer_too_small(
                        record.encoded_len(),
                        out.len(),
                    ));
                };
                // Others were left behind.
                let kind = record_before.payload.kind() | TEMPORAL_BUN_RECORD_MORE;
                host_memory::copy(&kind.to_le_bytes(), &mut out[last + KIND..]);
            }
        }
        taken.into_iter().for_each(Record::mark_delivered);
        Ok(written)
    }

    /// Reads something from the signal that shows whether there is something to drain. `make` makes the signal the first time.
    pub fn read_signal<T>(
        &self,
        make: impl FnOnce() -> Result<Box<dyn ReadySignal>, BridgeError>,
        read: impl FnOnce(&dyn ReadySignal) -> T,
    ) -> Result<T, BridgeError> {
        let mut records = still_open(self.records.lock())?;
        if let Some(shown) = &records.shown {
            return Ok(read(shown.signal.as_ref()));
        }
        let signal = make()?;
        let result = read(signal.as_ref());
        records.shown = Some(Shown {
            signal,
            is_set: false,
        });
        records.show();
        Ok(result)
    }

    /// Waits until there is something to drain. Without a timeout it waits for ever. Returns false if the time ran out.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool, BridgeError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let nothing = |records: &mut Records| records.is_idle() && !records.closed;
        loop {
            let mut records = self.run_woken();
            records.show();
            match deadline {
                Some(deadline) => {
                    self.arrived
                        .wait_while_until(&mut records, nothing, deadline);
                }
                None => self.arrived.wait_while(&mut records, nothing),
            }
            let records = still_open(records)?;
            // Woken work may push nothing: then the wait goes on.
            if records.woken.is_empty() {
                return Ok(!records.waiting.is_empty());
            }
        }
    }

    /// Closes the queue. No wake runs afterwards; tasks that were not drained go back to their worker.
    pub fn close(&self) -> Result<(), BridgeError> {
        if *self.firing.lock() == Some(this_thread()) {
            return Err(BridgeError::new(
                Code::FailedPrecondition,
                "a queue cannot be closed from inside of its own wake callback",
            ));
        }
        // A thread that runs the callback holds this lock, so the callback does not run from here on.
        *self.wake.lock() = None;
        let (waiting, woken) = {
            let mut records = self.records.lock();
            records.closed = true;
            records.bytes = 0;
            records.shown = None;
            (
                mem::take(&mut records.waiting),
                mem::take(&mut records.woken),
            )
        };
        self.arrived.notify_all();
        // Before the hooks, which let another queue be attached: that queue is to get these tasks.
        drop(waiting);
        // The owner of the work moves it elsewhere, in a hook.
        drop(woken);
        let hooks = mem::take(&mut *self.close_hooks.lock());
        hooks.into_iter().for_each(|hook| hook());
        Ok(())
    }

    /// Runs `hook` when the queue closes, or at once if it is closed already.
    pub fn on_close(&self, hook: impl FnOnce() + Send + 'static) {
        self.close_hooks.lock().push(Box::new(hook));
        // A close between the caller's look-up and this line has run the hooks without this one.
        if self.is_closed() {
            let hooks = mem::take(&mut *self.close_hooks.lock());
            hooks.into_iter().for_each(|hook| hook());
        }
    }

    /// Returns true if the queue takes no more records.
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

fn closed() -> BridgeError {
    BridgeError::new(Code::Closed, "the queue is closed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::executors::{drain_task::DrainTask, executor::Executor};
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    };

    fn message(queue: &CompletionQueue, tag: u64, bytes: &[u8]) {
        assert!(queue.push_message(tag, bytes.to_vec()));
    }

    /// A wake that counts how often it is called.
    fn counting() -> (Arc<AtomicUsize>, Option<Wake>) {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counter = wakes.clone();
        let wake: Wake = Box::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        (wakes, Some(wake))
    }

    #[test]
    fn a_drain_takes_whole_records_in_order() {
        let queue = CompletionQueue::new(None);
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
        let queue = CompletionQueue::new(None);
        message(&queue, 1, b"abc");
        let error = queue.drain(&mut [0; 23]).unwrap_err();
        assert_eq!(error.code, Code::BufferTooSmall);
        assert_eq!(error.details["needed"], 24);
        assert_eq!(queue.drain(&mut [0; 24]).unwrap(), 24);
    }

    #[test]
    fn a_wake_comes_once_for_each_time_the_queue_fills() {
        let (wakes, wake) = counting();
        let queue = CompletionQueue::new(wake);
        message(&queue, 1, b"a");
        message(&queue, 2, b"b");
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        queue.drain(&mut [0; 64]).unwrap();
        message(&queue, 3, b"c");
        assert_eq!(wakes.load(Ordering::SeqCst), 2);
    }

    /// Work that pushes a message each time that it runs.
    fn messenger(queue: &Arc<CompletionQueue>) -> Arc<DrainTask> {
        let to = queue.clone();
        let work = Box::pin(std::future::poll_fn(move |_| {
            message(&to, 1, b"a");
            std::task::Poll::Pending
        }));
        DrainTask::new(Executor::of(tokio()), work)
    }

    fn tokio() -> &'static tokio::runtime::Runtime {
        static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> =
            std::sync::LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());
        &RUNTIME
    }

    #[test]
    fn records_of_work_that_a_drain_runs_need_no_wake() {
        let (wakes, wake) = counting();
        let queue = Arc::new(CompletionQueue::new(wake));
        let work = messenger(&queue);
        queue.schedule(work.clone());
        queue.schedule(work.clone());
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        assert_eq!(queue.drain(&mut [0; 64]).unwrap(), 24, "it ran once");
        assert_eq!(queue.drain(&mut [0; 64]).unwrap(), 0);
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        queue.schedule(work);
        message(&queue, 2, b"b");
        assert_eq!(wakes.load(Ordering::SeqCst), 2);
    }

    /// Work that panics.
    struct Broken;

    impl DrainWork for Broken {
        fn run(self: Arc<Self>) {
            panic!("broken");
        }
    }

    #[test]
    fn a_drain_that_panics_leaves_the_rest_to_another() {
        let (wakes, wake) = counting();
        let queue = Arc::new(CompletionQueue::new(wake));
        message(&queue, 1, b"a");
        queue.schedule(Arc::new(Broken));
        queue.schedule(messenger(&queue));
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        let broken = catch_unwind(AssertUnwindSafe(|| queue.drain(&mut [0; 64])));
        assert!(broken.is_err());
        assert_eq!(wakes.load(Ordering::SeqCst), 2, "there is more to drain");
        assert_eq!(queue.drain(&mut [0; 64]).unwrap(), 24 + 24);
        message(&queue, 2, b"b");
        assert_eq!(wakes.load(Ordering::SeqCst), 3, "the queue wakes as before");
    }

    #[test]
    fn a_wait_and_a_look_at_the_size_run_woken_work() {
        let queue = Arc::new(CompletionQueue::new(None));
        let work = messenger(&queue);
        queue.schedule(work.clone());
        assert_eq!(queue.ready_bytes().unwrap(), 24);
        queue.drain(&mut [0; 24]).unwrap();
        let (waiting, other) = (queue.clone(), work.clone());
        let waiter = thread::spawn(move || waiting.wait(None).unwrap());
        queue.schedule(other);
        assert!(waiter.join().unwrap());
    }

    #[test]
    fn a_closed_queue_wakes_nobody_and_takes_nothing() {
        let (wakes, wake) = counting();
        let queue = CompletionQueue::new(wake);
        queue.close().unwrap();
        assert!(!queue.push_message(1, vec![]));
        assert_eq!(wakes.load(Ordering::SeqCst), 0);
        assert_eq!(queue.ready_bytes().unwrap_err().code, Code::Closed);
        assert_eq!(queue.wait(None).unwrap_err().code, Code::Closed);
    }

    #[test]
    fn a_wait_ends_when_something_arrives_or_time_runs_out() {
        let queue = Arc::new(CompletionQueue::new(None));
        assert!(!queue.wait(Some(Duration::from_millis(1))).unwrap());
        let other = queue.clone();
        let waiter = thread::spawn(move || other.wait(None).unwrap());
        message(&queue, 1, b"a");
        assert!(waiter.join().unwrap());
    }

    #[test]
    fn a_close_hook_runs_once_also_when_it_comes_late() {
        let runs = Arc::new(AtomicUsize::new(0));
        let queue = CompletionQueue::new(None);
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
