//! A future polled by the thread that drains a queue, or by the runtime if it has no queue.
//!
//! Core makes workflow activations on a thread of its own. Polled by the thread that drains them, an activation takes one
//! wake, from core's thread to the host's. A task of the runtime would be woken in between, only to hand it over.

use super::executor::{Executor, Work};
use crate::bridge::{
    completion_queue::{CompletionQueue, DrainWork},
    sync::Mutex,
};
use std::{
    sync::Arc,
    task::{Wake, Waker},
};

/// A future and the queue whose drains poll it.
pub struct DrainTask {
    executor: Executor,
    /// Locked while the work is polled. None once it has ended or left for the runtime.
    work: Mutex<Option<Work>>,
    queue: Mutex<Option<Arc<CompletionQueue>>>,
}

impl DrainTask {
    /// Makes a task of `work`. The first [`DrainTask::set_queue`] starts it.
    pub fn new(executor: Executor, work: Work) -> Arc<Self> {
        Arc::new(Self {
            executor,
            work: Mutex::new(Some(work)),
            queue: Mutex::default(),
        })
    }

    /// Moves the work to the thread that drains `queue`, or to the runtime if there is none.
    ///
    /// While a queue has the work it must be drained, and must not be closed until the work has moved.
    pub fn set_queue(self: &Arc<Self>, queue: Option<Arc<CompletionQueue>>) {
        *self.queue.lock() = queue;
        // The previous queue may have taken a wake and never run the work.
        self.wake_by_ref();
    }

    /// Moves the work to the runtime for good. It also ends with the runtime.
    pub fn detach_to_runtime(&self) {
        if let Some(work) = self.work.lock().take() {
            self.executor.spawn(work);
        }
    }
}

impl DrainWork for DrainTask {
    fn run(self: Arc<Self>) {
        let mut place = self.work.lock();
        let Some(work) = place.as_mut() else { return };
        let waker = Waker::from(self.clone());
        if self.executor.poll_on_this_thread(work, &waker).is_ready() {
            *place = None;
        }
    }
}

impl Wake for DrainTask {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let queue = self.queue.lock().clone();
        let task = self.clone();
        match queue {
            Some(queue) => queue.schedule(task),
            None => self.executor.spawn(async move { task.run() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, thread};
    use tokio::sync::Notify;

    /// A task that reports the thread of each poll: the first one, and one for each notification.
    fn polling_threads(
        runtime: &tokio::runtime::Runtime,
    ) -> (
        Arc<DrainTask>,
        Arc<Notify>,
        mpsc::Receiver<thread::ThreadId>,
    ) {
        let (tell, told) = mpsc::channel();
        let notify = Arc::new(Notify::new());
        let notified = notify.clone();
        let work = async move {
            loop {
                if tell.send(thread::current().id()).is_err() {
                    return;
                }
                notified.notified().await;
            }
        };
        let task = DrainTask::new(Executor::of(runtime), Box::pin(work));
        (task, notify, told)
    }

    #[test]
    fn runs_on_the_thread_that_drains_its_queue() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (task, notify, told) = polling_threads(&runtime);
        let queue = Arc::new(CompletionQueue::new(None));
        task.set_queue(Some(queue.clone()));
        assert!(told.try_recv().is_err(), "nobody has drained");
        for _ in 0..2 {
            assert_eq!(queue.drain(&mut [0; 0]).unwrap(), 0);
            assert_eq!(told.try_recv().unwrap(), thread::current().id());
            notify.notify_one();
        }
    }

    #[test]
    fn runs_on_the_runtime_without_a_queue() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (task, notify, told) = polling_threads(&runtime);
        let queue = Arc::new(CompletionQueue::new(None));
        task.set_queue(Some(queue.clone()));
        notify.notify_one();
        task.set_queue(None);
        for _ in 0..2 {
            assert_ne!(told.recv().unwrap(), thread::current().id());
        }
    }

    #[test]
    fn detached_work_needs_no_drain_and_does_not_come_back() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (task, notify, told) = polling_threads(&runtime);
        let queue = Arc::new(CompletionQueue::new(None));
        task.set_queue(Some(queue.clone()));
        task.detach_to_runtime();
        assert_ne!(told.recv().unwrap(), thread::current().id());
        task.set_queue(Some(queue.clone()));
        queue.drain(&mut [0; 0]).unwrap();
        notify.notify_one();
        assert_ne!(told.recv().unwrap(), thread::current().id());
        drop(runtime);
        assert!(told.recv().is_err(), "it ends with the runtime");
    }

    #[test]
    fn work_that_has_ended_is_dropped() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let held = Arc::new(());
        let in_work = held.clone();
        let work = async move { drop(in_work) };
        let task = DrainTask::new(Executor::of(&runtime), Box::pin(work));
        task.clone().run();
        task.clone().run();
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
