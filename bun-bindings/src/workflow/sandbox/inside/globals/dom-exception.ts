/** Codes of the names that had one, before names alone told what had gone wrong. */
const CODES: Record<string, number> = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

/** The names of all codes from 1 on, without `_ERR`. Polyfills add what is not there. */
const CONSTANTS = [
  ...['INDEX_SIZE', 'DOMSTRING_SIZE', 'HIERARCHY_REQUEST', 'WRONG_DOCUMENT', 'INVALID_CHARACTER', 'NO_DATA_ALLOWED'],
  ...['NO_MODIFICATION_ALLOWED', 'NOT_FOUND', 'NOT_SUPPORTED', 'INUSE_ATTRIBUTE', 'INVALID_STATE', 'SYNTAX'],
  ...['INVALID_MODIFICATION', 'NAMESPACE', 'INVALID_ACCESS', 'VALIDATION', 'TYPE_MISMATCH', 'SECURITY', 'NETWORK'],
  ...['ABORT', 'URL_MISMATCH', 'QUOTA_EXCEEDED', 'TIMEOUT', 'INVALID_NODE_TYPE', 'DATA_CLONE'],
];

/** An error that its name tells apart. Name and code are own properties, since the engine takes names of errors only from such. */
export class DOMException extends Error {
  declare readonly code: number;

  constructor(message = '', options: string | { name?: string; cause?: unknown } = 'Error') {
    super(`${message}`);
    const { name = 'Error' } = typeof options === 'object' ? options : { name: `${options}` };
    Object.defineProperties(this, {
      name: { value: name, configurable: true },
      code: { value: CODES[name] ?? 0, configurable: true },
    });
    if (typeof options === 'object' && 'cause' in options)
      Object.defineProperty(this, 'cause', { value: options.cause, writable: true, configurable: true });
  }

  get [Symbol.toStringTag](): string {
    return 'DOMException';
  }
}

for (const [index, constant] of CONSTANTS.entries()) {
  for (const holder of [DOMException, DOMException.prototype])
    Object.defineProperty(holder, `${constant}_ERR`, { value: index + 1, enumerable: true });
}
