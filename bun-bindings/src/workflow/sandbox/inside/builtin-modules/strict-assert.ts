/** `node:assert/strict`. */
module.exports = (globalThis as unknown as { assert: { strict: unknown } }).assert.strict;
