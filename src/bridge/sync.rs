//! Locks of the code that many threads run at once.
//!
//! `tests/model` has another file in the place of this one: a model's locks, each use of which is a place where another
//! thread may go first.

pub use parking_lot::{Condvar, Mutex, MutexGuard};
pub use std::thread::ThreadId;

/// Returns the id of the thread that asks.
pub fn this_thread() -> ThreadId {
    std::thread::current().id()
}
