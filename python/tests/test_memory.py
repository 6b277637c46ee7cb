# SPDX-License-Identifier: Apache-2.0
import gc
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import coview

numpy = pytest.importorskip("numpy")


def test_processes_share_bytes_by_name() -> None:
    with coview.Mapping.create("board", 4096) as memory:
        assert memory.created and memory.still_named and memory.writable and memory.size == 4096
        with memory.view() as view:
            other = "import coview; memoryview(coview.Mapping.open('board').view())[:5] = b'hello'"
            subprocess.run([sys.executable, "-c", other], check=True)
            assert bytes(memoryview(view)[:5]) == b"hello"
    with pytest.raises(FileNotFoundError, match="nobody holds it"):
        coview.Mapping.open("board")


def test_a_view_keeps_the_name() -> None:
    view = coview.Mapping.create("kept", 10).view()
    gc.collect()
    assert coview.stat("kept").handles == 1
    view.close()
    with pytest.raises(FileNotFoundError):
        coview.stat("kept")


def test_closing_a_view_in_use_is_an_error() -> None:
    view = coview.Mapping.anonymous(100).view()
    buffer = memoryview(view)
    array = numpy.frombuffer(view, dtype="u1")
    with pytest.raises(BufferError, match="2 buffers"):
        view.close()
    buffer.release()
    with pytest.raises(BufferError, match="1 buffers"):
        view.close()
    del array
    view.close()
    assert view.closed
    with pytest.raises(ValueError, match="closed"):
        memoryview(view)
    view.close()


def test_rights_are_kept() -> None:
    with coview.Mapping.create("rights", 10) as memory:
        with memory.view(access="c") as private:
            memoryview(private)[0] = 1
        with memory.view(access="r") as view:
            assert view.readonly and bytes(memoryview(view)[:1]) == b"\0"
            with pytest.raises(TypeError, match="read-only"):
                memoryview(view)[0] = 1
        with pytest.raises(ValueError, match="access"):
            memory.view(access="x")
        with coview.Mapping.open("rights", access="r") as reader:
            assert not reader.writable
            with pytest.raises(PermissionError):
                reader.view(access="rw")


