import { expect, test } from 'bun:test';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { toNativeDevServerConfig, toNativeTestServerConfig } from './ephemeral-server.ts';

const executable = { type: 'existing-path', path: '/a/program' } as const;

test('a dev server logs little, serves no web interface, and keeps nothing', () => {
  expect(toNativeDevServerConfig({ executable })).toEqual({
    executable: { path: '/a/program' },
    namespace: undefined,
    ip: undefined,
    port: undefined,
    ui: false,
    uiPort: undefined,
    dbFilename: undefined,
    logFormat: 'pretty',
    logLevel: 'warn',
    extraArgs: [],
  });
});

test('the log of a dev server is the one that is asked for', () => {
  const log = { format: 'json', level: 'error' };
  expect(toNativeDevServerConfig({ executable, log })).toMatchObject({ logFormat: 'json', logLevel: 'error' });
});

test('the web interface is served if it has a port, unless it is not wanted', () => {
  expect(toNativeDevServerConfig({ executable, uiPort: 8000 })).toMatchObject({ ui: true, uiPort: 8000 });
  expect(toNativeDevServerConfig({ executable, ui: false, uiPort: 8000 }).ui).toBe(false);
});

test('search attributes come before other arguments', () => {
  const searchAttributes = [
    defineSearchAttributeKey('Customer', SearchAttributeType.KEYWORD),
    defineSearchAttributeKey('Age', SearchAttributeType.INT),
  ];
  const { extraArgs } = toNativeDevServerConfig({ executable, searchAttributes, extraArgs: ['--more'] });
  expect(extraArgs).toEqual(['--search-attribute', 'Customer=Keyword', '--search-attribute', 'Age=Int', '--more']);
});

test('a server that skips time has a port and arguments', () => {
  expect(toNativeTestServerConfig({ executable, port: 7000, extraArgs: ['--more'] })).toEqual({
    executable: { path: '/a/program' },
    port: 7000,
    extraArgs: ['--more'],
  });
});

test('a program is downloaded in the version, to the place and for the time that are given', () => {
  const of = (executable: Parameters<typeof toNativeTestServerConfig>[0]['executable']) =>
    toNativeTestServerConfig({ executable }).executable;
  expect(of({ type: 'cached-download' })).toEqual({
    download: {
      version: 'default',
      directory: undefined,
      ttlMs: 86_400_000,
      sdkName: 'sdk-typescript',
      sdkVersion: '1.24.0',
    },
  });
  expect(of({ type: 'cached-download', version: 'latest', downloadDir: '/programs', ttl: '2h' })).toEqual({
    download: { version: 'latest', directory: '/programs', ttlMs: 7_200_000 },
  });
  expect(() => of({ type: 'somewhere' } as never)).toThrow('Unsupported server executable type: somewhere');
});
