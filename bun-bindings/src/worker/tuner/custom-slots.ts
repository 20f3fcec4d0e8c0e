import type { Logger } from '@temporalio/common';
import type { CompletionQueue } from '../../native/completion-queue.ts';
import { type NativeSlotContext, NativeSlotSupplier, type SlotEvent } from '../../native/slot-supplier.ts';
import type { ConnectSupplier } from './native-tuner.ts';
import type { CustomSlotSupplier, SlotInfo, SlotPermit, SlotReserveContext } from './worker-tuner.ts';

/** Connects a native worker to a slot supplier that is written in JavaScript. */
export class CustomSlots {
  readonly #supplier: CustomSlotSupplier<SlotInfo>;
  readonly #logger: Logger;
  /** Permits in use, by their numbers. */
  readonly #permits = new Map<number, SlotPermit>();
  /** Pending reservations. */
  readonly #reservations = new Map<number, AbortController>();

  /** Returns a function that connects suppliers to a native worker, whose questions arrive through `queue`. */
  static connector(queue: CompletionQueue, logger: Logger): ConnectSupplier {
    return (supplier) => {
      const slots = new CustomSlots(supplier, logger);
      return NativeSlotSupplier.create(queue, (event, native) => slots.#handle(event, native)).handle;
    };
  }

  private constructor(supplier: CustomSlotSupplier<SlotInfo>, logger: Logger) {
    this.#supplier = supplier;
    this.#logger = logger;
  }

  #handle(event: SlotEvent, native: NativeSlotSupplier): void {
    switch (event.event) {
      case 'reserve':
        void this.#reserve(event.question, contextOf(event), native);
        break;
      case 'cancel':
        this.#reservations.get(event.question)?.abort(new DOMException('Request Cancelled', 'AbortError'));
        break;
      case 'try-reserve':
        this.#tryReserve(event.question, contextOf(event), native);
        break;
      case 'mark-used': {
        const { slotInfo } = event;
        this.#guarded('markSlotUsed', () =>
          this.#supplier.markSlotUsed({ slotInfo, permit: this.#permits.get(event.permit) ?? {} }),
        );
        break;
      }
      case 'release': {
        const permit = this.#permits.get(event.permit);
        this.#permits.delete(event.permit);
        if (permit !== undefined) this.#release(permit, event.slotInfo ?? undefined);
        break;
      }
    }
  }

  async #reserve(question: number, context: SlotReserveContext, native: NativeSlotSupplier): Promise<void> {
    const abort = new AbortController();
    this.#reservations.set(question, abort);
    try {
      const permit = await this.#supplier.reserveSlot(context, abort.signal);
      this.#grant(question, permit, native);
    } catch (error) {
      if (!abort.signal.aborted) {
        this.#logger.error('Error in custom slot supplier `reserveSlot`', { error });
        // The native worker asks again in a moment.
        native.answer(question, false);
      }
    } finally {
      this.#reservations.delete(question);
    }
  }

  #tryReserve(question: number, context: SlotReserveContext, native: NativeSlotSupplier): void {
    const permit = this.#guarded('tryReserveSlot', () => this.#supplier.tryReserveSlot(context));
    if (permit == null) native.answer(question, false);
    else this.#grant(question, permit, native);
  }

  #grant(question: number, permit: SlotPermit, native: NativeSlotSupplier): void {
    this.#permits.set(question, permit);
    if (native.answer(question, true)) return;
    // The reservation was cancelled, so nobody holds the permit.
    this.#permits.delete(question);
    this.#release(permit, undefined);
  }

  #release(permit: SlotPermit, slotInfo: SlotInfo | undefined): void {
    this.#guarded('releaseSlot', () => this.#supplier.releaseSlot({ slotInfo, permit }));
  }

  #guarded<T>(method: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#logger.error(`Error in custom slot supplier \`${method}\``, { error });
      return undefined;
    }
  }
}

function contextOf({
  slotType,
  taskQueue,
  workerIdentity,
  workerDeploymentVersion,
  isSticky,
}: NativeSlotContext): SlotReserveContext {
  return {
    slotType,
    taskQueue,
    workerIdentity,
    workerBuildId: workerDeploymentVersion?.buildId ?? '',
    workerDeploymentVersion: workerDeploymentVersion ?? undefined,
    isSticky,
  };
}
