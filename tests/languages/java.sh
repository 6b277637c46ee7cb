# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Java, as README.md beside this file says. JAVA_HOME says which one.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

needs() {
  command -v "${java}c" >/dev/null && command -v "$java" >/dev/null || { echo default-jdk-headless; return; }
  "${java}c" --release 17 --version >/dev/null 2>&1 || echo "JDK 17"
  command -v cc >/dev/null || echo gcc
  command -v pkg-config >/dev/null || echo pkgconf
}

tests() {
  # What tests that are killed leave goes with the rest.
  export COVIEW_ROOT=$work/java-root
  mkdir -m 700 "$COVIEW_ROOT" || return
  mkdir -p "$work/java" && "$top/java/build" "$work/java" --tests || return
  # What the native part does wrong, the virtual machine says, and goes on.
  local classes=$work/java/coview.jar
  "$java" -Xcheck:jni -cp "$classes:$work/java/tests.jar" coview.Tests >"$work/java/tests.log" 2>&1 || { cat "$work/java/tests.log"; return 1; }
  ! grep -A5 -E '^(WARNING|FATAL)' "$work/java/tests.log" || return
  grep ' passed' "$work/java/tests.log"
  "${java%java}javadoc" -quiet -Xdoclint:all -Werror -d "$work/java/pages" "$top"/java/src/main/java/coview/*.java || return
  # C and Java talk, whoever comes first.
  # shellcheck disable=SC2046
  cc -std=c11 -Wall -Wextra -Werror "$top/examples/thermometer.c" $(pkg-config --cflags --libs coview) -o "$work/java/thermometer" || return
  "${java}c" --release 17 -Xlint:all -Werror -cp "$classes" -d "$work/java/examples" "$top"/java/examples/*.java || return
  (
    "$work/java/thermometer" & "$java" -cp "$classes:$work/java/examples" Thermometer | grep -q '^9: 24.5 degrees$' && wait $!
  ) || return
  "${java}c" --release 17 -Xlint:all -Werror -cp "$classes" -d "$work/java/driver" "$top"/tests/languages/drivers/java/*.java
}

driver() {
  echo "$java -XX:TieredStopAtLevel=1 -Xshare:auto -cp $work/java/coview.jar:$work/java/driver Driver"
}
