// SPDX-License-Identifier: Apache-2.0
// What calls cost in Node, awaited; see run. The argument: where the module is.
import { createRequire } from 'node:module';

const coview = createRequire(import.meta.url)(process.argv[2]);

/** The best of ten rounds, in nanoseconds a time. */
async function measure(what, times, deed) {
  let best = Infinity;
  for (let round = 0; round < 10; ++round) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < times; ++i) await deed();
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / times);
  }
  console.log(`${what} ${Math.round(best)}`);
}

const memory = await coview.Mapping.create('costs', 4096);
const view = memory.view();
const mutex = await coview.Mutex.create('costs.lock');
const event = await coview.Event.create('costs.event');
const queue = await coview.Queue.create('costs.queue', 1 << 16);
const message = new Uint8Array(64);
await measure('create', 500, async () => (await coview.Mapping.create('costs.new', 4096)).close());
await measure('open', 500, async () => (await coview.Mapping.open('costs')).close());
await measure('map', 2000, () => memory.view().close());
await measure('lock', 5000, async () => (await mutex.lock()).release());
await measure('signal', 20000, () => (event.set(), event.wait()));
await measure('send', 20000, async () => {
  await queue.send(message);
  (await queue.receive()).release();
});
const number = new BigInt64Array(view.buffer);
await measure('add', 20000, () => void Atomics.add(number, 0, 1n));
await Promise.all([view, memory, mutex, event, queue].map((each) => each.close()));
