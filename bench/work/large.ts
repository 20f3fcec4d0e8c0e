// A workflow that imports a large library.
// @ts-expect-error it comes without types
import * as lodash from 'lodash-es';

export async function large(): Promise<number> {
  return lodash.sum(Object.keys(lodash).map((name) => name.length));
}

export { hello } from './workflows.ts';
