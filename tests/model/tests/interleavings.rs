//! Models of what many threads do at once to a queue, to work that its drains poll, and to work that its callers poll:
//! whatever their order, nothing is lost, nothing comes twice, and nobody waits for ever.

use shuttle::thread::{self, JoinHandle};
use std::{
    collections::VecDeque,
    future::poll_fn,
    mem::MaybeUninit,
    sync::{Arc, Weak},
    task::{Poll, Waker},
};
use temporal_bun_bridge_model::bridge::{
    call_result::{CallResult, Requeue, TaskLease},
    completion_queue::{CompletionQueue, ReadySignal, TEMPORAL_BUN_RECORD_MORE, Wake},
    error::{BridgeError, Code},
    executors::{
        drain_task::DrainTask,
        executor::Executor,
        inline_task::{Resume, run_inline},
    },
    sync::{Condvar, Mutex},
};

/// The orders in which each model is run: as many at random, and as many that change the thread at few places.
const RUNS: usize = 3000;
const CHANGES: usize = 3;

/// Runs `model` in many orders of its threads. Panics if one of them panics, or if all of them wait.
fn check_model(model: fn()) {
    shuttle::check_random(model, RUNS);
    shuttle::check_pct(model, RUNS, CHANGES);
}

/// A flag that threads wait for, and take.
struct Flag {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Flag {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            is_set: Mutex::new(false),
            changed: Condvar::new(),
        })
    }

    fn put(&self, is_set: bool) {
        *self.is_set.lock() = is_set;
        self.changed.notify_all();
    }

    fn wait(&self) {
        self.changed
            .wait_while(&mut self.is_set.lock(), |is_set| !*is_set);
    }

    fn take(&self) {
        self.wait();
        *self.is_set.lock() = false;
    }

    fn wake(self: &Arc<Self>) -> Wake {
        let flag = self.clone();
        Box::new(move || flag.put(true))
    }
}

/// A file descriptor's stand-in.
struct Descriptor(Arc<Flag>);

impl ReadySignal for Descriptor {
    fn set(&self) {
        assert!(!*self.0.is_set.lock(), "shown twice");
        self.0.put(true);
    }

    fn clear(&self) {
        self.0.put(false);
    }

    fn descriptor(&self) -> i32 {
        0
    }

    fn duplicate(&self) -> Result<i32, BridgeError> {
        unreachable!("nobody asks for it")
    }
}

/// Values on their way to a future.
#[derive(Default)]
struct Channel {
    values: VecDeque<u64>,
    waker: Option<Waker>,
}

