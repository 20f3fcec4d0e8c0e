import { expect, test } from 'bun:test';
import { operationHeaders } from './operation-headers.ts';

test('names are the same in any case', () => {
  const headers = operationHeaders({ 'Some-Header': 'value' });
  expect(headers['some-header']).toBe('value');
  expect(headers['SOME-HEADER']).toBe('value');
  expect('Some-header' in headers).toBe(true);
  expect(headers.other).toBeUndefined();
  expect(Object.entries(headers)).toEqual([['some-header', 'value']]);
});

test('headers can be added', () => {
  const headers = operationHeaders(undefined);
  headers['New-Header'] = 'value';
  expect(headers['new-header']).toBe('value');
});

test('only text is a header', () => {
  const headers = operationHeaders({}) as Record<string | symbol, unknown>;
  expect(() => {
    headers.number = 1;
  }).toThrow('header values must be strings');
  expect(() => {
    headers[Symbol.iterator] = 'value';
  }).toThrow('header keys must be strings');
});
