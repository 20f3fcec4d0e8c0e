//! Pending handles: an asynchronous call as the host that waits for it sees it.

use super::{
    call_result::{CallResult, Payload},
    error::{BridgeError, Code},
    handle::{Handle, Kind},
    host_memory::{self, OutByte},
    invariant::invariant,
};
use parking_lot::{Condvar, Mutex};
use std::{mem, time::Duration};
use tokio_util::sync::CancellationToken;

/// The progress of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Under way.
    Pending = 0,
    /// Its result can be taken.
    Ready = 1,
    /// It failed; taking the result gives the error.
    Failed = 2,
}

enum State {
    Pending,
    Done(Result<CallResult, BridgeError>),
    Taken,
}

/// The effect of a cancellation on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCancel {
    /// The call's work is dropped.
    Drop,
    /// The call fails at once, but its work goes on, because its effect must not be lost.
    Detach,
    /// The call cannot be cancelled: asking for it is an error.
    Refuse,
}

/// An asynchronous call.
pub struct Pending {
    state: Mutex<State>,
    changed: Condvar,
    on_cancel: OnCancel,
    /// Fires when the host cancels.
    pub cancelled: CancellationToken,
}

impl Kind for Pending {
    const NAME: &'static str = "pending";
}

impl Pending {
    /// Makes a call that is under way.
    pub fn new(on_cancel: OnCancel) -> Self {
        Self {
            state: Mutex::new(State::Pending),
            changed: Condvar::new(),
            on_cancel,
            cancelled: CancellationToken::new(),
        }
    }

    /// Records how the call ended.
    pub fn finish(&self, result: Result<CallResult, BridgeError>) {
        self.end(State::Done(result));
    }

    /// Records that the call ended and its result went to a queue.
    pub fn hand_over(&self) {
        self.end(State::Taken);
    }

    fn end(&self, end: State) {
        let mut state = self.state.lock();
        invariant!(matches!(*state, State::Pending), "a call ends once");
        *state = end;
        drop(state);
        self.changed.notify_all();
    }

    /// Returns the progress of the call.
    pub fn poll(&self) -> Result<Progress, BridgeError> {
        progress(&self.state.lock())
    }

    /// Waits until the call ends or the time runs out. `None` waits for ever.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Progress, BridgeError> {
        let mut state = self.state.lock();
        let under_way = |state: &mut State| matches!(state, State::Pending);
        match timeout {
            Some(timeout) => {
                self.changed.wait_while_for(&mut state, under_way, timeout);
            }
            None => self.changed.wait_while(&mut state, under_way),
        }
        progress(&state)
    }

    /// Returns the length of the result in bytes: 8 for a handle.
    pub fn result_size(&self) -> Result<usize, BridgeError> {
        match &*self.state.lock() {
            State::Done(Ok(result)) => Ok(match result.as_payload() {
                Payload::Bytes(bytes) => bytes.len(),
                Payload::Handle(_) => mem::size_of::<Handle>(),
            }),
            State::Done(Err(error)) => Err(error.clone()),
            state => Err(not_there(state)),
        }
    }

    /// Copies the result out, once. A result that does not fit stays.
    pub fn take<B: OutByte>(&self, out: &mut [B]) -> Result<usize, BridgeError> {
        self.take_with(|result| match result.as_payload() {
            Payload::Bytes(bytes) => {
                if !host_memory::copy(bytes, out) {
                    return Err(BridgeError::buffer_too_small(bytes.len(), out.len()));
                }
                Ok(bytes.len())
            }
            Payload::Handle(_) => Err(BridgeError::new(
                Code::FailedPrecondition,
                "the result is a handle: take it with temporal_bun_pending_take_handle",
            )),
        })
    }

    /// Returns the handle of a new object, once.
    pub fn take_handle(&self) -> Result<Handle, BridgeError> {
        self.take_with(|result| match result.as_payload() {
            Payload::Handle(handle) => Ok(handle),
            Payload::Bytes(_) => Err(BridgeError::new(
                Code::FailedPrecondition,
                "the result is bytes: take it with temporal_bun_pending_take",
            )),
        })
    }

    fn take_with<T>(
        &self,
        read: impl FnOnce(&CallResult) -> Result<T, BridgeError>,
    ) -> Result<T, BridgeError> {
        let mut state = self.state.lock();
        let value = match &*state {
            State::Done(Ok(result)) => read(result)?,
            State::Done(Err(error)) => return Err(error.clone()),
            state => return Err(not_there(state)),
        };
        if let State::Done(Ok(result)) = mem::replace(&mut *state, State::Taken) {
            result.mark_delivered();
        }
        Ok(value)
    }

    /// Drops a result that no host will take, so that a task goes back to its worker at once.
    pub fn release(&self) {
        let mut state = self.state.lock();
        if matches!(*state, State::Done(_)) {
            let unwanted = mem::replace(&mut *state, State::Taken);
            drop(state);
            drop(unwanted);
        }
    }

    /// Asks the call to end.
    pub fn cancel(&self) -> Result<(), BridgeError> {
        if self.on_cancel == OnCancel::Refuse {
            return Err(BridgeError::new(
                Code::FailedPrecondition,
                "this call cannot be taken back: what it reports was already handed over",
            ));
        }
        self.cancelled.cancel();
        Ok(())
    }

    /// Returns the effect of a cancellation.
    pub fn on_cancel(&self) -> OnCancel {
        self.on_cancel
    }
}

