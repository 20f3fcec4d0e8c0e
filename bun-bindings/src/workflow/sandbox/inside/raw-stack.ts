/** Whether the engine writes stacks as it does by default, with the places in the bundle. */
let isRaw = false;

export function writesRawStacks(): boolean {
  return isRaw;
}

/** The stack of an error with its places in the bundle. It must not have been read before. */
export function rawStackOf(error: Error): string | undefined {
  isRaw = true;
  try {
    return error.stack;
  } finally {
    isRaw = false;
  }
}
