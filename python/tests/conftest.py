# SPDX-License-Identifier: Apache-2.0
"""Each test has names of its own: a private root below /dev/shm, which is empty again at the end."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

import coview


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="coview-python-", dir="/dev/shm"))
    monkeypatch.setenv("COVIEW_ROOT", str(path))
    yield path
    coview.reclaim()  # what tests have killed is found by whoever comes next
    left = [each for each in path.rglob("*") if each.is_file()]
    shutil.rmtree(path)
    assert not left, f"left behind: {[each.name for each in left]}"
