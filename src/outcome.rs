//! What an asynchronous call ends with, until a host has taken it.
//!
//! An outcome that no host takes must not be lost: each kind says in its destructor what becomes of it then.

use crate::{
    handle::{self, Handle},
    worker::task_source::UndeliveredTask,
};

/// The result of a successful call.
pub enum Outcome {
    /// Bytes: an encoded message, or nothing.
    Bytes(Vec<u8>),
    /// A new object.
    Object(NewObject),
    /// A task, which goes back to its worker if it is not taken.
    Task(UndeliveredTask),
}

/// A handle that no host knows yet. Freed on drop unless taken.
pub struct NewObject(Handle);

impl NewObject {
    /// Takes charge of a handle that was just made.
    pub fn new<K: handle::Kind>(object: std::sync::Arc<K>) -> Self {
        Self(handle::insert(object))
    }
}

impl Drop for NewObject {
    fn drop(&mut self) {
        if self.0 != 0 {
            handle::discard(self.0);
        }
    }
}

/// A result in the form that the host gets.
pub enum View<'a> {
    /// Bytes to copy.
    Bytes(&'a [u8]),
    /// A handle to hand over.
    Handle(Handle),
}

impl Outcome {
    /// Looks at the result without taking it.
    pub fn view(&self) -> View<'_> {
        match self {
            Outcome::Bytes(bytes) => View::Bytes(bytes),
            Outcome::Object(object) => View::Handle(object.0),
            Outcome::Task(task) => View::Bytes(task.bytes()),
        }
    }

    /// The host has the result: nothing is to be given back.
    pub fn taken(self) {
        match self {
            Outcome::Bytes(_) => {}
            Outcome::Object(mut object) => object.0 = 0,
            Outcome::Task(task) => task.delivered(),
        }
    }
}
