import { expect, test } from 'bun:test';
import { startDebugReplayer } from './debug-replayer.ts';

test('the replayer for VS Code says what does its work here', () => {
  expect(() => startDebugReplayer({ workflowsPath: './workflows.ts' })).toThrow(
    'call Worker.runReplayHistory({ ...options, debugMode: true }, history)',
  );
});
