//! The error of the last call that failed on a thread.

use crate::bridge::error::{BridgeError, Code};
use std::cell::{Cell, RefCell};

thread_local! {
    static ERROR: RefCell<Option<BridgeError>> = const { RefCell::new(None) };
    /// The code alone, which is there until the thread's very end: it needs no destructor.
    static CODE: Cell<Code> = const { Cell::new(Code::Ok) };
}

/// Keeps an error with the calling thread.
///
/// Of a thread that is ending only the code is kept. Hosts call the library then, too, to free what a thread had.
pub fn keep(error: BridgeError) {
    CODE.set(error.code);
    let _ = ERROR.try_with(|last| last.replace(Some(error)));
}

/// The code of the last error, or `Ok`.
pub fn code() -> Code {
    CODE.get()
}

/// The last error as JSON, or nothing.
pub fn json() -> Vec<u8> {
    ERROR
        .try_with(|last| last.borrow().as_ref().map(BridgeError::to_json))
        .ok()
        .flatten()
        .unwrap_or_default()
}
