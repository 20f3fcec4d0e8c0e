import { expect, test } from 'bun:test';
import { apiParityPage, PAGE } from './api-parity.ts';

test('docs/api-parity.md tells what is here of upstream', async () => {
  expect(await Bun.file(PAGE).text()).toBe(apiParityPage());
}, 120_000);
