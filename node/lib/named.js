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
  return name;
}

/** A number of bytes and the like. */
function count(what, value, otherwise) {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (typeof value === 'bigint') value = Number(value);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what} is a whole number, and not negative`);
  return value;
}

module.exports = { MAKING, Named, Opened, WAYS, closed, count, nameOf };
