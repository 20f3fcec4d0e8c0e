//! The way in which a host takes the tasks of one kind: by polls, or as a stream, never both.

use crate::bridge::error::{BridgeError, Code};

/// The state of a host's intake of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intake {
    /// It has not asked for any.
    #[default]
    Idle,
    /// It polls.
    Polled,
    /// Tasks stream, into queues or, before a finalization, to nobody.
    Streaming,
    /// The stream has ended.
    Ended,
}

/// The duty of a caller that made tasks stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Start the stream.
    Start,
    /// Nothing: the stream runs.
    Runs,
    /// Report its end: the stream has ended.
    HasEnded,
}

impl Intake {
    /// Makes the host poll. An error if tasks stream.
    pub fn poll(&mut self) -> Result<(), BridgeError> {
        match self {
            Intake::Idle | Intake::Polled => {
                *self = Intake::Polled;
                Ok(())
            }
            Intake::Streaming | Intake::Ended => Err(BridgeError::new(
                Code::FailedPrecondition,
                "these tasks stream into a queue: they cannot be polled as well",
            )),
        }
    }

    /// Makes tasks stream. An error if the host polls.
    pub fn stream(&mut self) -> Result<Stream, BridgeError> {
        match self {
            Intake::Idle => {
                *self = Intake::Streaming;
                Ok(Stream::Start)
            }
            Intake::Polled => Err(BridgeError::new(
                Code::FailedPrecondition,
                "these tasks are polled: they cannot be streamed as well",
            )),
            Intake::Streaming => Ok(Stream::Runs),
            Intake::Ended => Ok(Stream::HasEnded),
        }
    }

    /// Before a finalization: returns whether the caller has to start a stream.
    ///
    /// Core does not finish until every poller has seen its end, so somebody must poll even if no queue was ever attached.
    pub fn drain(&mut self) -> bool {
        *self != Intake::Polled && self.stream() == Ok(Stream::Start)
    }

    /// Records that the stream has ended.
    pub fn end(&mut self) {
        *self = Intake::Ended;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_polled_or_streamed() {
        let mut polled = Intake::default();
        polled.poll().unwrap();
        polled.poll().unwrap();
        assert_eq!(polled.stream().unwrap_err().code, Code::FailedPrecondition);
        let mut streaming = Intake::default();
        assert_eq!(streaming.stream(), Ok(Stream::Start));
        assert_eq!(streaming.stream(), Ok(Stream::Runs));
        assert_eq!(streaming.poll().unwrap_err().code, Code::FailedPrecondition);
        streaming.end();
        assert_eq!(streaming.stream(), Ok(Stream::HasEnded));
        assert_eq!(streaming.poll().unwrap_err().code, Code::FailedPrecondition);
    }

    #[test]
    fn a_finalization_streams_tasks_that_nobody_takes() {
        let mut idle = Intake::default();
        assert!(idle.drain());
        assert!(!idle.drain());
        assert_eq!(idle, Intake::Streaming);
        let mut polled = Intake::Polled;
        assert!(!polled.drain());
        assert_eq!(polled, Intake::Polled);
    }
}
