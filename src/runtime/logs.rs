//! Forwards core's log lines to the host. Keeps them until the host attaches a queue, then streams them into it.

use crate::bridge::completion_queue::CompletionQueue;
use parking_lot::Mutex;
use serde_json::json;
use std::{collections::VecDeque, sync::Arc};
use temporalio_common::telemetry::{CoreLog, CoreLogConsumer};

/// The number of lines to keep while no queue is attached. Then the oldest are dropped.
const MAX_KEPT_LINES: usize = 2048;

#[derive(Default)]
struct State {
    kept: VecDeque<Vec<u8>>,
    queue: Option<(Arc<CompletionQueue>, u64)>,
}

/// Receives each line from core's logging layer, on any thread.
#[derive(Default)]
pub struct LogForwarder {
    state: Mutex<State>,
}

impl LogForwarder {
    /// Streams kept and later lines into `queue` with `tag`.
    pub fn attach(&self, queue: Arc<CompletionQueue>, tag: u64) {
        let mut state = self.state.lock();
        for line in std::mem::take(&mut state.kept) {
            queue.push_message(tag, line);
        }
        state.queue = Some((queue, tag));
    }

    fn forward(&self, line: Vec<u8>) {
        // The lock is held while pushing: it keeps lines of different threads in order.
        let mut state = self.state.lock();
        if let Some((queue, tag)) = &state.queue
            && !queue.is_closed()
        {
            queue.push_message(*tag, line);
            return;
        }
        state.queue = None;
        if state.kept.len() == MAX_KEPT_LINES {
            state.kept.pop_front();
        }
        state.kept.push_back(line);
    }
}

impl std::fmt::Debug for LogForwarder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogForwarder")
    }
}

impl CoreLogConsumer for LogForwarder {
    fn on_log(&self, log: CoreLog) {
        let line = json!({
            "target": log.target,
            "level": log.level.as_str(),
            "message": log.message,
            "timestampMs": log.millis_since_epoch() as u64,
            "fields": log.fields,
            "spans": log.span_contexts,
        });
        self.forward(line.to_string().into_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_until_a_queue_is_attached_and_again_after_it_closed() {
        let logs = LogForwarder::default();
        logs.forward(b"one".to_vec());
        let queue = Arc::new(CompletionQueue::new(None));
        logs.attach(queue.clone(), 9);
        logs.forward(b"two".to_vec());
        assert_eq!(queue.ready_bytes().unwrap(), 48);
        queue.close().unwrap();
        logs.forward(b"three".to_vec());
        let next = Arc::new(CompletionQueue::new(None));
        logs.attach(next.clone(), 9);
        let mut out = [0; 24];
        next.drain(&mut out).unwrap();
        assert_eq!(&out[16..21], b"three");
    }

    #[test]
    fn the_oldest_lines_go_first() {
        let logs = LogForwarder::default();
        for line in 0..=MAX_KEPT_LINES {
            logs.forward(line.to_string().into_bytes());
        }
        let state = logs.state.lock();
        assert_eq!(state.kept.len(), MAX_KEPT_LINES);
        assert_eq!(state.kept[0], b"1");
    }
}
