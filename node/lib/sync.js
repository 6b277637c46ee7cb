// SPDX-License-Identifier: Apache-2.0
'use strict';

const native = require('./native');
const { MAKING, Named, Opened, WAYS, count, creation, flag, nameOf, small } = require('./named');
const { settled, timeoutOf, wait } = require('./waiting');

/** create, open and openOrCreate of a class that `call` opens with the arguments that `more` makes of options. */
function openers(cls, call, more) {
  for (const way of ['create', 'open', 'openOrCreate']) {
    cls[way] = async function (name, options = {}) {
      const handle = await native[call](WAYS[way], nameOf(name), ...creation(options), ...more(options, way));
      return new this(MAKING, handle);
    };
  }
}

/** The mutex, owned: whoever has it releases it, once. */
class Lock {
  #release;

  constructor(abandoned, release) {
    this.abandoned = abandoned;
    this.#release = release;
  }

  async release() {
    const release = this.#release;
    if (!release) throw Object.assign(new Error('the lock was released already'), { code: 'EPERM', errno: -1 });
    this.#release = undefined;
    return release();
  }
}
Object.defineProperty(Lock.prototype, Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose'), {
  value() {
    return this.release();
  },
});

class Mutex extends Named {
  static _kind = 'mutex';
  static _letter = 'm';
  // Tasks of this process that want it, one after another: the last one's end.
  #last = Promise.resolve();
  #users = 0;

  get locked() {
    return this.#users > 0;
  }

  /** Resolves when those before have left, or false when time was up before. */
  async #turn(timeout, signal, before) {
    if (this.#users === 1) return true;
    let timer;
    let abort;
    const ends = [before.then(() => true)];
    if (timeout >= 0) ends.push(new Promise((resolve) => (timer = setTimeout(resolve, timeout, false))));
    if (signal) {
      ends.push(new Promise((_, reject) => {
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
      }));
    }
    try {
      return await Promise.race(ends);
    } finally {
      clearTimeout(timer);
      if (abort) signal.removeEventListener('abort', abort);
    }
  }

  async lock(options = {}) {
    const { signal } = options;
    signal?.throwIfAborted();
    const handle = this._handle;
    const timeout = timeoutOf(options);
    const began = performance.now();
    const before = this.#last;
    let leave;
    this.#last = Promise.all([before, new Promise((resolve) => (leave = resolve))]);
    this.#users += 1;
    const left = () => {
      this.#users -= 1;
      leave();
    };
    try {
      if (!(await this.#turn(timeout, signal, before))) {
        left();
        return null;
      }
      const more = timeout < 0 ? timeout : Math.max(0, timeout - (performance.now() - began));
      const got = await settled(native.acquireMutex(handle, more), signal);
      if (got === 'timed out') {
        left();
        return null;
      }
      return this.#lock(handle, got === 'abandoned', left);
    } catch (error) {
      left();
      throw error;
    }
  }

  #lock(handle, abandoned, left) {
    return new Lock(abandoned, async () => {
      try {
        await native.releaseMutex(handle)[0];
      } finally {
        left();
      }
    });
  }

  /** Runs a function while it is owned; what that returns or throws. */
  async with(run, options) {
    const lock = await this.lock(options);
    if (lock === null) throw Object.assign(new Error('the mutex could not be had in time'), { code: 'ETIMEDOUT', errno: -110 });
    try {
      return await run(lock);
    } finally {
      await lock.release();
    }
  }

  close() {
    if (this.#users > 0 && !this.closed) {
      return Promise.reject(Object.assign(new Error('the mutex is in use: release it first'), { code: 'EBUSY', errno: -16 }));
    }
    return super.close();
  }

