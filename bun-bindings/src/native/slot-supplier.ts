import { checkCode, checkHandle } from './calls.ts';
import type { CompletionQueue } from './completion-queue.ts';
import { NativeObject } from './handle.ts';
import { native } from './library.ts';

/** The purpose for which a slot is requested. */
export interface NativeSlotContext {
  slotType: 'workflow' | 'activity' | 'local-activity' | 'nexus';
  taskQueue: string;
  workerIdentity: string;
  workerDeploymentVersion: { deploymentName: string; buildId: string } | null;
  isSticky: boolean;
}

/** The task that uses a slot. */
type NativeSlotInfo =
  | { type: 'workflow'; workflowType: string; isSticky: boolean }
  | { type: 'activity' | 'local-activity'; activityType: string }
  | { type: 'nexus'; service: string; operation: string };

/** An event for a supplier. If a question is granted, its number becomes the number of the permit. */
export type SlotEvent =
  | ({ event: 'reserve' | 'try-reserve'; question: number } & NativeSlotContext)
  /** The question was withdrawn. */
  | { event: 'cancel'; question: number }
  | { event: 'mark-used'; permit: number; slotInfo: NativeSlotInfo }
  /** `slotInfo` is null if the slot was never used. */
  | { event: 'release'; permit: number; slotInfo: NativeSlotInfo | null };

/** A slot supplier of a native worker that calls JavaScript. Frees itself when no worker uses it any more. */
export class NativeSlotSupplier extends NativeObject {
  /** @param onEvent called on this thread for each event. It answers questions by {@link answer}. */
  static create(queue: CompletionQueue, onEvent: (event: SlotEvent, supplier: NativeSlotSupplier) => void) {
    const decoder = new TextDecoder();
    let supplier: NativeSlotSupplier | undefined;
    queue.openMessages(
      (message) => supplier && onEvent(JSON.parse(decoder.decode(message)), supplier),
      (tag) => {
        const handle = checkHandle(native().temporal_bun_slot_supplier_new(queue.handle, tag));
        supplier = new NativeSlotSupplier(handle);
      },
      () => supplier?.free(),
    );
    return supplier as unknown as NativeSlotSupplier;
  }

  private constructor(handle: number) {
    super(handle, native().temporal_bun_slot_supplier_free);
  }

  /** Grants or refuses a slot. Returns false if the question was withdrawn: then there is no permit. */
  answer(question: number, granted: boolean): boolean {
    const code = native().temporal_bun_slot_supplier_answer(this.handle, question, granted ? 1 : 0);
    if (code === FAILED_PRECONDITION) return false;
    checkCode(code);
    return true;
  }
}

/** `TEMPORAL_BUN_CODE_FAILED_PRECONDITION` */
const FAILED_PRECONDITION = 11;
