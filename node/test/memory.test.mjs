// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { collected, coview, files, Other } from './support.mjs';

test('two processes share a mapping, and its name goes with the last one', async () => {
  const board = await coview.Mapping.create('board', 4096);
  assert.deepEqual([board.name, board.size, board.created, board.writable, board.stillNamed], ['board', 4096, true, true, true]);
  const view = board.view();
  new DataView(view.buffer).setFloat64(8, 1.5, true);
  const other = new Other(`
    const board = await coview.Mapping.open('board');
    const view = new DataView(board.view().buffer);
    view.setFloat64(16, view.getFloat64(8, true) + 1, true);
    say('written');`);
  assert.equal(await other.hear(), 'written');
  assert.equal(new DataView(view.buffer).getFloat64(16, true), 2.5);
  await board.close();
  assert.equal((await coview.stat('board')).kind, 'mapping', 'the view keeps it');
  await view.close();
  assert.equal((await coview.stat('board')).kind, 'mapping', 'and so does the other process');
  await other.kill();
  await assert.rejects(coview.Mapping.open('board'), { code: 'ENOENT', errno: -2, message: /'board': nobody holds it/ });
});

test('what was closed is gone, however large it was', async () => {
  for (const size of [4096, 4 << 20]) {
    for (let i = 0; i < 20; ++i) {
      const board = await coview.Mapping.create('again and again', size);
      const view = board.view();
      view.bytes[size - 1] = 1;
      await board.close();
      await view.close();
      assert.equal(files().some((name) => name.startsWith('again')), false);
    }
  }
});

test('a closed view shows nothing', async () => {
  const board = await coview.Mapping.anonymous(100);
  const view = board.view({ offset: 10, length: 20 });
  const { bytes, buffer } = view;
  assert.equal(bytes.length, 20);
  bytes[19] = 7;
  assert.equal(board.view().bytes[29], 7);
  await view.close();
  await view.close();
  assert.deepEqual([buffer.byteLength, bytes.length, bytes[19], view.closed], [0, 0, undefined, true]);
  assert.throws(() => view.buffer, /closed/);
  await assert.rejects(view.flush(), /closed/);
  assert.throws(() => board.view({ offset: 90, length: 20 }), { code: 'ERANGE' });
  assert.throws(() => board.view({ offset: -1 }), RangeError);
  await board.close();
  assert.throws(() => board.view(), /closed/);
  assert.throws(() => board.size, /closed/);
});

test('a buffer outlives its view and its mapping where it was handed on', async () => {
  const board = await coview.Mapping.create('kept', 4096);
  const { buffer } = board.view();
  new Uint8Array(buffer)[0] = 42;
  await board.close();
  global.gc();
  await new Promise(setImmediate);
  assert.equal(new Uint8Array(buffer)[0], 42);
  assert.deepEqual((await coview.list()).map((each) => each.name), ['kept']);
});

test('what is collected is given back', async () => {
  await (async () => {
    const board = await coview.Mapping.create('collected', 4 << 20, { reserve: true });
    board.view().bytes[0] = 1;
  })();
  await collected(() => files().every((name) => !name.startsWith('collected')));
});

test('what may only be read is not written to', async () => {
  const board = await coview.Mapping.create('read', 64);
  const reader = await coview.Mapping.open('read', { access: 'r' });
  const view = reader.view();
  view.bytes[0] = 9;
  assert.equal(board.view().bytes[0], 0);
  board.view().bytes[1] = 5;
  assert.equal(reader.view().bytes[1], 5);
  assert.equal(reader.writable, false);
  await Promise.all([board.close(), reader.close()]);
});

test('atomics work across processes', async () => {
  const board = await coview.Mapping.create('count', 64);
  const number = new Int32Array(board.view().buffer);
  const code = `
    const number = new Int32Array((await coview.Mapping.open('count')).view().buffer);
    for (let i = 0; i < 20000; ++i) Atomics.add(number, 0, 1);
    say('done');`;
  const others = [new Other(code), new Other(code)];
  for (const each of others) assert.equal(await each.hear(), 'done');
  assert.equal(Atomics.load(number, 0), 40000);
  for (const each of others) await each.kill();
});

test('files are mapped, flushed and copied', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'coview-node-'));
  try {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '0123456789');
    const mapping = await coview.Mapping.file(file, { name: 'of a file' });
    assert.deepEqual([mapping.size, mapping.name], [10, 'of a file']);
    const view = mapping.view();
    view.bytes[0] = 65;
    await view.flush();
    assert.equal(fs.readFileSync(file, 'utf8'), 'A123456789');
    await view.close();
    await mapping.close();
    const report = await coview.copyFile(file, `${file}.copy`, { verify: 'read-back' });
    assert.deepEqual([report.bytes, report.verified, report.hash.length], [10, true, 32]);
    await assert.rejects(coview.copyFile(file, `${file}.copy`, { existing: 'refuse' }), { code: 'EEXIST' });
    await assert.rejects(coview.copyFile(file, 'x', { verify: 'perhaps' }), /verify is one of/);
    await assert.rejects(coview.Mapping.file(`${file}.missing`), { code: 'ENOENT' });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('what exists is listed, looked at and removed', async () => {
  const kept = await coview.Mapping.create('permanent', 100, { permanent: true, mode: 0o640 });
  const all = await coview.list();
  const seen = all.find((each) => each.name === 'permanent');
  assert.deepEqual(
    [seen.kind, seen.state, seen.mode, seen.size, seen.permanent, seen.creator, seen.owner],
    ['mapping', 'held', 0o640, 100, true, process.pid, process.geteuid()],
  );
  assert.ok(Math.abs(seen.created - Date.now()) < 60_000);
  const holders = await coview.holders('permanent');
  assert.deepEqual([holders.held, holders.processes[0].pid], [true, process.pid]);
  assert.equal(typeof holders.complete, 'boolean'); // false in a container, from which not all processes are seen
  assert.equal(await coview.remove('permanent'), false);
  await kept.close();
  await assert.rejects(coview.stat('permanent'), { code: 'ENOENT' });
  assert.equal(await coview.reclaim(), 0);
});

test('wrong arguments are TypeErrors and RangeErrors', async () => {
  await assert.rejects(coview.Mapping.create(1, 64), TypeError);
  await assert.rejects(coview.Mapping.create('x', -1), RangeError);
  await assert.rejects(coview.Mapping.create('x', 1.5), RangeError);
  await assert.rejects(coview.Mapping.open('x', { access: 'w' }), TypeError);
  await assert.rejects(coview.Mapping.create('x', 0), { code: 'EINVAL' });
  assert.throws(() => new coview.Mapping(), TypeError);
  assert.throws(() => new coview.View(), TypeError);
  await assert.rejects(coview.stat(7), TypeError);
});
