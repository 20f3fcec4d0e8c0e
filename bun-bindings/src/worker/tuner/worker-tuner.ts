import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { Duration } from '@temporalio/common/lib/time';

/** Decides how many tasks of each kind a worker handles concurrently. */
export type WorkerTuner = ResourceBasedTuner | ResourceBasedTunerWithController | TunerHolder;

/** A tuner with a separate slot supplier for each kind of task. */
export interface TunerHolder {
  workflowTaskSlotSupplier: SlotSupplier<WorkflowSlotInfo>;
  activityTaskSlotSupplier: SlotSupplier<ActivitySlotInfo>;
  localActivityTaskSlotSupplier: SlotSupplier<LocalActivitySlotInfo>;
  nexusTaskSlotSupplier: SlotSupplier<NexusSlotInfo>;
}

/** Hands out the slots for one kind of task. A task needs a slot before it is polled for. */
export type SlotSupplier<SI extends SlotInfo> =
  | ResourceBasedSlotsForType
  | FixedSizeSlotSupplier
  | CustomSlotSupplier<SI>;

/** A tuner that hands out slots while the memory and CPU usage of the machine stay below the targets. */
export interface ResourceBasedTuner extends ResourceBasedTunerSlotOptions, ResourceBasedTunerOptionsConfig {}

/** A resource-based tuner whose targets come from a controller. Several workers may share the controller. */
export interface ResourceBasedTunerWithController
  extends ResourceBasedTunerSlotOptions,
    ResourceBasedControllerConfig {}

interface ResourceBasedTunerSlotOptions {
  /** Default: 2 to 1,000 slots, 10 ms apart. */
  workflowTaskSlotOptions?: ResourceBasedSlotOptions;
  /** Default: 1 to 2,000 slots, 50 ms apart. */
  activityTaskSlotOptions?: ResourceBasedSlotOptions;
  /** Default: 1 to 2,000 slots, 50 ms apart. */
  localActivityTaskSlotOptions?: ResourceBasedSlotOptions;
  /** Default: 1 to 2,000 slots, 50 ms apart. */
  nexusTaskSlotOptions?: ResourceBasedSlotOptions;
}

interface ResourceBasedTunerOptionsConfig {
  tunerOptions: ResourceBasedTunerOptions;
  controller?: never;
}

interface ResourceBasedControllerConfig {
  controller: ResourceBasedController;
  tunerOptions?: never;
}

/** A resource-based tuner: set either `tunerOptions` or `controller`. */
export type ResourceBasedTunerConfig = ResourceBasedTunerOptionsConfig | ResourceBasedControllerConfig;

/** The target usage of a resource-based tuner, for the whole machine. */
export interface ResourceBasedTunerOptions {
  /** Share of the memory, 0 to 1. Leave room, as the needs of workflows vary: 0.8 is a sensible maximum. */
  targetMemoryUsage: number;
  /** Share of the CPU time, 0 to 1. */
  targetCpuUsage: number;
}

/**
 * Targets that several resource-based tuners share. Each worker measures the usage of the whole machine, so workers
 * with the same targets reach a common balance.
 */
export class ResourceBasedController {
  private constructor(
    /** @internal */
    readonly targets: Readonly<ResourceBasedTunerOptions>,
  ) {}

  static create(options: ResourceBasedTunerOptions): ResourceBasedController {
    return new ResourceBasedController({ ...options });
  }
}

/** Limits of a resource-based slot supplier. */
export interface ResourceBasedSlotOptions {
  /** Number of slots that are handed out at any usage. Default: 2 for workflow tasks, 1 for the others. */
  minimumSlots?: number;
  /** Maximum of slots. Default: 1,000 for workflow tasks, 2,000 for the others. */
  maximumSlots?: number;
  /**
   * Pause between two new slots above the minimum, in ms or as a string such as `'50 ms'`. Default: 10 ms for workflow
   * tasks, 50 ms for the others.
   */
  rampThrottle?: Duration;
}

/**
 * A resource-based supplier for one kind of task. All of a tuner's resource-based suppliers must have the same targets.
 */
export type ResourceBasedSlotsForType = ResourceBasedSlotOptions &
  ResourceBasedTunerConfig & { type: 'resource-based' };

/** A supplier with a fixed number of slots. */
export interface FixedSizeSlotSupplier {
  type: 'fixed-size';
  numSlots: number;
}

/**
 * A user-defined supplier. Its methods are called on the main thread. While workflows are cached, a supplier for
 * workflow tasks must hand out at least two slots, or the worker gets stuck.
 *
 * If `reserveSlot` rejects, it is called again after one second. `tryReserveSlot` must return within 200 ms.
 */
export interface CustomSlotSupplier<SI extends SlotInfo> {
  type: 'custom';
  /** Resolves with a permit as soon as there is a slot; rejects with an `AbortError` when `abortSignal` fires. */
  reserveSlot(ctx: SlotReserveContext, abortSignal: AbortSignal): Promise<SlotPermit>;
  /** Returns a permit or null at once. Called for tasks that arrive with the response to another request. */
  tryReserveSlot(ctx: SlotReserveContext): SlotPermit | null;
  /** Called when a task starts to use its slot. */
  markSlotUsed(ctx: SlotMarkUsedContext<SI>): void;
  /** Called when the slot is free again, whether it was used or not. */
  releaseSlot(ctx: SlotReleaseContext<SI>): void;
}

export type SlotInfo = WorkflowSlotInfo | ActivitySlotInfo | LocalActivitySlotInfo | NexusSlotInfo;

export interface WorkflowSlotInfo {
  type: 'workflow';
  workflowType: string;
  isSticky: boolean;
}

export interface ActivitySlotInfo {
  type: 'activity';
  activityType: string;
}

export interface LocalActivitySlotInfo {
  type: 'local-activity';
  activityType: string;
}

export interface NexusSlotInfo {
  type: 'nexus';
  service: string;
  operation: string;
}

/** The right to use a slot. A supplier may add fields of its own. */
// biome-ignore lint/complexity/noBannedTypes: any object, or any value at all, is a permit.
export type SlotPermit = {};

/** The purpose for which a slot is requested. */
export interface SlotReserveContext {
  slotType: SlotInfo['type'];
  taskQueue: string;
  workerIdentity: string;
  /** @deprecated Use `workerDeploymentVersion`. */
  workerBuildId: string;
  workerDeploymentVersion?: WorkerDeploymentVersion;
  /** Whether the slot is for a poll of a sticky queue. */
  isSticky: boolean;
}

/** The task that uses a slot. */
export interface SlotMarkUsedContext<SI extends SlotInfo> {
  slotInfo: SI;
  permit: SlotPermit;
}

/** The task that used a slot. `slotInfo` is absent if the slot was never used. */
export interface SlotReleaseContext<SI extends SlotInfo> {
  slotInfo?: SI;
  permit: SlotPermit;
}
