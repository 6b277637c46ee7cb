#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The pair of this folder: $1 is what sensor.cpp was compiled to, $2 a Python that has the module coview and numpy.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# Its first line says that there is something for Python.
"$1" | { IFS= read -r line && echo "$line" && "${2:-python3}" "$here/sensor.py" && cat; }
