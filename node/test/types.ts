// SPDX-License-Identifier: Apache-2.0
// What tsc has to accept, and, where it says so, to refuse. It is compiled and not run.
import * as coview from '../index';

export async function accepted(): Promise<void> {
  const mapping: coview.Mapping = await coview.Mapping.openOrCreate('board', 4096n, { mode: 0o640 });
  const view = await mapping.map({ offset: 8, prefault: true });
  const bytes: Uint8Array = view.bytes;
  await view.close();

  const mutex = await coview.Mutex.create('lock');
  const lock: coview.Lock = await mutex.lock();
  const late: coview.Lock | null = await mutex.lock({ timeout: 1 });
  const abandoned: boolean = lock.abandoned || (late?.abandoned ?? false);
  const length: number = await mutex.with(() => bytes.length, { signal: new AbortController().signal });

  const event = await coview.Event.create('go', { manual: true });
  const slots = await coview.Semaphore.create('slots', { initial: 1 });
  const timer = await coview.Timer.openOrCreate('tick');
  timer.setAt(new Date(), length);
  const taken = await coview.waitAny([mutex, event, slots, timer], { timeout: 1 });
  if (taken !== null) await taken.lock?.release();

  const queue = await coview.Queue.open('jobs', { type: 'job' });
  const sent: boolean = (await queue.send(new Float32Array(3))) && (await queue.send('text', { timeout: 0 }));
  for await (const message of queue.messages({ timeout: abandoned || sent ? 1 : 2 })) {
    const copy: Uint8Array = message.copy();
    console.log(copy, message.deaths);
  }
  const topic = await coview.Topic.create('news', 1 << 16, { subscribersMayBlock: true });
  const slot = await (await topic.publisher()).loan(100);
  slot.bytes.fill(1);
  await slot.publish(50);
  for await (const message of topic.subscribe({ from: 'oldest' })) console.log(message.lost);
  const { participants } = await coview.channelStatus('news');
  console.log(participants[0].lag, (await coview.list()).map((each) => each.kind));
}

export async function refused(): Promise<void> {
  // @ts-expect-error a size is a number
  await coview.Mapping.create('board', '4096');
  // @ts-expect-error null: time was up
  (await (await coview.Mutex.open('lock')).lock({ timeout: 1 })).release();
  // @ts-expect-error how many at first must be said
  await coview.Semaphore.create('slots', {});
  // @ts-expect-error a topic is received from by its subscriptions
  await (await coview.Topic.open('news')).receive();
  // @ts-expect-error no mapping can be waited for
  await coview.waitAny([await coview.Mapping.open('board')]);
  // @ts-expect-error it is made by Mapping.view
  new coview.View();
}
