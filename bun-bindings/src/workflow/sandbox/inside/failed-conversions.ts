import { CompositePayloadConverter, ValueError } from '@temporalio/common';

/** Adds to the error for a value that no payload converter takes why JSON does not, which the library keeps to itself. */
export function explainFailedConversions(): void {
  const { toPayload } = CompositePayloadConverter.prototype;
  Object.assign(CompositePayloadConverter.prototype, {
    toPayload(this: CompositePayloadConverter, ...args: Parameters<typeof toPayload>): ReturnType<typeof toPayload> {
      try {
        return toPayload.apply(this, args);
      } catch (error) {
        const reason = error instanceof ValueError ? reasonAgainstJson(args[0]) : undefined;
        throw reason === undefined ? error : new ValueError(`${(error as Error).message}: ${reason}`);
      }
    },
  });
}

/** Says why a value cannot be written as JSON; undefined if it can. */
function reasonAgainstJson(value: unknown): string | undefined {
  let found: string | undefined;
  try {
    JSON.stringify(value, (key, part: unknown) => {
      if (typeof part === 'bigint') found = `the BigInt ${part}${key === '' ? '' : ` of the field '${key}'`}`;
      return part;
    });
  } catch (error) {
    if (found !== undefined) return `${found} has no form in JSON. Make it a string, or set a payload converter for it`;
    return error instanceof Error ? error.message : undefined;
  }
  return undefined;
}
