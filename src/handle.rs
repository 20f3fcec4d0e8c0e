//! Handles: numbers that name objects. One table holds every object that a host can name.
//!
//! A number is never used twice, so a stale handle is always recognised. Handles stay below 2^53, so JavaScript can
//! hold one as a plain number.

use crate::{
    client::Client,
    error::{BridgeError, Code},
    metric::Instrument as Metric,
    pending::Pending,
    queue::Queue,
    runtime::Runtime,
    server::Server,
    worker::{Worker, slot_supplier::SlotSupplier},
};
use parking_lot::RwLock;
use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Names an object towards the host. 0 names nothing.
pub type Handle = u64;

macro_rules! kinds {
    ($($kind:ident => $name:literal),* $(,)?) => {
        /// An object that a handle can name.
        pub enum Object {
            $(#[doc = concat!("A ", $name, ".")] $kind(Arc<$kind>),)*
        }

        impl Object {
            fn kind_name(&self) -> &'static str {
                match self { $(Object::$kind(_) => $name,)* }
            }
        }

        $(impl Kind for $kind {
            const NAME: &'static str = $name;
            fn wrap(object: Arc<Self>) -> Object {
                Object::$kind(object)
            }
            fn unwrap(object: &Object) -> Option<&Arc<Self>> {
                match object {
                    Object::$kind(object) => Some(object),
                    _ => None,
                }
            }
        })*
    };
}

/// A type that handles can name.
pub trait Kind: Sized {
    /// Its name in error messages.
    const NAME: &'static str;
    /// Makes it an entry of the table.
    fn wrap(object: Arc<Self>) -> Object;
    /// Takes it out of an entry, if the entry is of this kind.
    fn unwrap(object: &Object) -> Option<&Arc<Self>>;
}

kinds! {
    Runtime => "runtime",
    Client => "client",
    Worker => "worker",
    Server => "server",
    Metric => "metric",
    Queue => "queue",
    Pending => "pending",
    SlotSupplier => "slot supplier",
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static TABLE: LazyLock<RwLock<HashMap<Handle, Object>>> = LazyLock::new(Default::default);

/// Gives an object a name.
pub fn insert<K: Kind>(object: Arc<K>) -> Handle {
    let handle = NEXT.fetch_add(1, Ordering::Relaxed);
    TABLE.write().insert(handle, K::wrap(object));
    handle
}

/// The object that a handle names.
pub fn get<K: Kind>(handle: Handle) -> Result<Arc<K>, BridgeError> {
    pick(TABLE.read().get(&handle), handle).cloned()
}

/// Ends a name, and gives the object that it named.
pub fn remove<K: Kind>(handle: Handle) -> Result<Arc<K>, BridgeError> {
    let object = {
        let mut table = TABLE.write();
        pick::<K>(table.get(&handle), handle)?;
        table.remove(&handle)
    };
    // Objects are dropped by the caller, outside of the lock: their destructors may use the table.
    pick(object.as_ref(), handle).cloned()
}

/// Ends the name of an object that a host was never told of.
pub fn discard(handle: Handle) {
    let object = TABLE.write().remove(&handle);
    drop(object);
}

fn pick<K: Kind>(object: Option<&Object>, handle: Handle) -> Result<&Arc<K>, BridgeError> {
    let object = object.ok_or_else(|| {
        BridgeError::new(
            Code::InvalidHandle,
            format!("{handle} is not the handle of a living {}", K::NAME),
        )
        .with_detail("handle", handle)
        .with_detail("expected", K::NAME)
    })?;
    K::unwrap(object).ok_or_else(|| {
        BridgeError::new(
            Code::WrongHandleKind,
            format!(
                "{handle} is the handle of a {}, not of a {}",
                object.kind_name(),
                K::NAME
            ),
        )
        .with_detail("handle", handle)
        .with_detail("expected", K::NAME)
        .with_detail("actual", object.kind_name())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_handle_stays_invalid() {
        let handle = insert(Arc::new(Queue::new(None)));
        assert!(get::<Queue>(handle).is_ok());
        assert!(remove::<Queue>(handle).is_ok());
        assert_eq!(
            get::<Queue>(handle).err().unwrap().code,
            Code::InvalidHandle
        );
        assert_eq!(
            remove::<Queue>(handle).err().unwrap().code,
            Code::InvalidHandle
        );
        assert_ne!(insert(Arc::new(Queue::new(None))), handle);
    }

    #[test]
    fn a_handle_of_another_kind_is_named_and_survives() {
        let handle = insert(Arc::new(Queue::new(None)));
        let error = remove::<Worker>(handle).err().unwrap();
        assert_eq!(error.code, Code::WrongHandleKind);
        assert_eq!(error.details["actual"], "queue");
        assert_eq!(error.details["expected"], "worker");
        assert!(get::<Queue>(handle).is_ok());
    }
}
