import { CRC32C, Storage } from '@google-cloud/storage';
import { ExternalStorage } from '@temporalio/common/lib/converter/extstore';
import { GcsStorageDriver } from '@temporalio/external-storage-gcs';
import { GoogleCloudGcsStorageDriverClient } from '@temporalio/external-storage-gcs-google-sdk';
import { placesOf, withObjects } from '../stored-objects.mjs';
import { runMain } from '../with-worker.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };

/** The checksum by which clients know that nothing was lost on the way. */
function checksumOf(body) {
  const checksum = new CRC32C();
  checksum.update(body);
  return checksum.toString();
}

/** Answers as Google Cloud Storage does, as far as the driver asks. */
function answer({ method, headers }, { pathname, searchParams }, body, objects) {
  if (pathname.startsWith('/upload/')) {
    const name = searchParams.get('name');
    if (method === 'POST') {
      const location = `http://${headers.host}/upload/session?name=${encodeURIComponent(name)}`;
      return [200, '{}', { ...JSON_TYPE, location }];
    }
    objects.set(name, body);
    return [200, JSON.stringify({ name, size: `${body.length}`, crc32c: checksumOf(body) }), JSON_TYPE];
  }
  const found = objects.get(decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1)));
  return found === undefined ? [404, '{}', JSON_TYPE] : [200, found, { 'x-goog-hash': `crc32c=${checksumOf(found)}` }];
}

export function run(address) {
  return withObjects(answer, async (apiEndpoint, objects) => {
    const storage = new Storage({ apiEndpoint, projectId: 'project' });
    const driver = new GcsStorageDriver({ client: new GoogleCloudGcsStorageDriverClient(storage), bucket: 'payloads' });
    const result = await runMain(address, 'greeting.js', {
      dataConverter: { externalStorage: new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 1000 }) },
      activities: { greeting: async (name) => `Hello, ${name}!` },
      args: ['user'.repeat(1000)],
    });
    return { length: result.length, objects: placesOf(objects) };
  });
}
