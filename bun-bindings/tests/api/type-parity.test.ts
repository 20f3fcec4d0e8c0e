import { expect, test } from 'bun:test';
import { missingMembers, modules } from './api-parity.ts';
import { typeMisfits } from './structural-types.ts';

/** Members that are here, of another type. */
const DIFFERENT = [
  // The native side, and what it was started with.
  'Runtime.native',
  'Runtime.options',
  // Called by workers and connections only.
  'Runtime.registerWorker',
  'Runtime.deregisterWorker',
  // Compiled options, of which docs/api-parity.md lists what differs.
  'Worker.options',
  'WorkerRuntime.options',
  // `WorkerStatus` is compared by itself: ours tells more.
  'Worker.getStatus',
  'WorkerRuntime.getStatus',
  // Upstream's has the options of the server as well.
  'TestWorkflowEnvironment.options',
  // Here every connection has it.
  'NativeConnection.testService',
  'ServiceConnection.testService',
];

const EXPECTED = [
  // The type of a symbol is unique to its declaration.
  { name: 'LogTimestamp', direction: 'ours as theirs' },
  // Ours tells more, and users only read it.
  { name: 'WorkerStatus', direction: 'theirs as ours' },
  // docs/api-parity.md lists the differences.
  { name: 'CompiledWorkerOptions', direction: 'theirs as ours' },
  { name: 'CompiledWorkerOptions', direction: 'ours as theirs' },
] as const;

test('what is typed against upstream fits here', () => {
  const misfits = typeMisfits(modules, new Set([...missingMembers, ...DIFFERENT]));
  const isExpected = (misfit: (typeof misfits)[number]) =>
    EXPECTED.some(({ name, direction }) => name === misfit.name && direction === misfit.direction);
  expect(misfits.filter((misfit) => !isExpected(misfit))).toEqual([]);
  expect(misfits).toHaveLength(EXPECTED.length);
}, 180_000);
