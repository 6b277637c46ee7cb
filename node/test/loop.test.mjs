// SPDX-License-Identifier: Apache-2.0
// No call in the event loop's thread waits, whoever has or stops with what it needs. Without a clock: the kernel counts
// how often a thread slept, and a call that always sleeps is one that waits. A single sleep proves nothing, since V8's
// own threads make it sleep now and then: so the least of several tries counts.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { coview, Other } from './support.mjs';

const status = fs.openSync('/proc/thread-self/status', 'r');
const text = Buffer.alloc(8192);
const slept = () => {
  const length = fs.readSync(status, text, 0, text.length, 0);
  return Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(text.toString('latin1', 0, length))[1]);
};

/** How often a call sleeps at least; and what it gives in the end, each time. */
async function sleeps(call, times = 5) {
  let least = Infinity;
  const results = [];
  for (let i = 0; i < times; ++i) {
    const before = slept();
    const result = call();
    least = Math.min(least, slept() - before);
    results.push(await Promise.resolve(result).then((value) => value, (error) => error.code));
  }
  return [least, results];
}
const each = (value, times = 5) => [0, Array(times).fill(value)];

test('a thread that sleeps is seen to', () => {
  const before = slept();
  // Not each time: its time may be up before it sleeps, where others have the processor.
  for (let i = 0; i < 20; ++i) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  assert.ok(slept() > before);
});

test('what others have for good is waited for elsewhere', async () => {
  const queue = await coview.Queue.create('full', 4096);
  const event = await coview.Event.create('never');
  const slots = await coview.Semaphore.create('none', { initial: 0 });
  const timer = await coview.Timer.create('not yet');
  timer.set(3_600_000);
  const mutex = await coview.Mutex.create('taken');
  const other = new Other(`globalThis.lock = await (await coview.Mutex.open('taken')).lock(); say('owned');`);
  assert.equal(await other.hear(), 'owned');
  for (const timeout of [0, 1]) {
    assert.deepEqual(await sleeps(() => queue.receive({ timeout })), each(null));
    assert.deepEqual(await sleeps(() => event.wait({ timeout })), each(false));
    assert.deepEqual(await sleeps(() => slots.acquire({ timeout })), each(false));
    assert.deepEqual(await sleeps(() => timer.wait({ timeout })), each(false));
    assert.deepEqual(await sleeps(() => mutex.lock({ timeout })), each(null));
    assert.deepEqual(await sleeps(() => coview.waitAny([event, slots, queue], { timeout })), each(null));
    assert.deepEqual(await sleeps(() => coview.waitAll([event, slots, mutex], { timeout })), each(null));
  }
  const message = new Uint8Array(1024);
  while (await queue.send(message, { timeout: 0 }));
  for (const timeout of [0, 1]) {
    assert.deepEqual(await sleeps(() => queue.send(message, { timeout })), each(false));
    assert.deepEqual(await sleeps(() => queue.loan(1024, { timeout })), each(null));
  }
  await other.kill();
  await Promise.all([queue, event, slots, timer, mutex].map((object) => object.close()));
});

test('a lock that somebody has stopped with is waited for elsewhere', async () => {
  const queue = await coview.Queue.create('stuck queue', 1 << 16);
  const topic = await coview.Topic.create('stuck topic', 1 << 16);
  const [publisher, leaving] = await Promise.all([topic.publisher(), topic.publisher()]);
  const other = new Other(`say('here');`);
  assert.equal(await other.hear(), 'here');
  // As if that process had stopped in the middle of a step: docs/layout.md, "state".
  const files = [];
  for (const name of ['stuck queue', 'stuck topic']) {
    files.push(fs.openSync((await coview.stat(name)).file, 'r+'));
    fs.writeSync(files.at(-1), new Uint32Array([other.pid]), 0, 4, 4072);
  }
  // New memory is taken under the lock.
  for (const timeout of [0, 1]) {
    assert.deepEqual(await sleeps(() => queue.send('x', { timeout })), each(false));
    assert.deepEqual(await sleeps(() => queue.loan(64, { timeout })), each(null));
    assert.deepEqual(await sleeps(() => queue.loan(8192, { timeout })), each(null));
    assert.deepEqual(await sleeps(() => publisher.publish('x', { timeout })), each(false));
    assert.deepEqual(await sleeps(() => queue.receive({ timeout })), each(null));
  }
  assert.deepEqual(await sleeps(() => topic.latest()), each(null));
  assert.deepEqual(await sleeps(() => topic.evict()), each(0));
  // So is joining and leaving, for which it is waited two seconds.
  const joining = [() => topic.subscribe(), () => topic.publisher(), () => coview.Queue.open('stuck queue')];
  const twice = async (call) => {
    const [[first, [result]], [second, [again]]] = await Promise.all([sleeps(call, 1), sleeps(call, 1)]);
    assert.deepEqual([Math.min(first, second), result, again], [0, 'EBUSY', 'EBUSY']);
  };
  await Promise.all([...joining.map(twice), leaving.close()]);
  for (const file of files) {
    fs.writeSync(file, new Uint32Array([0]), 0, 4, 4072);
    fs.closeSync(file);
  }
  assert.equal(await queue.send('x'), true);
  await other.kill();
  await Promise.all([queue, publisher, topic].map((object) => object.close()));
});

test('what is large is sent a part a turn', async () => {
  const queue = await coview.Queue.create('large', 64 << 20);
  const bytes = new Uint8Array(8 << 20).map((_, i) => i * 7);
  let turns = 0;
  let going = true;
  const turn = () => {
    turns += 1;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  assert.equal(await queue.send(bytes), true);
  going = false;
  assert.ok(turns > 4, `${turns} turns`);
  const message = await queue.receive();
  assert.equal(Buffer.compare(message.bytes, bytes), 0);
  message.release();
  await assert.rejects(async () => {
    const sending = queue.send(bytes);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    await sending;
  }, /taken away/);
  assert.equal(await queue.receive({ timeout: 0 }), null, 'nothing of it was sent');
  const controller = new AbortController();
  const aborted = queue.send(new ArrayBuffer(8 << 20), { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  await assert.rejects(queue.send(new ArrayBuffer(queue.largest + 1)), { code: 'EMSGSIZE' });
  assert.equal(await queue.send('x'.repeat(1 << 20)), true);
  await queue.close();
});
