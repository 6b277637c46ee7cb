// SPDX-License-Identifier: Apache-2.0
// What coview does to Node's event loop: how late its timers were (perf_hooks.monitorEventLoopDelay, in milliseconds)
// while nothing, and then each of these, went on; how long calls of the native part kept the event loop's thread; and what
// calls cost. Not a test: other programs make timers and calls late too, and the lines "nothing" and "a loop" say how
// much. That no call waits is what test/loop.test.mjs shows, without a clock.
//   npm run bench [SECONDS]
import { createRequire } from 'node:module';
import fs from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
const require = createRequire(import.meta.url);
const native = require('../lib/native.js');

/** How long each call of the native part was in the event loop's thread, in microseconds; since the last time. */
const kept = new Map();
function timing(name, call) {
  const one = { times: 0, sum: 0, worst: 0, long: 0 };
  kept.set(name, one);
  return (...given) => {
    const begin = performance.now();
    try {
      return call(...given);
    } finally {
      const took = (performance.now() - begin) * 1000;
      one.times += 1;
      one.sum += took;
      one.worst = Math.max(one.worst, took);
      one.long += Number(took > 1000);
    }
  };
}
for (const [name, call] of Object.entries(native)) if (typeof call === 'function') native[name] = timing(name, call);
// What a call is that only computes, as long as most of ours: what is long in it, others have made.
const aLoop = timing('a loop', () => {
  let sum = 0;
  for (let i = 0; i < 5000; ++i) sum += i;
  return sum;
});
const coview = require('../index.js');
const seconds = Number(process.argv[2] ?? 3);
const root = process.env.COVIEW_ROOT ?? (process.env.COVIEW_ROOT = fs.mkdtempSync('/dev/shm/coview-bench-node-'));
const mine = process.argv[2] !== 'publish';
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function publish() {
  const topic = await coview.Topic.open('bench', {});
  const publisher = await topic.publisher();
  const bytes = new Uint8Array(64);
  process.stdin.on('end', () => process.exit(0)).resume();
  for (;;) await publisher.publish(bytes);
}

/** The worst, the 99.9th percentile and the mean of how late the loop was, while `run` goes on until `over`. */
async function late(what, run) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  await rest(50);
  histogram.enable();
  const until = performance.now() + seconds * 1000;
  const note = await run(() => performance.now() >= until);
  histogram.disable();
  // A timer of a millisecond is due after one: what is more is late.
  const over = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - 1).toFixed(3).padStart(8);
  console.log(`${what.padEnd(44)} ${over(histogram.mean)} ${over(histogram.percentile(99.9))} ${over(histogram.max)}   ${note ?? ''}`);
}

async function timed(what, times, run) {
  for (let i = 0; i < times / 10; ++i) await run();
  const begin = performance.now();
  for (let i = 0; i < times; ++i) await run();
  console.log(`${what.padEnd(44)} ${(((performance.now() - begin) * 1000) / times).toFixed(2).padStart(8)} µs`);
}

