//! Where tasks of one kind come from, and where they go back to if nobody takes them.

use crate::error::BridgeError;
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Weak},
};
use tokio::sync::Notify;

/// Takes back a task whose receiver went away.
pub trait TakeBack: Send + Sync {
    /// `task` is the encoded task, as core gave it.
    fn take_back(&self, task: Vec<u8>);
}

/// A task on its way to a host. Goes back to where it came from unless it is delivered.
pub struct UndeliveredTask {
    task: Vec<u8>,
    source: Weak<dyn TakeBack>,
}

impl UndeliveredTask {
    /// A task that came from `source`.
    pub fn new(task: Vec<u8>, source: Weak<dyn TakeBack>) -> Self {
        Self { task, source }
    }

    /// The encoded task.
    pub fn bytes(&self) -> &[u8] {
        &self.task
    }

    /// The host has it.
    pub fn delivered(mut self) {
        self.source = Weak::<WaitingTasks>::new();
    }
}

impl Drop for UndeliveredTask {
    fn drop(&mut self) {
        if let Some(source) = self.source.upgrade() {
            source.take_back(std::mem::take(&mut self.task));
        }
    }
}

/// Tasks that were polled from core and that no host has: on their way to a call that waits, or returned.
#[derive(Default)]
pub struct WaitingTasks {
    state: Mutex<State>,
    /// Something arrived, or a poll of core ended.
    changed: Notify,
}

#[derive(Default)]
struct State {
    arrived: VecDeque<Result<Vec<u8>, BridgeError>>,
    /// Core is being polled.
    polling: bool,
}

impl WaitingTasks {
    /// The oldest task that is here.
    pub fn next(&self) -> Option<Vec<u8>> {
        self.state.lock().arrived.pop_front()?.ok()
    }

    /// Waits for a task. `start_poll` polls core once, and calls [`WaitingTasks::polled`] with what that brings.
    ///
    /// May be dropped at any time: the poll goes on, and the next caller gets the task.
    pub async fn wait(
        self: &Arc<Self>,
        start_poll: impl Fn() -> Result<(), BridgeError>,
    ) -> Result<UndeliveredTask, BridgeError> {
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            {
                let mut state = self.state.lock();
                if let Some(task) = state.arrived.pop_front() {
                    return Ok(self.track(task?));
                }
                if !state.polling {
                    start_poll()?;
                    state.polling = true;
                }
            }
            changed.await;
        }
    }

    /// A poll of core ended.
    pub fn polled(&self, task: Result<Vec<u8>, BridgeError>) {
        {
            let mut state = self.state.lock();
            state.polling = false;
            state.arrived.push_back(task);
        }
        self.changed.notify_waiters();
    }

    /// Wraps a task so that it comes back here if nobody takes it.
    pub fn track(self: &Arc<Self>, task: Vec<u8>) -> UndeliveredTask {
        let source: Weak<Self> = Arc::downgrade(self);
        UndeliveredTask::new(task, source)
    }
}

impl TakeBack for WaitingTasks {
    fn take_back(&self, task: Vec<u8>) {
        self.state.lock().arrived.push_back(Ok(task));
        self.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use futures_util::FutureExt;

    #[test]
    fn a_task_comes_back_unless_it_is_delivered() {
        let waiting = Arc::new(WaitingTasks::default());
        waiting.track(b"kept".to_vec()).delivered();
        assert!(waiting.next().is_none());
        drop(waiting.track(b"lost".to_vec()));
        assert_eq!(waiting.next().unwrap(), b"lost");
        assert!(waiting.next().is_none());
    }

    #[test]
    fn a_task_that_comes_back_reaches_a_call_that_waits() {
        let waiting = Arc::new(WaitingTasks::default());
        let undelivered = waiting.track(b"again".to_vec());
        let mut wait = Box::pin(waiting.wait(|| Ok(())));
        assert!(wait.as_mut().now_or_never().is_none());
        drop(undelivered);
        let task = wait.now_or_never().unwrap().unwrap();
        assert_eq!(task.bytes(), b"again");
        task.delivered();
    }

    #[test]
    fn one_poll_serves_the_calls_that_come_and_go() {
        let waiting = Arc::new(WaitingTasks::default());
        let polls = std::cell::Cell::new(0);
        let start = || {
            polls.set(polls.get() + 1);
            Ok(())
        };
        assert!(waiting.wait(start).now_or_never().is_none());
        let mut first = Box::pin(waiting.wait(start));
        let mut second = Box::pin(waiting.wait(start));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        assert_eq!(polls.get(), 1);
        waiting.polled(Ok(b"task".to_vec()));
        assert_eq!(first.now_or_never().unwrap().unwrap().bytes(), b"task");
        // The dropped task came back, before core was polled for the second.
        assert_eq!(second.now_or_never().unwrap().unwrap().bytes(), b"task");
        assert_eq!(polls.get(), 1);
    }

    #[test]
    fn an_error_ends_one_call() {
        let waiting = Arc::new(WaitingTasks::default());
        let mut wait = Box::pin(waiting.wait(|| Ok(())));
        assert!(wait.as_mut().now_or_never().is_none());
        waiting.polled(Err(BridgeError::new(Code::ShutDown, "over")));
        assert_eq!(
            wait.now_or_never().unwrap().err().unwrap().code,
            Code::ShutDown
        );
        assert!(waiting.wait(|| Ok(())).now_or_never().is_none());
    }
}
