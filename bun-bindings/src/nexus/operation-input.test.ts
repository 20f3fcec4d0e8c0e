import { expect, test } from 'bun:test';
import {
  ApplicationFailure,
  DefaultPayloadConverter,
  defaultPayloadConverter,
  type LoadedDataConverter,
  type PayloadCodec,
} from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import { HandlerError } from 'nexus-rpc';
import { decodeInput } from './operation-input.ts';

const converter = loadDataConverter();
const input = defaultPayloadConverter.toPayload('input');

function withBrokenCodec(error: unknown): LoadedDataConverter {
  const codec: PayloadCodec = {
    encode: async (payloads) => payloads,
    decode: () => Promise.reject(error),
  };
  return { ...converter, payloadCodecs: [codec] };
}

function withBrokenConverter(error: unknown): LoadedDataConverter {
  class Broken extends DefaultPayloadConverter {
    override fromPayload(): never {
      throw error;
    }
  }
  return { ...converter, payloadConverter: new Broken() };
}

const errorOf = (broken: LoadedDataConverter) => decodeInput(broken, input, undefined).catch((error) => error);

test('a value, and none', async () => {
  expect(await decodeInput(converter, input, undefined)).toBe('input');
  expect(await decodeInput(converter, undefined, undefined)).toBeUndefined();
});

test('a value that its definition says how to read', async () => {
  const type = { transferTypeConverter: { fromTransferType: (text: unknown) => `${text}!`, toTransferType: String } };
  expect(await decodeInput(converter, input, type)).toBe('input!');
});

test('a codec or converter that throws any error', async () => {
  const cause = new TypeError('broken');
  expect(await errorOf(withBrokenCodec(cause))).toMatchObject({
    type: 'INTERNAL',
    message: 'Payload codec failed to decode Nexus operation input',
    cause,
  });
  expect(await errorOf(withBrokenConverter(cause))).toMatchObject({
    type: 'BAD_REQUEST',
    message: 'Payload converter failed to decode Nexus operation input',
    cause,
  });
});

test.each([
  ['codec', withBrokenCodec],
  ['converter', withBrokenConverter],
])('a %s that says what is wrong', async (_, broken) => {
  const invalid = ApplicationFailure.nonRetryable('no such colour', 'PayloadValidationError');
  expect(await errorOf(broken(invalid))).toMatchObject({
    type: 'BAD_REQUEST',
    message: 'Invalid operation input',
    cause: invalid,
  });
  for (const error of [
    ApplicationFailure.retryable('no such colour', 'PayloadValidationError'),
    ApplicationFailure.nonRetryable('no key', 'NoKey'),
    new HandlerError('UNAVAILABLE', 'no key yet'),
  ]) {
    expect(await errorOf(broken(error))).toBe(error);
  }
});
