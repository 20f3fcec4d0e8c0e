//! Submits asynchronous work and delivers how it ends: to a pending handle, or to a queue.

use crate::{
    error::{BridgeError, Code},
    handle::{self, Handle},
    outcome::Outcome,
    pending::{OnCancel, Pending},
    poll_here::{GoOn, poll_here},
    queue::Queue,
    runtime::Runtime,
};
use futures_util::FutureExt;
use std::{future::Future, panic::AssertUnwindSafe, pin::pin, sync::Arc};

/// Where a call's completion goes.
pub enum Destination {
    /// To the pending handle.
    Pending,
    /// To a queue, with a tag.
    Queue(Arc<Queue>, u64),
}

impl Destination {
    /// What the host's `(queue, tag)` means.
    pub fn new(queue: Handle, tag: u64) -> Result<Self, BridgeError> {
        if queue == 0 {
            return Ok(Destination::Pending);
        }
        Ok(Destination::Queue(handle::get(queue)?, tag))
    }
}

/// Delivers exactly one result, also when the work is dropped because its runtime ended.
struct Delivery {
    pending: Arc<Pending>,
    handle: Handle,
    destination: Option<Destination>,
}

impl Delivery {
    fn finish(&mut self, result: Result<Outcome, BridgeError>) {
        match self.destination.take() {
            None => drop(result),
            Some(Destination::Pending) => self.pending.finish(result),
            Some(Destination::Queue(queue, tag)) => {
                handle::discard(self.handle);
                // For a host that waits on the handle all the same.
                self.pending.hand_over();
                queue.push_result(tag, result);
            }
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if self.destination.is_some() {
            self.finish(Err(runtime_freed()));
        }
    }
}

/// Runs `work` on `runtime`, and returns the call's pending handle.
pub fn submit(
    runtime: &tokio::runtime::Handle,
    destination: Destination,
    on_cancel: OnCancel,
    work: impl Future<Output = Result<Outcome, BridgeError>> + Send + 'static,
) -> Handle {
    let (handle, call) = call(destination, on_cancel, work);
    runtime.spawn(call);
    handle
}

/// As [`submit`], but begins on the caller's thread: for work that is short until it waits.
pub fn submit_here(
    runtime: &Runtime,
    go_on: GoOn,
    destination: Destination,
    on_cancel: OnCancel,
    work: impl Future<Output = Result<Outcome, BridgeError>> + Send + 'static,
) -> Handle {
    let ended = runtime.ended();
    let work = async move {
        tokio::select! {
            biased;
            result = work => result,
            () = ended.cancelled() => Err(runtime_freed()),
        }
    };
    let (handle, call) = call(destination, on_cancel, work);
    poll_here(&runtime.tokio(), runtime.tracing(), go_on, call);
    handle
}

/// The call's pending handle, and the future that delivers how `work` ends.
fn call(
    destination: Destination,
    on_cancel: OnCancel,
    work: impl Future<Output = Result<Outcome, BridgeError>> + Send + 'static,
) -> (Handle, impl Future<Output = ()> + Send + 'static) {
    let pending = Arc::new(Pending::new(on_cancel));
    let handle = handle::insert(pending.clone());
    let mut delivery = Delivery {
        pending: pending.clone(),
        handle,
        destination: Some(destination),
    };
    let call = async move {
        let mut work = pin!(AssertUnwindSafe(work).catch_unwind());
        let result = tokio::select! {
            biased;
            result = &mut work => result,
            () = pending.cancelled.cancelled() => {
                delivery.finish(Err(BridgeError::new(Code::Cancelled, "the call was cancelled")));
                if pending.on_cancel() == OnCancel::Detach {
                    // What it brings goes back to its source in the outcome's destructor.
                    drop(work.await);
                }
                return;
            }
        };
        delivery.finish(result.unwrap_or_else(|panic| Err(BridgeError::from_panic(&*panic))));
    };
    (handle, call)
}

fn runtime_freed() -> BridgeError {
    BridgeError::new(
        Code::Closed,
        "the runtime was freed while the call was under way",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pending::Progress;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap()
    }

    fn pending(handle: Handle) -> Arc<Pending> {
        handle::get(handle).unwrap()
    }

    #[test]
    fn a_panic_becomes_an_internal_error() {
        let runtime = runtime();
        let call = submit(
            runtime.handle(),
            Destination::Pending,
            OnCancel::Drop,
            async { panic!("oh") },
        );
        assert_eq!(pending(call).wait(None).unwrap(), Progress::Failed);
        assert_eq!(
            pending(call).take(&mut []).unwrap_err().code,
            Code::Internal
        );
    }

    #[test]
    fn a_call_can_be_cancelled() {
        let runtime = runtime();
        let call = submit(
            runtime.handle(),
            Destination::Pending,
            OnCancel::Drop,
            std::future::pending(),
        );
        pending(call).cancel().unwrap();
        pending(call).wait(None).unwrap();
        assert_eq!(
            pending(call).take(&mut []).unwrap_err().code,
            Code::Cancelled
        );
    }

    #[test]
    fn a_runtime_that_ends_closes_its_calls() {
        let runtime = runtime();
        let call = submit(
            runtime.handle(),
            Destination::Pending,
            OnCancel::Drop,
            std::future::pending(),
        );
        drop(runtime);
        assert_eq!(pending(call).wait(None).unwrap(), Progress::Failed);
        assert_eq!(pending(call).take(&mut []).unwrap_err().code, Code::Closed);
    }

    #[test]
    fn so_does_one_that_ends_under_a_call_begun_here() {
        let runtime = Runtime::new(b"{}").unwrap();
        let call = submit_here(
            &runtime,
            GoOn::InRuntime,
            Destination::Pending,
            OnCancel::Refuse,
            std::future::pending(),
        );
        assert_eq!(pending(call).poll().unwrap(), Progress::Pending);
        drop(runtime);
        assert_eq!(pending(call).wait(None).unwrap(), Progress::Failed);
        assert_eq!(pending(call).take(&mut []).unwrap_err().code, Code::Closed);
    }

    #[test]
    fn a_call_to_a_queue_ends_its_own_handle() {
        let runtime = runtime();
        let queue = Arc::new(Queue::new(None));
        let call = submit(
            runtime.handle(),
            Destination::Queue(queue.clone(), 5),
            OnCancel::Drop,
            async { Ok(Outcome::Bytes(b"x".to_vec())) },
        );
        assert!(queue.wait(None).unwrap());
        assert!(handle::get::<Pending>(call).is_err());
        let mut out = [0; 24];
        assert_eq!(queue.drain(&mut out).unwrap(), 24);
        assert_eq!((out[0], out[16]), (5, b'x'));
    }

    #[test]
    fn the_quiet_tag_hands_over_only_failures() {
        let runtime = runtime();
        let queue = Arc::new(Queue::new(None));
        for fail in [false, true] {
            submit(
                runtime.handle(),
                Destination::Queue(queue.clone(), 0),
                OnCancel::Drop,
                async move {
                    if fail {
                        return Err(BridgeError::new(Code::WorkerFailed, "no"));
                    }
                    Ok(Outcome::Bytes(vec![]))
                },
            );
        }
        assert!(queue.wait(None).unwrap());
        drop(runtime);
        let mut out = [0; 256];
        let len = queue.drain(&mut out).unwrap();
        assert_eq!(out[8], 1, "one error record");
        assert_eq!(len, 16 + (out[12] as usize).next_multiple_of(8));
    }
}
