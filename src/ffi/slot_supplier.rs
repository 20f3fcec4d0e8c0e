//! Slot suppliers whose decisions the host makes.

use super::{code, handle};
use crate::{
    error::Code,
    handle::{self as handles, Handle},
    queue::Queue,
    worker::slot_supplier::SlotSupplier,
};

/// Makes a slot supplier that asks the host for each slot, for `tuner.….supplier` in a worker's configuration.
///
/// Its events come into `queue` with `tag`, as records of UTF-8 JSON that `docs/ffi-surface.md` describes; a record of kind
/// 3 says that core asks no more. One supplier is for one kind of slot of one worker. If the queue is closed there are no
/// more slots. Returns the supplier's handle, to be freed by the caller; 0 on failure. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_slot_supplier_new(queue: Handle, tag: u64) -> Handle {
    handle(|| {
        let queue = handles::get::<Queue>(queue)?;
        Ok(handles::insert(SlotSupplier::new(queue, tag)))
    })
}

/// Answers an event `reserve` or `try-reserve` by its `question`: `granted` 1 gives a slot, and the question's number is the
/// permit's from now on; 0 gives none.
///
/// A refused `reserve` comes again as another question a second later. `TEMPORAL_BUN_CODE_FAILED_PRECONDITION` says that
/// nobody waits for the answer any more: then no permit was given. A `try-reserve` is only open for 200 ms. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_slot_supplier_answer(
    supplier: Handle,
    question: u64,
    granted: i32,
) -> Code {
    code(|| handles::get::<SlotSupplier>(supplier)?.answer(question, granted != 0))
}

/// Frees a handle of a supplier, which cannot answer by it any more. Workers that use it keep asking. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_slot_supplier_free(supplier: Handle) -> Code {
    code(|| handles::remove::<SlotSupplier>(supplier).map(drop))
}
