// SPDX-License-Identifier: Apache-2.0
'use strict';

// Prints the settings that a program in C++ publishes: start this, and in another shell examples/configuration.cpp
// (`build/release/examples/example_configuration`), as often as you like. Ctrl-C ends it.
const coview = require('..');

// struct settings { int version; double threshold; char mode[16]; }, as the C++ program has it: its size is checked.
const SETTINGS = { type: 'settings', typeSize: 32, typeVersion: 1 };

function settingsOf({ bytes }) {
  const at = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mode = Buffer.from(bytes.subarray(16, 32)).toString();
  return { version: at.getInt32(0, true), threshold: at.getFloat64(8, true), mode: mode.slice(0, mode.indexOf('\0')) };
}

async function main() {
  const configuration = await coview.Topic.openOrCreate('configuration', 68 * 64, { messages: 4, ...SETTINGS });
  const changes = await configuration.subscribe();
  const inForce = configuration.latest();
  if (inForce) console.log('in force:', settingsOf(inForce));
  for await (const message of changes) {
    const { version, threshold, mode } = settingsOf(message);
    console.log(`version ${version}: threshold ${threshold}, ${mode}`);
  }
}

main();
