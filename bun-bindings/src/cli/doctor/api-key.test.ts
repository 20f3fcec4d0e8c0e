import { expect, test } from 'bun:test';
import { checkApiKey } from './api-key.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const DAY_S = 24 * 3600;

/** A JSON Web Token that expires so many days after {@link now}. */
function token(days: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256' })}.${part({ exp: now / 1000 + days * DAY_S })}.signature`;
}

test.each([
  [undefined, 'ok', 'none is configured'],
  ['a-key', 'ok', 'is configured'],
  ['a.b.c', 'ok', 'is configured'],
  [' ', 'failed', 'it is empty'],
  ['a-key\n', 'failed', 'there is a space or an end of line in it'],
  [token(-1), 'failed', 'it has expired: Mon, 31 Dec 2029 00:00:00 GMT'],
  [token(2), 'warning', 'it expires Thu, 03 Jan 2030 00:00:00 GMT'],
  [token(90), 'ok', 'it expires Mon, 01 Apr 2030 00:00:00 GMT'],
] as const)('the key %j is %s: %s', (key, status, detail) => {
  expect(checkApiKey(key, now)).toMatchObject({ name: 'api key', status, detail });
});
