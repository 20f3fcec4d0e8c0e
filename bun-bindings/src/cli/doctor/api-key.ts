import { type CheckResult, failed, ok, warning } from './check.ts';

/** Keys that expire sooner get a warning. */
const EXPIRES_SOON_MS = 14 * 24 * 3600 * 1000;

/** Checks what an API key tells by itself. Keys of Temporal Cloud are JSON Web Tokens, which have a date in them. */
export function checkApiKey(apiKey: string | undefined, now: number = Date.now()): CheckResult {
  if (apiKey === undefined) return ok('api key', 'none is configured');
  if (apiKey.trim() === '') return failed('api key', 'it is empty', 'Set TEMPORAL_API_KEY, or leave it out.');
  if (/\s/.test(apiKey)) {
    return failed('api key', 'there is a space or an end of line in it', 'Set TEMPORAL_API_KEY to the key alone.');
  }
  const expires = expiryOf(apiKey);
  if (expires === undefined) return ok('api key', 'is configured');
  const date = new Date(expires).toUTCString();
  if (expires <= now) {
    return failed('api key', `it has expired: ${date}`, 'Make a new key, and set TEMPORAL_API_KEY to it.');
  }
  if (expires - now < EXPIRES_SOON_MS) {
    return warning('api key', `it expires ${date}`, 'Make a new key before that, and set TEMPORAL_API_KEY to it.');
  }
  return ok('api key', `it expires ${date}`);
}

/** The time of the field `exp` of a JSON Web Token, in ms. Undefined if the text is none, or has none. */
function expiryOf(apiKey: string): number | undefined {
  const [, claims, signature] = apiKey.split('.');
  if (claims === undefined || signature === undefined) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
