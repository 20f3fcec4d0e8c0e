//! The file descriptor by which an event loop learns that a queue has something to drain.

use crate::bridge::{
    completion_queue::ReadySignal,
    error::{BridgeError, Code},
};

/// Makes a queue's file descriptor.
#[cfg(unix)]
pub fn ready_fd() -> Result<Box<dyn ReadySignal>, BridgeError> {
    let made = made_by_system().map_err(|error| {
        BridgeError::new(
            Code::FailedPrecondition,
            format!("the system gives no file descriptor, close others: {error}"),
        )
    })?;
    Ok(Box::new(made))
}

/// Says that there are no file descriptors to watch.
#[cfg(not(unix))]
pub fn ready_fd() -> Result<Box<dyn ReadySignal>, BridgeError> {
    Err(BridgeError::new(
        Code::FailedPrecondition,
        "this system has no file descriptors to watch: give the queue a wake",
    ))
}

#[cfg(target_os = "linux")]
use descriptors::eventfd as made_by_system;
#[cfg(all(unix, not(target_os = "linux")))]
use descriptors::socket_pair as made_by_system;

#[cfg(unix)]
mod descriptors {
    use super::ReadySignal;
    use std::{
        fs::File,
        io::{self, Read, Write},
        os::fd::{AsRawFd, OwnedFd},
    };

    /// The end that the host watches, and the one that makes it readable. Neither blocks.
    pub struct ReadyFd {
        watched: File,
        /// None if that is the same.
        written: Option<File>,
    }

    /// The length of what an eventfd takes and gives.
    const MESSAGE: [u8; 8] = 1_u64.to_ne_bytes();

    impl ReadySignal for ReadyFd {
        fn set(&self) {
            let mut written = self.written.as_ref().unwrap_or(&self.watched);
            // It fails only if a host has written so much that no more fits, which is readable as well.
            let _ = written.write(&MESSAGE);
        }

        fn clear(&self) {
            // It fails only if a host has read what was there.
            let _ = (&self.watched).read(&mut [0; MESSAGE.len()]);
        }

        fn descriptor(&self) -> i32 {
            self.watched.as_raw_fd()
        }
    }

    #[cfg(target_os = "linux")]
    pub fn eventfd() -> io::Result<ReadyFd> {
        use std::{
            ffi::{c_int, c_uint},
            os::fd::FromRawFd,
        };

        unsafe extern "C" {
            fn eventfd(count: c_uint, flags: c_int) -> c_int;
        }
        /// `EFD_CLOEXEC | EFD_NONBLOCK`
        const FLAGS: c_int = 0o2_004_000;

        // SAFETY: it takes no pointers.
        let descriptor = unsafe { eventfd(0, FLAGS) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: nobody else has it yet.
        let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Ok(ReadyFd {
            watched: owned.into(),
            written: None,
        })
    }

    #[cfg(any(test, not(target_os = "linux")))]
    pub fn socket_pair() -> io::Result<ReadyFd> {
        let (watched, written) = std::os::unix::net::UnixStream::pair()?;
        watched.set_nonblocking(true)?;
        written.set_nonblocking(true)?;
        Ok(ReadyFd {
            watched: OwnedFd::from(watched).into(),
            written: Some(OwnedFd::from(written).into()),
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::bridge::completion_queue::CompletionQueue;
    use descriptors::{ReadyFd, eventfd, socket_pair};
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

    fn follows_a_queue(make: fn() -> std::io::Result<ReadyFd>) {
        let queue = CompletionQueue::new(None);
        assert!(queue.push_message(1, vec![]));
        let fd = queue
            .ready_descriptor(|| Ok(Box::new(make().unwrap())))
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
        let again = queue.ready_descriptor(|| unreachable!("there is one"));
        assert_eq!(again.unwrap(), fd);
        queue.close().unwrap();
        assert!(queue.ready_descriptor(ready_fd).is_err());
    }

    #[test]
    fn an_eventfd_is_readable_while_there_is_something_to_drain() {
        follows_a_queue(eventfd);
    }

    #[test]
    fn a_socket_is_readable_while_there_is_something_to_drain() {
        follows_a_queue(socket_pair);
    }

    #[test]
    fn a_host_that_reads_it_blocks_nothing() {
        for made in [eventfd().unwrap(), socket_pair().unwrap()] {
            made.clear();
            assert_eq!(polled(made.descriptor()), 0);
            made.set();
            assert_eq!(polled(made.descriptor()), POLLIN);
        }
    }
}
