//! The queue that a stream ends in.

use crate::bridge::{
    call_result::{CallResult, TaskLease},
    completion_queue::CompletionQueue,
    error::{BridgeError, Code},
};
use std::sync::Arc;

/// A queue, and the tag that its host tells the stream by.
pub struct Sink {
    queue: Arc<CompletionQueue>,
    tag: u64,
}

impl Sink {
    /// Makes a sink. Refuses tag 0, which would drop every task, and a queue that takes nothing any more.
    pub fn new(queue: Arc<CompletionQueue>, tag: u64) -> Result<Self, BridgeError> {
        if tag == 0 {
            return Err(BridgeError::new(
                Code::InvalidArgument,
                "tag 0 is the fire-and-forget tag: a stream needs another",
            ));
        }
        if queue.is_closed() {
            return Err(BridgeError::new(Code::Closed, "the queue is closed"));
        }
        Ok(Self { queue, tag })
    }

    /// The queue.
    pub fn queue(&self) -> &Arc<CompletionQueue> {
        &self.queue
    }

    /// Adds a task. If the queue is closed, the task goes back to its source.
    pub fn push_task(&self, task: TaskLease) {
        self.queue.push_result(self.tag, Ok(CallResult::Task(task)));
    }

    /// Adds an encoded task that has no way back.
    pub fn push_bytes(&self, task: Vec<u8>) {
        self.queue
            .push_result(self.tag, Ok(CallResult::Bytes(task)));
    }

    /// Adds an error of the stream.
    pub fn push_error(&self, error: BridgeError) {
        self.queue.push_result(self.tag, Err(error));
    }

    /// Adds the end of the stream.
    pub fn push_end(&self) {
        self.queue.push_end(self.tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_cannot_end_in_a_closed_queue_or_without_a_tag() {
        let queue = Arc::new(CompletionQueue::new(None));
        let untagged = Sink::new(queue.clone(), 0).err().unwrap();
        assert_eq!(untagged.code, Code::InvalidArgument);
        assert!(Sink::new(queue.clone(), 1).is_ok());
        queue.close().unwrap();
        let closed = Sink::new(queue, 1).err().unwrap();
        assert_eq!(closed.code, Code::Closed);
    }
}
