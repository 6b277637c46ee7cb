// SPDX-License-Identifier: Apache-2.0
'use strict';

module.exports = {
  ...require('./lib/memory'),
  ...require('./lib/sync'),
  ...require('./lib/channels'),
  ...require('./lib/objects'),
};
