import { expect, test } from 'bun:test';
import { checkBunVersion } from './bun-version.ts';

test('the Bun that runs this is new enough', () => {
  expect(() => checkBunVersion()).not.toThrow();
});

test('an older Bun is refused, by a message that names both versions and the remedy', () => {
  expect(() => checkBunVersion('1.3.0', '>=1.4.5')).toThrow(
    /^temporal-bun-sdk [\d.]+ needs Bun >=1\.4\.5, and this is Bun 1\.3\.0\. Run "bun upgrade"/,
  );
  expect(() => checkBunVersion('1.4.5', '>=1.4.5')).not.toThrow();
  expect(() => checkBunVersion('2.0.0', '>=1.4.5')).not.toThrow();
});
