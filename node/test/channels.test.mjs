// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { coview, Other } from './support.mjs';

test('a queue delivers between processes, once', async () => {
  const queue = await coview.Queue.create('jobs', 1 << 16, { type: 'job', typeVersion: 2 });
  assert.equal(await queue.receive({ timeout: 0 }), null);
  assert.equal(await queue.receive({ timeout: 2 }), null);
  const other = new Other(`
    const queue = await coview.Queue.open('jobs', { type: 'job', typeVersion: 2 });
    for (let i = 0; i < 100; ++i) await queue.send('job ' + i);
    say('sent');`);
  for (let i = 0; i < 100; ++i) {
    const message = await queue.receive();
    assert.deepEqual([message.toString(), message.sequence, message.redelivered], [`job ${i}`, i, false]);
    message.release();
    assert.throws(() => message.bytes, /released/);
  }
  assert.equal(await other.hear(), 'sent');
  await other.kill();
  await assert.rejects(coview.Queue.open('jobs', { type: 'job', typeVersion: 3 }), { code: 'EINVAL', message: /'jobs'/ });
  await queue.send(new Float64Array([1.5]));
  await queue.send(new DataView(new ArrayBuffer(4), 1, 2));
  await queue.send(new ArrayBuffer(3));
  assert.equal(queue.depth, 3);
  const message = await queue.receive();
  assert.equal(new Float64Array(message.bytes.buffer)[0], 1.5);
  for (const size of [2, 3]) assert.equal((await queue.receive()).bytes.length, size);
  await assert.rejects(queue.send(7), TypeError);
  await assert.rejects(queue.send(new Uint8Array(queue.largest + 1)), { code: 'EMSGSIZE' });
  message.release();
  await queue.close();
  await assert.rejects(queue.receive(), /closed/);
  await assert.rejects(queue.send('x'), /closed/);
});

test('what a killed receiver had in hand comes again', async () => {
  const queue = await coview.Queue.create('again', 4096);
  await queue.send('job');
  const other = new Other(`globalThis.message = await (await coview.Queue.open('again')).receive(); say(String(message));`);
  assert.equal(await other.hear(), 'job');
  await other.kill();
  const message = await queue.receive();
  assert.deepEqual([message.toString(), message.deaths, message.redelivered], ['job', 1, true]);
  message.release();
  await queue.close();
});

test('a sender waits for room, and for its turn', async () => {
  const queue = await coview.Queue.create('full', 4096, { messages: 2 });
  const sent = [];
  while (await queue.send(`${sent.length}`, { timeout: 0 })) sent.push(sent.length);
  assert.equal(await queue.send('late', { timeout: 2 }), false);
  const waiting = ['x', 'y', 'z'].map((each) => queue.send(each));
  const controller = new AbortController();
  const aborted = queue.send('never', { signal: controller.signal });
  const seen = [];
  while (seen.length < sent.length + 3) {
    const message = await queue.receive();
    seen.push(message.toString());
    message.release();
  }
  assert.deepEqual(seen, [...sent.map(String), 'x', 'y', 'z']);
  await Promise.all(waiting);
  await aborted;
  controller.abort();
  await queue.close();
});

test('a message and a slot are in place, and what shows them is detached', async () => {
  const topic = await coview.Topic.create('frames', 32 << 20);
  const publisher = await topic.publisher();
  const subscription = await topic.subscribe();
  const slot = await publisher.loan(8 << 20);
  slot.bytes.fill(7);
  const shown = slot.bytes;
  assert.equal(await slot.publish(), true);
  assert.equal(shown.length, 0);
  assert.throws(() => slot.bytes, /published/);
  const message = await subscription.receive();
  const { bytes } = message;
  assert.deepEqual([bytes.length, bytes[0], bytes.at(-1)], [8 << 20, 7, 7]);
  const copy = message.copy();
  message.release();
  assert.deepEqual([bytes.length, message.released, copy[0]], [0, true, 7]);
  const unused = await publisher.loan(100);
  unused.release();
  unused.release();
  assert.equal(await subscription.receive({ timeout: 0 }), null);
  const short = await publisher.loan(100);
  short.bytes.set([1, 2, 3]);
  await assert.rejects(short.publish(101), { code: 'EOVERFLOW' });
  assert.deepEqual([...short.bytes.subarray(0, 3)], [1, 2, 3], 'it can be tried again');
  await short.publish(3);
  assert.deepEqual([...(await subscription.receive()).bytes], [1, 2, 3]);
  await Promise.all([subscription.close(), publisher.close(), topic.close()]);
});

