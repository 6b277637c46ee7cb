// SPDX-License-Identifier: Apache-2.0
'use strict';

const { performance } = require('node:perf_hooks');
const native = require('./native');
const { MAKING, Named, Opened, WAYS, count, creation, flag, nameOf, small } = require('./named');
const { breathe, settled, timeoutOf, wait } = require('./waiting');

/** A received message. Its bytes can be seen until it is released, which the next turn of a `for await` does. */
class Message {
  #handle;
  #bytes;

  constructor(handle) {
    this.#handle = handle;
    this.sequence = handle.sequence;
    this.lost = handle.lost;
    this.deaths = handle.deaths;
  }

  get redelivered() {
    return this.deaths > 0;
  }

  get bytes() {
    if (this.#handle === undefined) throw new TypeError('the message was released');
    return (this.#bytes ??= new Uint8Array(native.messageBuffer(this.#handle)));
  }

  get released() {
    return this.#handle === undefined;
  }

  /** A copy, which stays. */
  copy() {
    return this.bytes.slice();
  }

  toString(encoding = 'utf8') {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return Buffer.from(buffer, byteOffset, byteLength).toString(encoding);
  }

  release() {
    if (this.#handle === undefined) return;
    if (this.#bytes !== undefined) native.detach(this.#bytes.buffer);
    native.releaseMessage(this.#handle);
    this.#handle = this.#bytes = undefined;
  }
}

/** Memory for one message, to be filled in place and published. */
class Slot {
  #handle;
  #bytes;
  #turns;

  constructor([handle, buffer], turns) {
    this.#handle = handle;
    this.#bytes = new Uint8Array(buffer);
    this.#turns = turns;
  }

  get bytes() {
    if (this.#bytes === undefined) throw new TypeError('the slot was published or released');
    return this.#bytes;
  }

  async publish(length, options) {
    const bytes = this.bytes;
    const handle = this.#handle;
    const size = count('length', length, bytes.byteLength);
    options?.signal?.throwIfAborted();
    native.detach(bytes.buffer);
    this.#bytes = undefined;
    try {
      if (await this.#turns.take(() => wait(options, (timeout) => native.publishSlot(handle, size, timeout)))) {
        native.releaseSlot(handle);
        this.#handle = undefined;
        return true;
      }
      return false;
    } finally {
      if (this.#handle !== undefined) this.#bytes = new Uint8Array(native.slotBuffer(handle));
    }
  }

  release() {
    if (this.#handle === undefined || this.#bytes === undefined) return;
    native.detach(this.#bytes.buffer);
    native.releaseSlot(this.#handle);
    this.#handle = this.#bytes = undefined;
  }
}

/** One after another: what the native part allows one thread at a time. */
class Turns {
  #last = Promise.resolve();
  busy = 0;

  async take(run) {
    const before = this.#last;
    let leave;
    this.#last = new Promise((resolve) => (leave = resolve));
    this.busy += 1;
    try {
      await before;
      return await run();
    } finally {
      this.busy -= 1;
      leave();
    }
  }
}

/** How much is copied in the event loop at a time: some 20 µs of it. */
const CHUNK = 128 << 10;
/** The bytes that are many, as a Uint8Array; undefined where they are few, or none at all, which the native part says. */
function many(bytes) {
  if (typeof bytes === 'string') return bytes.length > CHUNK ? Buffer.from(bytes) : undefined;
  if (!(bytes?.byteLength > CHUNK)) return undefined;
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : undefined;
}

/** Fills a slot a chunk a turn of the event loop, and publishes it. */
async function sendMany(queue, handle, bytes, size, { signal, timeout }) {
  const until = timeout < 0 ? Infinity : performance.now() + timeout;
  const left = () => ({ signal, timeout: Math.max(0, until - performance.now()) });
  // Not shown to JavaScript: V8 would take its size for garbage to be collected soon.
  const made = await wait(left(), (time) => native.loan(queue, handle, size, time, false));
  if (!made) return false;
  const [slot] = made;
  try {
    for (let at = 0; at < size; at += CHUNK) {
      if (bytes.length !== size) throw new TypeError('the bytes were taken away while they were sent');
      native.fillSlot(slot, at, bytes.subarray(at, at + CHUNK));
      await breathe();
      signal?.throwIfAborted();
    }
    return Boolean(await wait(left(), (time) => native.publishSlot(slot, size, time)));
  } finally {
    native.releaseSlot(slot);
  }
}

async function send(queue, handle, turns, bytes, options) {
  const { signal } = options ?? {};
  signal?.throwIfAborted();
  const timeout = timeoutOf(options);
  const large = many(bytes);
  if (large) {
    const size = large.length; // as it is now: it is another one where somebody takes the bytes away meanwhile
    return turns.take(() => sendMany(queue, handle, large, size, { signal, timeout }));
  }
  if (turns.busy === 0 && native.trySend(queue, handle, bytes)) {
    await breathe();
    return true;
  }
  return turns.take(() => settled(native.send(queue, handle, bytes, timeout), signal));
}

async function loan(queue, handle, turns, size, options) {
  const bytes = count('size', size);
  return turns.take(async () => {
    const made = await wait(options, (timeout) => native.loan(queue, handle, bytes, timeout, true));
    return made ? new Slot(made, turns) : null;
  });
}

/** Receives for tasks of this process, in the order in which they asked. */
class Receiver {
  #queue;
  #handle;
  #waiters = [];
  #watch;
  #watching = false;

  constructor(queue, handle) {
    this.#queue = queue;
    this.#handle = handle;
  }

  tryReceive() {
    const handle = native.tryReceive(this.#queue, this.#handle);
    return handle === undefined ? null : new Message(handle);
  }

  /** What the event loop could not see, for want of a lock: what receivers had who died. */
  async #askAgain() {
    const handle = this.#queue ? await native.askQueue(this.#handle) : undefined;
    return handle === undefined ? null : new Message(handle);
  }

  async receive(options) {
    const { signal } = options ?? {};
    signal?.throwIfAborted();
    const timeout = timeoutOf(options);
    if (this.#waiters.length === 0) {
      const message = this.tryReceive();
      if (message !== null || timeout === 0) {
        await breathe();
        return message ?? this.#askAgain();
      }
    } else if (timeout === 0) {
      return null;
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, timer: undefined, signal, abort: undefined };
      if (timeout > 0) waiter.timer = setTimeout(() => this.#leave(waiter, () => resolve(null)), timeout);
      if (signal) {
        waiter.abort = () => this.#leave(waiter, () => reject(signal.reason));
        signal.addEventListener('abort', waiter.abort, { once: true });
      }
      this.#waiters.push(waiter);
      try {
        this.#start();
      } catch (error) {
        this.#leave(waiter, () => reject(error));
      }
    });
  }

  #leave(waiter, settle) {
    const place = this.#waiters.indexOf(waiter);
    if (place < 0) return;
    this.#waiters.splice(place, 1);
    clearTimeout(waiter.timer);
    if (waiter.abort) waiter.signal.removeEventListener('abort', waiter.abort);
    if (this.#waiters.length === 0) this.#stop();
    settle();
  }

  #start() {
    if (this.#watching) return;
    this.#watch ??= native.watch(this.#queue, this.#handle, () => this.#readable());
    native.startWatch(this.#watch);
    this.#watching = true;
  }

  #stop() {
    if (this.#watching) native.stopWatch(this.#watch);
    this.#watching = false;
  }

  #readable() {
    while (this.#waiters.length > 0) {
      const [first] = this.#waiters;
      let message;
      try {
        message = this.tryReceive();
      } catch (error) {
        this.#leave(first, () => first.reject(error));
        continue;
      }
      if (message === null) return;
      this.#leave(first, () => first.resolve(message));
    }
  }

  async *messages(options) {
    for (;;) {
      const message = await this.receive(options);
      if (message === null) return;
      try {
        yield message;
      } finally {
        message.release();
      }
    }
  }

  end() {
    for (const waiter of [...this.#waiters]) {
      this.#leave(waiter, () => waiter.reject(Object.assign(new Error('it was closed'), { code: 'EBADF', errno: -9 })));
    }
    if (this.#watch !== undefined) native.endWatch(this.#watch);
    this.#watch = undefined;
  }
}

/** What queues and topics share. `_opener` is the native part's call, and `_special` the option that only one has. */
class Channel extends Named {
  static async #open(way, name, capacity, options = {}) {
    const { messages, participants, type, typeSize, typeVersion } = options;
    const handle = await native[this._opener](
      WAYS[way],
      nameOf(name),
      ...creation(options),
      capacity,
      count('messages', messages, 0),
      small('participants', participants, 0),
      type === undefined || type === null ? null : nameOf(type),
      count('typeSize', typeSize, 0),
      small('typeVersion', typeVersion, 0),
      flag('lockInMemory', options.lockInMemory),
      flag(this._special, options[this._special]),
    );
    return new this(MAKING, handle);
  }

  static async create(name, capacity, options) {
    return Channel.#open.call(this, 'create', name, count('capacity', capacity), options);
  }

  static async open(name, options) {
    return Channel.#open.call(this, 'open', name, 0, options);
  }

  static async openOrCreate(name, capacity, options) {
    return Channel.#open.call(this, 'openOrCreate', name, count('capacity', capacity), options);
  }

  get capacity() {
    return this._handle.capacity;
  }

  get largest() {
    return this._handle.largest;
  }
}

/** The class whose handles are received from as well: a queue's, or a subscription's. */
const receiving = (Base, queue) =>
  class extends Base {
    #receiver;

    constructor(token, handle) {
      super(token, handle);
      this.#receiver = new Receiver(queue, handle);
    }

    async receive(options) {
      void this._handle;
      return this.#receiver.receive(options);
    }

    messages(options) {
      void this._handle;
      return this.#receiver.messages(options);
    }

    [Symbol.asyncIterator]() {
      return this.messages();
    }

    close() {
      if (!this.closed) this.#receiver.end();
      return super.close();
    }
  };

class Queue extends receiving(Channel, true) {
  static _kind = 'queue';
  static _letter = 'q';
  static _opener = 'openQueue';
  static _special = 'dropOnDeath';
  #turns = new Turns();

  get depth() {
    return native.queueDepth(this._handle);
  }

  async send(bytes, options) {
    return send(true, this._handle, this.#turns, bytes, options);
  }

  async loan(size, options) {
    return loan(true, this._handle, this.#turns, size, options);
  }
}

/** A promise of a subscription, which `for await` takes as well, and closes at its end. */
function iterable(promise) {
  return Object.assign(promise, {
    async *[Symbol.asyncIterator]() {
      const subscription = await promise;
      try {
        yield* subscription.messages();
      } finally {
        await subscription.close();
      }
    },
  });
}

class Topic extends Channel {
  static _kind = 'topic';
  static _opener = 'openTopic';
  static _special = 'subscribersMayBlock';

  get published() {
    return native.topicPublished(this._handle);
  }

  async publisher() {
    return new Publisher(MAKING, await native.openPublisher(this._handle));
  }

  subscribe(options) {
    return iterable(this.#subscribe(options));
  }

  async #subscribe({ from = 'now', slow = 'lags' } = {}) {
    if (from !== 'now' && from !== 'oldest') throw new TypeError("from is 'now' or 'oldest'");
    if (slow !== 'lags' && slow !== 'blocks') throw new TypeError("slow is 'lags' or 'blocks'");
    return new Subscription(MAKING, await native.openSubscription(this._handle, from === 'oldest', slow === 'blocks'));
  }

  latest() {
    const handle = native.latest(this._handle);
    return handle === undefined ? null : new Message(handle);
  }

  evict(participant) {
    return native.evict(this._handle, participant === undefined ? -1 : small('participant', participant));
  }
}

/** What publishers and subscriptions share: no name of their own. */
class Part extends Opened {
  static _makers = 'Topic.publisher or Topic.subscribe';
}

class Publisher extends Part {
  #turns = new Turns();

  async publish(bytes, options) {
    return send(false, this._handle, this.#turns, bytes, options);
  }

  async loan(size, options) {
    return loan(false, this._handle, this.#turns, size, options);
  }
}

class Subscription extends receiving(Part, false) {
  static _letter = 'b';

  get lost() {
    return native.subscriptionLost(this._handle);
  }

  get blocks() {
    return native.subscriptionBlocks(this._handle);
  }
}

module.exports = { Message, Publisher, Queue, Slot, Subscription, Topic };
