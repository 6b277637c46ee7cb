// SPDX-License-Identifier: Apache-2.0
'use strict';

const native = require('./native');
const { flag, nameOf } = require('./named');

async function list() {
  return native.list(undefined);
}

async function stat(name) {
  return (await native.list(nameOf(name)))[0];
}

async function holders(name) {
  return native.holders(nameOf(name));
}

async function remove(name, { force } = {}) {
  return native.remove(nameOf(name), flag('force', force));
}

async function reclaim() {
  return native.reclaim();
}

async function channelStatus(name) {
  return native.channelStatus(nameOf(name));
}

const VERIFY = { none: 0, hash: 1, 'read-back': 2 };
const EXISTING = { replace: 0, keep: 1, update: 2, refuse: 3 };

function oneOf(values, what, value) {
  if (!Object.hasOwn(values, value)) throw new TypeError(`${what} is one of ${Object.keys(values).join(', ')}`);
  return values[value];
}

async function copyFile(source, target, { verify = 'none', existing = 'replace', durable } = {}) {
  const how = [oneOf(VERIFY, 'verify', verify), oneOf(EXISTING, 'existing', existing), flag('durable', durable, true)];
  return native.copyFile(nameOf(source), nameOf(target), ...how);
}

module.exports = { channelStatus, copyFile, holders, list, reclaim, remove, stat, version: native.version() };
