//! Handles: numbers that name objects. One table holds every object that a host can name.
//!
//! A number is never used twice, so a stale handle is always recognised. Handles stay below 2^53, so JavaScript can
//! hold one as a plain number.

use super::{
    error::{BridgeError, Code},
    invariant::invariant,
};
use parking_lot::RwLock;
use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Names an object towards the host. 0 names nothing.
pub type Handle = u64;

/// The first number that JavaScript cannot tell from its neighbour.
const HANDLE_END: u64 = 1 << 53;

/// A type that handles can name.
pub trait Kind: Any + Send + Sync {
    /// The kind's name in error messages.
    const NAME: &'static str;
}

/// An object in the table, and the name of its kind.
struct Entry {
    kind: &'static str,
    object: Arc<dyn Any + Send + Sync>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static TABLE: LazyLock<RwLock<HashMap<Handle, Entry>>> = LazyLock::new(Default::default);

/// Gives an object a handle.
pub fn insert<K: Kind>(object: Arc<K>) -> Handle {
    let handle = NEXT.fetch_add(1, Ordering::Relaxed);
    invariant!(handle < HANDLE_END, "a handle is a number of JavaScript");
    let entry = Entry {
        kind: K::NAME,
        object,
    };
    let previous = TABLE.write().insert(handle, entry);
    invariant!(previous.is_none(), "a handle is never used twice");
    handle
}

/// Looks up the object that a handle names.
pub fn get<K: Kind>(handle: Handle) -> Result<Arc<K>, BridgeError> {
    downcast(TABLE.read().get(&handle), handle)
}

/// Ends a handle, and returns the object that it named.
pub fn remove<K: Kind>(handle: Handle) -> Result<Arc<K>, BridgeError> {
    let mut table = TABLE.write();
    let object = downcast::<K>(table.get(&handle), handle)?;
    let entry = table.remove(&handle);
    // The caller drops the object outside of the lock: its destructor may use the table.
    drop(table);
    drop(entry);
    Ok(object)
}

/// Ends a handle that no host was told of.
pub fn discard(handle: Handle) {
    let entry = TABLE.write().remove(&handle);
    // Dropped after the lock: the object's destructor may use the table.
    drop(entry);
}

fn downcast<K: Kind>(entry: Option<&Entry>, handle: Handle) -> Result<Arc<K>, BridgeError> {
    let entry = entry.ok_or_else(|| {
        BridgeError::new(
            Code::InvalidHandle,
            format!("{handle} is not the handle of a living {}", K::NAME),
        )
        .with_detail("handle", handle)
        .with_detail("expected", K::NAME)
    })?;
    Arc::downcast(entry.object.clone()).map_err(|_| {
        BridgeError::new(
            Code::WrongHandleKind,
            format!(
                "{handle} is the handle of a {}, not of a {}",
                entry.kind,
                K::NAME
            ),
        )
        .with_detail("handle", handle)
        .with_detail("expected", K::NAME)
        .with_detail("actual", entry.kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cat;
    impl Kind for Cat {
        const NAME: &'static str = "cat";
    }

    struct Dog;
    impl Kind for Dog {
        const NAME: &'static str = "dog";
    }

    #[test]
    fn a_freed_handle_stays_invalid() {
        let handle = insert(Arc::new(Cat));
        assert!(get::<Cat>(handle).is_ok());
        assert!(remove::<Cat>(handle).is_ok());
        assert_eq!(get::<Cat>(handle).err().unwrap().code, Code::InvalidHandle);
        assert_eq!(
            remove::<Cat>(handle).err().unwrap().code,
            Code::InvalidHandle
        );
        assert_ne!(insert(Arc::new(Cat)), handle);
    }

    #[test]
    fn a_handle_of_another_kind_is_named_and_survives() {
        let handle = insert(Arc::new(Cat));
        let error = remove::<Dog>(handle).err().unwrap();
        assert_eq!(error.code, Code::WrongHandleKind);
        assert_eq!(error.details["actual"], "cat");
        assert_eq!(error.details["expected"], "dog");
        assert!(get::<Cat>(handle).is_ok());
    }
}
