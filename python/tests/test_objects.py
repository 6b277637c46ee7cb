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
        assert who.held and [each.pid for each in who.processes] == [os.getpid()]
        assert isinstance(who.complete, bool)  # false in a container, from which not all processes are seen
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
    with pytest.raises(FileNotFoundError):
        coview.copy_file(os.fsencode(tmp_path) + b"/\xff", target)  # a path that is no UTF-8, in the sentence too
    with pytest.raises(ValueError, match="verify"):
        coview.copy_file(source, target, verify="perhaps")
    with pytest.raises(ValueError, match="existing"):
        coview.copy_file(source, target, existing="perhaps")


def test_trees_are_copied(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "folder").mkdir(parents=True)
    (tree / "a").write_bytes(b"aa")
    (tree / "folder" / "b").write_bytes(b"bbb")
    (tree / "folder" / "c.o").write_bytes(b"c")
    report = coview.copy_tree(tree, tmp_path / "copy", exclude=["*.o"], verify="read-back")
    assert (report.files, report.directories, report.bytes, report.failures) == (2, 2, 5, []) and report.verified
    assert (tmp_path / "copy" / "folder" / "b").read_bytes() == b"bbb"
    assert not (tmp_path / "copy" / "folder" / "c.o").exists()
    (tmp_path / "into").mkdir()
    report = coview.copy_tree([str(tmp_path / "missing"), tree], tmp_path / "into", dry_run=True)
    assert [each.errno for each in report.failures] == [2] and "missing" in report.failures[0].text
    assert not (tmp_path / "into" / "tree").exists()
    with pytest.raises(OSError):
        coview.copy_tree([], tmp_path / "copy")
    with pytest.raises(ValueError, match="follow"):
        coview.copy_tree(tree, tmp_path / "copy", follow="perhaps")
    with pytest.raises(TypeError):
        coview.copy_tree(tree, tmp_path / "copy", exclude=[1])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        coview.copy_tree(1, tmp_path / "copy")  # type: ignore[arg-type]
