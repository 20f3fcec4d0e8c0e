import * as internal from '@temporalio/common/lib/internal-non-workflow';

/** Counts what external storage has to do for a task. Undefined before version 1.24 of `@temporalio/common`. */
export function newStorageMetrics(): internal.ExternalStorageMetricsAccumulator | undefined {
  const { ExternalStorageMetricsAccumulator } = internal as Partial<typeof internal>;
  return ExternalStorageMetricsAccumulator && new ExternalStorageMetricsAccumulator();
}
