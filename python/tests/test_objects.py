# SPDX-License-Identifier: Apache-2.0
import os
import time
from pathlib import Path

import pytest

import coview


def test_what_exists_is_listed() -> None:
    before = time.time()
    with coview.Mapping.create("kept", 100, permanent=True), coview.Event.create("go"):
        names = {each.name: each for each in coview.list_objects()}
        assert sorted(names) == ["go", "kept"]
        assert names["go"].kind == "event" and names["kept"].kind == "mapping"
        kept = coview.stat("kept")
        assert kept.permanent and kept.state == "held" and kept.mode == 0o600 and kept.owner == os.geteuid()
        assert abs(kept.created.timestamp() - before) < 60 and kept.creator == os.getpid()
        who = coview.find_holders("go")
        assert who.held and who.complete and [each.pid for each in who.processes] == [os.getpid()]
        assert not coview.remove("kept")
    assert coview.list_objects() == []
    with pytest.raises(FileNotFoundError):
        coview.remove("kept")
    assert coview.reclaim() == 0


def test_files_are_copied(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"bytes")
    report = coview.copy_file(source, target, verify="read-back")
    assert report.bytes == 5 and report.verified and len(report.hash) == 32
    assert coview.copy_file(str(source), target, existing="keep").skipped
    with pytest.raises(FileExistsError):
        coview.copy_file(source, target, existing="refuse")
    with pytest.raises(FileNotFoundError, match="missing"):
        coview.copy_file(tmp_path / "missing", target)
    with pytest.raises(ValueError, match="verify"):
        coview.copy_file(source, target, verify="perhaps")
    with pytest.raises(ValueError, match="existing"):
        coview.copy_file(source, target, existing="perhaps")
