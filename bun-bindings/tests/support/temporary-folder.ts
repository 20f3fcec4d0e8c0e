import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone when the block ends that it is made in. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'temporal-bun-sdk-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
