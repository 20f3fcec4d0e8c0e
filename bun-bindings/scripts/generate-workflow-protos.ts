/**
 * Writes what the parts of a worker that are always there need of `@temporalio/proto`, all of which takes 0.1 to 0.2 s and
 * 20 MB to load: the decoder of workflow activations and the encoder of their completions, as code, and the messages of
 * activity tasks, as descriptors.
 *
 * An isolate has a copy of its own for another reason, too: a message that is decoded in there belongs to its realm, so
 * workflow code cannot climb from a payload to the thread's globals. The messages of activities come to users, who may look
 * at all that `protobufjs` puts into them; so they are made as `@temporalio/proto` makes them.
 *
 * Run it again when `@temporalio/proto` changes: `bun scripts/generate-workflow-protos.ts`. `make check` does, and fails if
 * that changes anything.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coresdk } from '@temporalio/proto';
import type { Type } from 'protobufjs/light';
import pbjs from 'protobufjs-cli/pbjs';

type Json = Record<string, unknown> & { nested?: Record<string, Json> };

/** The descriptor of `roots` and of every type that they refer to. */
function descriptorOf(...roots: Type[]): Json {
  const descriptor: Json = {};
  const seen = new Set<string>();
  const add = (type: Type): void => {
    if (seen.has(type.fullName)) return;
    seen.add(type.fullName);
    const { nested: _, ...own } = type.toJSON() as Json;
    let place = descriptor;
    for (const name of type.fullName.slice(1).split('.')) {
      place.nested ??= {};
      place.nested[name] ??= {};
      place = place.nested[name];
    }
    Object.assign(place, own);
    for (const field of type.fieldsArray ?? []) {
      const { resolvedType } = field.resolve();
      if (resolvedType) add(resolvedType as Type);
    }
  };
  for (const root of roots) add(root);
  return descriptor;
}

/**
 * Moves the default values of fields from the prototypes to the messages themselves.
 *
 * All workflow runs share the prototypes, so these get frozen. With defaults on them, each assignment of a field would
 * then fail, as one to a read-only property that is inherited. The fields of a `oneof` have none: one of them is set.
 */
function withOwnDefaults(code: string): string {
  let defaults = new Map<string, string>();
  const pending: { at: number; defaults: Map<string, string> }[] = [];
  const lines: string[] = [];
  for (const line of code.split('\n')) {
    const choice = /\$oneOfFields = (\[.*\])/.exec(line)?.[1];
    for (const field of JSON.parse(choice ?? '[]') as string[]) defaults.delete(`.${field}`);
    const property = /^\s*\w+\.prototype(\.\w+|\["\w+"\]) = (.*);$/.exec(line);
    if (/^\s*const \w+ = function \(properties\) \{$/.test(line)) {
      defaults = new Map();
      pending.push({ at: lines.push(line), defaults });
    } else if (property !== null) {
      const [, field = '', value = ''] = property;
      if (!value.startsWith('$util.empty')) defaults.set(field, value);
    } else {
      lines.push(
        line.replace(
          /delete message(\.\w+|\["\w+"\]);/,
          (_, field) => `message${field} = ${defaults.get(field) ?? 'undefined'};`,
        ),
      );
    }
  }
  for (const { at, defaults: own } of pending.reverse()) {
    lines.splice(at, 0, ...[...own].map(([field, value]) => `                this${field} = ${value};`));
  }
  return lines.join('\n');
}

/**
 * Leaves out the way from the numbers of an enumeration back to its names, which nothing goes.
 *
 * It has the numbers as properties of a prototype. Once that is frozen, all arrays of the realm are slow: the engine then looks
 * for each element that is set whether a prototype forbids it.
 */
function withoutNamesOfNumbers(code: string): string {
  return code
    .replaceAll(
      'valuesById = $Object.create(null), values = $Object.create(valuesById)',
      'values = $Object.create(null)',
    )
    .replace(/values\[valuesById\[\d+\] = ("\w+")\]/g, 'values[$1]');
}

/** Uses what is cheaper than what the generator's own library has. */
function withCheaperParts(code: string): string {
  return withoutNamesOfNumbers(code)
    .replace(/^import .*$/m, "$&\nimport { oneOfGetter, oneOfSetter } from './one-of.ts';")
    .replace(/\$util\.(oneOf[GS]etter)/g, '$1')
    .replace(/\$util\.Long \? \$util\.Long\.fromBits\(0,0,(true|false)\) : 0/g, (_, unsigned) =>
      unsigned === 'true' ? '$util.Long.UZERO' : '$util.Long.ZERO',
    )
    .replaceAll('$util.newBuffer([])', 'new Uint8Array(0)');
}

async function generateCode(type: unknown, name: string, without: 'encode' | 'decode'): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'workflow-protos-'));
  const descriptor = join(directory, `${name}.json`);
  const output = new URL(`../src/workflow/sandbox/inside/protos/${name}.generated.js`, import.meta.url).pathname;
  await Bun.write(descriptor, JSON.stringify(descriptorOf(type as Type)));
  const skip = ['comments', 'verify', 'delimited', 'typeurl', 'create', 'convert', 'service', without].map(
    (part) => `--no-${part}`,
  );
  const options = [
    '--target',
    'static-module',
    '--wrap',
    'es6',
    '--root',
    `workflow_${name}`,
    ...skip,
    '--out',
    output,
  ];
  await new Promise<void>((resolve, reject) =>
    pbjs.main([...options, descriptor], (error) => (error ? reject(error) : resolve())),
  );
  await rm(directory, { recursive: true });
  await Bun.write(output, withCheaperParts(withOwnDefaults(await Bun.file(output).text())));
}

async function generateDescriptors(output: string, ...types: unknown[]): Promise<void> {
  const descriptor = descriptorOf(...(types as Type[]));
  await Bun.write(new URL(output, import.meta.url), `${JSON.stringify(descriptor, null, 2)}\n`);
}

await generateCode(coresdk.workflow_activation.WorkflowActivation, 'activation', 'encode');
await generateCode(coresdk.workflow_completion.WorkflowActivationCompletion, 'completion', 'decode');
await generateDescriptors(
  '../src/activity/activity-messages.generated.json',
  coresdk.activity_task.ActivityTask,
  coresdk.ActivityTaskCompletion,
  coresdk.ActivityHeartbeat,
);
