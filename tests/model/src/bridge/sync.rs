//! In the place of `src/bridge/sync.rs`: the locks of the model, as parking_lot has them.

use shuttle::sync;
pub use shuttle::thread::ThreadId;
use std::{
    ops::{Deref, DerefMut},
    time::Instant,
};

/// Returns the id of the thread that asks.
pub fn this_thread() -> ThreadId {
    shuttle::thread::current().id()
}

/// A lock.
#[derive(Default)]
pub struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    /// Makes a lock.
    pub fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// Locks it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(Some(self.0.lock().unwrap()))
    }
}

/// Gives access to the content of a lock, which stays locked. None while it waits.
pub struct MutexGuard<'a, T>(Option<sync::MutexGuard<'a, T>>);

const NOT_WAITING: &str = "nobody uses a guard while it waits";

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect(NOT_WAITING)
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect(NOT_WAITING)
    }
}

/// A condition that threads wait for.
#[derive(Default)]
pub struct Condvar(sync::Condvar);

impl Condvar {
    /// Makes a condition.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes whoever waits.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Waits for as long as `wait` returns true.
    pub fn wait_while<T>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        mut wait: impl FnMut(&mut T) -> bool,
    ) {
        while wait(guard) {
            let locked = guard.0.take().expect(NOT_WAITING);
            guard.0 = Some(self.0.wait(locked).unwrap());
        }
    }

    /// A model has no clock.
    pub fn wait_while_until<T>(
        &self,
        _guard: &mut MutexGuard<'_, T>,
        _wait: impl FnMut(&mut T) -> bool,
        _deadline: Instant,
    ) {
        unimplemented!("a wait with a deadline");
    }
}