async function loop() {
  console.log(`${'how late the event loop was, ms'.padEnd(44)} ${'mean'.padStart(8)} ${'99.9 %'.padStart(8)} ${'worst'.padStart(8)}`);
  await late('nothing', () => rest(seconds * 1000));
  const mutex = await coview.Mutex.create('bench lock');
  const event = await coview.Event.create('bench event');
  await late('a mutex, locked and released', async (over) => {
    let n = 0;
    for (; !over(); ++n) await (await mutex.lock()).release();
    return `${n} times`;
  });
  await late('40 waits that time out again and again', async (over) => {
    let n = 0;
    const wait = async () => {
      while (!over()) if (!(await event.wait({ timeout: 5 }))) n += 1;
    };
    await Promise.all(Array.from({ length: 40 }, wait));
    return `${n} times`;
  });
  await late('an event that is always set', async (over) => {
    const set = await coview.Event.create('bench set', { manual: true, set: true });
    let n = 0;
    for (; !over(); ++n) await set.wait();
    await set.close();
    return `${n} times`;
  });
  await late('mappings of 64 MiB, made, touched and closed', async (over) => {
    let n = 0;
    for (; !over(); ++n) {
      const mapping = await coview.Mapping.create('bench large', 64 << 20);
      const view = mapping.view();
      view.bytes[n] = 1;
      await mapping.close();
      await view.close();
    }
    return `${n} times`;
  });
  await late('20 sends to a full queue, that time out', async (over) => {
    const queue = await coview.Queue.create('bench full', 4096);
    const bytes = new Uint8Array(1024);
    while (await queue.send(bytes, { timeout: 0 }));
    let n = 0;
    const send = async () => {
      while (!over()) if (!(await queue.send(bytes, { timeout: 5 }))) n += 1;
    };
    await Promise.all(Array.from({ length: 20 }, send));
    await queue.close();
    return `${n} times`;
  });
  await late('names opened and closed, 8 at a time', async (over) => {
    const held = await coview.Topic.create('bench name', 1 << 16);
    let n = 0;
    const open = async () => {
      for (; !over(); ++n) {
        const topic = await coview.Topic.open('bench name');
        const [publisher, subscription] = await Promise.all([topic.publisher(), topic.subscribe()]);
        await Promise.all([publisher.close(), subscription.close(), topic.close()]);
      }
    };
    await Promise.all(Array.from({ length: 4 }, open));
    await held.close();
    return `${n} times`;
  });
  await late('a file of 64 MiB, copied', async (over) => {
    const file = `${root}/file`;
    fs.writeFileSync(file, Buffer.alloc(64 << 20, 7));
    let n = 0;
    for (; !over(); ++n) await coview.copyFile(file, `${file}.copy`);
    for (const each of [file, `${file}.copy`]) fs.rmSync(each);
    return `${n} times`;
  });
  await late('messages of 8 MiB, sent', async (over) => {
    const queue = await coview.Queue.create('bench large', 64 << 20);
    const bytes = new Uint8Array(8 << 20);
    let n = 0;
    for (; !over(); ++n) {
      await queue.send(bytes);
      (await queue.receive()).release();
    }
    await queue.close();
    return `${n} times`;
  });
  const topic = await coview.Topic.create('bench', 4 << 20);
  const subscription = await topic.subscribe();
  const other = spawn(process.execPath, [here, 'publish'], { stdio: ['pipe', 'inherit', 'inherit'] });
  await late('64 B messages of another process, for await', async (over) => {
    let n = 0;
    for await (const message of subscription) {
      n += message.bytes.length;
      if (over()) break;
    }
    return `${Math.round(n / 64 / seconds)} a second, ${subscription.lost} lost`;
  });
  other.kill();
  await Promise.all([mutex, event, subscription, topic].map((each) => each.close()));
}

function calls() {
  for (let i = 0; i < 100_000; ++i) aLoop();
  console.log(`\n${'calls in the event loop, µs'.padEnd(28)} ${'times'.padStart(9)} ${'mean'.padStart(8)} ${'worst'.padStart(9)}   over 1 ms`);
  const all = [...kept].filter(([, { times }]) => times > 0).sort(([, a], [, b]) => b.worst - a.worst);
  for (const [name, { times, sum, worst, long }] of all) {
    const figures = [String(times).padStart(9), (sum / times).toFixed(2).padStart(8), worst.toFixed(1).padStart(9)];
    console.log(`${name.padEnd(28)} ${figures.join(' ')}   ${long}`);
  }
}

async function costs() {
  console.log('\nwhat a call costs, awaited');
  const board = await coview.Mapping.create('bench board', 4096);
  const mutex = await coview.Mutex.create('bench lock');
  const event = await coview.Event.create('bench event');
  const queue = await coview.Queue.create('bench queue', 1 << 20);
  const bytes = new Uint8Array(64);
  await timed('create and close a mapping of 4 KiB', 2000, async () => (await coview.Mapping.create('bench made', 4096)).close());
  await timed('open and close it', 2000, async () => (await coview.Mapping.open('bench board')).close());
  await timed('map and close a view', 2000, () => board.view().close());
  await timed('lock and release a mutex', 5000, async () => (await mutex.lock()).release());
  await timed('set an event and wait for it', 20000, () => (event.set(), event.wait()));
  await timed('send and receive 64 B', 20000, async () => {
    await queue.send(bytes);
    const message = await queue.receive();
    void message.bytes[0];
    message.release();
  });
  const topic = await coview.Topic.create('bench frames', 512 << 20);
  const publisher = await topic.publisher();
  const subscription = await topic.subscribe();
  for (const size of [64, 100 << 20]) {
    await timed(`a loan of ${size} B, published and received`, 2000, async () => {
      await (await publisher.loan(size)).publish();
      const message = await subscription.receive();
      void message.bytes[0];
      message.release();
    });
  }
  await Promise.all([board, mutex, event, queue, subscription, publisher, topic].map((each) => each.close()));
}

if (mine) {
  await loop();
  calls();
  await costs();
  fs.rmSync(root, { recursive: true });
} else {
  await publish();
}
