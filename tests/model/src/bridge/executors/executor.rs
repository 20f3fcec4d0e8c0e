//! In the place of `src/bridge/executors/executor.rs`: runs futures on the threads of the model.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

/// A future that is polled by hand.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs futures.
#[derive(Clone)]
pub struct Executor;

impl Executor {
    /// Runs `work` on a thread of its own.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        shuttle::future::spawn(work);
    }

    /// Polls `work` once on the caller's thread.
    pub fn poll_on_this_thread(&self, work: &mut Work, waker: &Waker) -> Poll<()> {
        work.as_mut().poll(&mut Context::from_waker(waker))
    }
}