  // Of a wait for several, which has taken it.
  _take() {
    if (this.#users > 0) throw Object.assign(new Error('a mutex that is in use here cannot be waited for with others'), { code: 'EBUSY', errno: -16 });
    let leave;
    this.#last = new Promise((resolve) => (leave = resolve));
    this.#users += 1;
    const left = () => {
      this.#users -= 1;
      leave();
    };
    return { left, lock: (abandoned) => this.#lock(this._handle, abandoned, left) };
  }
}
openers(Mutex, 'openMutex', () => []);

class Event extends Named {
  static _kind = 'event';
  static _letter = 'e';

  get manual() {
    return this._handle.manual;
  }

  set() {
    native.setEvent(this._handle);
  }

  clear() {
    native.clearEvent(this._handle);
  }

  pulse() {
    native.pulseEvent(this._handle);
  }

  async wait(options) {
    return wait(options, (timeout) => native.waitFor('e', this._handle, timeout));
  }
}
openers(Event, 'openEvent', ({ set, manual }) => [flag('set', set), Number(flag('manual', manual))]);

class Semaphore extends Named {
  static _kind = 'semaphore';
  static _letter = 's';

  get count() {
    return native.semaphoreCount(this._handle);
  }

  get maximum() {
    return this._handle.maximum;
  }

  async acquire(options) {
    return wait(options, (timeout) => native.waitFor('s', this._handle, timeout));
  }

  release(permits = 1) {
    return native.releaseSemaphore(this._handle, count('permits', permits));
  }
}
openers(Semaphore, 'openSemaphore', ({ initial, maximum = 2147483647 }, way) =>
  way === 'open' ? [false, 0, 0] : [false, small('initial', initial), small('maximum', maximum)],
);

function milliseconds(what, value) {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'number' || !(Math.abs(value) < 9.2e12)) throw new RangeError(`${what} is a number of milliseconds`);
  return value;
}

class Timer extends Named {
  static _kind = 'timer';
  static _letter = 't';

  get manual() {
    return this._handle.manual;
  }

  get dueIn() {
    return native.timerDueIn(this._handle);
  }

  set(after, period = 0) {
    native.setTimer(this._handle, milliseconds('after', after), milliseconds('period', period), false);
  }

  setAt(when, period = 0) {
    native.setTimer(this._handle, milliseconds('when', when), milliseconds('period', period), true);
  }

  cancel() {
    native.cancelTimer(this._handle);
  }

  async wait(options) {
    return wait(options, (timeout) => native.waitFor('t', this._handle, timeout));
  }
}
openers(Timer, 'openTimer', ({ manual }) => [false, Number(flag('manual', manual))]);

/** Waits for one or all of `objects`: { index, abandoned, lock } or null when time was up. */
async function several(all, objects, options) {
  const list = [...objects];
  if (list.length < 1 || list.length > 64) throw new RangeError('1 to 64 objects can be waited for');
  const letters = list.map((each) => (each instanceof Opened ? each.constructor._letter : undefined));
  if (letters.includes(undefined)) {
    throw new TypeError('only a Mutex, Event, Semaphore, Timer, Queue or Subscription can be waited for');
  }
  const mutexes = list.filter((each) => each instanceof Mutex);
  if (mutexes.length > 1) throw new TypeError('one Mutex at most can be waited for: each is owned by a thread of its own');
  const handles = list.map((each) => each._handle);
  options?.signal?.throwIfAborted();
  const taken = mutexes[0]?._take();
  let got = false;
  try {
    got = await wait(options, (timeout) => native.waitSeveral(all, timeout, letters.join(''), handles));
  } finally {
    if (taken && !(got && (all || list[got.index] === mutexes[0]))) taken.left();
  }
  if (!got) return null;
  const lock = taken && (all || list[got.index] === mutexes[0]) ? taken.lock(got.abandoned) : undefined;
  return { index: all ? 0 : got.index, abandoned: got.abandoned, lock };
}

async function waitAny(objects, options) {
  return several(false, objects, options);
}

async function waitAll(objects, options) {
  return several(true, objects, options);
}

module.exports = { Event, Lock, Mutex, Semaphore, Timer, waitAll, waitAny };
