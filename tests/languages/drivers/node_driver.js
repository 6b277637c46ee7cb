// SPDX-License-Identifier: Apache-2.0
'use strict';

// The driver of Node for tests/languages/conform; README.md beside this folder has the protocol.
//   node node_driver.js FOLDER-OF-THE-PACKAGE
const { errno } = require('node:os').constants;
const readline = require('node:readline');
const coview = require(require('node:path').resolve(process.argv[2]));

class Refused extends Error {
  constructor(number, message) {
    super(message);
    this.errno = -number;
  }
}

/** `size=8 id:u32@0 kind:u8@4`. */
class Schema {
  static #access = {
    u8: 'Uint8',
    i8: 'Int8',
    u16: 'Uint16',
    i16: 'Int16',
    u32: 'Uint32',
    i32: 'Int32',
    u64: 'BigUint64',
    i64: 'BigInt64',
    f32: 'Float32',
    f64: 'Float64',
  };
  static #little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

  constructor(text) {
    const [size, ...fields] = text.split(' ');
    this.size = Number(size.split('=')[1]);
    this.fields = fields.map((field) => {
      const [, name, type, offset] = /^(.*):(.*)@(.*)$/.exec(field);
      return { name, access: Schema.#access[type], offset: Number(offset) };
    });
  }

  pack(values) {
    const given = Object.fromEntries(values.split(' ').map((each) => each.split('=')));
    const view = new DataView(new ArrayBuffer(this.size));
    for (const { name, access, offset } of this.fields) {
      const value = access.startsWith('Big') ? BigInt(given[name]) : Number(given[name]);
      view[`set${access}`](offset, value, Schema.#little);
    }
    return new Uint8Array(view.buffer);
  }

  unpack(bytes) {
    if (bytes.byteLength !== this.size) throw new Refused(errno.EBADMSG, `${bytes.byteLength} bytes are no message of ${this.size}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.fields.map(({ name, access, offset }) => `${name}=${view[`get${access}`](offset, Schema.#little)}`).join(' ');
  }
}

const handles = new Map();
const views = new Map();
const publishers = new Map();
const locks = new Map();

function waiting({ timeout = -1 }) {
  return timeout < 0 ? {} : { timeout };
}

function answer(result, more = {}) {
  return { result, ...more };
}

function inTime(done) {
  return answer(done ? 'ok' : 'timed out');
}

function contentOf(request) {
  return request.schema === undefined ? Buffer.from(request.bytes, 'hex') : new Schema(request.schema).pack(request.values);
}

function received(request, message) {
  const { sequence, deaths, lost, bytes } = message;
  const content =
    request.schema === undefined
      ? { bytes: Buffer.from(bytes).toString('hex') }
      : { values: new Schema(request.schema).unpack(bytes) };
  return answer('ok', { sequence, deaths, lost, ...content });
}

function releasing(request, message) {
  try {
    return received(request, message);
  } finally {
    message.release();
  }
}

/** Bytes of a mapping, from the request's offset on. */
function memory(request, length) {
  return views.get(request.as).bytes.subarray(request.offset, request.offset + length);
}

function store(request, bytes) {
  if (!handles.get(request.as).writable) throw new Refused(errno.EACCES, 'the mapping was opened to read');
  memory(request, bytes.byteLength).set(bytes);
  return answer('ok');
}

const OPTIONS = {
  mapping: ({ access, size }, way) => (way === 'open' ? [{ access: access ?? 'rw' }] : [size]),
  mutex: () => [],
  event: ({ kind, set }) => [{ manual: kind === 'manual', set: set === 1 }],
  semaphore: ({ initial, maximum }) => [{ initial, maximum }],
  queue: channel,
  topic: channel,
};
function channel({ capacity, messages, type, type_size: typeSize, type_version: typeVersion }, way) {
  const options = { messages, type, typeSize, typeVersion };
  return way === 'open' ? [options] : [capacity, options];
}
const CLASSES = {
  mapping: coview.Mapping,
  mutex: coview.Mutex,
  event: coview.Event,
  semaphore: coview.Semaphore,
  queue: coview.Queue,
  topic: coview.Topic,
};
const WAYS = { create: 'create', open: 'open', open_or_create: 'openOrCreate' };

async function open(kind, way, request) {
  const object = await CLASSES[kind][WAYS[way]](request.name, ...OPTIONS[kind](request, way));
  handles.set(request.as, object);
  const more = { created: Number(object.created) };
  if (kind === 'mapping') {
    views.set(request.as, object.view());
    more.size = object.size;
  }
  if (kind === 'event') more.kind = object.manual ? 'manual' : 'auto';
  if (kind === 'semaphore') more.maximum = object.maximum;
  return answer('ok', more);
}

function lockOf(as) {
  const held = locks.get(as);
  if (!held?.length) throw new Refused(errno.EPERM, 'it is not locked here');
  return held;
}

function keep(as, lock) {
  if (lock) locks.set(as, [...(locks.get(as) ?? []), lock]);
}

async function close(as) {
  for (const lock of locks.get(as) ?? []) await lock.release();
  for (const ofIt of [views, publishers, locks]) {
    await ofIt.get(as)?.close?.();
    ofIt.delete(as);
  }
  const object = handles.get(as);
  handles.delete(as);
  if (object instanceof coview.Message) object.release();
  else await object.close();
}

const SERVE = {
  hello: () => answer('ok', { language: 'node', version: coview.version, pid: process.pid }),
  async reset() {
    const inner = [...handles].sort(([, a], [, b]) => rank(b) - rank(a));
    for (const [as] of inner) await close(as);
    return answer('ok');
  },
  async close({ as }) {
    await close(as);
    return answer('ok');
  },
  async exists({ name }) {
    try {
      return answer('ok', { kind: (await coview.stat(name)).kind });
    } catch (error) {
      if (error.code === 'ENOENT') return answer('absent');
      throw error;
    }
  },
  async remove({ name }) {
    await coview.remove(name, { force: true });
    return answer('ok');
  },
  async reclaim() {
    await coview.reclaim();
    return answer('ok');
  },
  write: (request) => store(request, Buffer.from(request.bytes, 'hex')),
  read: (request) => answer('ok', { bytes: Buffer.from(memory(request, request.length)).toString('hex') }),
  put: (request) => store(request, new Schema(request.schema).pack(request.values)),
  get(request) {
    const schema = new Schema(request.schema);
    return answer('ok', { values: schema.unpack(memory(request, schema.size)) });
  },
  async count(request) {
    const number = new BigUint64Array(views.get(request.as).buffer, request.offset, 1);
    const mutex = handles.get(request.mutex);
    for (let i = 0; i < request.times; ++i) {
      const lock = await mutex.lock();
      number[0] += 1n;
      await lock.release();
    }
    return answer('ok');
  },
  async 'mutex.lock'(request) {
    const lock = await handles.get(request.as).lock(waiting(request));
    keep(request.as, lock);
    return answer(lock === null ? 'timed out' : lock.abandoned ? 'abandoned' : 'ok');
  },
  async 'mutex.unlock'({ as }) {
    await lockOf(as).pop().release();
    return answer('ok');
  },
  'event.set'({ as }) {
    handles.get(as).set();
    return answer('ok');
  },
  'event.clear'({ as }) {
    handles.get(as).clear();
    return answer('ok');
  },
  'event.wait': async (request) => inTime(await handles.get(request.as).wait(waiting(request))),
  'semaphore.acquire': async (request) => inTime(await handles.get(request.as).acquire(waiting(request))),
  'semaphore.release': ({ as, count }) => answer('ok', { before: handles.get(as).release(count) }),
  async wait_any(request) {
    const labels = request.objects.split(' ');
    const taken = await coview.waitAny(labels.map((label) => handles.get(label)), waiting(request));
    if (taken === null) return answer('timed out');
    keep(labels[taken.index], taken.lock);
    return answer(taken.abandoned ? 'abandoned' : 'ok', { index: taken.index });
  },
  async wait_all(request) {
    const labels = request.objects.split(' ');
    const objects = labels.map((label) => handles.get(label));
    const taken = await coview.waitAll(objects, waiting(request));
    if (taken === null) return answer('timed out');
    keep(labels[objects.findIndex((each) => each instanceof coview.Mutex)], taken.lock);
    return answer(taken.abandoned ? 'abandoned' : 'ok');
  },
  'queue.send': async (request) => inTime(await handles.get(request.as).send(contentOf(request), waiting(request))),
  async 'queue.receive'(request) {
    const message = await handles.get(request.as).receive(waiting(request));
    if (message === null) return answer('timed out');
    if (request.keep === undefined) return releasing(request, message);
    handles.set(request.keep, message);
    return received(request, message);
  },
  async 'topic.publish'(request) {
    if (!publishers.has(request.as)) publishers.set(request.as, await handles.get(request.as).publisher());
    return inTime(await publishers.get(request.as).publish(contentOf(request), waiting(request)));
  },
  async 'topic.subscribe'(request) {
    handles.set(request.as, await handles.get(request.topic).subscribe({ from: request.from ?? 'now' }));
    return answer('ok');
  },
  async 'subscription.receive'(request) {
    const message = await handles.get(request.as).receive(waiting(request));
    return message === null ? answer('timed out') : releasing(request, message);
  },
  'topic.latest'(request) {
    const message = handles.get(request.as).latest();
    return message === null ? answer('absent') : releasing(request, message);
  },
};

function rank(object) {
  return Number(object instanceof coview.Message || object instanceof coview.Subscription);
}

async function serve(request) {
  try {
    const [kind, way] = request.do.split('.');
    if (Object.hasOwn(CLASSES, kind) && Object.hasOwn(WAYS, way ?? '')) return await open(kind, way, request);
    if (!Object.hasOwn(SERVE, request.do)) throw new Refused(errno.ENOSYS, `there is no '${request.do}'`);
    return await SERVE[request.do](request);
  } catch (error) {
    return answer('error', { errno: typeof error.errno === 'number' ? -error.errno : errno.EINVAL, message: error.message });
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await serve(JSON.parse(line)))}\n`);
  }
}

main();
