// SPDX-License-Identifier: Apache-2.0
'use strict';

const native = require('./native');

const WAYS = { create: 0, open: 1, openOrCreate: 2, file: 3, anonymous: 4 };
const MAKING = Symbol('making');

/** Gives a handle back. What detached buffers had of it goes in the event loop's next turn, and it goes last. */
async function closed(handle) {
  await new Promise((resolve) => setImmediate(resolve));
  await native.close(handle);
}

/** What all that is opened has: a handle, until it is closed. */
class Opened {
  #handle;
  #closing;

  constructor(token, handle) {
    if (token !== MAKING) throw new TypeError(`it is made by ${this.constructor._makers}`);
    this.#handle = handle;
  }

  /** The native part's; a TypeError where it is closed. */
  get _handle() {
    if (this.#handle === undefined) throw new TypeError(`the ${this.constructor.name.toLowerCase()} is closed`);
    return this.#handle;
  }

  get closed() {
    return this.#handle === undefined;
  }

  close() {
    if (this.#handle !== undefined) {
      const handle = this.#handle;
      this.#handle = undefined;
      this.#closing = closed(handle);
    }
    return this.#closing;
  }
}
// With `await using`, where the language has it.
Object.defineProperty(Opened.prototype, Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose'), {
  value() {
    return this.close();
  },
});

/** What all objects with a name have. */
class Named extends Opened {
  static _makers = 'create, open or openOrCreate';

  get name() {
    return this._handle.name;
  }

  get created() {
    return this._handle.created;
  }

  get stillNamed() {
    return native[`${this.constructor._kind}StillNamed`](this._handle);
  }
}

function nameOf(name) {
  if (typeof name !== 'string') throw new TypeError('a name is a string');
  if (name.includes('\0')) throw new TypeError('a name has no NUL in it');
  return name;
}

/** Yes or no, and nothing else that JavaScript takes for one of them. */
function flag(what, value, otherwise = false) {
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw new TypeError(`${what} is true or false`);
  return value;
}

/** A number of bytes and the like. */
function count(what, value, otherwise, most = Number.MAX_SAFE_INTEGER) {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (typeof value === 'bigint') value = Number(value);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what} is a whole number, and not negative`);
  if (value > most) throw new RangeError(`${what} is at most ${most}`);
  return value;
}

/** A count where the native part has 32 bits for it. */
function small(what, value, otherwise) {
  return count(what, value, otherwise, 0xffffffff);
}

/** What all options for making an object have: permission bits, and whether it is permanent. */
function creation({ mode, permanent }) {
  return [small('mode', mode, 0o600), flag('permanent', permanent)];
}

module.exports = { MAKING, Named, Opened, WAYS, closed, count, creation, flag, nameOf, small };
