//! Tasks of one kind that were polled from core and that no host has.

use crate::{
    bridge::{
        call::{Destination, submit},
        call_result::{CallResult, Requeue, TaskLease},
        error::BridgeError,
        handle::Handle,
        invariant::invariant,
        pending::OnCancel,
    },
    worker::core_slot::CoreSlot,
};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Weak},
};
use tokio::sync::Notify;

/// Tasks that wait for a call or for a queue: on their way, or given back.
#[derive(Default)]
pub struct TaskBacklog {
    state: Mutex<State>,
    /// A task arrived, or a poll of core ended.
    changed: Notify,
}

#[derive(Default)]
struct State {
    arrived: VecDeque<Result<Vec<u8>, BridgeError>>,
    /// Core is being polled.
    polling: bool,
}

impl TaskBacklog {
    /// Takes the oldest task.
    pub fn next(&self) -> Option<Vec<u8>> {
        self.state.lock().arrived.pop_front()?.ok()
    }

    /// Offers each waiting task once. A task that nobody takes waits here again afterwards.
    pub fn offer(self: &Arc<Self>, mut to: impl FnMut(TaskLease)) {
        // Taken out before the first is offered: a task that comes back at once is not offered again.
        for task in self.take_all() {
            to(self.lease(task));
        }
    }

    /// Takes the tasks that wait, oldest first.
    pub fn take_all(&self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Submits a call that waits for a task, as [`TaskBacklog::wait`] does.
    pub fn submit_poll(
        self: &Arc<Self>,
        core: &CoreSlot,
        destination: Destination,
        start_poll: impl Fn() -> Result<(), BridgeError> + Send + 'static,
    ) -> Handle {
        let backlog = self.clone();
        submit(core.executor(), destination, OnCancel::Drop, async move {
            Ok(CallResult::Task(backlog.wait(start_poll).await?))
        })
    }

    /// Waits for a task. `start_poll` polls core once, and passes the outcome to [`TaskBacklog::polled`].
    ///
    /// May be dropped at any time: the poll goes on, and the next caller gets the task.
    pub async fn wait(
        self: &Arc<Self>,
        start_poll: impl Fn() -> Result<(), BridgeError>,
    ) -> Result<TaskLease, BridgeError> {
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            {
                let mut state = self.state.lock();
                if let Some(task) = state.arrived.pop_front() {
                    return Ok(self.lease(task?));
                }
                if !state.polling {
                    start_poll()?;
                    state.polling = true;
                }
            }
            changed.await;
        }
    }

    /// Records how a poll of core ended.
    pub fn polled(&self, task: Result<Vec<u8>, BridgeError>) {
        {
            let mut state = self.state.lock();
            invariant!(state.polling, "a poll was started before it ends");
            state.polling = false;
            state.arrived.push_back(task);
        }
        self.changed.notify_waiters();
    }

    /// Leases a task: it comes back here if nobody takes it.
    pub fn lease(self: &Arc<Self>, task: Vec<u8>) -> TaskLease {
        let source: Weak<Self> = Arc::downgrade(self);
        TaskLease::new(task, source)
    }
}

impl Requeue for TaskBacklog {
    fn requeue(&self, task: Vec<u8>) {
        self.state.lock().arrived.push_back(Ok(task));
        self.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::error::Code;
    use futures_util::FutureExt;

    #[test]
    fn a_task_comes_back_unless_it_is_delivered() {
        let backlog = Arc::new(TaskBacklog::default());
        backlog.lease(b"kept".to_vec()).mark_delivered();
        assert!(backlog.next().is_none());
        drop(backlog.lease(b"lost".to_vec()));
        assert_eq!(backlog.next().unwrap(), b"lost");
        assert!(backlog.next().is_none());
    }

    #[test]
    fn a_task_that_comes_back_is_offered_once() {
        let backlog = Arc::new(TaskBacklog::default());
        drop(backlog.lease(b"first".to_vec()));
        drop(backlog.lease(b"second".to_vec()));
        let mut offered = Vec::new();
        backlog.offer(|task| {
            assert!(offered.len() < 2, "offered again");
            offered.push(task.bytes().to_vec());
        });
        assert_eq!(offered, [b"first".to_vec(), b"second".to_vec()]);
        assert_eq!(backlog.next().unwrap(), b"first");
        assert_eq!(backlog.next().unwrap(), b"second");
    }

    #[test]
    fn a_task_that_comes_back_reaches_a_call_that_waits() {
        let backlog = Arc::new(TaskBacklog::default());
        let leased = backlog.lease(b"again".to_vec());
        let mut wait = Box::pin(backlog.wait(|| Ok(())));
        assert!(wait.as_mut().now_or_never().is_none());
        drop(leased);
        let task = wait.now_or_never().unwrap().unwrap();
        assert_eq!(task.bytes(), b"again");
        task.mark_delivered();
    }

    #[test]
    fn one_poll_serves_the_calls_that_come_and_go() {
        let backlog = Arc::new(TaskBacklog::default());
        let polls = std::cell::Cell::new(0);
        let start = || {
            polls.set(polls.get() + 1);
            Ok(())
        };
        assert!(backlog.wait(start).now_or_never().is_none());
        let mut first = Box::pin(backlog.wait(start));
        let mut second = Box::pin(backlog.wait(start));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        assert_eq!(polls.get(), 1);
        backlog.polled(Ok(b"task".to_vec()));
        assert_eq!(first.now_or_never().unwrap().unwrap().bytes(), b"task");
        // The dropped task came back, before core was polled for the second.
        assert_eq!(second.now_or_never().unwrap().unwrap().bytes(), b"task");
        assert_eq!(polls.get(), 1);
    }

    #[test]
    fn an_error_ends_one_call() {
        let backlog = Arc::new(TaskBacklog::default());
        let mut wait = Box::pin(backlog.wait(|| Ok(())));
        assert!(wait.as_mut().now_or_never().is_none());
        backlog.polled(Err(BridgeError::new(Code::ShutDown, "over")));
        assert_eq!(
            wait.now_or_never().unwrap().err().unwrap().code,
            Code::ShutDown
        );
        assert!(backlog.wait(|| Ok(())).now_or_never().is_none());
    }
}
