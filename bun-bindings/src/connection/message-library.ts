import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import type { INamespace, Root } from 'protobufjs';
import { isBundled } from '../is-bundled.ts';

/** The module of `@temporalio/proto` that adds all descriptors to the root of protobufjs, up to these and after them. */
const BEFORE_DESCRIPTORS =
  /^(?:\/\*[^*]*\*\/)?\s*"use strict";\s*var \$protobuf = require\("protobufjs\/light"\);\s*var \$root = \(\$protobuf\.roots\["__temporal"\] \|\| \(\$protobuf\.roots\["__temporal"\] = new \$protobuf\.Root\(\)\)\)\s*\.addJSON\(/;
const AFTER_DESCRIPTORS = /\);\s*(?:\/\*\*[^/]*\*\/\s*)?module\.exports = \$root;\s*$/;

/** Longer than what stands after the descriptors. */
const TAIL_LENGTH = 1000;

/** Loads `@temporalio/proto`: all messages of the server's API, which takes long. */
export function messageLibrary(): typeof import('@temporalio/proto') {
  readDescriptors();
  return require('@temporalio/proto') as typeof import('@temporalio/proto');
}

/**
 * Does what the module with the descriptors does, unless it is loaded. It is a megabyte of object literals, which take the engine
 * several times as long as the same text as JSON. A module of another form is left to the engine.
 */
export function readDescriptors(): void {
  if (isBundled) return; // the module is in the bundle
  const path = require.resolve('@temporalio/proto/protos/json-module');
  if (path in require.cache) return;
  const descriptors = descriptorsIn(readFileSync(path, 'utf8'));
  if (descriptors === undefined) return;
  const { roots, Root } = createRequire(path)('protobufjs/light') as typeof import('protobufjs/light');
  const root = roots.__temporal ?? new Root();
  roots.__temporal = root;
  // What others extend goes first: else each type that comes before it is searched for it.
  const { google, ...others } = descriptors;
  root.addJSON({ ...(google && { google }), ...others });
  inOrderOf(descriptors, root);
  const module = new Module(path);
  module.filename = path;
  module.exports = root;
  module.loaded = true;
  require.cache[path] = module;
}

/** Gives what a root contains the order in which the module adds it. */
function inOrderOf(descriptors: object, root: Root): void {
  const { nested = {} } = root;
  for (const name of Object.keys(descriptors)) {
    const object = nested[name];
    if (object === undefined) continue;
    delete nested[name];
    nested[name] = object;
  }
}

/** The descriptors in the text of that module. Undefined if it has another form. */
export function descriptorsIn(text: string): Record<string, INamespace> | undefined {
  const [before] = BEFORE_DESCRIPTORS.exec(text) ?? [];
  const [after] = AFTER_DESCRIPTORS.exec(text.slice(-TAIL_LENGTH)) ?? [];
  if (before === undefined || after === undefined) return undefined;
  try {
    return JSON.parse(text.slice(before.length, -after.length)) as Record<string, INamespace>;
  } catch {
    return undefined; // it is more than data
  }
}
