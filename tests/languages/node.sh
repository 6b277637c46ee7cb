# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Node, as README.md beside this file says. tsc looks at the types where there is one.
node=${NODE:-node}

needs() {
  command -v "$node" >/dev/null || { echo nodejs; return; }
  "$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) < 18 ? 1 : 0)' || echo "node 18"
  local include
  include=$("$node" -p 'require("path").join(process.execPath, "../../include/node")')
  [[ -e $include/node_api.h || -e /usr/include/node/node_api.h || -e /usr/include/nodejs/src/node_api.h ]] || echo libnode-dev
  command -v cmake >/dev/null || echo cmake
}

tests() {
  # A copy, so that nothing is built among the sources.
  cp -r "$top/node" "$work/node" && rm -rf "$work/node/build" || return
  cmake -S "$work/node" -B "$work/node/build" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON &&
    cmake --build "$work/node/build" --parallel "$(nproc)" || return
  (cd "$work/node" && npm test) || return
  local tsc=${TSC:-tsc}
  command -v "$tsc" >/dev/null || { echo "there is no tsc: the types were not looked at"; return 0; }
  (cd "$work/node" && PATH=$(dirname "$(command -v "$tsc")"):$PATH npm run types)
}

driver() {
  echo "$node $top/tests/languages/drivers/node_driver.js $work/node"
}
