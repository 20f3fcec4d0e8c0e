import { msToNumber } from '@temporalio/common/lib/time';
import type { NativeWorkerConfig } from '../../native/worker.ts';
import { checkOptions, checks } from '../../option-checks.ts';
import {
  type CustomSlotSupplier,
  ResourceBasedController,
  type ResourceBasedSlotOptions,
  type ResourceBasedTunerConfig,
  type SlotInfo,
  type SlotSupplier,
  type TunerHolder,
  type WorkerTuner,
} from './worker-tuner.ts';

type NativeTuner = NativeWorkerConfig['tuner'];
type NativeSupplier = NativeTuner['workflow'];
type NativeTargets = NonNullable<NativeTuner['resourceTargets']>;

const SLOT_LIMITS = {
  workflow: { minimumSlots: 2, maximumSlots: 1000, rampThrottle: 10 },
  other: { minimumSlots: 1, maximumSlots: 2000, rampThrottle: 50 },
};

const SLOT_FIELDS = {
  minimumSlots: checks.nonNegativeInteger,
  maximumSlots: checks.positiveInteger,
  rampThrottle: checks.duration,
};

/** Connects a custom supplier to the native worker. Returns the supplier's handle, for the configuration. */
export type ConnectSupplier = (supplier: CustomSlotSupplier<SlotInfo>) => number;

/** Converts a tuner to its native form. Throws a TypeError that names the supplier that cannot be used. */
export function toNativeTuner(tuner: WorkerTuner, connect: ConnectSupplier): NativeTuner {
  const holder = 'workflowTaskSlotSupplier' in tuner ? tuner : suppliersOf(tuner);
  const resourceTargets = sharedTargets(holder);
  return {
    workflow: toNativeSupplier('workflowTaskSlotSupplier', holder.workflowTaskSlotSupplier, connect),
    activity: toNativeSupplier('activityTaskSlotSupplier', holder.activityTaskSlotSupplier, connect),
    localActivity: toNativeSupplier('localActivityTaskSlotSupplier', holder.localActivityTaskSlotSupplier, connect),
    nexus: toNativeSupplier('nexusTaskSlotSupplier', holder.nexusTaskSlotSupplier, connect),
    ...(resourceTargets && { resourceTargets }),
  };
}

/** Expands a resource-based tuner into four suppliers with the same targets. */
function suppliersOf(tuner: Exclude<WorkerTuner, TunerHolder>): TunerHolder {
  const shared = {
    type: 'resource-based',
    ...(tuner.controller ? { controller: tuner.controller } : { tunerOptions: tuner.tunerOptions }),
  } as const;
  return {
    workflowTaskSlotSupplier: { ...tuner.workflowTaskSlotOptions, ...shared },
    activityTaskSlotSupplier: { ...tuner.activityTaskSlotOptions, ...shared },
    localActivityTaskSlotSupplier: { ...tuner.localActivityTaskSlotOptions, ...shared },
    nexusTaskSlotSupplier: { ...tuner.nexusTaskSlotOptions, ...shared },
  } as TunerHolder;
}

function toNativeSupplier<SI extends SlotInfo>(
  name: keyof TunerHolder,
  supplier: SlotSupplier<SI>,
  connect: ConnectSupplier,
): NativeSupplier {
  switch (supplier?.type) {
    case 'fixed-size':
      if (!Number.isSafeInteger(supplier.numSlots) || supplier.numSlots < 1) {
        throw new TypeError(
          `WorkerOptions.tuner.${name}.numSlots must be a positive integer, got ${supplier.numSlots}`,
        );
      }
      return { type: 'fixed', slots: supplier.numSlots };
    case 'resource-based': {
      const limits = name === 'workflowTaskSlotSupplier' ? SLOT_LIMITS.workflow : SLOT_LIMITS.other;
      checkOptions(`WorkerOptions.tuner.${name}`, supplier, SLOT_FIELDS);
      const { minimumSlots, maximumSlots, rampThrottle } = { ...limits, ...definedOf(supplier) };
      if (minimumSlots > maximumSlots) {
        throw new TypeError(
          `WorkerOptions.tuner.${name}.minimumSlots (${minimumSlots}) must not exceed its maximumSlots (${maximumSlots})`,
        );
      }
      return { type: 'resource-based', minimumSlots, maximumSlots, rampThrottleMs: msToNumber(rampThrottle) };
    }
    case 'custom':
      for (const method of ['reserveSlot', 'tryReserveSlot', 'markSlotUsed', 'releaseSlot'] as const) {
        if (typeof supplier[method] !== 'function') {
          throw new TypeError(`WorkerOptions.tuner.${name}.${method} must be a function`);
        }
      }
      return { type: 'custom', supplier: connect(supplier as CustomSlotSupplier<SlotInfo>) };
    default:
      throw new TypeError(`WorkerOptions.tuner.${name}.type must be 'fixed-size', 'resource-based' or 'custom'`);
  }
}

function definedOf(options: ResourceBasedSlotOptions): ResourceBasedSlotOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The targets of the resource-based suppliers. They must be equal: the native worker has one set of targets. */
function sharedTargets(holder: TunerHolder): NativeTargets | undefined {
  let shared: NativeTargets | undefined;
  for (const [name, supplier] of Object.entries(holder) as [string, SlotSupplier<SlotInfo>][]) {
    if (supplier?.type !== 'resource-based') continue;
    const targets = targetsOf(name, supplier);
    shared ??= targets;
    if (shared.memoryUsage !== targets.memoryUsage || shared.cpuUsage !== targets.cpuUsage) {
      throw new TypeError('Cannot construct worker tuner with multiple different resource-based tuner configurations');
    }
  }
  return shared;
}

function targetsOf(name: string, config: ResourceBasedTunerConfig): NativeTargets {
  if ((config.controller == null) === (config.tunerOptions == null)) {
    throw new TypeError('Resource-based tuner must specify exactly one of controller or tunerOptions');
  }
  if (config.controller != null && !(config.controller instanceof ResourceBasedController)) {
    throw new TypeError('Resource-based tuner controller must be a ResourceBasedController');
  }
  const { targetMemoryUsage, targetCpuUsage } = config.controller ? config.controller.targets : config.tunerOptions;
  for (const [field, value] of Object.entries({ targetMemoryUsage, targetCpuUsage })) {
    checkOptions(`WorkerOptions.tuner.${name}`, { [field]: value ?? null }, { [field]: checks.share });
  }
  return { memoryUsage: targetMemoryUsage, cpuUsage: targetCpuUsage };
}