test('for await sees every message, and ends as it is told', async () => {
  const topic = await coview.Topic.create('news', 1 << 16, { messages: 1024 });
  const publisher = await topic.publisher();
  const subscription = await topic.subscribe();
  const publishing = (async () => {
    for (let i = 0; i < 1000; ++i) {
      await publisher.publish(`${i}`);
      if (i % 100 === 0) await new Promise(setImmediate);
    }
  })();
  let next = 0;
  let last;
  for await (const message of subscription) {
    assert.equal(last?.released ?? true, true, 'the one before was released');
    last = message;
    assert.equal(message.toString(), String(next));
    next += 1;
    if (next === 1000) break;
  }
  await publishing;
  assert.equal(last.released, true);
  for await (const message of subscription.messages({ timeout: 2 })) assert.fail(message.toString());
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  await assert.rejects(async () => {
    for await (const message of subscription.messages({ signal: controller.signal })) assert.fail(message.toString());
  }, { name: 'AbortError' });
  assert.equal(topic.latest().toString(), '999');
  assert.equal(topic.published, 1000);
  const closing = assert.rejects(subscription.receive(), { code: 'EBADF' });
  await subscription.close();
  await closing;
  await Promise.all([publisher.close(), topic.close()]);
});

test('a slow subscriber is told what it lost, and one that blocks can be freed', async () => {
  const topic = await coview.Topic.create('slow', 4096, { messages: 4, subscribersMayBlock: true, type: 'line' });
  assert.equal(topic.latest(), null);
  const publisher = await topic.publisher();
  const slow = await topic.subscribe();
  for (const each of 'abcdef') await publisher.publish(each);
  const message = await slow.receive();
  assert.deepEqual([message.toString(), message.lost, slow.lost, slow.blocks], ['c', 2, 2, false]);
  const blocking = await topic.subscribe({ from: 'oldest', slow: 'blocks' });
  assert.equal(await publisher.publish('g', { timeout: 0 }), false);
  assert.equal(await publisher.publish('g', { timeout: 2 }), false);
  const status = await coview.channelStatus('slow');
  assert.deepEqual([status.kind, status.type, status.sent, status.depth], ['topic', 'line', 6, 4]);
  const holding = status.participants.filter((each) => each.holdsBack);
  assert.equal(holding.length, 1);
  const waiting = publisher.publish('g');
  assert.equal(topic.evict(holding[0].number), 1);
  assert.equal(topic.evict(), 0);
  assert.equal(await waiting, true);
  assert.equal(blocking.blocks, false);
  assert.throws(() => topic.evict(99), { code: 'EINVAL' });
  await assert.rejects(topic.subscribe({ from: 'then' }), TypeError);
  await assert.rejects(topic.subscribe({ slow: 'perhaps' }), TypeError);
  const lock = await coview.Mutex.create('no channel');
  await assert.rejects(coview.channelStatus('no channel'), { code: 'EINVAL' });
  await Promise.all([lock.close(), blocking.close(), slow.close(), publisher.close(), topic.close()]);
});

test('receivers in one process take turns', async () => {
  const queue = await coview.Queue.create('turns', 1 << 16);
  const receiving = Array.from({ length: 5 }, () => queue.receive());
  const controller = new AbortController();
  const aborted = assert.rejects(queue.receive({ signal: controller.signal }), { name: 'AbortError' });
  controller.abort();
  await aborted;
  for (let i = 0; i < 5; ++i) await queue.send(`${i}`);
  assert.deepEqual((await Promise.all(receiving)).map(String), ['0', '1', '2', '3', '4']);
  const any = coview.waitAny([queue]);
  await queue.send('last');
  assert.equal((await any).index, 0);
  assert.equal(String(await queue.receive({ timeout: 0 })), 'last');
  await queue.close();
});
