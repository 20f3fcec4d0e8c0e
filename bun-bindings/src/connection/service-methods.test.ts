import { expect, test } from 'bun:test';
import { temporal } from '@temporalio/proto';
import type { RPCImpl } from 'protobufjs';
import { newService } from './service-methods.ts';

const { WorkflowService, GetClusterInfoResponse } = temporal.api.workflowservice.v1;

/** Answers every call with the name of its method. */
const echo: RPCImpl = (method, _request, callback) => {
  callback(null, GetClusterInfoResponse.encode({ clusterName: method.name }).finish());
};

test('a service has the methods that a generated one has', () => {
  const service = newService(WorkflowService, echo);
  expect(Object.keys(service)).toEqual(Object.keys(WorkflowService.create(echo)));
});

test('a method is made when it is asked for, and stays the same', () => {
  const service = newService(WorkflowService, echo);
  const isMade = (name: string) => Object.getOwnPropertyDescriptor(service, name)?.value !== undefined;
  expect(isMade('getClusterInfo')).toBe(false);
  const { getClusterInfo } = service;
  expect(isMade('getClusterInfo')).toBe(true);
  expect(isMade('getSystemInfo')).toBe(false);
  expect(service.getClusterInfo).toBe(getClusterInfo);
});

test('a method gives messages of @temporalio/proto, by promise and by callback', async () => {
  const service = newService(WorkflowService, echo);
  const promised = await service.getClusterInfo({});
  expect(promised.constructor === GetClusterInfoResponse.create().constructor).toBe(true);
  expect(promised.clusterName).toBe('GetClusterInfo');
  const { promise, resolve } = Promise.withResolvers<unknown>();
  service.getClusterInfo({}, (_error, response) => resolve(response));
  expect(JSON.stringify(await promise)).toBe(JSON.stringify(promised));
});

test('a method can be replaced', async () => {
  const service = newService(WorkflowService, echo);
  const other = async () => GetClusterInfoResponse.create({ clusterName: 'another' });
  service.getClusterInfo = other as unknown as typeof service.getClusterInfo;
  expect((await service.getClusterInfo({})).clusterName).toBe('another');
});
