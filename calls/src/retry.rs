//! Decides whether a call that failed is tried again, and when. As core decides for its own calls.

use std::{
    error::Error,
    time::{Duration, Instant},
};
use temporalio_client::{MESSAGE_TOO_LARGE_KEY, RetryOptions, jittered};
use tonic::{Code, Status, metadata::MetadataValue};

/// Codes of failures that may pass.
const PASSING: [Code; 7] = [
    Code::DataLoss,
    Code::Internal,
    Code::Unknown,
    Code::ResourceExhausted,
    Code::Aborted,
    Code::OutOfRange,
    Code::Unavailable,
];

/// How a server or a proxy says that a message is too large. No other try makes it smaller.
const TOO_LARGE: [&str; 3] = [
    "grpc: received message larger than max",
    "grpc: message after decompression larger than max",
    "grpc: received message after decompression larger than max",
];

/// The tries of one call.
pub struct Retries {
    failed: usize,
    most: usize,
    backoff: Backoff,
    /// A server that has too much to do is left alone for longer.
    throttle: Backoff,
}

impl Retries {
    /// Begins a call. `options.max_retries` counts all tries, the first included; 0 sets no limit.
    pub fn new(options: &RetryOptions) -> Self {
        let throttle = RetryOptions::builder()
            .initial_interval(Duration::from_secs(1))
            .multiplier(2.0)
            .max_interval(Duration::from_secs(10))
            .max_elapsed_time(None)
            .build();
        Self {
            failed: 0,
            most: options.max_retries,
            backoff: Backoff::new(options.clone()),
            throttle: Backoff::new(throttle),
        }
    }

    /// Records that a try of `method` failed. Returns the time to wait before the next, or the failure of the call.
    pub fn failed(&mut self, method: &str, mut status: Status) -> Result<Duration, Status> {
        self.failed += 1;
        if self.most > 0 && self.failed >= self.most {
            return Err(status);
        }
        let exhausted = status.code() == Code::ResourceExhausted;
        let message = status.message();
        if exhausted && TOO_LARGE.iter().any(|start| message.starts_with(start)) {
            let mark = MetadataValue::from(0);
            status.metadata_mut().insert(MESSAGE_TOO_LARGE_KEY, mark);
            return Err(status);
        }
        if !PASSING.contains(&status.code()) && !was_cut_off(&status) {
            return Err(status);
        }
        self.log(method, &status);
        let Some(delay) = self.backoff.next() else {
            return Err(status);
        };
        if exhausted {
            return Ok(delay.max(self.throttle.next().unwrap_or_default()));
        }
        Ok(delay)
    }

    fn log(&self, method: &str, error: &Status) {
        let failed = self.failed;
        if failed == 1 {
            tracing::debug!(?error, "gRPC call {method} failed on first attempt");
        } else if self.most == 0 && failed > 15 {
            tracing::error!(?error, "gRPC call {method} retried {failed} times");
        } else if (self.most == 0 && failed > 5) || (self.most > 0 && failed * 2 >= self.most) {
            tracing::warn!(?error, "gRPC call {method} retried {failed} times");
        }
    }
}

/// Whether a call was cancelled by the end of its connection, not by either side.
fn was_cut_off(status: &Status) -> bool {
    let cause = status
        .source()
        .and_then(|error| error.downcast_ref::<tonic::transport::Error>())
        .and_then(Error::source);
    status.code() == Code::Cancelled && cause.is_some_and(|cause| cause.is::<hyper::Error>())
}

/// Delays that grow.
struct Backoff {
    options: RetryOptions,
    started: Instant,
    /// The last delay, without the random part.
    last: Option<Duration>,
}

impl Backoff {
    fn new(options: RetryOptions) -> Self {
        Self {
            options,
            started: Instant::now(),
            last: None,
        }
    }

    /// Returns the next delay. None if it ends after the time for all tries.
    fn next(&mut self) -> Option<Duration> {
        let options = &self.options;
        let next = self.last.map_or(options.initial_interval, |last| {
            let grown = last.as_secs_f64() * options.multiplier;
            Duration::try_from_secs_f64(grown).map_or(options.max_interval, |grown| {
                grown.min(options.max_interval)
            })
        });
        self.last = Some(next);
        let delay = jittered(next, options.randomization_factor);
        let limit = options.max_elapsed_time;
        limit
            .is_none_or(|limit| self.started.elapsed() + delay <= limit)
            .then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> RetryOptions {
        RetryOptions::builder()
            .initial_interval(Duration::from_millis(100))
            .multiplier(2.0)
            .max_interval(Duration::from_millis(300))
            .randomization_factor(0.0)
            .max_retries(0)
            .max_elapsed_time(None)
            .build()
    }

    fn unavailable() -> Status {
        Status::unavailable("busy")
    }

    #[test]
    fn delays_grow_up_to_the_longest() {
        let mut retries = Retries::new(&options());
        for ms in [100, 200, 300, 300] {
            let delay = retries.failed("Call", unavailable()).unwrap();
            assert_eq!(delay.as_millis(), ms);
        }
    }

    #[test]
    fn a_server_with_too_much_to_do_is_left_alone_for_longer() {
        let mut retries = Retries::new(&options());
        for seconds in [1, 2, 4, 8, 10] {
            let status = Status::resource_exhausted("later");
            let delay = retries.failed("Call", status).unwrap();
            // Core's random part of this delay is a fifth.
            assert!(
                delay.abs_diff(Duration::from_secs(seconds)) <= delay / 4,
                "{delay:?}"
            );
        }
    }

    #[test]
    fn a_delay_past_the_time_for_all_tries_ends_them() {
        let mut options = options();
        options.max_elapsed_time = Some(Duration::from_millis(150));
        let mut retries = Retries::new(&options);
        retries.failed("Call", unavailable()).unwrap();
        retries.failed("Call", unavailable()).unwrap_err();
    }

    #[test]
    fn a_message_that_is_too_large_is_marked_and_not_sent_again() {
        for start in TOO_LARGE {
            let status = Status::resource_exhausted(format!("{start} (5 vs. 4)"));
            let status = Retries::new(&options()).failed("Call", status).unwrap_err();
            assert!(status.metadata().contains_key(MESSAGE_TOO_LARGE_KEY));
        }
    }

    #[test]
    fn a_call_that_somebody_cancelled_is_not_tried_again() {
        let mut retries = Retries::new(&options());
        retries.failed("Call", Status::cancelled("no")).unwrap_err();
    }
}
