//! Where tasks of one kind come from, and where they go back to if nobody takes them.

use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
};

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
        self.source = Weak::<ReturnedTasks>::new();
    }
}

impl Drop for UndeliveredTask {
    fn drop(&mut self) {
        if let Some(source) = self.source.upgrade() {
            source.take_back(std::mem::take(&mut self.task));
        }
    }
}

/// Tasks that were polled and not delivered: the next poll takes them first.
#[derive(Default)]
pub struct ReturnedTasks {
    tasks: Mutex<VecDeque<Vec<u8>>>,
}

impl ReturnedTasks {
    /// The oldest returned task.
    pub fn next(&self) -> Option<Vec<u8>> {
        self.tasks.lock().pop_front()
    }

    /// Wraps a task so that it comes back here if nobody takes it.
    pub fn track(self: &Arc<Self>, task: Vec<u8>) -> UndeliveredTask {
        let source: Weak<Self> = Arc::downgrade(self);
        UndeliveredTask::new(task, source)
    }
}

impl TakeBack for ReturnedTasks {
    fn take_back(&self, task: Vec<u8>) {
        self.tasks.lock().push_back(task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_comes_back_unless_it_is_delivered() {
        let returned = Arc::new(ReturnedTasks::default());
        returned.track(b"kept".to_vec()).delivered();
        assert!(returned.next().is_none());
        drop(returned.track(b"lost".to_vec()));
        assert_eq!(returned.next().unwrap(), b"lost");
        assert!(returned.next().is_none());
    }
}
