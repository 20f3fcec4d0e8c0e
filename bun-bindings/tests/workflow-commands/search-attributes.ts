import { expect, test } from 'bun:test';
import { TypedSearchAttributes } from '@temporalio/common';
import * as workflows from '../fixtures/commands/search-attributes.ts';
import { attributesOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

const { text, colour, amount, weight, sold, soldAt, tags } = workflows;

export function searchAttributeTests(worker: RunningWorker): void {
  const when = new Date('2026-01-02T03:04:05.678Z');

  test('are seen as they were given, with types', async () => {
    const typedSearchAttributes = new TypedSearchAttributes([
      { key: text, value: 'several words' },
      { key: colour, value: 'red' },
      { key: amount, value: 1 },
      { key: weight, value: 0.5 },
      { key: sold, value: true },
      { key: soldAt, value: when },
      { key: tags, value: ['x', 'y'] },
    ]);
    const handle = await start(worker, workflows.seesAttributes, [], { typedSearchAttributes });
    expect(await handle.result()).toEqual({
      typed: {
        Text: 'TEXT "several words"',
        Colour: 'KEYWORD "red"',
        Amount: 'INT 1',
        Weight: 'DOUBLE 0.5',
        Sold: 'BOOL true',
        SoldAt: `DATETIME date ${when.toISOString()}`,
        Tags: 'KEYWORD_LIST ["x","y"]',
      },
      untyped: {
        Text: ['several words'],
        Colour: ['red'],
        Amount: [1],
        Weight: [0.5],
        Sold: [true],
        SoldAt: [when.toISOString() as never],
        Tags: ['x', 'y'],
      },
    });
  });

  test('are seen as they were given, without types', async () => {
    const searchAttributes = { [colour.name]: ['red'], [soldAt.name]: [when] };
    const handle = await start(worker, workflows.seesAttributes, [], { searchAttributes });
    expect(await handle.result()).toMatchObject({
      typed: { Colour: 'KEYWORD "red"', SoldAt: `DATETIME date ${when.toISOString()}` },
      untyped: { Colour: ['red'], SoldAt: [when.toISOString()] },
    });
  });

  test('are added, changed and removed', async () => {
    const handle = await start(worker, workflows.updatesAttributes, [], {
      typedSearchAttributes: [{ key: colour, value: 'red' }],
    });
    const [first, changed, last] = await handle.result();
    expect(first?.typed).toEqual({ Colour: 'KEYWORD "red"' });
    expect(changed?.typed).toEqual({
      Text: 'TEXT "some words"',
      Colour: 'KEYWORD "green"',
      Amount: 'INT 2',
      Weight: 'DOUBLE 2.5',
      Sold: 'BOOL false',
      SoldAt: `DATETIME date ${new Date(0).toISOString()}`,
      Tags: 'KEYWORD_LIST ["a","b"]',
    });
    expect(last).toEqual({ typed: { Text: 'TEXT "some words"' }, untyped: { Text: ['some words'] } });
    expect(await attributesOf(handle, 'upsertWorkflowSearchAttributesEventAttributes')).toHaveLength(2);
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(text)).toBe('some words');
    expect(typedSearchAttributes.get(colour)).toBeUndefined();
  });

  test('are added, changed and removed without types', async () => {
    const handle = await start(worker, workflows.updatesUntyped, [], { searchAttributes: { [colour.name]: ['red'] } });
    const [first, changed, last] = await handle.result();
    expect(first?.untyped).toEqual({ Colour: ['red'] });
    const date = new Date(0).toISOString();
    expect(changed).toMatchObject({
      typed: { Colour: 'KEYWORD "green"', Amount: 'INT 2', SoldAt: `DATETIME date ${date}` },
      untyped: { Colour: ['green'], Amount: [2], SoldAt: [date] },
    });
    expect(last?.typed).toEqual({ SoldAt: `DATETIME date ${date}` });
    expect((await handle.describe()).searchAttributes.Colour).toBeUndefined();
  });

  test('are given to a child', async () => {
    const handle = await start(worker, workflows.givesAttributes, []);
    expect((await handle.result()).typed).toEqual({ Tags: 'KEYWORD_LIST ["of","a child"]' });
  });
}
