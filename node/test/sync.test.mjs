// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { coview, home, Other } from './support.mjs';

test('one task is inside at a time, through one object or several', async () => {
  const mutex = await coview.Mutex.create('lock');
  const same = await coview.Mutex.open('lock');
  let inside = 0;
  const order = [];
  const task = (of, i) =>
    of.with(async () => {
      inside += 1;
      assert.equal(inside, 1);
      await new Promise(setImmediate);
      order.push(i);
      inside -= 1;
    });
  await Promise.all([task(mutex, 0), task(mutex, 1), task(same, 2), task(mutex, 3), task(same, 4)]);
  assert.deepEqual(order.filter((i) => [0, 1, 3].includes(i)), [0, 1, 3], 'in the order in which they came');
  assert.equal(order.length, 5);
  const lock = await mutex.lock();
  assert.equal(await same.lock({ timeout: 0 }), null);
  assert.equal(await same.lock({ timeout: 5 }), null);
  assert.equal(await mutex.lock({ timeout: 0 }), null);
  assert.equal(await mutex.lock({ timeout: 5 }), null);
  await assert.rejects(mutex.close(), { code: 'EBUSY' });
  await assert.rejects(mutex.with(() => 1, { timeout: 0 }), { code: 'ETIMEDOUT' });
  await lock.release();
  await assert.rejects(lock.release(), { code: 'EPERM' });
  assert.equal(await same.with(() => 'through'), 'through');
  await assert.rejects(mutex.with(() => { throw new Error('inside'); }), /inside/);
  assert.equal(mutex.locked, false);
  await Promise.all([mutex.close(), same.close()]);
});

test('a mutex tells that its owner was killed', async () => {
  const mutex = await coview.Mutex.create('abandoned');
  const other = new Other(`globalThis.lock = await (await coview.Mutex.open('abandoned')).lock(); say('owned');`);
  assert.equal(await other.hear(), 'owned');
  const waiting = mutex.lock();
  await other.kill();
  const lock = await waiting;
  assert.equal(lock.abandoned, true);
  await lock.release();
  assert.equal(await mutex.with((again) => again.abandoned), false);
  await mutex.close();
});

test('a wait ends with its signal, and takes nothing', async () => {
  const mutex = await coview.Mutex.create('signalled');
  const same = await coview.Mutex.open('signalled');
  const event = await coview.Event.create('signalled event');
  const lock = await mutex.lock();
  const alive = setInterval(() => {}, 1000); // AbortSignal.timeout keeps no event loop going
  for (const start of [
    (signal) => event.wait({ signal }),
    (signal) => same.lock({ signal }),
    (signal) => mutex.lock({ signal }),
    (signal) => coview.waitAny([event], { signal }),
    (signal) => coview.waitAll([event, same], { signal }),
  ]) {
    for (let i = 0; i < 50; ++i) {
      const controller = new AbortController();
      const waiting = start(controller.signal);
      if (i % 2) await new Promise(setImmediate);
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, /enough/);
    }
    await assert.rejects(start(AbortSignal.abort()), { name: 'AbortError' });
    await assert.rejects(start(AbortSignal.timeout(5)), { name: 'TimeoutError' });
  }
  clearInterval(alive);
  await lock.release();
  assert.equal(await same.with(() => 1), 1, 'a thread that was cancelled is replaced');
  event.set();
  assert.equal(await event.wait({ timeout: 0 }), true, 'nobody swallowed it');
  await Promise.all([mutex.close(), same.close(), event.close()]);
});

test('a signal that comes when the wait has just succeeded leaves a mutex that works', async () => {
  const mutex = await coview.Mutex.create('late');
  for (let i = 0; i < 200; ++i) {
    const controller = new AbortController();
    const waiting = mutex.lock({ signal: controller.signal });
    if (i % 2) await new Promise(setImmediate);
    controller.abort();
    const lock = await waiting.catch(() => null);
    await lock?.release();
    const next = await mutex.lock();
    assert.equal(next.abandoned, false);
    await next.release();
  }
  await mutex.close();
});

