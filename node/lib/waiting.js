// SPDX-License-Identifier: Apache-2.0
'use strict';

// What all waits have in common: timeouts in milliseconds, AbortSignals, and an event loop that goes on.
const { performance } = require('node:perf_hooks');
const native = require('./native');

const FOREVER = -1;
/** How long what is there at once may keep the event loop from its other work, in milliseconds. */
const TURN = 0.25;

function timeoutOf({ timeout } = {}) {
  if (timeout === undefined || timeout === null || timeout === Infinity) return FOREVER;
  if (typeof timeout !== 'number' || Number.isNaN(timeout)) throw new TypeError('timeout is a number of milliseconds');
  return Math.max(0, timeout);
}

let turnBegan = -1;

/**
 * Await this before going on with what was there at once: promises that are settled already would keep the event loop
 * from timers and I/O for as long as there are some.
 */
function breathe() {
  const now = performance.now();
  if (turnBegan < 0) {
    turnBegan = now;
    setImmediate(() => {
      turnBegan = -1;
    });
    return undefined;
  }
  if (now - turnBegan < TURN) return undefined;
  return new Promise((resolve) => setImmediate(resolve));
}

/** Settles as a wait of the native part, [promise, token], does; rejects with the signal's reason where that ends it. */
async function settled([promise, token], signal) {
  if (token === undefined) {
    const result = await promise;
    await breathe();
    return result;
  }
  if (!signal) return promise;
  const abort = () => native.cancel(token);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    const result = await promise;
    if (result === null) throw signal.reason;
    return result;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Starts a wait and sees it through; `start` gets the timeout as the native part has it. */
async function wait(options, start) {
  const signal = options?.signal;
  signal?.throwIfAborted();
  return settled(start(timeoutOf(options)), signal);
}

module.exports = { FOREVER, breathe, settled, timeoutOf, wait };
