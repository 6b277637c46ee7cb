# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Rust, as README.md beside this file says.
cargo=${CARGO:-cargo}  # which one

needs() {
  command -v "$cargo" >/dev/null || { echo cargo; return; }
  command -v cc >/dev/null || echo gcc
  command -v pkg-config >/dev/null || echo pkgconf
}

tests() {
  # What tests that are killed leave goes with the rest.
  export COVIEW_ROOT=$work/rust-root
  mkdir -m 700 "$COVIEW_ROOT" || return
  # A copy, so that nothing is built among the sources; both crates stand in it as they do here.
  mkdir -p "$work/rust/tests/languages/drivers" && cp -r "$top/rust" "$work/rust/rust" &&
    cp -r "$top/tests/languages/drivers/rust" "$work/rust/tests/languages/drivers/rust" || return
  export CARGO_TARGET_DIR=$work/rust/target RUSTFLAGS=-Dwarnings RUSTDOCFLAGS=-Dwarnings
  cd "$work/rust/rust" && "$cargo" test --offline && "$cargo" doc --offline --no-deps || return
  # C and Rust talk, whoever comes first.
  # shellcheck disable=SC2046
  cc -std=c11 -Wall -Wextra -Werror "$top/examples/thermometer.c" $(pkg-config --cflags --libs coview) -o "$work/rust/thermometer" || return
  (
    "$work/rust/thermometer" & "$work/rust/target/debug/examples/thermometer" | grep -q '^9: 24.5 degrees$' && wait $!
  ) || return
  "$cargo" build --offline --release --manifest-path "$work/rust/tests/languages/drivers/rust/Cargo.toml" || return
  local manifest
  for manifest in "$work/rust/rust" "$work/rust/tests/languages/drivers/rust"; do
    cd "$manifest" || return
    if "$cargo" clippy --version >/dev/null 2>&1; then "$cargo" clippy --offline --all-targets -- -Dwarnings || return; fi
    if "$cargo" fmt --version >/dev/null 2>&1; then "$cargo" fmt --check || return; fi
  done
}

driver() {
  echo "$work/rust/target/release/driver"
}
