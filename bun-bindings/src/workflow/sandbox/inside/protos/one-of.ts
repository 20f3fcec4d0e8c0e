type Message = Record<string, unknown>;

/** A getter that tells which one of some fields a message has. */
export function oneOfGetter(fields: readonly string[]): (this: Message) => string | undefined {
  return function () {
    for (const field of fields) if (this[field] != null) return field;
    return undefined;
  };
}

/** A setter that leaves a message with one of some fields. A deletion makes an object slow, so it comes only where it must. */
export function oneOfSetter(fields: readonly string[]): (this: Message, chosen: string | undefined) => void {
  return function (chosen) {
    for (const field of fields) if (field !== chosen && this[field] != null) delete this[field];
  };
}
