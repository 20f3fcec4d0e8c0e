//! Runs a future on the caller's thread for as long as it does not have to wait, and on the runtime from then on.
//!
//! A task that is spawned wakes one of the runtime's threads only to get started. A completion is mostly a message to
//! core's own thread: sent from here, it saves that wake and the way through another thread.

use parking_lot::Mutex;
use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};
use tokio::runtime::Handle;
use tracing::dispatcher::{self, Dispatch};

/// A future that is polled by hand.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where work goes on after it had to wait.
#[derive(Clone, Copy)]
pub enum GoOn {
    /// As a task of the runtime, from then on.
    InRuntime,
    /// On whichever thread wakes it, inside of the wake. Only for work that is short, and that nobody wakes while holding a
    /// lock: what it takes is the waker's time.
    WhereWoken,
}

enum State {
    /// Being polled.
    Polled { woken: bool },
    /// Waits to be woken.
    Waiting(Work),
    /// Done, or on the runtime.
    Gone,
}

struct Here {
    runtime: Handle,
    tracing: Dispatch,
    go_on: GoOn,
    state: Mutex<State>,
}

/// Polls `work` once, and then as `go_on` says. What it logs meanwhile goes through `tracing`, which the runtime's own threads
/// have as their default.
///
/// While it waits nothing but its wakers hold `work`: unlike a task of the runtime it does not end with the runtime by itself.
pub fn poll_here(
    runtime: &Handle,
    tracing: &Dispatch,
    go_on: GoOn,
    work: impl Future<Output = ()> + Send + 'static,
) {
    let here = Arc::new(Here {
        runtime: runtime.clone(),
        tracing: tracing.clone(),
        go_on,
        state: Mutex::new(State::Polled { woken: false }),
    });
    here.poll(Box::pin(work));
}

impl Here {
    /// Polls the work, which was marked as polled before.
    fn poll(self: &Arc<Self>, mut work: Work) {
        let waker = Waker::from(self.clone());
        let polled = poll_in(&self.runtime, &self.tracing, &mut work, &waker);
        let mut state = self.state.lock();
        match (polled, &*state) {
            (Poll::Pending, State::Polled { woken: false }) => *state = State::Waiting(work),
            (Poll::Pending, _) => {
                *state = State::Gone;
                drop(state);
                self.runtime.spawn(work);
            }
            (Poll::Ready(()), _) => *state = State::Gone,
        }
    }
}

/// Polls `work` on the caller's thread as one of the runtime's would.
pub fn poll_in(runtime: &Handle, tracing: &Dispatch, work: &mut Work, waker: &Waker) -> Poll<()> {
    let _inside = runtime.enter();
    let _tracing = dispatcher::set_default(tracing);
    work.as_mut().poll(&mut Context::from_waker(waker))
}

impl Wake for Here {
    fn wake(self: Arc<Self>) {
        let mut state = self.state.lock();
        match mem::replace(&mut *state, State::Gone) {
            State::Waiting(work) => match self.go_on {
                GoOn::InRuntime => {
                    drop(state);
                    self.runtime.spawn(work);
                }
                GoOn::WhereWoken => {
                    *state = State::Polled { woken: false };
                    drop(state);
                    self.poll(work);
                }
            },
            State::Polled { .. } => *state = State::Polled { woken: true },
            State::Gone => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{thread, time::Duration};
    use tokio::sync::{Notify, oneshot};

    #[test]
    fn what_need_not_wait_ends_on_the_callers_thread() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (done, is_done) = std::sync::mpsc::channel();
        poll_here(
            runtime.handle(),
            &Dispatch::none(),
            GoOn::InRuntime,
            async move {
                done.send(thread::current().id()).unwrap();
            },
        );
        assert_eq!(is_done.try_recv().unwrap(), thread::current().id());
    }

    #[test]
    fn what_has_to_wait_goes_on_in_the_runtime() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (go, gone) = oneshot::channel();
        let (done, is_done) = std::sync::mpsc::channel();
        poll_here(
            runtime.handle(),
            &Dispatch::none(),
            GoOn::InRuntime,
            async move {
                gone.await.unwrap();
                // A timer needs the runtime, and wakes once more.
                tokio::time::sleep(Duration::from_millis(1)).await;
                done.send(thread::current().id()).unwrap();
            },
        );
        assert!(is_done.try_recv().is_err());
        go.send(()).unwrap();
        assert_ne!(is_done.recv().unwrap(), thread::current().id());
    }

    #[test]
    fn a_wake_during_the_first_poll_is_not_lost() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (done, is_done) = std::sync::mpsc::channel();
        poll_here(
            runtime.handle(),
            &Dispatch::none(),
            GoOn::InRuntime,
            async move {
                tokio::task::yield_now().await;
                let notify = Notify::new();
                notify.notify_one();
                notify.notified().await;
                done.send(()).unwrap();
            },
        );
        is_done.recv().unwrap();
    }

    #[test]
    fn what_may_go_on_where_it_is_woken_does() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (go, gone) = oneshot::channel();
        let (done, is_done) = std::sync::mpsc::channel();
        poll_here(
            runtime.handle(),
            &Dispatch::none(),
            GoOn::WhereWoken,
            async move {
                gone.await.unwrap();
                assert!(Handle::try_current().is_ok(), "inside of the runtime");
                done.send(thread::current().id()).unwrap();
            },
        );
        let waker = thread::spawn(move || go.send(()).unwrap());
        let woken_by = waker.thread().id();
        waker.join().unwrap();
        assert_eq!(is_done.recv().unwrap(), woken_by);
    }
}
