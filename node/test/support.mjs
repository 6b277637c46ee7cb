// SPDX-License-Identifier: Apache-2.0
// What the tests share: a root of their own, empty again at the end, and other processes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const home = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const coview = createRequire(import.meta.url)('../index.js');

// After that, which fails where it was not built.
const root = fs.mkdtempSync('/dev/shm/coview-node-');
process.env.COVIEW_ROOT = root;

/** What stands below the root. */
export function files() {
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => each.name);
}

/** Lets finalizers run until `holds`, and fails where that never comes. */
export async function collected(holds) {
  for (let i = 0; i < 200 && !holds(); ++i) {
    global.gc();
    await new Promise(setImmediate);
  }
  assert.ok(holds());
}

after(async () => {
  await coview.reclaim(); // what tests have killed is found by whoever comes next
  try {
    await collected(() => files().length === 0);
  } catch {
    assert.fail(`left behind: ${files()}`);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});

/** Another process that runs this code, with `coview` and `say` at hand, until it is killed. */
export class Other {
  #process;
  #lines;

  constructor(code) {
    const program = `const coview = require(${JSON.stringify(home)});
      const say = (line) => process.stdout.write(line + '\\n');
      process.stdin.on('end', () => process.exit(0)).resume();
      (async () => { ${code} })().catch((error) => say(error.stack));`;
    this.#process = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = (async function* (stream) {
      let rest = '';
      for await (const part of stream.setEncoding('utf8')) {
        const lines = (rest + part).split('\n');
        rest = lines.pop();
        yield* lines;
      }
    })(this.#process.stdout);
  }

  get pid() {
    return this.#process.pid;
  }

  async hear() {
    return (await this.#lines.next()).value;
  }

  async kill() {
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
