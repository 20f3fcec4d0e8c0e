/** Copies a thrown value into an error that can be posted to another thread. Works for any value of any realm. */
export function serializeError(thrown: unknown): Error {
  try {
    const { name, message, stack } = thrown as Partial<Error>;
    if (message === undefined) return new Error(String(thrown));
    const error = new Error(String(message));
    error.name = String(name ?? 'Error');
    if (stack !== undefined) error.stack = String(stack);
    return error;
  } catch {
    return new Error('A value was thrown that cannot be shown');
  }
}
