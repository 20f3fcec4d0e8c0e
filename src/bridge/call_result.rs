//! The result of an asynchronous call, until a host has it.
//!
//! A result that no host takes must not be lost: the destructor of each kind gives it back or frees it.

use super::handle::{self, Handle, Kind};
use std::{
    mem,
    sync::{Arc, Weak},
};

/// The result of a successful call.
pub enum CallResult {
    /// Bytes: an encoded message, or nothing.
    Bytes(Vec<u8>),
    /// A new object.
    Object(NewObject),
    /// A task. Its worker gets it back if it is not delivered.
    Task(TaskLease),
}

/// A handle that no host knows yet. Freed on drop unless delivered.
pub struct NewObject(Handle);

impl NewObject {
    /// Gives `object` a handle.
    pub fn new<K: Kind>(object: Arc<K>) -> Self {
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

/// Takes a task back whose receiver went away.
pub trait Requeue: Send + Sync {
    /// Makes `task`, encoded as core gave it, available again.
    fn requeue(&self, task: Vec<u8>);
}

/// A task on its way to a host. Goes back to its source on drop unless delivered.
pub struct TaskLease {
    task: Vec<u8>,
    /// None once delivered.
    source: Option<Weak<dyn Requeue>>,
}

impl TaskLease {
    /// Leases a task of `source`.
    pub fn new(task: Vec<u8>, source: Weak<dyn Requeue>) -> Self {
        Self {
            task,
            source: Some(source),
        }
    }

    /// The encoded task.
    pub fn bytes(&self) -> &[u8] {
        &self.task
    }

    /// Records that the host has the task.
    pub fn mark_delivered(mut self) {
        self.source = None;
    }
}

impl Drop for TaskLease {
    fn drop(&mut self) {
        if let Some(source) = self.source.as_ref().and_then(Weak::upgrade) {
            source.requeue(mem::take(&mut self.task));
        }
    }
}

/// A result in the form that the host gets.
pub enum Payload<'a> {
    /// Bytes to copy.
    Bytes(&'a [u8]),
    /// A handle to hand over.
    Handle(Handle),
}

impl CallResult {
    /// Shows the result without delivering it.
    pub fn as_payload(&self) -> Payload<'_> {
        match self {
            CallResult::Bytes(bytes) => Payload::Bytes(bytes),
            CallResult::Object(object) => Payload::Handle(object.0),
            CallResult::Task(task) => Payload::Bytes(task.bytes()),
        }
    }

    /// Records that the host has the result: nothing is given back.
    pub fn mark_delivered(self) {
        match self {
            CallResult::Bytes(_) => {}
            CallResult::Object(mut object) => object.0 = 0,
            CallResult::Task(task) => task.mark_delivered(),
        }
    }
}
