import { SdkComponent } from '@temporalio/common';
import type { CoreLogRecord } from '../native/runtime.ts';
import { formatLine } from './log-format.ts';
import type { LogEntry } from './logger.ts';

/** Converts a line of core's to one of the SDK's, whose fields are named as those of other lines are: `workflowId`. */
export function logEntryOf({ level, message, target, timestampMs, fields, spans }: CoreLogRecord): LogEntry {
  const named = Object.fromEntries(Object.entries(fields).map(([field, value]) => [camelCase(field), value]));
  return {
    level,
    message,
    timestampNanos: BigInt(timestampMs) * 1_000_000n,
    meta: { sdkComponent: SdkComponent.core, target, spanContexts: spans, ...named },
  };
}

/** Writes a line of core's to stdout, without colours. */
export function printCoreLog(record: CoreLogRecord): void {
  process.stdout.write(`${formatLine(logEntryOf(record), 'compact', false)}\n`);
}

function camelCase(field: string): string {
  const [first = '', ...rest] = field.split('_');
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()).join('');
}
