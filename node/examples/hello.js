// SPDX-License-Identifier: Apache-2.0
'use strict';

// Run it in two terminals: each tells how many came before it. The memory goes with the last one.
const coview = require('..');

async function main() {
  const view = (await coview.Mapping.openOrCreate('MySharedMem', 4096)).view();
  const number = new BigUint64Array(view.buffer);
  const lock = await coview.Mutex.openOrCreate('MySharedMem.lock');
  await lock.with(({ abandoned }) => {
    if (abandoned) number[0] = 0n; // its owner was killed: what it wrote may be half done
    console.log(`${number[0]} came before me; Enter ends this`);
    number[0] += 1n;
  });
  process.stdin.once('data', () => process.exit()).once('end', () => process.exit());
}

main();
