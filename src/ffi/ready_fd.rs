//! The file descriptor by which an event loop learns that a queue has something to drain.

use crate::bridge::{
    completion_queue::ReadySignal,
    error::{BridgeError, Code},
};

/// Makes a queue's file descriptor.
#[cfg(unix)]
pub fn ready_fd() -> Result<Box<dyn ReadySignal>, BridgeError> {
    Ok(Box::new(socket_pair().map_err(none_left)?))
}

#[cfg(unix)]
fn none_left(error: std::io::Error) -> BridgeError {
    BridgeError::new(
        Code::FailedPrecondition,
        format!("the system gives no file descriptor, close others: {error}"),
    )
}

/// Says that there are no file descriptors to watch.
#[cfg(not(unix))]
pub fn ready_fd() -> Result<Box<dyn ReadySignal>, BridgeError> {
    Err(BridgeError::new(
        Code::FailedPrecondition,
        "this system has no file descriptors to watch: give the queue a wake",
    ))
}

#[cfg(unix)]
use descriptors::socket_pair;

#[cfg(unix)]
mod descriptors {
    use super::{BridgeError, ReadySignal, none_left};
    use std::{
        io::{self, Read, Write},
        os::{
            fd::{AsRawFd, IntoRawFd},
            unix::net::UnixStream,
        },
    };

    /// A socket, since all event loops take those. Neither end blocks.
    pub struct ReadyFd {
        /// The end that the host watches.
        watched: UnixStream,
        /// The one that makes it readable.
        written: UnixStream,
    }

    impl ReadySignal for ReadyFd {
        fn set(&self) {
            // It fails only if nobody has read what came before, which is readable as well.
            let _ = (&self.written).write(&[1]);
        }

        fn clear(&self) {
            // It fails only if a host has read what was there.
            let _ = (&self.watched).read(&mut [0]);
        }

        fn descriptor(&self) -> i32 {
            self.watched.as_raw_fd()
        }

        fn duplicate(&self) -> Result<i32, BridgeError> {
            Ok(self.watched.try_clone().map_err(none_left)?.into_raw_fd())
        }
    }

    pub fn socket_pair() -> io::Result<ReadyFd> {
        let (watched, written) = UnixStream::pair()?;
        watched.set_nonblocking(true)?;
        written.set_nonblocking(true)?;
        Ok(ReadyFd { watched, written })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::bridge::completion_queue::CompletionQueue;
    use std::ffi::{c_int, c_short, c_ulong};

    const POLLIN: c_short = 1;

    /// Asks poll(2) what it says at once.
    fn polled(fd: i32) -> c_short {
        #[repr(C)]
        struct PollFd {
            fd: c_int,
            events: c_short,
            revents: c_short,
        }
        unsafe extern "C" {
            fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
        }
        let mut asked = PollFd {
            fd,
            events: POLLIN,
            revents: 0,
        };
        // SAFETY: one structure is passed, and lives until the call returns.
        unsafe { poll(&raw mut asked, 1, 0) };
        asked.revents
    }

    #[test]
    fn is_readable_while_there_is_something_to_drain() {
        let queue = CompletionQueue::new(None);
        assert!(queue.push_message(1, vec![]));
        let fd = queue
            .read_signal(ready_fd, |signal| signal.descriptor())
            .unwrap();
        assert_eq!(
            polled(fd),
            POLLIN,
            "a record was there before it was asked for"
        );
        assert!(queue.push_message(2, vec![]));
        assert_eq!(queue.drain(&mut [0; 16]).unwrap(), 16);
        assert_eq!(polled(fd), POLLIN, "one is left");
        assert!(queue.drain(&mut [0; 15]).is_err());
        assert_eq!(polled(fd), POLLIN, "the room was too small");
        assert_eq!(queue.drain(&mut [0; 16]).unwrap(), 16);
        assert_eq!(polled(fd), 0);
        assert!(queue.push_message(3, vec![]));
        assert_eq!(polled(fd), POLLIN);
        let again = queue.read_signal(
            || unreachable!("there is one"),
            |signal| signal.descriptor(),
        );
        assert_eq!(again.unwrap(), fd);
        queue.close().unwrap();
        assert!(queue.read_signal(ready_fd, |_| ()).is_err());
    }

    #[test]
    fn a_host_that_reads_it_blocks_nothing() {
        let made = socket_pair().unwrap();
        made.clear();
        assert_eq!(polled(made.descriptor()), 0);
        made.set();
        assert_eq!(polled(made.descriptor()), POLLIN);
    }
}
