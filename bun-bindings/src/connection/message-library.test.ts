import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { descriptorsIn } from './message-library.ts';

const path = require.resolve('@temporalio/proto/protos/json-module');

test('the descriptors are those that their module gives', () => {
  const program = `
    import { messageLibrary } from './message-library.ts';
    import { createRequire } from 'node:module';
    const read = messageLibrary();
    const { roots, Root } = createRequire(${JSON.stringify(path)})('protobufjs/light');
    const { root } = read.temporal.api.common.v1.Payload;
    const isRoot = root === roots.__temporal && require(${JSON.stringify(path)}) === root;
    // What the module itself makes of them.
    roots.__temporal = new Root();
    delete require.cache[${JSON.stringify(path)}];
    const evaluated = require(${JSON.stringify(path)});
    const text = JSON.stringify(evaluated);
    console.log(JSON.stringify([isRoot, evaluated !== root, text.length > 500_000, JSON.stringify(root) === text]));`;
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, '-e', program], { cwd: import.meta.dir });
  expect(exitCode, stderr.toString()).toBe(0);
  expect(JSON.parse(stdout.toString())).toEqual([true, true, true, true]);
});

test('they are read from the module that is installed', () => {
  expect(Object.keys(descriptorsIn(readFileSync(path, 'utf8')) ?? {})).toContain('temporal');
});

const module = (descriptors: string) => `/*eslint-disable*/
"use strict";

var $protobuf = require("protobufjs/light");

var $root = ($protobuf.roots["__temporal"] || ($protobuf.roots["__temporal"] = new $protobuf.Root()))
.addJSON(${descriptors});

/**
 * Reflected root namespace.
 * @type {$protobuf.Root}
 */
module.exports = $root;
`;

test.each([
  ['the form that it has', module('{ "a": { "nested": {} } }'), { a: { nested: {} } }],
  ['keys without quotes', module('{ a: { nested: {} } }'), undefined],
  ['more before it', `start();\n${module('{}')}`, undefined],
  ['more after it', `${module('{}')}\nend();`, undefined],
  ['other calls', module('{}).setOptions({}'), undefined],
])('descriptors in a module with %s', (_, text, expected) => {
  expect(descriptorsIn(text)).toEqual(expected);
});
