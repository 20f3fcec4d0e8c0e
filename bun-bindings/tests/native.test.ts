import { afterAll, describe, expect, test } from 'bun:test';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { NativeClient } from '../src/native/client.ts';
import { CompletionQueue } from '../src/native/completion-queue.ts';
import { NativeBridgeError } from '../src/native/error.ts';
import { native, nativeLibraryPath } from '../src/native/library.ts';
import { platformName } from '../src/native/platform.ts';
import { NativeRuntime } from '../src/native/runtime.ts';
import { symbols } from '../src/native/symbols.ts';
import { NativeWorker } from '../src/native/worker.ts';

/** Resolves with the error that a call throws or rejects with. */
async function errorOf(call: () => unknown): Promise<NativeBridgeError> {
  try {
    await call();
  } catch (error) {
    expect(error).toBeInstanceOf(NativeBridgeError);
    return error as NativeBridgeError;
  }
  throw new Error('nothing was thrown');
}

/** Runs a program that uses the native layer, and gives its output and exit code. */
async function run(program: string, env: Record<string, string> = {}): Promise<{ output: string; exitCode: number }> {
  const process_ = Bun.spawn([process.execPath, '-e', program], {
    cwd: `${import.meta.dir}/..`,
    env: { ...process.env, ...env },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const output = (await process_.stdout.text()) + (await process_.stderr.text());
  return { output, exitCode: await process_.exited };
}

const closedPort = 'http://127.0.0.1:1';
const client = { target: closedPort, clientName: 'test', clientVersion: '1' };

describe('the native library', () => {
  describe('elsewhere', () => {
    // A copy of the native layer, far from a checkout: there only the variable leads to a library.
    const folder = mkdtempSync(join(tmpdir(), 'native-layer-'));
    cpSync(join(import.meta.dir, '../src/native'), join(folder, 'src/native'), { recursive: true });
    afterAll(() => rmSync(folder, { recursive: true }));
    const load = async (path: string) => {
      const program = `
        import { native } from '${folder}/src/native/library.ts';
        try { native(); } catch ({ name, code, message }) { console.log(JSON.stringify({ name, code, message })); }`;
      const { output } = await run(program, { TEMPORAL_BUN_SDK_NATIVE_PATH: path });
      return output === '' ? undefined : JSON.parse(output);
    };

    test('is found by the variable, as a file and as a folder', async () => {
      expect(await load(nativeLibraryPath())).toBeUndefined();
      expect(await load(dirname(nativeLibraryPath()))).toBeUndefined();
    });

    test('that the variable names, but is not there, gives one error', async () => {
      const error = await load('/no/such/library.so');
      expect(error).toMatchObject({ name: 'NativeBridgeError', code: 'library_not_found' });
      expect(error.message).toStartWith('TEMPORAL_BUN_SDK_NATIVE_PATH is set to /no/such/library.so, but');
    });

    test('that is missing gives one error, which says where it was looked for', async () => {
      const error = await load('');
      expect(error).toMatchObject({ name: 'NativeBridgeError', code: 'library_not_found' });
      expect(error.message).toContain(`@temporal-bun-sdk/${platformName()}`);
      expect(error.message).toContain('/target/release/');
      expect(error.message).toContain('TEMPORAL_BUN_SDK_NATIVE_PATH');
    });

    test('that is not a library gives one error', async () => {
      const error = await load(`${folder}/src/native/library.ts`);
      expect(error).toMatchObject({ name: 'NativeBridgeError', code: 'library_not_loaded' });
      expect(error.message).toContain('it is no library for Linux');
    });

    test('of another architecture gives one error, which names both', async () => {
      const header = Buffer.from(await Bun.file(nativeLibraryPath()).slice(0, 64).arrayBuffer());
      header.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
      await Bun.write(`${folder}/foreign.so`, header);
      const error = await load(`${folder}/foreign.so`);
      expect(error).toMatchObject({ name: 'NativeBridgeError', code: 'library_not_loaded' });
      const other = process.arch === 'x64' ? 'arm64' : 'x64';
      expect(error.message).toContain(`it is built for ${other}, but this Bun is for ${process.arch}`);
    });

    test('that lacks functions gives one error', async () => {
      await Bun.write(`${folder}/empty.c`, '');
      await Bun.$`gcc -shared -fPIC -o ${folder}/empty.so ${folder}/empty.c`;
      const error = await load(`${folder}/empty.so`);
      expect(error).toMatchObject({ name: 'NativeBridgeError', code: 'library_not_loaded' });
      expect(error.message).toContain('it is of another version than this package');
    });

    test('of another version gives one error, which names both versions', async () => {
      const source = Object.keys(symbols).map((name) => `int ${name}(void) { return 99; }`);
      await Bun.write(`${folder}/other.c`, source.join('\n'));
      await Bun.$`gcc -shared -fPIC -o ${folder}/other.so ${folder}/other.c`;
      const error = await load(`${folder}/other.so`);
      expect(error).toMatchObject({ name: 'NativeBridgeError', code: 'wrong_abi_version' });
      expect(error.message).toContain('version 99');
      expect(error.message).toContain('version 1');
    });
  });
});

describe('errors', () => {
  test('of configurations name the field', async () => {
    const error = await errorOf(() => NativeRuntime.create({ workerThreads: 0 }));
    expect(error.code).toBe('invalid_config');
    expect(error.details).toEqual({ field: 'workerThreads' });
    expect(error.message).toStartWith('workerThreads: ');
  });

  test('of an unreachable server say so', async () => {
    const runtime = NativeRuntime.create({});
    const queue = CompletionQueue.create();
    const error = await errorOf(() => NativeClient.connect(runtime, queue, client).result);
    expect(error.code).toBe('connect_failed');
    queue.close();
    runtime.free();
  });

  test('of handles that are freed, foreign or made up', async () => {
    const runtime = NativeRuntime.create({});
    const { handle } = runtime;
    const queue = CompletionQueue.create();
    expect((await errorOf(() => NativeWorker.borrow(queue.handle).initiateShutdown())).code).toBe('wrong_handle_kind');
    expect((await errorOf(() => NativeWorker.borrow(2 ** 52).initiateShutdown())).code).toBe('invalid_handle');
    runtime.free();
    runtime.free();
    const freed = Object.create(runtime, { handle: { value: handle } }) as NativeRuntime;
    expect((await errorOf(() => NativeClient.connect(freed, queue, client))).code).toBe('invalid_handle');
    queue.close();
  });
});

describe('a completion queue', () => {
  test('delivers what is posted from a native thread and from this one, in order', async () => {
    const queue = CompletionQueue.create();
    const { promise, resolve } = Promise.withResolvers<void>();
    const received: string[] = [];
    queue.openMessages(
      (message) => {
        received.push(new TextDecoder().decode(message));
        if (received.length === 3) resolve();
      },
      (tag) => {
        for (const text of ['one', '', 'three']) {
          const bytes = new TextEncoder().encode(text);
          native().temporal_bun_queue_post(queue.handle, tag, bytes.length > 0 ? bytes : null, bytes.length);
        }
      },
    );
    await promise;
    expect(received).toEqual(['one', '', 'three']);
    queue.close();
  });

  test('delivers small and large messages whole, and they stay as they are', async () => {
    const queue = CompletionQueue.create();
    const sizes = [64, 20_000, 100, 200_000, 8, 33_000, 64, 1_000_000, 1];
    const sent = sizes.map((size, index) => new Uint8Array(size).fill(index + 1));
    const received: Uint8Array[] = [];
    let waiting = Promise.withResolvers<void>();
    let post: (message: Uint8Array) => void = () => undefined;
    queue.openMessages(
      (message) => {
        received.push(message);
        waiting.resolve();
      },
      (tag) => {
        post = (message) => native().temporal_bun_queue_post(queue.handle, tag, message, message.length);
      },
    );
    // First in one drain as far as they fit, then each in its own.
    sent.forEach(post);
    while (received.length < sent.length) {
      await waiting.promise;
      waiting = Promise.withResolvers();
    }
    for (const message of sent) {
      waiting = Promise.withResolvers();
      post(message);
      await waiting.promise;
    }
    const hash = (message: Uint8Array) => `${message.length} ${Bun.hash(message)}`;
    expect(received.map(hash)).toEqual([...sent, ...sent].map(hash));
    queue.close();
  });

  test('rejects what is under way when it is closed, and everything after', async () => {
    const runtime = NativeRuntime.create({});
    const queue = CompletionQueue.create();
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const pending = NativeClient.connect(runtime, queue, { ...client, target: `http://127.0.0.1:${silent.port}` });
    queue.close();
    expect((await errorOf(() => pending.result)).code).toBe('closed');
    expect((await errorOf(() => NativeClient.connect(runtime, queue, client))).code).toBe('closed');
    silent.stop(true);
    runtime.free();
  });

  test('cancels a call', async () => {
    const runtime = NativeRuntime.create({});
    const queue = CompletionQueue.create();
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const pending = NativeClient.connect(runtime, queue, { ...client, target: `http://127.0.0.1:${silent.port}` });
    pending.cancel();
    expect((await errorOf(() => pending.result)).code).toBe('cancelled');
    silent.stop(true);
    queue.close();
    runtime.free();
  });

  test('keeps the process alive while a call is under way, and no longer', async () => {
    const { output, exitCode } = await run(`
      import { NativeClient } from './src/native/client.ts';
      import { CompletionQueue } from './src/native/completion-queue.ts';
      import { NativeRuntime } from './src/native/runtime.ts';
      const runtime = NativeRuntime.create({});
      const queue = CompletionQueue.create();
      await NativeClient.connect(runtime, queue, ${JSON.stringify(client)}).result.catch((e) => console.log(e.code));
      console.log('the rest');`);
    expect(output).toBe('connect_failed\nthe rest\n');
    expect(exitCode).toBe(0);
  });

  test('can be made and closed in many threads', async () => {
    const program = `
      import { CompletionQueue } from '${import.meta.dir}/../src/native/completion-queue.ts';
      import { native } from '${import.meta.dir}/../src/native/library.ts';
      const queue = CompletionQueue.create();
      const stream = { onTask: () => { queue.close(); postMessage('closed'); }, onError: () => undefined, onEnd: () => undefined };
      queue.openStream(stream, (tag) => native().temporal_bun_queue_post(queue.handle, tag, null, 0));`;
    const url = URL.createObjectURL(new Blob([program], { type: 'application/typescript' }));
    const threads = Array.from({ length: 20 }, async () => {
      const thread = new Worker(url);
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      thread.onmessage = (event) => resolve(event.data);
      thread.onerror = (event) => reject(new Error(event.message));
      const message = await promise;
      thread.terminate();
      return message;
    });
    expect(await Promise.all(threads)).toEqual(threads.map(() => 'closed'));
  });
});
