# SPDX-License-Identifier: Apache-2.0
"""Receiving in asyncio: `async for message in subscription`, `await queue.receive_async()`."""

from __future__ import annotations

import asyncio
from typing import AsyncIterator, Dict, List, Tuple, Union

from . import _native
from ._native import Message, Queue, Subscription

_Receiver = Union[Queue, Subscription]
_Waiters = List["asyncio.Future[None]"]

# Who waits for a descriptor in an event loop, which has one callback for each. Only as long as somebody does.
_waiting: Dict[Tuple[asyncio.AbstractEventLoop, int], _Waiters] = {}


def _wake(waiters: _Waiters) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


async def _readable(receiver: _Receiver) -> None:
    """Returns when it may have a message. It cannot be closed meanwhile."""
    loop = asyncio.get_running_loop()
    descriptor = _native.watch(receiver)
    try:
        waiters = _waiting.setdefault((loop, descriptor), [])
        ready: "asyncio.Future[None]" = loop.create_future()
        waiters.append(ready)
        try:
            if len(waiters) == 1:
                loop.add_reader(descriptor, _wake, waiters)
            await ready
        finally:
            waiters.remove(ready)
            if not waiters:
                del _waiting[loop, descriptor]
                loop.remove_reader(descriptor)
    finally:
        _native.unwatch(receiver)


async def receive_async(receiver: _Receiver) -> Message:
    """The next message. Other tasks run meanwhile. Several may wait for one Queue, and have their turns as they came."""
    while True:
        message = receiver.receive(0)
        if message is not None:
            return message
        await _readable(receiver)


async def messages(receiver: _Receiver) -> AsyncIterator[Message]:
    """All messages, for ever."""
    while True:
        yield await receive_async(receiver)


for _type in (Queue, Subscription):
    setattr(_type, "receive_async", receive_async)
    setattr(_type, "__aiter__", messages)
