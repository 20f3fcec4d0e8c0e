import { expect, setDefaultTimeout, test } from 'bun:test';
import { useDevServer } from '../support/dev-server.ts';

// Cases also wait for others.
setDefaultTimeout(120_000);
const server = useDevServer();

/** The values that each case of `project/cases` gives, which are those of `@temporalio/worker` 1.23.0 on Node. */
const cases: [name: string, value: unknown][] = [
  ['ai-sdk', { text: 'The sky is blue', steps: ['tool-calls', 'stop'], called: ['Oslo'], streams: 'function' }],
  [
    'openai-agents',
    {
      finalOutput: 'The sky is blue',
      agent: 'Meteorologist',
      called: ['Oslo'],
      spans: ['agent > function', 'agent > generation', 'agent > generation', 'null > agent'],
    },
  ],
  ['strands-agents', { text: 'The sky is blue in Oslo', stopReason: 'endTurn' }],
  [
    'langsmith',
    {
      result: 'answer to question',
      runs: [
        'RunActivity:answer > model in activity',
        'RunWorkflow:main > ask in workflow',
        'ask in workflow > RunActivity:answer',
        'ask in workflow > StartActivity:answer',
        'null > pipeline',
        'pipeline > RunWorkflow:main',
        'pipeline > StartWorkflow:main',
      ],
    },
  ],
  [
    'workflow-streams',
    [
      [0, 'started'],
      [1, 'in activity'],
      [2, 'done'],
    ],
  ],
  ['lambda-worker', { value: 'Hello, user!', hooks: ['shut down'] }],
  ...['opentelemetry-v1', 'opentelemetry-v2'].map((name): [string, unknown] => [
    name,
    {
      result: 'Hello, user!',
      spans: [
        'RunWorkflow:main > StartActivity:greet',
        'null > RunActivity:greet',
        'null > RunWorkflow:main',
        'null > StartWorkflow:main',
      ],
    },
  ]),
  [
    'nyc-test-coverage',
    {
      result: 'Hello, user!',
      files: [{ file: 'coverage.ts', functions: { unused: 0, main: 2 }, statements: 3, branches: [[0, 2]] }],
    },
  ],
  ...[
    ['external-storage-s3', '/payloads/'],
    ['external-storage-gcs', ''],
  ].map(([name = '', root]): [string, unknown] => [
    name,
    {
      length: 4008,
      objects: {
        [`${root}v0/ns/default/wt/main/wi/ID/ri/null/d/sha256/HASH`]: 1,
        [`${root}v0/ns/default/wt/main/wi/ID/ri/ID/d/sha256/HASH`]: 2,
      },
    },
  ]),
  ['nestjs-temporal', 'Hello, user!'],
  ['nestjs-temporal-core', 'Hello, user!'],
  ['modules', { order: 'object', isResolved: true, hasMarker: true, isOneWorker: true, count: 0 }],
];

/** Runs a case in a process of its own, because most plugins set something up for a whole process. */
async function caseValue(name: string): Promise<unknown> {
  const running = Bun.spawn([process.execPath, `${import.meta.dir}/project/run.mjs`, name], {
    // Some plugins are silent in tests.
    env: { ...process.env, NODE_ENV: undefined, ADDRESS: server.address },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors] = await Promise.all([running.stdout.text(), running.stderr.text()]);
  const [, value] = /^value (.*)$/m.exec(output) ?? [];
  if (value === undefined) throw new Error(`${name} gave no value:\n${output}${errors}`);
  return JSON.parse(value);
}

/** The last case in each of two lanes: more at a time would only take turns. */
const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];

test.concurrent.each(cases)('%s gives what it gives on Node', async (name, expected) => {
  const before = lanes.shift();
  const value = Promise.resolve(before).then(() => caseValue(name));
  lanes.push(value.catch(() => undefined));
  expect(await value).toEqual(expected);
});
