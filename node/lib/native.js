// SPDX-License-Identifier: Apache-2.0
'use strict';

// The native part, which `npm run build` makes.
const path = require('node:path');

function load() {
  const folder = process.env.COVIEW_NODE_BUILD || path.join(__dirname, '..', 'build');
  try {
    return require(path.join(folder, 'coview.node'));
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') {
      error.message = `coview's native part is not in ${folder}: build it with 'npm run build' in its folder`;
    }
    throw error;
  }
}

module.exports = load();
