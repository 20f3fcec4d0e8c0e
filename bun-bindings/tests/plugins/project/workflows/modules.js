import './modules/polyfill.cjs';
import { seen } from './modules/user.mjs';

const resolved = typeof require.resolve('./modules/other');

export async function main() {
  return {
    order: seen,
    isResolved: resolved === 'string' || resolved === 'number',
    hasMarker: '__webpack_module_cache__' in globalThis,
  };
}
