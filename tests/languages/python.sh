# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Python, as README.md beside this file says.
python3=${PYTHON:-python3}  # which one; those of the system have the modules that its packages bring

needs() {
  command -v "$python3" >/dev/null || { echo python3; return; }
  "$python3" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || echo "python 3.11"
  local module
  for module in venv setuptools wheel numpy pytest; do
    "$python3" -c "import $module" 2>/dev/null || echo "python3-$module"
  done
  command -v pkg-config >/dev/null || echo pkgconf
  [[ -e $("$python3" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]] || echo "python3-dev"
}

tests() {
  local python=$work/python/bin/python
  "$python3" -m venv --system-site-packages "$work/python" || return
  # A copy, so that nothing is built among the sources.
  cp -r "$top/python" "$work/sources" && rm -rf "$work/sources/build" && ln -s "$top" "$work/coview" || return
  # With the library in it, as most will have it; a library that was given is linked.
  COVIEW_SOURCES=$top COVIEW_STATIC=$([[ -n ${COVIEW_PREFIX:-} ]] || echo 1) "$python" -m pip wheel --no-build-isolation --no-index --no-deps \
    -w "$work/wheels" "$work/sources" || return
  # One, for this version and all later ones.
  local wheels=("$work"/wheels/*)
  [[ ${#wheels[@]} == 1 && ${wheels[0]} == */coview-*-cp311-abi3-linux_*.whl ]] || { echo "the wheels are ${wheels[*]}"; return 1; }
  "$python" -m pip install --no-index --no-deps "${wheels[@]}" || return
  (cd "$work/sources" && "$python" -m pytest -q -p no:cacheprovider tests) || return
  # shellcheck disable=SC2046
  c++ -std=c++20 "$top/examples/cpp_and_python/sensor.cpp" -o "$work/sensor" $(pkg-config --cflags --libs coview) || return
  "$top/tests/docs/snippets" --sources "$top" --python "$python" || return
  PYTHONDONTWRITEBYTECODE=1 "$top/examples/cpp_and_python/run.sh" "$work/sensor" "$python" || return
  command -v mypy >/dev/null || return 0
  (cd "$work/sources" && mypy --cache-dir="$work/mypy" src/coview)
}

driver() {
  # Neither the folder's modules nor the user's stand before those that were just built.
  echo "$work/python/bin/python -I $top/tests/languages/drivers/python_driver.py"
}
