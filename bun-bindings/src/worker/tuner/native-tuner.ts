import type { NativeWorkerConfig } from '../../native/worker.ts';
import type { CompiledSupplier, CompiledTuner } from './compiled-tuner.ts';
import type { CustomSlotSupplier, SlotInfo } from './worker-tuner.ts';

type NativeTuner = NativeWorkerConfig['tuner'];
type NativeSupplier = NativeTuner['workflow'];

/** Connects a custom supplier to the native worker. Returns the supplier's handle, for the configuration. */
export type ConnectSupplier = (supplier: CustomSlotSupplier<SlotInfo>) => number;

/** Converts a tuner to its native form. */
export function toNativeTuner(tuner: CompiledTuner, connect: ConnectSupplier): NativeTuner {
  const resourceTargets = targetsOf(tuner);
  return {
    workflow: toNativeSupplier(tuner.workflowTaskSlotSupplier, connect),
    activity: toNativeSupplier(tuner.activityTaskSlotSupplier, connect),
    localActivity: toNativeSupplier(tuner.localActivityTaskSlotSupplier, connect),
    nexus: toNativeSupplier(tuner.nexusTaskSlotSupplier, connect),
    ...(resourceTargets && { resourceTargets }),
  };
}

function toNativeSupplier<SI extends SlotInfo>(
  supplier: CompiledSupplier<SI>,
  connect: ConnectSupplier,
): NativeSupplier {
  switch (supplier.type) {
    case 'fixed-size':
      return { type: 'fixed', slots: supplier.numSlots };
    case 'resource-based': {
      const { type, minimumSlots, maximumSlots, rampThrottle } = supplier;
      return { type, minimumSlots, maximumSlots, rampThrottleMs: rampThrottle };
    }
    case 'custom':
      return { type: 'custom', supplier: connect(supplier as CustomSlotSupplier<SlotInfo>) };
  }
}

function targetsOf({ resourceBasedTunerConfig: config }: CompiledTuner): NativeTuner['resourceTargets'] {
  if (config === null) return undefined;
  const { targetMemoryUsage, targetCpuUsage } = config.type === 'controller' ? config.controller.targets : config;
  return { memoryUsage: targetMemoryUsage, cpuUsage: targetCpuUsage };
}
