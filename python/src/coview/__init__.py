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
from typing import List, Optional

from . import _native
from ._array import ShareableArray
from ._native import wait_all, wait_any
from . import _asyncio
from ._copying import CopyReport, TreeFailure, TreeReport, copy_file, copy_tree
from ._native import Event, Mapping, Mutex, Publisher, Queue, Semaphore, Subscription, Timer, Topic
from ._native import Message, Slot, View
from ._shared_memory import SharedMemory
from ._status import ChannelStatus, Participant, channel_status

__all__ = [
    "ChannelStatus",
    "CopyReport",
    "Event",
    "Holder",
    "Holders",
    "Mapping",
    "Message",
    "Mutex",
    "ObjectInfo",
    "Participant",
    "Publisher",
    "Queue",
    "Semaphore",
    "ShareableArray",
    "SharedMemory",
    "Slot",
    "Subscription",
    "Timer",
    "Topic",
    "TreeFailure",
    "TreeReport",
    "View",
    "channel_status",
    "copy_file",
    "copy_tree",
    "find_holders",
    "list_objects",
    "reclaim",
    "remove",
    "stat",
    "wait_all",
    "wait_any",
]

__version__: str = _native.version()


@dataclasses.dataclass(frozen=True)
class ObjectInfo:
    """What is known of an object."""

    name: str
    kind: str  #: "mapping", "mutex", "event", "semaphore", "queue", "topic", "timer"
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
