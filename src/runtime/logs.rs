//! Forwards core's log lines to the host: kept until the host attaches a queue and drains it.

use crate::bridge::completion_queue::{CompletionQueue, DrainWork};
use parking_lot::Mutex;
use serde_json::json;
use std::{collections::VecDeque, sync::Arc};
use temporalio_common::telemetry::{CoreLog, CoreLogConsumer};

/// How many lines are kept while the host does not drain them; then the oldest go.
const MAX_KEPT_LINES: usize = if cfg!(test) { 64 } else { 16_384 };

#[derive(Default)]
struct State {
    kept: VecDeque<Vec<u8>>,
    queue: Option<(Arc<CompletionQueue>, u64)>,
}

/// The lines that the host has not drained. A drain moves them into its queue, so that a host that is busy for long
/// cannot make the queue grow without limit.
#[derive(Default)]
struct Lines {
    state: Mutex<State>,
}

impl DrainWork for Lines {
    fn run(self: Arc<Self>) {
        // Locked while lines are pushed: lines of two drains stay in order.
        let mut state = self.state.lock();
        let Some((queue, tag)) = state.queue.clone() else {
            return;
        };
        // A closed queue would drop them.
        if !queue.is_closed() {
            for line in state.kept.drain(..) {
                queue.push_message(tag, line);
            }
        }
    }
}

/// The consumer that core's logging layer calls for each line, on any thread.
#[derive(Default)]
pub struct LogForwarder {
    lines: Arc<Lines>,
}

impl LogForwarder {
    /// Streams kept and later lines into `queue` with `tag`.
    pub fn attach(&self, queue: Arc<CompletionQueue>, tag: u64) {
        let any = {
            let mut state = self.lines.state.lock();
            state.queue = Some((queue.clone(), tag));
            !state.kept.is_empty()
        };
        if any {
            queue.schedule(self.lines.clone());
        }
    }

    fn forward(&self, line: Vec<u8>) {
        let queue = {
            let mut state = self.lines.state.lock();
            if state.kept.len() == MAX_KEPT_LINES {
                state.kept.pop_front();
            }
            state.kept.push_back(line);
            if state
                .queue
                .as_ref()
                .is_some_and(|(queue, _)| queue.is_closed())
            {
                state.queue = None;
            }
            state.queue.as_ref().map(|(queue, _)| queue.clone())
        };
        // Without the lock: the wake that this calls may take its time.
        if let Some(queue) = queue {
            queue.schedule(self.lines.clone());
        }
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
        let state = logs.lines.state.lock();
        assert_eq!(state.kept.len(), MAX_KEPT_LINES);
        assert_eq!(state.kept[0], b"1");
    }

    #[test]
    fn a_queue_that_is_not_drained_does_not_grow_without_limit() {
        let logs = LogForwarder::default();
        let queue = Arc::new(CompletionQueue::new(None));
        logs.attach(queue.clone(), 9);
        for line in 0..2 * MAX_KEPT_LINES {
            logs.forward(format!("{line:05}").into_bytes());
        }
        // Each line has 5 letters, in a record of 24 bytes.
        assert_eq!(queue.ready_bytes().unwrap(), MAX_KEPT_LINES * 24);
        let mut out = [0; 24];
        queue.drain(&mut out).unwrap();
        assert_eq!(&out[16..21], format!("{MAX_KEPT_LINES:05}").as_bytes());
    }
}
