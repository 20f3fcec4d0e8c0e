import { S3Client } from '@aws-sdk/client-s3';
import { ExternalStorage } from '@temporalio/common/lib/converter/extstore';
import { S3StorageDriver } from '@temporalio/external-storage-s3';
import { AwsSdkS3StorageDriverClient } from '@temporalio/external-storage-s3-aws-sdk';
import { placesOf, withObjects } from '../stored-objects.mjs';
import { runMain } from '../with-worker.mjs';

/** Answers as S3 does, as far as the driver asks. */
function answer({ method }, { pathname }, body, objects) {
  if (method === 'PUT') {
    objects.set(pathname, body);
    return [200];
  }
  const found = objects.get(pathname);
  return found === undefined ? [404] : [200, found];
}

export function run(address) {
  return withObjects(answer, async (endpoint, objects) => {
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const driver = new S3StorageDriver({ client: new AwsSdkS3StorageDriverClient(client), bucket: 'payloads' });
    const result = await runMain(address, 'greeting.js', {
      dataConverter: { externalStorage: new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 1000 }) },
      activities: { greeting: async (name) => `Hello, ${name}!` },
      args: ['user'.repeat(1000)],
    });
    return { length: result.length, objects: placesOf(objects) };
  });
}
