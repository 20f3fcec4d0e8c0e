//! Slot suppliers whose decisions the host makes.

use super::{code, handle};
use crate::{
    bridge::{
        completion_queue::CompletionQueue,
        error::Code,
        handle::{self as handles, Handle},
    },
    worker::slot_supplier::SlotSupplier,
};

/// Makes a slot supplier that asks the host for each slot, for `tuner.….supplier` in a worker's configuration.
///
/// Its events come into `queue` with `tag`, as records of UTF-8 JSON that `docs/ffi-surface.md` describes. A record of kind
/// 3 says that core asks no more. One supplier serves one kind of slot of one worker. If the queue is closed there are no
/// more slots. Returns the supplier's handle, which the caller frees; 0 on failure. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_slot_supplier_new(queue: Handle, tag: u64) -> Handle {
    handle(|| {
        let queue = handles::get::<CompletionQueue>(queue)?;
        Ok(handles::insert(SlotSupplier::new(queue, tag)))
    })
}

/// Answers an event `reserve` or `try-reserve` by the number in its `question`. `granted` 1 gives a slot, and the number
/// names the permit from then on; 0 refuses.
///
/// A refused `reserve` comes again a second later, as another question. A `try-reserve` is open for 50 ms only,
/// because a thread of core waits for its answer; the next one comes after it was answered, in time or not.
/// `TEMPORAL_BUN_CODE_FAILED_PRECONDITION` says that nobody waits for the answer any more: no permit was given. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_slot_supplier_answer(
    supplier: Handle,
    question: u64,
    granted: i32,
) -> Code {
    code(|| handles::get::<SlotSupplier>(supplier)?.answer(question, granted != 0))
}

/// Frees a supplier's handle: the host cannot answer any more. Workers that use the supplier keep asking. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn temporal_bun_slot_supplier_free(supplier: Handle) -> Code {
    code(|| handles::remove::<SlotSupplier>(supplier).map(drop))
}
