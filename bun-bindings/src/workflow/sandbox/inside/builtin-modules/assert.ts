/** `node:assert`. */
module.exports = (globalThis as unknown as { assert: unknown }).assert;