fn send(channel: &Mutex<Channel>, value: u64) {
    let waker = {
        let mut channel = channel.lock();
        channel.values.push_back(value);
        channel.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Work that ends when it has passed `count` values on to `to`.
async fn pass_on(channel: Arc<Mutex<Channel>>, count: usize, to: impl Fn(u64)) {
    for _ in 0..count {
        let value = poll_fn(|context| {
            let mut channel = channel.lock();
            match channel.values.pop_front() {
                Some(value) => Poll::Ready(value),
                None => {
                    channel.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        });
        to(value.await);
    }
}

/// Reads the tags of drained records. Returns true if others were left behind.
fn read(drained: &[u8], tags: &mut Vec<u64>) -> bool {
    let mut rest = drained;
    let mut more = false;
    while !rest.is_empty() {
        let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        tags.push(u64::from_le_bytes(rest[..8].try_into().unwrap()));
        more = word(8) & TEMPORAL_BUN_RECORD_MORE != 0;
        rest = &rest[16 + (word(12) as usize).next_multiple_of(8)..];
    }
    more
}

/// Drains once. Adds the tags of the records, and returns true if others were left behind.
fn drain_once<const ROOM: usize>(
    queue: &CompletionQueue,
    tags: &mut Vec<u64>,
) -> Result<bool, BridgeError> {
    let mut out = [MaybeUninit::new(0); ROOM];
    let length = queue.drain(&mut out)?;
    // SAFETY: all of it is initialized.
    let out = out.map(|byte: MaybeUninit<u8>| unsafe { byte.assume_init() });
    Ok(read(&out[..length], tags))
}

/// Drains until nothing is said to be left. There is room for two records with up to eight bytes.
fn drain(queue: &CompletionQueue, tags: &mut Vec<u64>) {
    while drain_once::<48>(queue, tags).unwrap() {}
}

fn push_from_a_thread(
    queue: &Arc<CompletionQueue>,
    tags: impl Iterator<Item = u64> + Send + 'static,
) -> JoinHandle<()> {
    let queue = queue.clone();
    thread::spawn(move || {
        for tag in tags {
            queue.push_message(tag, vec![1]);
        }
    })
}

/// The tags are `expected`, those of each thread in order: the odd ones and the even ones.
fn assert_tags(tags: &[u64], expected: u64) {
    let of = |rest| {
        tags.iter()
            .copied()
            .filter(move |tag| tag % 2 == rest)
            .collect::<Vec<_>>()
    };
    for rest in [0, 1] {
        let all = (1..=expected)
            .filter(|tag| tag % 2 == rest)
            .collect::<Vec<_>>();
        assert_eq!(of(rest), all);
    }
}

#[test]
fn a_host_that_drains_when_it_is_woken_gets_everything() {
    check_model(|| {
        let woken = Flag::new();
        let queue = Arc::new(CompletionQueue::new(Some(woken.wake())));
        push_from_a_thread(&queue, [1, 3, 5].into_iter());
        push_from_a_thread(&queue, [2, 4].into_iter());
        let mut tags = Vec::new();
        while tags.len() < 5 {
            woken.take();
            drain(&queue, &mut tags);
        }
        assert_tags(&tags, 5);
    });
}

#[test]
fn a_host_that_waits_gets_everything() {
    check_model(|| {
        let queue = Arc::new(CompletionQueue::new(None));
        push_from_a_thread(&queue, [1, 3].into_iter());
        push_from_a_thread(&queue, [2, 4].into_iter());
        let mut tags = Vec::new();
        while tags.len() < 4 {
            assert!(queue.wait(None).unwrap());
            drain(&queue, &mut tags);
        }
        assert_tags(&tags, 4);
    });
}

#[test]
fn a_host_that_watches_the_descriptor_gets_everything() {
    check_model(|| {
        let ready = Flag::new();
        let queue = Arc::new(CompletionQueue::new(None));
        let first = push_from_a_thread(&queue, [1, 3].into_iter());
        let signal = Descriptor(ready.clone());
        queue.read_signal(|| Ok(Box::new(signal)), |_| ()).unwrap();
        let second = push_from_a_thread(&queue, [2, 4].into_iter());
        let mut tags = Vec::new();
        while tags.len() < 4 {
            ready.wait();
            drain(&queue, &mut tags);
        }
        first.join().unwrap();
        second.join().unwrap();
        assert_tags(&tags, 4);
        assert!(!*ready.is_set.lock(), "nothing is left");
    });
}

#[test]
fn work_that_drains_poll_loses_no_wake_wherever_it_moves() {
    check_model(|| {
        let woken = Flag::new();
        let queue = Arc::new(CompletionQueue::new(Some(woken.wake())));
        let channel = Arc::<Mutex<Channel>>::default();
        let to = queue.clone();
        let work = pass_on(channel.clone(), 3, move |value| {
            assert!(to.push_message(value, vec![]));
        });
        let task = DrainTask::new(Executor, Box::pin(work));
        task.set_queue(Some(queue.clone()));
        let sender = channel.clone();
        thread::spawn(move || [1, 2, 3].map(|value| send(&sender, value)));
        let moved = (task, queue.clone());
        thread::spawn(move || {
            let (task, queue) = moved;
            task.set_queue(None);
            task.set_queue(Some(queue));
            task.detach_to_runtime();
        });
        let mut tags = Vec::new();
        while tags.len() < 3 {
            woken.take();
            drain(&queue, &mut tags);
        }
        assert_eq!(tags, [1, 2, 3]);
    });
}

#[test]
fn work_of_a_queue_that_closes_goes_on_elsewhere() {
    check_model(|| {
        let queue = Arc::new(CompletionQueue::new(None));
        let channel = Arc::<Mutex<Channel>>::default();
        let done = Flag::new();
        let ended = done.clone();
        let passed = Arc::new(Mutex::new(Vec::new()));
        let to = passed.clone();
        let work = async move {
            pass_on(channel_of(&channel), 2, move |value| to.lock().push(value)).await;
            ended.put(true);
        };
        let task = DrainTask::new(Executor, Box::pin(work));
        task.set_queue(Some(queue.clone()));
        let owner = task.clone();
        queue.on_close(move || owner.set_queue(None));
        let host = queue.clone();
        let drains = thread::spawn(move || {
            while let Ok(_ready) = host.wait(None) {
                if drain_once::<48>(&host, &mut Vec::new()).is_err() {
                    return;
                }
            }
        });
        queue.close().unwrap();
        done.wait();
        drains.join().unwrap();
        assert_eq!(*passed.lock(), [1, 2]);
    });
}

/// The channel, to which a thread of the model sends two values.
fn channel_of(channel: &Arc<Mutex<Channel>>) -> Arc<Mutex<Channel>> {
    let sender = channel.clone();
    thread::spawn(move || [1, 2].map(|value| send(&sender, value)));
    channel.clone()
}

/// Takes tasks back that were not delivered.
#[derive(Default)]
struct Returned(Mutex<Vec<u64>>);

impl Requeue for Returned {
    fn requeue(&self, task: Vec<u8>) {
        self.0.lock().push(task[0].into());
    }
}

#[test]
fn a_task_is_drained_or_comes_back_when_its_queue_closes() {
    check_model(|| {
        let woken = Flag::new();
        let queue = Arc::new(CompletionQueue::new(Some(woken.wake())));
        let returned = Arc::<Returned>::default();
        let source: Weak<Returned> = Arc::downgrade(&returned);
        let from = queue.clone();
        let pushes = thread::spawn(move || {
            for task in 1..=3 {
                let lease = TaskLease::new(vec![task], source.clone());
                from.push_result(task.into(), Ok(CallResult::Task(lease)));
            }
        });
        let host = queue.clone();
        let drains = thread::spawn(move || {
            let mut tags = Vec::new();
            for _ in 0..2 {
                if let Err(error) = drain_once::<48>(&host, &mut tags) {
                    assert_eq!(error.code, Code::Closed);
                }
            }
            tags
        });
        queue.close().unwrap();
        woken.put(false);
        pushes.join().unwrap();
        assert!(!*woken.is_set.lock(), "a closed queue wakes nobody");
        let mut all = drains.join().unwrap();
        all.extend(returned.0.lock().iter());
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3]);
    });
}

#[test]
fn a_close_hook_runs_once_whether_it_comes_before_the_close_or_after() {
    check_model(|| {
        let queue = Arc::new(CompletionQueue::new(None));
        let runs = Arc::new(Mutex::new(0));
        let (hooked, counted) = (queue.clone(), runs.clone());
        let hooks = thread::spawn(move || hooked.on_close(move || *counted.lock() += 1));
        queue.close().unwrap();
        hooks.join().unwrap();
        assert_eq!(*runs.lock(), 1);
    });
}

/// Runs work inline that takes values from two threads, to its end.
fn inline(resume: Resume) {
    let channel = Arc::<Mutex<Channel>>::default();
    let done = Flag::new();
    for value in [1, 2] {
        let sender = channel.clone();
        thread::spawn(move || send(&sender, value));
    }
    let sum = Arc::new(Mutex::new(0));
    let (ended, added) = (done.clone(), sum.clone());
    let work = async move {
        pass_on(channel, 2, |value| *added.lock() += value).await;
        ended.put(true);
    };
    run_inline(&Executor, resume, work);
    done.wait();
    assert_eq!(*sum.lock(), 3, "each value once");
}

#[test]
fn work_that_its_caller_polls_loses_no_wake() {
    check_model(|| inline(Resume::OnRuntime));
    check_model(|| inline(Resume::InWaker));
}

#[test]
fn an_error_reaches_the_host_of_a_call_that_wants_no_answer() {
    check_model(|| {
        let woken = Flag::new();
        let queue = Arc::new(CompletionQueue::new(Some(woken.wake())));
        let from = queue.clone();
        thread::spawn(move || {
            from.push_result(0, Ok(CallResult::Bytes(vec![1])));
            from.push_result(0, Err(BridgeError::new(Code::WorkerFailed, "refused")));
        });
        woken.take();
        let mut tags = Vec::new();
        drain_once::<256>(&queue, &mut tags).unwrap();
        assert_eq!(tags, [0], "the failure alone");
    });
}
