//! The state behind one lock, as the RPCs and the timers' task share it.

use crate::{config::Config, state::State};
use parking_lot::{Mutex, MutexGuard};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

pub struct Shared {
    state: Mutex<State>,
    /// Told when the first timer may have changed, and when the server ends.
    timers_changed: Arc<Notify>,
}

impl Shared {
    pub fn new(config: Config) -> Self {
        Self {
            state: Mutex::new(State::new(config)),
            timers_changed: Arc::new(Notify::new()),
        }
    }

    /// Locks the state.
    pub fn state(&self) -> Access<'_> {
        Access {
            state: self.state.lock(),
            timers_changed: &self.timers_changed,
        }
    }

    /// Fires the timers that are due. Returns the real time until the next one.
    pub fn fire_timers(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        state.settle();
        state.until_next_timer()
    }

    /// Told when the first timer may have changed, and when the server ends.
    pub fn timers_changed(&self) -> Arc<Notify> {
        self.timers_changed.clone()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.timers_changed.notify_one();
    }
}

/// The lock on the state. When it ends, what the change has caused is done, and the timers' task learns of it.
pub struct Access<'a> {
    state: MutexGuard<'a, State>,
    timers_changed: &'a Notify,
}

impl std::ops::Deref for Access<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.state
    }
}

impl std::ops::DerefMut for Access<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Access<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.state.settle();
        }
        self.timers_changed.notify_one();
    }
}
