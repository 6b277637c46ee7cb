// SPDX-License-Identifier: Apache-2.0
'use strict';

const native = require('./native');
const { MAKING, Named, WAYS, closed, count, creation, flag, nameOf } = require('./named');

// JavaScript has no buffers that cannot be written to: a view of what may only be read is copy-on-write, and what is
// written to it stays in this process.
const READ_WRITE = 1;
const COPY_ON_WRITE = 2;

async function openMapping(cls, way, name, size, options = {}) {
  const { access = 'rw' } = options;
  const [mode, permanent] = creation(options);
  const [reserve, hugePages] = [flag('reserve', options.reserve), flag('hugePages', options.hugePages)];
  if (access !== 'rw' && access !== 'r') throw new TypeError("access is 'rw' or 'r'");
  const rights = access === 'rw' ? READ_WRITE : 0;
  const alias = options.name === undefined ? '' : nameOf(options.name);
  return new cls(
    MAKING,
    await native.openMapping(WAYS[way], name, size, rights, mode, permanent, reserve, hugePages, alias),
  );
}

class Mapping extends Named {
  static _kind = 'mapping';

  static async create(name, size, options) {
    return openMapping(this, 'create', nameOf(name), count('size', size), options);
  }

  static async open(name, options) {
    return openMapping(this, 'open', nameOf(name), 0, options);
  }

  static async openOrCreate(name, size, options) {
    return openMapping(this, 'openOrCreate', nameOf(name), count('size', size), options);
  }

  static async file(path, options = {}) {
    return openMapping(this, 'file', nameOf(path), count('size', options.size, 0), options);
  }

  static async anonymous(size) {
    return openMapping(this, 'anonymous', '', count('size', size));
  }

  get size() {
    return this._handle.size;
  }

  get writable() {
    return this._handle.writable;
  }

  #map(inThread, { offset = 0, length, prefault }) {
    const access = this.writable ? READ_WRITE : COPY_ON_WRITE;
    const many = length === undefined ? -1 : count('length', length);
    return native.mapView(inThread, this._handle, access, count('offset', offset), many, flag('prefault', prefault));
  }

  view({ offset, length } = {}) {
    return new View(MAKING, this.#map(false, { offset, length }));
  }

  async map(options = {}) {
    return new View(MAKING, await this.#map(true, options));
  }
}

class View {
  #handle;
  #buffer;
  #bytes;

  constructor(token, made) {
    if (token !== MAKING) throw new TypeError('it is made by Mapping.view');
    [this.#handle, this.#buffer] = made;
  }

  get buffer() {
    if (this.#handle === undefined) throw new TypeError('the view is closed');
    return this.#buffer;
  }

  get bytes() {
    return (this.#bytes ??= new Uint8Array(this.buffer));
  }

  get length() {
    return this.buffer.byteLength;
  }

  get closed() {
    return this.#handle === undefined;
  }

  async flush() {
    if (this.#handle === undefined) throw new TypeError('the view is closed');
    return native.flushView(this.#handle);
  }

  async close() {
    if (this.#handle === undefined) return;
    const handle = this.#handle;
    native.detach(this.#buffer);
    this.#handle = this.#buffer = this.#bytes = undefined;
    await closed(handle);
  }
}

module.exports = { Mapping, View };
