//! Runs a future on the caller's thread until it has to wait, then on the runtime.
//!
//! A spawned task wakes a thread of the runtime only to get started. A completion is mostly a message to core's own
//! thread: sent from the caller's thread, it saves that wake and the way through another thread.

use super::executor::{Executor, Work};
use crate::bridge::{invariant::invariant, sync::Mutex};
use std::{
    future::Future,
    mem,
    sync::Arc,
    task::{Poll, Wake, Waker},
};

/// The place where work resumes after it had to wait.
#[derive(Clone, Copy)]
pub enum Resume {
    /// On the runtime, for good.
    OnRuntime,
    /// On the thread that wakes it, inside of the wake. The work takes the waker's time, so it must be short, and its
    /// waker must hold no lock that the work needs.
    InWaker,
}

enum State {
    /// Being polled.
    Polled { woken: bool },
    /// Waits to be woken.
    Waiting(Work),
    /// Done, or on the runtime.
    Gone,
}

struct InlineTask {
    executor: Executor,
    resume: Resume,
    state: Mutex<State>,
}

/// Polls `work` once on the caller's thread, and resumes it as `resume` says.
///
/// While it waits, only its wakers hold `work`: unlike a task of the runtime it does not end with the runtime by itself.
pub fn run_inline(
    executor: &Executor,
    resume: Resume,
    work: impl Future<Output = ()> + Send + 'static,
) {
    let task = Arc::new(InlineTask {
        executor: executor.clone(),
        resume,
        state: Mutex::new(State::Polled { woken: false }),
    });
    task.poll(Box::pin(work));
}

impl InlineTask {
    /// Polls the work. The state must be `Polled` already, so that no other thread polls it.
    fn poll(self: &Arc<Self>, mut work: Work) {
        invariant!(
            matches!(*self.state.lock(), State::Polled { .. }),
            "work is polled by whoever marked it as polled"
        );
        let waker = Waker::from(self.clone());
        let polled = self.executor.poll_on_this_thread(&mut work, &waker);
        let mut state = self.state.lock();
        match (polled, &*state) {
            (Poll::Pending, State::Polled { woken: false }) => *state = State::Waiting(work),
            (Poll::Pending, _) => {
                *state = State::Gone;
                drop(state);
                self.executor.spawn(work);
            }
            (Poll::Ready(()), _) => *state = State::Gone,
        }
    }
}

impl Wake for InlineTask {
    fn wake(self: Arc<Self>) {
        let mut state = self.state.lock();
        match mem::replace(&mut *state, State::Gone) {
            State::Waiting(work) => match self.resume {
                Resume::OnRuntime => {
                    drop(state);
                    self.executor.spawn(work);
                }
                Resume::InWaker => {
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
    use tokio::{
        runtime::Handle,
        sync::{Notify, oneshot},
    };

    #[test]
    fn work_that_need_not_wait_ends_on_the_callers_thread() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (done, is_done) = std::sync::mpsc::channel();
        run_inline(&Executor::of(&runtime), Resume::OnRuntime, async move {
            done.send(thread::current().id()).unwrap();
        });
        assert_eq!(is_done.try_recv().unwrap(), thread::current().id());
    }

    #[test]
    fn work_that_has_to_wait_resumes_on_the_runtime() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (go, gone) = oneshot::channel();
        let (done, is_done) = std::sync::mpsc::channel();
        run_inline(&Executor::of(&runtime), Resume::OnRuntime, async move {
            gone.await.unwrap();
            // A timer needs the runtime, and wakes once more.
            tokio::time::sleep(Duration::from_millis(1)).await;
            done.send(thread::current().id()).unwrap();
        });
        assert!(is_done.try_recv().is_err());
        go.send(()).unwrap();
        assert_ne!(is_done.recv().unwrap(), thread::current().id());
    }

    #[test]
    fn a_wake_during_the_first_poll_is_not_lost() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (done, is_done) = std::sync::mpsc::channel();
        run_inline(&Executor::of(&runtime), Resume::OnRuntime, async move {
            tokio::task::yield_now().await;
            let notify = Notify::new();
            notify.notify_one();
            notify.notified().await;
            done.send(()).unwrap();
        });
        is_done.recv().unwrap();
    }

    #[test]
    fn work_may_resume_in_its_waker() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (go, gone) = oneshot::channel();
        let (done, is_done) = std::sync::mpsc::channel();
        run_inline(&Executor::of(&runtime), Resume::InWaker, async move {
            gone.await.unwrap();
            assert!(Handle::try_current().is_ok(), "inside of the runtime");
            done.send(thread::current().id()).unwrap();
        });
        let waker = thread::spawn(move || go.send(()).unwrap());
        let woken_by = waker.thread().id();
        waker.join().unwrap();
        assert_eq!(is_done.recv().unwrap(), woken_by);
    }
}
