//! A future that goes on whenever a queue's thread drains it, or on the runtime while no queue has it.
//!
//! Core makes workflow activations on a thread of its own. Polled where they are drained, one takes a single wake, from
//! core's thread to the host's; a task of the runtime would be woken in between, only to hand it over.

use crate::{
    poll_here::{Work, poll_in},
    queue::Queue,
};
use parking_lot::Mutex;
use std::{
    sync::Arc,
    task::{Wake, Waker},
};
use tokio::runtime::Handle;
use tracing::Dispatch;

/// A future and where it goes on.
pub struct Hosted {
    runtime: Handle,
    /// Where what it logs goes. The default of the runtime's own threads; a host's has to be told.
    tracing: Dispatch,
    /// Locked while it is polled. None: it has ended.
    work: Mutex<Option<Work>>,
    host: Mutex<Option<Arc<Queue>>>,
}

impl Hosted {
    /// `work`, which begins with the first [`Hosted::move_to`].
    pub fn new(runtime: Handle, tracing: Dispatch, work: Work) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            tracing,
            work: Mutex::new(Some(work)),
            host: Mutex::default(),
        })
    }

    /// Has the work go on where `host` is drained; None: on the runtime.
    ///
    /// A host that was given the work must not be closed before it is moved away again, and has to be drained.
    pub fn move_to(self: &Arc<Self>, host: Option<Arc<Queue>>) {
        *self.host.lock() = host;
        // A wake may have been lost with the last host.
        self.wake_by_ref();
    }

    /// Has the runtime take the work over for good: it also ends with the runtime.
    pub fn leave(&self) {
        if let Some(work) = self.work.lock().take() {
            self.runtime.spawn(work);
        }
    }

    /// Polls the work once, on the caller's thread.
    pub fn go_on(self: &Arc<Self>) {
        let mut place = self.work.lock();
        let Some(work) = place.as_mut() else { return };
        let waker = Waker::from(self.clone());
        if poll_in(&self.runtime, &self.tracing, work, &waker).is_ready() {
            *place = None;
        }
    }
}

impl Wake for Hosted {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let host = self.host.lock().clone();
        let hosted = self.clone();
        match host {
            Some(queue) => queue.knock(hosted),
            None => drop(self.runtime.spawn(async move { hosted.go_on() })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, thread};
    use tokio::sync::Notify;

    /// Tells on which threads it is polled: at first, and each time that it is notified.
    fn told_threads(
        runtime: &tokio::runtime::Runtime,
    ) -> (Arc<Hosted>, Arc<Notify>, mpsc::Receiver<thread::ThreadId>) {
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
        let hosted = Hosted::new(runtime.handle().clone(), Dispatch::none(), Box::pin(work));
        (hosted, notify, told)
    }

    #[test]
    fn goes_on_where_its_queue_is_drained() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (hosted, notify, told) = told_threads(&runtime);
        let queue = Arc::new(Queue::new(None));
        hosted.move_to(Some(queue.clone()));
        assert!(told.try_recv().is_err(), "nobody has drained");
        for _ in 0..2 {
            assert_eq!(queue.drain(&mut []).unwrap(), 0);
            assert_eq!(told.try_recv().unwrap(), thread::current().id());
            notify.notify_one();
        }
    }

    #[test]
    fn goes_on_in_the_runtime_without_a_queue() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (hosted, notify, told) = told_threads(&runtime);
        let queue = Arc::new(Queue::new(None));
        hosted.move_to(Some(queue.clone()));
        notify.notify_one();
        hosted.move_to(None);
        for _ in 0..2 {
            assert_ne!(told.recv().unwrap(), thread::current().id());
        }
    }

    #[test]
    fn what_has_left_needs_no_drain_and_does_not_come_back() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (hosted, notify, told) = told_threads(&runtime);
        let queue = Arc::new(Queue::new(None));
        hosted.move_to(Some(queue.clone()));
        hosted.leave();
        assert_ne!(told.recv().unwrap(), thread::current().id());
        hosted.move_to(Some(queue.clone()));
        queue.drain(&mut []).unwrap();
        notify.notify_one();
        assert_ne!(told.recv().unwrap(), thread::current().id());
        drop(runtime);
        assert!(told.recv().is_err(), "it ends with the runtime");
    }

    #[test]
    fn what_has_ended_is_let_go() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let held = Arc::new(());
        let in_work = held.clone();
        let work = async move { drop(in_work) };
        let hosted = Hosted::new(runtime.handle().clone(), Dispatch::none(), Box::pin(work));
        hosted.go_on();
        hosted.go_on();
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
