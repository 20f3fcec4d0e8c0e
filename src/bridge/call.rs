//! Submits asynchronous work, and delivers its result to a pending handle or to a queue.

use super::{
    call_result::CallResult,
    completion_queue::CompletionQueue,
    error::{BridgeError, Code},
    executors::{
        executor::Executor,
        inline_task::{Resume, run_inline},
    },
    handle::{self, Handle},
    pending::{OnCancel, Pending},
};
use futures_util::FutureExt;
use std::{future::Future, panic::AssertUnwindSafe, pin::pin, sync::Arc};

/// The receiver of a call's completion.
pub enum Destination {
    /// The pending handle.
    Pending,
    /// A queue, with a tag.
    Queue(Arc<CompletionQueue>, u64),
}

impl Destination {
    /// Looks up the receiver that the host names with `(queue, tag)`.
    pub fn new(queue: Handle, tag: u64) -> Result<Self, BridgeError> {
        if queue == 0 {
            return Ok(Destination::Pending);
        }
        Ok(Destination::Queue(handle::get(queue)?, tag))
    }
}

/// Delivers exactly one result. If the work is dropped, because its runtime ended, that is an error.
struct Delivery {
    pending: Arc<Pending>,
    handle: Handle,
    destination: Option<Destination>,
}

impl Delivery {
    fn finish(&mut self, result: Result<CallResult, BridgeError>) {
        match self.destination.take() {
            None => drop(result),
            Some(Destination::Pending) => self.pending.finish(result),
            Some(Destination::Queue(queue, tag)) => {
                handle::discard(self.handle);
                // Ends the wait of a host that waits on the handle all the same.
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

/// Runs `work` on the runtime's threads, and returns the call's pending handle.
pub fn submit(
    executor: &Executor,
    destination: Destination,
    on_cancel: OnCancel,
    work: impl Future<Output = Result<CallResult, BridgeError>> + Send + 'static,
) -> Handle {
    let (handle, call) = call(destination, on_cancel, work);
    executor.spawn(call);
    handle
}

/// Submits like [`submit`], but starts `work` on the caller's thread: for work that is short until it waits.
pub fn submit_inline(
    executor: &Executor,
    resume: Resume,
    destination: Destination,
    on_cancel: OnCancel,
    work: impl Future<Output = Result<CallResult, BridgeError>> + Send + 'static,
) -> Handle {
    let ended = executor.ended().clone();
    let work = async move {
        tokio::select! {
            biased;
            result = work => result,
            () = ended.cancelled() => Err(runtime_freed()),
        }
    };
    let (handle, call) = call(destination, on_cancel, work);
    run_inline(executor, resume, call);
    handle
}

/// Makes the call's pending handle, and the future that delivers the result of `work`.
fn call(
    destination: Destination,
    on_cancel: OnCancel,
    work: impl Future<Output = Result<CallResult, BridgeError>> + Send + 'static,
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
                    // The destructor of the result gives back what it holds.
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
    use crate::bridge::pending::Progress;
    use tokio_util::sync::CancellationToken;
    use tracing::Dispatch;

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
            &Executor::of(&runtime),
            Destination::Pending,
            OnCancel::Drop,
            async { panic!("oh") },
        );
        assert_eq!(pending(call).wait(None).unwrap(), Progress::Failed);
        assert_eq!(
            pending(call).take(&mut [0; 0]).unwrap_err().code,
            Code::Internal
        );
    }

    #[test]
    fn a_call_can_be_cancelled() {
        let runtime = runtime();
        let call = submit(
            &Executor::of(&runtime),
            Destination::Pending,
            OnCancel::Drop,
            std::future::pending(),
        );
        pending(call).cancel().unwrap();
        pending(call).wait(None).unwrap();
        assert_eq!(
            pending(call).take(&mut [0; 0]).unwrap_err().code,
            Code::Cancelled
        );
    }

    #[test]
    fn a_runtime_that_ends_closes_its_calls() {
        let runtime = runtime();
        let call = submit(
            &Executor::of(&runtime),
            Destination::Pending,
            OnCancel::Drop,
            std::future::pending(),
        );
        drop(runtime);
        assert_eq!(pending(call).wait(None).unwrap(), Progress::Failed);
        assert_eq!(
            pending(call).take(&mut [0; 0]).unwrap_err().code,
            Code::Closed
        );
    }

    #[test]
    fn a_runtime_that_ends_closes_its_inline_calls() {
        let runtime = runtime();
        let ended = CancellationToken::new();
        let executor = Executor::new(runtime.handle().clone(), Dispatch::none(), ended.clone());
        let call = submit_inline(
            &executor,
            Resume::OnRuntime,
            Destination::Pending,
            OnCancel::Refuse,
            std::future::pending(),
        );
        assert_eq!(pending(call).poll().unwrap(), Progress::Pending);
        ended.cancel();
        assert_eq!(pending(call).wait(None).unwrap(), Progress::Failed);
        assert_eq!(
            pending(call).take(&mut [0; 0]).unwrap_err().code,
            Code::Closed
        );
    }

    #[test]
    fn a_call_to_a_queue_ends_its_own_handle() {
        let runtime = runtime();
        let queue = Arc::new(CompletionQueue::new(None));
        let call = submit(
            &Executor::of(&runtime),
            Destination::Queue(queue.clone(), 5),
            OnCancel::Drop,
            async { Ok(CallResult::Bytes(b"x".to_vec())) },
        );
        assert!(queue.wait(None).unwrap());
        assert!(handle::get::<Pending>(call).is_err());
        let mut out = [0; 24];
        assert_eq!(queue.drain(&mut out).unwrap(), 24);
        assert_eq!((out[0], out[16]), (5, b'x'));
    }

    #[test]
    fn the_fire_and_forget_tag_delivers_only_failures() {
        let runtime = runtime();
        let queue = Arc::new(CompletionQueue::new(None));
        for fail in [false, true] {
            submit(
                &Executor::of(&runtime),
                Destination::Queue(queue.clone(), 0),
                OnCancel::Drop,
                async move {
                    if fail {
                        return Err(BridgeError::new(Code::WorkerFailed, "no"));
                    }
                    Ok(CallResult::Bytes(vec![]))
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
