# SPDX-License-Identifier: Apache-2.0
"""Named memory, locks and messages that several processes see at once.

    with coview.Mapping.open_or_create("board", 4096) as memory:
        board = memoryview(memory.view())
        board[:5] = b"hello"          # any process that opens "board" sees it

A name lives exactly as long as somebody holds it: the last one that closes it, ends, or is killed, takes it along. Nothing
has to be unlinked, and nothing is left behind.

Waits let other threads of Python run, and Ctrl-C ends them. What failed raises OSError, as FileNotFoundError,
FileExistsError, PermissionError and so on, with a sentence that says what helps. Objects can be sent to other processes
(multiprocessing, pickle): what travels is the name.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
from typing import List, Optional, Union

from . import _native
from ._array import ShareableArray
from ._native import wait_all, wait_any
from . import _asyncio
from ._native import Event, Mapping, Mutex, Publisher, Queue, Semaphore, Subscription, Topic
from ._native import Message, Slot, View
from ._shared_memory import SharedMemory

__all__ = [
    "CopyReport",
    "Event",
    "Holder",
    "Holders",
    "Mapping",
    "Message",
    "Mutex",
    "ObjectInfo",
    "Publisher",
    "Queue",
    "Semaphore",
    "ShareableArray",
    "SharedMemory",
    "Slot",
    "Subscription",
    "Topic",
    "View",
    "copy_file",
    "find_holders",
    "list_objects",
    "reclaim",
    "remove",
    "stat",
    "wait_all",
    "wait_any",
]

__version__: str = _native.version()

_Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


@dataclasses.dataclass(frozen=True)
class ObjectInfo:
    """What is known of an object."""

    name: str
    kind: str  #: "mapping", "mutex", "event", "semaphore", "queue", "topic"
    state: str  #: "held", "permanent", "unreadable" or "incompatible"
    mode: int  #: permission bits
    size: int  #: bytes
    resident: int  #: bytes of memory it occupies now
    handles: int  #: open handles in all processes, or at least so many
    handles_known: bool  #: whether `handles` is exact
    owner: int  #: user ID of its creator
    creator: int  #: process ID of its creator, which may be gone
    created_ns: int  #: nanoseconds since 1970, UTC
    is_global: bool  #: for all users whom `mode` lets in
    permanent: bool  #: keeps its name without a handle
    file: str  #: path of the object's file
    target: str  #: of a mapped file: its path
    problem: str  #: of an incompatible one: what is wrong with it

    @property
    def created(self) -> datetime.datetime:
        """When it was created, to the microsecond."""
        since = datetime.timedelta(microseconds=self.created_ns // 1000)
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + since


@dataclasses.dataclass(frozen=True)
class Holder:
    """A process that holds an object."""

    pid: int
    user: Optional[int]  #: None where it is not known
    command: str


@dataclasses.dataclass(frozen=True)
class Holders:
    """The holders that can be seen, and what is known of others."""

    processes: List[Holder]
    held: bool  #: somebody has a handle, seen or not
    complete: bool  #: `processes` accounts for every handle


@dataclasses.dataclass(frozen=True)
class CopyReport:
    """What was copied."""

    bytes: int
    data_bytes: int  #: of these, not in holes
    seconds: float
    durable: bool  #: on the device
    verified: bool  #: read back and found the same
    skipped: bool  #: the target was there, and stays
    hash: str  #: empty where none was asked for


def list_objects() -> List[ObjectInfo]:
    """All objects that exist, by name. What nobody holds any more is given back on the way."""
    return [ObjectInfo(**each) for each in _native.list()]


def stat(name: str) -> ObjectInfo:
    """One object. FileNotFoundError where nobody holds it."""
    return ObjectInfo(**_native.stat(name)[0])


def find_holders(name: str) -> Holders:
    """The processes that hold an object."""
    processes, held, complete = _native.find_holders(name)
    return Holders([Holder(*each) for each in processes], held, complete)


def remove(name: str, *, force: bool = False) -> bool:
    """Ends a permanent object, or any object by force: holders keep their memory, but nobody finds it any more.

    True: the name is gone. False: it goes with the last handle.
    """
    return _native.remove(name, force=force)


def reclaim() -> int:
    """Gives back what killed holders left; how many objects. It happens by itself too, wherever one is met."""
    objects: int = _native.reclaim()[0]
    return objects


_VERIFY = {"none": 0, "hash": 1, "read-back": 2}
_EXISTING = {"replace": 0, "keep": 1, "update": 2, "refuse": 3}


def copy_file(
    source: _Path,
    target: _Path,
    *,
    verify: str = "none",
    durable: bool = True,
    existing: str = "replace",
    resume: bool = False,
    in_place: bool = False,
    limit_rate: int = 0,
) -> CopyReport:
    """Copies a file, all or nothing: what fails, or is interrupted, leaves the old target.

    `verify`: "none", "hash" (of what was read) or "read-back" (from the device). `existing`: "replace", "keep",
    "update" (where the source is newer) or "refuse". `limit_rate`: bytes a second; 0: as fast as possible.
    """
    if verify not in _VERIFY:
        raise ValueError(f"verify is one of {', '.join(_VERIFY)}, not {verify!r}")
    if existing not in _EXISTING:
        raise ValueError(f"existing is one of {', '.join(_EXISTING)}, not {existing!r}")
    return CopyReport(
        **_native.copy_file(
            source,
            target,
            verify=_VERIFY[verify],
            durable=durable,
            existing=_EXISTING[existing],
            resume=resume,
            in_place=in_place,
            limit_rate=limit_rate,
        )
    )
