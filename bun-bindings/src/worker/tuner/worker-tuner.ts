import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { Duration } from '@temporalio/common/lib/time';

/** Decides how many tasks of each kind a worker handles at once. */
export type WorkerTuner = ResourceBasedTuner | ResourceBasedTunerWithController | TunerHolder;

/** A tuner with a slot supplier of its own for each kind of task. */
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

/** Hands out slots as long as the machine's memory and CPU usage stay below the targets. */
export interface ResourceBasedTuner extends ResourceBasedTunerSlotOptions, ResourceBasedTunerOptionsConfig {}

/** A resource-based tuner whose targets come from a controller that several workers may share. */
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

/** One of `tunerOptions` and `controller`. */
export type ResourceBasedTunerConfig = ResourceBasedTunerOptionsConfig | ResourceBasedControllerConfig;

/** The usage that a resource-based tuner aims at, for the whole machine. */
export interface ResourceBasedTunerOptions {
  /** Share of the memory, 0 to 1. Leave room: what a workflow will need cannot be foreseen. 0.8 is a sensible maximum. */
  targetMemoryUsage: number;
  /** Share of the CPU time, 0 to 1. */
  targetCpuUsage: number;
}

/**
 * Targets that several resource-based tuners share. Usage is measured for the whole machine, so workers with the same
 * targets settle together although each measures for itself.
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
  /** This many slots are handed out whatever the usage. Default: 2 for workflow tasks, 1 for the others. */
  minimumSlots?: number;
  /** No more than this many. Default: 1,000 for workflow tasks, 2,000 for the others. */
  maximumSlots?: number;
  /** Time between two new slots above the minimum (ms or a string such as `'50 ms'`). Default: 10 ms for workflow tasks, 50 ms for the others. */
  rampThrottle?: Duration;
}

/** A resource-based supplier for one kind of task. All of a tuner's resource-based suppliers must have the same targets. */
export type ResourceBasedSlotsForType = ResourceBasedSlotOptions &
  ResourceBasedTunerConfig & { type: 'resource-based' };

/** Never more than `numSlots` tasks at once. */
export interface FixedSizeSlotSupplier {
  type: 'fixed-size';
  numSlots: number;
}

/**
 * A supplier of your own. Its methods are called on the main thread. A supplier for workflow tasks must be willing to give
 * two slots at least while workflows are cached, or the worker gets stuck.
 *
 * If `reserveSlot` rejects, it is called again a second later; `tryReserveSlot` has 200 ms.
 */
export interface CustomSlotSupplier<SI extends SlotInfo> {
  type: 'custom';
  /** Resolves with a permit as soon as there is a slot; rejects with an `AbortError` when `abortSignal` fires. */
  reserveSlot(ctx: SlotReserveContext, abortSignal: AbortSignal): Promise<SlotPermit>;
  /** For tasks that come with the answer to another: a permit at once, or null. */
  tryReserveSlot(ctx: SlotReserveContext): SlotPermit | null;
  /** A task starts to use its slot. */
  markSlotUsed(ctx: SlotMarkUsedContext<SI>): void;
  /** The slot is free again, whether it was used or not. */
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

/** The right to use a slot. Carries whatever its supplier puts into it. */
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
  /** True for the poll of a sticky queue. */
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