test('events', async () => {
  const automatic = await coview.Event.create('automatic');
  assert.equal(await automatic.wait({ timeout: 0 }), false);
  const waiters = [automatic.wait(), automatic.wait()];
  const other = new Other(`const e = await coview.Event.open('automatic'); e.set(); say('set');`);
  assert.equal(await other.hear(), 'set');
  await Promise.race(waiters);
  automatic.set();
  assert.deepEqual(await Promise.all(waiters), [true, true]);
  const manual = await coview.Event.openOrCreate('manual', { manual: true, set: true });
  assert.deepEqual([manual.manual, await manual.wait(), await manual.wait()], [true, true, true]);
  manual.clear();
  manual.pulse();
  assert.equal(await manual.wait({ timeout: 1 }), false);
  await other.kill();
  await Promise.all([automatic.close(), manual.close()]);
  assert.throws(() => manual.set(), /closed/);
  await assert.rejects(manual.wait(), /closed/);
  await assert.rejects(coview.Event.open('automatic'), { code: 'ENOENT' });
});

test('semaphores', async () => {
  const slots = await coview.Semaphore.create('slots', { initial: 1, maximum: 2 });
  assert.deepEqual([slots.count, slots.maximum, await slots.acquire()], [1, 2, true]);
  assert.equal(await slots.acquire({ timeout: 1 }), false);
  const waiting = slots.acquire();
  assert.equal(slots.release(), 0);
  assert.equal(await waiting, true);
  assert.equal(slots.release(2), 0);
  assert.throws(() => slots.release(), { code: 'EOVERFLOW', errno: -75 });
  assert.throws(() => slots.release(-1), RangeError);
  await assert.rejects(coview.Semaphore.create('none', {}), RangeError);
  await assert.rejects(coview.Semaphore.create('none', { initial: 3, maximum: 2 }), { code: 'EINVAL' });
  await slots.close();
});

test('timers', async () => {
  const timer = await coview.Timer.create('tick');
  assert.equal(timer.dueIn, null);
  timer.set(3_600_000);
  assert.ok(timer.dueIn > 3_000_000 && timer.dueIn <= 3_600_000);
  assert.equal(await timer.wait({ timeout: 0 }), false);
  timer.set(1, 1);
  for (let i = 0; i < 3; ++i) assert.equal(await timer.wait(), true);
  timer.cancel();
  assert.equal(timer.dueIn, null);
  timer.setAt(new Date(0));
  assert.equal(await timer.wait(), true);
  assert.throws(() => timer.set(NaN), RangeError);
  assert.throws(() => timer.set(-1), { code: 'EINVAL' });
  await timer.close();
});

test('waiting for several', async () => {
  const event = await coview.Event.create('several event');
  const slots = await coview.Semaphore.create('several slots', { initial: 0 });
  const mutex = await coview.Mutex.create('several lock');
  assert.equal(await coview.waitAny([event, slots], { timeout: 0 }), null);
  const any = coview.waitAny([event, slots]);
  slots.release();
  assert.deepEqual(await any, { index: 1, abandoned: false, lock: undefined });
  const first = await coview.waitAny([event, mutex]);
  assert.equal(first.index, 1);
  await assert.rejects(coview.waitAny([mutex]), { code: 'EBUSY' });
  await first.lock.release();
  const all = coview.waitAll([event, slots, mutex]);
  event.set();
  slots.release();
  const taken = await all;
  assert.equal(mutex.locked, true);
  await taken.lock.release();
  assert.equal(await event.wait({ timeout: 0 }), false);
  await assert.rejects(coview.waitAny([]), RangeError);
  await assert.rejects(coview.waitAny([{}]), TypeError);
  await assert.rejects(coview.waitAny([mutex, mutex]), TypeError);
  await assert.rejects(coview.waitAny([event], { timeout: 'soon' }), TypeError);
  await Promise.all([event.close(), slots.close(), mutex.close()]);
});

test('a worker that ends with waits of its own takes them along', async () => {
  const event = await coview.Event.create('of a worker');
  const code = `const coview = require(${JSON.stringify(home)});
    (async () => {
      const event = await coview.Event.open('of a worker');
      const mutex = await coview.Mutex.openOrCreate('lock of a worker');
      const topic = await coview.Topic.openOrCreate('news of a worker', 4096);
      globalThis.kept = [await mutex.lock(), (await topic.subscribe()).receive().catch(() => {}), event.wait(), event.wait()];
      require('node:worker_threads').parentPort.postMessage('waits');
    })();`;
  for (let i = 0; i < 5; ++i) {
    const worker = new Worker(code, { eval: true });
    assert.deepEqual(await once(worker, 'message'), ['waits']);
    await worker.terminate();
  }
  event.set();
  assert.equal(await event.wait(), true);
  await event.close();
});