def test_files_are_mapped(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with coview.Mapping.file(path, name="of a file") as memory, memory.view() as view:
        memoryview(view)[0:1] = b"x"
        view.flush()
        assert coview.stat("of a file").target == str(path)
    assert path.read_bytes() == b"x123456789"


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(FileExistsError, match="'twice'"):
        with coview.Mapping.create("twice", 1):
            coview.Mapping.create("twice", 1)
    with pytest.raises(OSError, match="size"):
        coview.Mapping.create("none", 0)
    with pytest.raises(TypeError):
        coview.Mapping()  # type: ignore[call-arg]
    closed = coview.Mapping.create("closed", 1)
    closed.close()
    closed.close()
    assert closed.closed
    with pytest.raises(ValueError, match="closed"):
        closed.view()
    assert repr(closed) == "<coview.Mapping, closed>"


def test_numbers_that_do_not_fit_are_refused() -> None:
    for size in (-1, 1 << 64, (1 << 64) + 4096):
        with pytest.raises(OverflowError):
            coview.Mapping.create("large", size)
        with pytest.raises(OverflowError):
            coview.Mapping.anonymous(size)
    with pytest.raises(OverflowError):
        coview.Mapping.create("mode", 1, mode=(1 << 32) + 0o600)
    with pytest.raises(TypeError):
        coview.Mapping.create("real", 1.5)  # type: ignore[arg-type]
    with coview.Mapping.create("view", 10) as memory:
        for offset, length in ((-1, 1), (1 << 64, 1), (0, -1), (0, 1 << 64)):
            with pytest.raises(OverflowError):
                memory.view(offset=offset, length=length)


def test_what_is_closed_while_arguments_are_looked_at_is_closed() -> None:
    class Closing:
        def __init__(self, closed: Any) -> None:
            self.closed = closed

        def __index__(self) -> int:
            self.closed.close()
            return 0

        def __float__(self) -> float:
            self.closed.close()
            return 0.0

    for make, call in (
        (lambda: coview.Mapping.create("c", 10), lambda it, closing: it.view(offset=closing)),
        (lambda: coview.Event.create("c"), lambda it, closing: it.wait(closing)),
        (lambda: coview.Mutex.create("c"), lambda it, closing: it.acquire(closing)),
        (lambda: coview.Semaphore.create("c", 0), lambda it, closing: it.release(closing)),
        (lambda: coview.Timer.create("c"), lambda it, closing: it.set(closing)),
        (lambda: coview.Queue.create("c", 4096), lambda it, closing: it.send(b"x", closing)),
        (lambda: coview.Queue.create("c", 4096), lambda it, closing: it.receive(closing)),
        (lambda: coview.Queue.create("c", 4096), lambda it, closing: it.loan(1, closing)),
    ):
        made = make()  # type: ignore[no-untyped-call]
        with pytest.raises(ValueError, match="closed"):
            call(made, Closing(made))  # type: ignore[no-untyped-call]


def test_nothing_else_is_taken_for_an_object() -> None:
    class Pretender:
        __class__ = coview.Mutex  # type: ignore[assignment]

    assert isinstance(Pretender(), coview.Mutex)
    for pretender in (Pretender(), object(), None):
        with pytest.raises(TypeError, match="can be waited for"):
            coview.wait_any([pretender], 0)  # type: ignore[list-item]
    with coview.Event.create("event") as event, pytest.raises(TypeError):
        event.__class__ = coview.Mutex  # type: ignore[assignment]


def test_objects_travel_by_name() -> None:
    with coview.Mapping.create("travels", 10) as memory:
        again = pickle.loads(pickle.dumps(memory))
        assert again.name == "travels" and not again.created
        again.close()
        data = pickle.dumps(memory)
    with pytest.raises(FileNotFoundError):
        pickle.loads(data)
    with pytest.raises(TypeError, match="without a name"):
        pickle.dumps(coview.Mapping.anonymous(10))


def test_arrays_are_shared_and_stay_while_a_slice_does() -> None:
    first = coview.ShareableArray("array", (3, 4), "i4")
    second = coview.ShareableArray("array", (3, 4), "i4")
    first[1, 2] = 7
    assert second[1, 2] == 7 and second.sum() == 7
    part = second[1]
    del first, second
    gc.collect()
    assert coview.stat("array").size == 48 and part[2] == 7
    with pytest.raises(ValueError, match="48 bytes"):
        coview.ShareableArray("array", 13, "i4")
    with pytest.raises(ValueError, match="addresses"):
        coview.ShareableArray("objects", 3, object)
    with pytest.raises(ValueError, match="without elements"):
        coview.ShareableArray("empty", (3, 0))


def test_shared_memory_is_a_replacement() -> None:
    with pytest.raises(ValueError):
        coview.SharedMemory(create=True)
    with pytest.raises(ValueError):
        coview.SharedMemory()
    first = coview.SharedMemory(create=True, size=16)
    assert first.buf is not None and first.size == 16
    second = pickle.loads(pickle.dumps(first))
    first.buf[0] = 42
    assert second.buf[0] == 42
    part = second.buf[:4]
    with pytest.raises(BufferError):
        second.close()
    part.release()
    second.close()
    assert second.buf is None
    third = coview.SharedMemory("/" + first.name)
    first.close()
    assert third.buf is not None and third.buf[0] == 42
    third.unlink()
    with pytest.raises(FileNotFoundError):
        coview.SharedMemory(third.name)
    third.close()
    with pytest.raises(FileExistsError):
        with_name = coview.SharedMemory("named", create=True, size=1)
        coview.SharedMemory("named", create=True, size=1)
    with_name.close()
