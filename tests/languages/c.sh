# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# C, as README.md beside this file says. Its own tests are in tests/c; here, the header is C11 and nothing more.
needs() {
  command -v "${CC:-cc}" >/dev/null || echo gcc
  command -v pkg-config >/dev/null || echo pkgconf
}

tests() {
  mkdir -p "$work/c" || return
  # shellcheck disable=SC2046
  "${CC:-cc}" -std=c11 -pedantic -Wall -Wextra -Wconversion -Werror -D_POSIX_C_SOURCE=200809L \
    "$top"/tests/languages/drivers/c_*.c $(pkg-config --cflags --libs coview) -o "$work/c/driver"
}

driver() {
  echo "$work/c/driver"
}
