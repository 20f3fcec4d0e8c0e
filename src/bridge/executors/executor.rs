//! The part of a runtime that runs futures.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tracing::dispatcher::{self, Dispatch};

/// A future that is polled by hand.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs futures on a runtime's threads, or on the caller's as if it were one of them.
///
/// Does not keep the runtime alive.
#[derive(Clone)]
pub struct Executor {
    tokio: Handle,
    tracing: Dispatch,
    ended: CancellationToken,
}

impl Executor {
    /// Makes an executor. `tracing` receives log lines of work on threads that are not the runtime's; `ended` fires when
    /// the runtime ends.
    pub fn new(tokio: Handle, tracing: Dispatch, ended: CancellationToken) -> Self {
        Self {
            tokio,
            tracing,
            ended,
        }
    }

    /// The runtime's threads.
    pub fn tokio(&self) -> &Handle {
        &self.tokio
    }

    /// Fires when the runtime ends.
    pub fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Runs `work` on the runtime's threads. Drops it when the runtime ends.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        // In a box: tokio's own code for tasks is compiled for each type of future.
        let work: Work = Box::pin(work);
        self.tokio.spawn(work);
    }

    /// Polls `work` once on the caller's thread, in the runtime's context.
    pub fn poll_on_this_thread(&self, work: &mut Work, waker: &Waker) -> Poll<()> {
        let _inside = self.tokio.enter();
        let _tracing = dispatcher::set_default(&self.tracing);
        work.as_mut().poll(&mut Context::from_waker(waker))
    }

    /// An executor on a runtime of a test, without log lines.
    #[cfg(test)]
    pub fn of(runtime: &tokio::runtime::Runtime) -> Self {
        Self::new(
            runtime.handle().clone(),
            Dispatch::none(),
            CancellationToken::new(),
        )
    }
}