fn progress(state: &State) -> Result<Progress, BridgeError> {
    match state {
        State::Pending => Ok(Progress::Pending),
        State::Done(Ok(_)) => Ok(Progress::Ready),
        State::Done(Err(_)) => Ok(Progress::Failed),
        State::Taken => Err(not_there(state)),
    }
}

fn not_there(state: &State) -> BridgeError {
    match state {
        State::Taken => BridgeError::new(Code::AlreadyTaken, "the result was already taken"),
        _ => BridgeError::new(Code::NotReady, "the call is still under way"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(bytes: &[u8]) -> Pending {
        let pending = Pending::new(OnCancel::Drop);
        pending.finish(Ok(CallResult::Bytes(bytes.to_vec())));
        pending
    }

    #[test]
    fn a_result_is_taken_once() {
        let pending = ready(b"abc");
        assert_eq!(pending.poll().unwrap(), Progress::Ready);
        assert_eq!(pending.result_size().unwrap(), 3);
        let mut out = [0; 4];
        assert_eq!(pending.take(&mut out).unwrap(), 3);
        assert_eq!(&out, b"abc\0");
        assert_eq!(pending.take(&mut out).unwrap_err().code, Code::AlreadyTaken);
        assert_eq!(pending.poll().unwrap_err().code, Code::AlreadyTaken);
    }

    #[test]
    fn a_result_that_does_not_fit_stays() {
        let pending = ready(b"abc");
        let error = pending.take(&mut [0; 2]).unwrap_err();
        assert_eq!(error.code, Code::BufferTooSmall);
        assert_eq!(
            (&error.details["needed"], &error.details["capacity"]),
            (&3.into(), &2.into())
        );
        assert_eq!(pending.take(&mut [0; 3]).unwrap(), 3);
    }

    #[test]
    fn bytes_are_not_a_handle() {
        let pending = ready(b"");
        assert_eq!(
            pending.take_handle().unwrap_err().code,
            Code::FailedPrecondition
        );
        assert_eq!(pending.take(&mut [0; 0]).unwrap(), 0);
    }

    #[test]
    fn a_wait_ends_with_the_call() {
        let pending = std::sync::Arc::new(Pending::new(OnCancel::Drop));
        assert_eq!(
            pending.wait(Some(Duration::ZERO)).unwrap(),
            Progress::Pending
        );
        assert_eq!(pending.take(&mut [0; 0]).unwrap_err().code, Code::NotReady);
        let other = pending.clone();
        let waiter = std::thread::spawn(move || other.wait(None).unwrap());
        pending.finish(Err(BridgeError::new(Code::Cancelled, "no")));
        assert_eq!(waiter.join().unwrap(), Progress::Failed);
        assert_eq!(pending.take(&mut [0; 0]).unwrap_err().code, Code::Cancelled);
    }
}
