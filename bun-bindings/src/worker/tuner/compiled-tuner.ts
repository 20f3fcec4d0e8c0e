import { msToNumber } from '@temporalio/common/lib/time';
import { checkOptions, checks } from '../../option-checks.ts';
import {
  type ActivitySlotInfo,
  type CustomSlotSupplier,
  type FixedSizeSlotSupplier,
  type LocalActivitySlotInfo,
  type NexusSlotInfo,
  ResourceBasedController,
  type ResourceBasedSlotOptions,
  type ResourceBasedTunerConfig,
  type ResourceBasedTunerOptions,
  type SlotInfo,
  type SlotSupplier,
  type TunerHolder,
  type WorkerTuner,
  type WorkflowSlotInfo,
} from './worker-tuner.ts';

/** A {@link WorkerTuner} with a supplier for each kind of task, defaults filled in, and one set of targets. */
export interface CompiledTuner {
  workflowTaskSlotSupplier: CompiledSupplier<WorkflowSlotInfo>;
  activityTaskSlotSupplier: CompiledSupplier<ActivitySlotInfo>;
  localActivityTaskSlotSupplier: CompiledSupplier<LocalActivitySlotInfo>;
  nexusTaskSlotSupplier: CompiledSupplier<NexusSlotInfo>;
  /** The targets of the resource-based suppliers. Null if there are none. */
  resourceBasedTunerConfig: CompiledTargets | null;
}

/** A slot supplier. `rampThrottle` is in ms. */
export type CompiledSupplier<SI extends SlotInfo> =
  | FixedSizeSlotSupplier
  | CustomSlotSupplier<SI>
  | { type: 'resource-based'; minimumSlots: number; maximumSlots: number; rampThrottle: number };

type CompiledTargets =
  | ({ type: 'options' } & ResourceBasedTunerOptions)
  | { type: 'controller'; controller: ResourceBasedController };

const SLOT_LIMITS = {
  workflow: { minimumSlots: 2, maximumSlots: 1000, rampThrottle: 10 },
  other: { minimumSlots: 1, maximumSlots: 2000, rampThrottle: 50 },
};

const SLOT_FIELDS = {
  minimumSlots: checks.nonNegativeInteger,
  maximumSlots: checks.positiveInteger,
  rampThrottle: checks.duration,
};

/** Checks a tuner and fills in its defaults. Throws a TypeError that names the supplier that cannot be used. */
export function compileTuner(tuner: WorkerTuner): CompiledTuner {
  const holder = 'workflowTaskSlotSupplier' in tuner ? tuner : suppliersOf(tuner);
  const resourceBasedTunerConfig = sharedTargets(holder);
  return {
    workflowTaskSlotSupplier: compileSupplier('workflowTaskSlotSupplier', holder.workflowTaskSlotSupplier),
    activityTaskSlotSupplier: compileSupplier('activityTaskSlotSupplier', holder.activityTaskSlotSupplier),
    localActivityTaskSlotSupplier: compileSupplier(
      'localActivityTaskSlotSupplier',
      holder.localActivityTaskSlotSupplier,
    ),
    nexusTaskSlotSupplier: compileSupplier('nexusTaskSlotSupplier', holder.nexusTaskSlotSupplier),
    resourceBasedTunerConfig,
  };
}

/** Expands a resource-based tuner into four suppliers with the same targets. */
function suppliersOf(tuner: Exclude<WorkerTuner, TunerHolder>): TunerHolder {
  const { controller, tunerOptions } = tuner;
  const shared = { type: 'resource-based', controller, tunerOptions } as const;
  return {
    workflowTaskSlotSupplier: { ...tuner.workflowTaskSlotOptions, ...shared },
    activityTaskSlotSupplier: { ...tuner.activityTaskSlotOptions, ...shared },
    localActivityTaskSlotSupplier: { ...tuner.localActivityTaskSlotOptions, ...shared },
    nexusTaskSlotSupplier: { ...tuner.nexusTaskSlotOptions, ...shared },
  } as TunerHolder;
}

function compileSupplier<SI extends SlotInfo>(
  name: keyof TunerHolder,
  supplier: SlotSupplier<SI>,
): CompiledSupplier<SI> {
  switch (supplier?.type) {
    case 'fixed-size':
      if (!Number.isSafeInteger(supplier.numSlots) || supplier.numSlots < 1) {
        throw new TypeError(
          `WorkerOptions.tuner.${name}.numSlots must be a positive integer, got ${supplier.numSlots}`,
        );
      }
      return { type: 'fixed-size', numSlots: supplier.numSlots };
    case 'resource-based': {
      const limits = name === 'workflowTaskSlotSupplier' ? SLOT_LIMITS.workflow : SLOT_LIMITS.other;
      checkOptions(`WorkerOptions.tuner.${name}`, supplier, SLOT_FIELDS);
      const { minimumSlots, maximumSlots, rampThrottle } = { ...limits, ...definedOf(supplier) };
      if (minimumSlots > maximumSlots) {
        throw new TypeError(
          `WorkerOptions.tuner.${name}.minimumSlots (${minimumSlots}) must not exceed its maximumSlots (${maximumSlots})`,
        );
      }
      return { type: 'resource-based', minimumSlots, maximumSlots, rampThrottle: msToNumber(rampThrottle) };
    }
    case 'custom':
      for (const method of ['reserveSlot', 'tryReserveSlot', 'markSlotUsed', 'releaseSlot'] as const) {
        if (typeof supplier[method] !== 'function') {
          throw new TypeError(`WorkerOptions.tuner.${name}.${method} must be a function`);
        }
      }
      return supplier;
    default:
      throw new TypeError(`WorkerOptions.tuner.${name}.type must be 'fixed-size', 'resource-based' or 'custom'`);
  }
}

function definedOf(options: ResourceBasedSlotOptions): ResourceBasedSlotOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The targets of the resource-based suppliers. They must be the same: the native worker has one set of targets. */
function sharedTargets(holder: TunerHolder): CompiledTargets | null {
  let shared: CompiledTargets | undefined;
  for (const [name, supplier] of Object.entries(holder) as [string, SlotSupplier<SlotInfo>][]) {
    if (supplier?.type !== 'resource-based') continue;
    const targets = targetsOf(name, supplier);
    shared ??= targets;
    if (!areSame(shared, targets)) {
      throw new TypeError('Cannot construct worker tuner with multiple different resource-based tuner configurations');
    }
  }
  return shared ?? null;
}

/** Whether two suppliers have the same controller, or equal targets. */
function areSame(one: CompiledTargets, other: CompiledTargets): boolean {
  if (one.type === 'controller') return other.type === 'controller' && one.controller === other.controller;
  return (
    other.type === 'options' &&
    one.targetMemoryUsage === other.targetMemoryUsage &&
    one.targetCpuUsage === other.targetCpuUsage
  );
}

function targetsOf(name: string, config: ResourceBasedTunerConfig): CompiledTargets {
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
  return config.controller
    ? { type: 'controller', controller: config.controller }
    : { type: 'options', targetMemoryUsage, targetCpuUsage };
}
