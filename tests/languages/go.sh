# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Go, as README.md beside this file says.
go=${GO:-go}  # which one

needs() {
  command -v "$go" >/dev/null || { echo golang-go; return; }
  command -v cc >/dev/null || echo gcc
  command -v pkg-config >/dev/null || echo pkgconf
}

tests() {
  # What tests that are killed leave goes with the rest.
  export COVIEW_ROOT=$work/go-root
  mkdir -m 700 "$COVIEW_ROOT" || return
  # A copy, so that nothing is built among the sources; both modules stand in it as they do here.
  mkdir -p "$work/go/tests/languages/drivers" && cp -r "$top/go" "$work/go/go" &&
    cp -r "$top/tests/languages/drivers/go" "$work/go/tests/languages/drivers/go" || return
  # Nothing is fetched, and the sum of nothing is nothing.
  export GOCACHE=$work/go/cache GOPATH=$work/go/path GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local CGO_CFLAGS="-O2 -Wall -Wextra -Werror"
  cd "$work/go/go" && "$go" vet ./... || return
  # Each test's line, since those are counted.
  "$go" test -v ./... >"$work/go/tests.log" 2>&1 || { cat "$work/go/tests.log"; return 1; }
  echo "$(grep -c '^--- PASS' "$work/go/tests.log") passed"
  [[ -z $(gofmt -l . "$work/go/tests") ]] || { echo "to be laid out by gofmt: $(gofmt -l . "$work/go/tests")"; return 1; }
  # C and Go talk, whoever comes first.
  # shellcheck disable=SC2046
  cc -std=c11 -Wall -Wextra -Werror "$top/examples/thermometer.c" $(pkg-config --cflags --libs coview) -o "$work/go/thermometer" &&
    "$go" build -o "$work/go/reader" ./examples/thermometer || return
  (
    "$work/go/thermometer" & "$work/go/reader" | grep -q '^9: 24.5 degrees$' && wait $!
  ) || return
  cd "$work/go/tests/languages/drivers/go" && "$go" vet . && "$go" build -o "$work/go/driver" .
}

driver() {
  echo "$work/go/driver"
}
