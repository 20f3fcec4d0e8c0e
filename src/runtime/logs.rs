//! Forwards core's log lines to the host: kept until the host attaches a queue and drains it.

use crate::bridge::completion_queue::{CompletionQueue, DrainWork};
use parking_lot::Mutex;
use serde_json::json;
use std::{
    collections::VecDeque,
    mem,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use temporalio_common::telemetry::{CoreLog, CoreLogConsumer};

/// The number of lines to keep while the host does not drain them. Then the oldest are dropped.
const MAX_KEPT_LINES: usize = if cfg!(test) { 64 } else { 16_384 };

#[derive(Default)]
struct State {
    kept: VecDeque<Vec<u8>>,
    /// The number of lines that were dropped since the last drain.
    dropped: u64,
    queue: Option<(Arc<CompletionQueue>, u64)>,
}

impl State {
    fn keep(&mut self, line: Vec<u8>) {
        if self.kept.len() == MAX_KEPT_LINES {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back(line);
    }

    /// Takes the lines, oldest first. One more comes before them if others were dropped.
    fn take(&mut self) -> impl Iterator<Item = Vec<u8>> + use<> {
        let dropped = mem::take(&mut self.dropped);
        let notice = (dropped > 0).then(|| dropped_line(dropped));
        notice.into_iter().chain(mem::take(&mut self.kept))
    }
}

/// The lines that the host has not drained. A drain moves them into its queue, so that the queue of a host that is busy
/// for long does not grow without limit.
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
            for line in state.take() {
                queue.push_message(tag, line);
            }
        }
    }
}

/// Receives each line from core's logging layer, on any thread.
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
            state.keep(line);
            state.queue.take_if(|(queue, _)| queue.is_closed());
            state.queue.as_ref().map(|(queue, _)| queue.clone())
        };
        // Without the lock: the wake that this calls may take its time.
        if let Some(queue) = queue {
            queue.schedule(self.lines.clone());
        }
    }
}

/// Says in a log line of its own that others were dropped.
fn dropped_line(dropped: u64) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let line = json!({
        "target": env!("CARGO_CRATE_NAME"),
        "level": "WARN",
        "message": format!(
            "{dropped} log lines were dropped, because the host had not drained the last {MAX_KEPT_LINES}"
        ),
        "timestampMs": now.unwrap_or_default().as_millis() as u64,
        "fields": {"dropped": dropped},
        "spans": [],
    });
    line.to_string().into_bytes()
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
        assert_eq!(state.dropped, 1);
    }

    /// The lines that a drain gives.
    fn drained(queue: &CompletionQueue) -> Vec<Vec<u8>> {
        let mut bytes = vec![0; queue.ready_bytes().unwrap()];
        queue.drain(&mut bytes).unwrap();
        let mut lines = Vec::new();
        let mut rest = &bytes[..];
        while let Some((header, after)) = rest.split_at_checked(16) {
            let len = u32::from_le_bytes(header[12..].try_into().unwrap()) as usize;
            lines.push(after[..len].to_vec());
            rest = &after[len.next_multiple_of(8)..];
        }
        lines
    }

    fn number(line: usize) -> Vec<u8> {
        line.to_string().into_bytes()
    }

    #[test]
    fn a_queue_that_is_not_drained_does_not_grow_without_limit() {
        let logs = LogForwarder::default();
        let queue = Arc::new(CompletionQueue::new(None));
        // Some before there is a queue, some after.
        (0..10).for_each(|line| logs.forward(number(line)));
        logs.attach(queue.clone(), 9);
        (10..2 * MAX_KEPT_LINES).for_each(|line| logs.forward(number(line)));
        let lines = drained(&queue);
        let notice: serde_json::Value = serde_json::from_slice(&lines[0]).unwrap();
        assert_eq!(notice["fields"]["dropped"], MAX_KEPT_LINES);
        assert_eq!(notice["level"], "WARN");
        let newest = MAX_KEPT_LINES..2 * MAX_KEPT_LINES;
        assert_eq!(lines[1..], newest.map(number).collect::<Vec<_>>());
    }

    #[test]
    fn lines_that_were_drained_make_room() {
        let logs = LogForwarder::default();
        let queue = Arc::new(CompletionQueue::new(None));
        logs.attach(queue.clone(), 9);
        for round in 0..3 {
            let lines = (0..MAX_KEPT_LINES).map(|line| number(round + line));
            let lines: Vec<_> = lines.collect();
            lines.iter().for_each(|line| logs.forward(line.clone()));
            assert_eq!(drained(&queue), lines, "none is dropped");
        }
    }
}
