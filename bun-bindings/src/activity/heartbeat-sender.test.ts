import { expect, test } from 'bun:test';
import { HeartbeatSender } from './heartbeat-sender.ts';

/** Sends that the test lets through one by one. */
function start() {
  const sent: unknown[] = [];
  const errors: unknown[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const sender = new HeartbeatSender(
    async (details) => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      sent.push(details);
    },
    (error) => errors.push(error),
  );
  const nextSend = async () => {
    while (gates.length === 0) await Promise.resolve();
    return gates.shift() as PromiseWithResolvers<void>;
  };
  return { sender, sent, errors, nextSend, gates };
}

test('one at a time, in order, and the latest takes the place of those that wait', async () => {
  const { sender, sent, nextSend, gates } = start();
  expect(sender.used).toBe(false);
  sender.record(1);
  sender.record(2);
  sender.record(3);
  expect(sender.used).toBe(true);
  expect(gates).toHaveLength(1);
  (await nextSend()).resolve();
  (await nextSend()).resolve();
  await sender.flush();
  expect(sent).toEqual([1, 3]);
});

test('flush waits for the one that waits', async () => {
  const { sender, sent, nextSend } = start();
  sender.record(1);
  sender.record(2);
  const flushed = sender.flush().then(() => expect(sent).toEqual([1, 2]));
  sender.record('too late');
  (await nextSend()).resolve();
  (await nextSend()).resolve();
  await flushed;
});

test('drop leaves out the one that waits', async () => {
  const { sender, sent, nextSend, gates } = start();
  sender.record(1);
  sender.record(2);
  sender.drop();
  (await nextSend()).resolve();
  await sender.flush();
  expect(sent).toEqual([1]);
  expect(gates).toHaveLength(0);
});

test('an error is reported and the next one is sent', async () => {
  const { sender, sent, errors, nextSend } = start();
  sender.record(1);
  sender.record(2);
  (await nextSend()).reject('broken');
  (await nextSend()).resolve();
  await sender.flush();
  expect(errors).toEqual(['broken']);
  expect(sent).toEqual([2]);
});
