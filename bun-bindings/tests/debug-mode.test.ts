import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../src/connection/index.ts';
import * as workflows from './fixtures/workflows.ts';
import { Debugger } from './support/debugger.ts';
import { useDevServer } from './support/dev-server.ts';

const server = useDevServer();
const source = `${import.meta.dir}/fixtures/workflows.ts`;

interface ParsedScript {
  scriptId: string;
  url: string;
  sourceMapURL?: string;
}

interface Pause {
  callFrames: { callFrameId: string; functionName: string }[];
}

/** Where a line of the TypeScript source is in a script, by the source map that the script itself names. */
function generatedLine({ sourceMapURL = '' }: ParsedScript, code: string, line: number): number {
  const [, base64 = ''] = sourceMapURL.split('base64,');
  const map = new SourceMap(JSON.parse(Buffer.from(base64, 'base64').toString()));
  const found = code.split('\n').findIndex((text, row) => {
    const entry = map.findEntry(row, text.search(/\S/));
    return 'originalSource' in entry && entry.originalSource === source && entry.originalLine === line;
  });
  expect(found, `line ${line + 1} of the source in the script`).toBeGreaterThan(0);
  return found;
}

test("Bun's inspector stops in a workflow's TypeScript, for as long as one likes", async () => {
  const taskQueue = `debug-${crypto.randomUUID()}`;
  const script = `${import.meta.dir}/fixtures/worker-process.ts`;
  const worker = Bun.spawn([process.execPath, '--inspect=127.0.0.1:0/debug', script, server.address, taskQueue], {
    env: { ...process.env, TEMPORAL_DEBUG: '1' },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const inspector = await Debugger.connect(await firstMatch(worker.stderr, /ws:\/\/\S+/));
  const parsed = Promise.withResolvers<ParsedScript>();
  inspector.on<ParsedScript>('Debugger.scriptParsed', (script) => {
    if (script.url === 'temporal-workflow-bundle.js') parsed.resolve(script);
  });
  await inspector.send('Inspector.enable');
  await inspector.send('Debugger.enable');
  await inspector.send('Debugger.setBreakpointsActive', { active: true });
  const bundle = await parsed.promise;
  const { scriptSource } = await inspector.send<{ scriptSource: string }>('Debugger.getScriptSource', {
    scriptId: bundle.scriptId,
  });
  const line = readFileSync(source, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes('return greet(name);'));
  await inspector.send('Debugger.setBreakpointByUrl', {
    url: bundle.url,
    lineNumber: generatedLine(bundle, scriptSource, line),
  });

  const connection = await NativeConnection.connect({ address: server.address });
  const paused = inspector.next<Pause>('Debugger.paused');
  const client = new Client({ connection });
  const options = { taskQueue, workflowId: crypto.randomUUID(), args: ['Ada'] as [string] };
  const result = client.workflow.execute(workflows.hello, options);
  const [frame] = (await paused).callFrames;
  expect(frame?.functionName).toBe('hello');
  const { result: name } = await inspector.send<{ result: { value: unknown } }>('Debugger.evaluateOnCallFrame', {
    callFrameId: frame?.callFrameId,
    expression: 'name',
  });
  expect(name.value).toBe('Ada');
  await inspector.send('Debugger.resume');
  expect(await result).toBe('Hello, Ada!');

  inspector.close();
  worker.kill('SIGTERM');
  expect(await worker.exited).toBe(0);
  await connection.close();
}, 60_000);

/** The first match in what a process prints. All of it is read, as the process must not find its output closed. */
function firstMatch(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true });
      const [match] = pattern.exec(text) ?? [];
      if (match !== undefined) resolve(match);
    }
    reject(new Error(`Nothing like ${pattern} in: ${text}`));
  };
  void read();
  return promise;
}
