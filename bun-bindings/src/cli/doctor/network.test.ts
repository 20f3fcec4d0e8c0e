import { expect, test } from 'bun:test';
import { hostAndPort } from './network.ts';

test.each([
  ['localhost:7233', 'localhost', 7233],
  ['temporal.example', 'temporal.example', 7233],
  ['[::1]:7000', '::1', 7000],
  ['[::1]', '::1', 7233],
])('%s is host and port', (address, host, port) => {
  expect(hostAndPort(address)).toEqual({ host, port });
});
