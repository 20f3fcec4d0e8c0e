import { describe, expect, test } from 'bun:test';
import { CompletionQueue } from './completion-queue.ts';
import { chooseCallbacks } from './wake-choice.ts';

/** A program that posts to its queue from a thread of its own, with `WAKE` in the place of the wake. */
const PROGRAM = `
  import { CompletionQueue } from '${import.meta.dir}/completion-queue.ts';
  import { native } from '${import.meta.dir}/library.ts';
  import { CallbackWake } from '${import.meta.dir}/callback-wake.ts';
  import { DescriptorWake } from '${import.meta.dir}/descriptor-wake.ts';
  import { WaitingWake } from '${import.meta.dir}/waiting-wake.ts';
  const queue = CompletionQueue.create(WAKE);
  /** Adds a record to a queue, from another thread. */
  function postFromThread(queue: number, tag: number) {
    const program = \`
      import { native } from '${import.meta.dir}/library.ts';
      native().temporal_bun_queue_post(\${queue}, \${tag}, null, 0);\`;
    const poster = new Worker(URL.createObjectURL(new Blob([program], { type: 'application/typescript' })));
    poster.unref();
  }
  function openStream(onTask: () => void): number {
    let opened = 0;
    const stream = { onTask, onError: (error: Error) => console.log(error.name), onEnd: () => console.log('end') };
    queue.openStream(stream, (tag) => { opened = tag; });
    return opened;
  }
`;

/** Runs a program with a wake. Gives what it has printed, and the CPU time that it took, in ms. */
async function run(wake: string, program: string): Promise<{ output: string; cpuMs: number }> {
  const child = Bun.spawn([process.execPath, '-e', PROGRAM.replace('WAKE', wake) + program], {
    cwd: `${import.meta.dir}/../..`,
    stderr: 'inherit',
  });
  const output = await child.stdout.text();
  expect(await child.exited).toBe(0);
  const usage = child.resourceUsage();
  return { output, cpuMs: Number(usage?.cpuTime.total) / 1000 };
}

describe.each(['new CallbackWake()', 'new DescriptorWake()', 'new WaitingWake(() => true)'])('%s', (wake) => {
  test('brings what other threads post, time and again', async () => {
    const { output } = await run(
      wake,
      `let count = 0;
       const tag = openStream(() => {
         console.log(++count);
         if (count < 3) postFromThread(queue.handle, tag);
         else queue.close();
       });
       postFromThread(queue.handle, tag);`,
    );
    expect(output).toBe('1\n2\n3\nNativeBridgeError\n');
  });

  test('brings what was posted before', async () => {
    const { output } = await run(
      wake,
      `const tag = openStream(() => { console.log('came'); queue.close(); });
       native().temporal_bun_queue_post(queue.handle, tag, null, 0);`,
    );
    expect(output).toBe('came\nNativeBridgeError\n');
  });

  test('takes no CPU time while nothing comes', async () => {
    // A thread closes the queue of one that waits; the others are closed by a timer.
    const end = wake.startsWith('new Waiting')
      ? `const program = \`
           import { CompletionQueue } from '${import.meta.dir}/completion-queue.ts';
           setTimeout(() => CompletionQueue.closeOfEndedThread(\${queue.handle}), MS);\`;
         new Worker(URL.createObjectURL(new Blob([program], { type: 'application/typescript' }))).unref();`
      : 'setTimeout(() => queue.close(), MS);';
    const idle = (ms: number) => run(wake, `openStream(() => undefined); ${end.replace('MS', String(ms))}`);
    const [short, long] = [await idle(1), await idle(2_000)];
    expect(long.cpuMs - short.cpuMs).toBeLessThan(500);
  });
});

describe.each(['new CallbackWake()', 'new DescriptorWake()'])('%s', (wake) => {
  test('keeps the process alive while something is under way, and no longer', async () => {
    const { output } = await run(
      wake,
      `process.on('exit', () => console.log('exit'));
       const tag = openStream(() => {
         console.log('came');
         queue.close();
         process.on('beforeExit', () => console.log('nothing left'));
       });
       setTimeout(() => native().temporal_bun_queue_post(queue.handle, tag, null, 0), 50).unref();
       postFromThread(queue.handle, tag);`,
    );
    expect(output).toBe('came\nNativeBridgeError\nnothing left\nexit\n');
  });

  test('brings messages when nothing is under way, and does not keep the process alive for more', async () => {
    const { output } = await run(
      wake,
      `const life = setInterval(() => {}, 1_000_000);
       let messageTag = 0;
       queue.openMessages(() => { console.log('message'); clearInterval(life); }, (tag) => { messageTag = tag; });
       postFromThread(queue.handle, messageTag);`,
    );
    expect(output).toBe('message\n');
  });
});

test('a thread that must not wait goes round its event loop', async () => {
  const { output } = await run(
    'new WaitingWake(() => !isAwaited)',
    `var isAwaited = true;
     const tag = openStream(() => { console.log('came'); queue.close(); });
     setTimeout(() => {
       console.log('timer');
       isAwaited = false;
       postFromThread(queue.handle, tag);
     }, 5);`,
  );
  expect(output).toBe('timer\ncame\nNativeBridgeError\n');
});

test('to post to a queue that is closed does nothing', () => {
  const queue = CompletionQueue.create();
  queue.close();
  CompletionQueue.post(queue.handle, 1);
});

test('the choice is read from the environment', () => {
  expect(chooseCallbacks({ TEMPORAL_BUN_SDK_CALLBACKS: 'main' })).toBe('main');
  expect(chooseCallbacks({ TEMPORAL_BUN_SDK_CALLBACKS: 'none' })).toBe('none');
  expect(() => chooseCallbacks({ TEMPORAL_BUN_SDK_CALLBACKS: '' })).toThrow('TEMPORAL_BUN_SDK_CALLBACKS: must be');
});
