# SPDX-License-Identifier: Apache-2.0
"""Receiving in asyncio: `async for message in subscription`, `await queue.receive_async()`."""

from __future__ import annotations

import asyncio
from typing import AsyncIterator, Union

from ._native import Message, Queue, Subscription

_Receiver = Union[Queue, Subscription]


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready: "asyncio.Future[None]" = loop.create_future()

    def is_readable() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, is_readable)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


async def receive_async(receiver: _Receiver) -> Message:
    """The next message. Other tasks run meanwhile; one task at a time may wait for one receiver."""
    while True:
        message = receiver.receive(0)
        if message is not None:
            return message
        await _readable(receiver.fileno())


async def messages(receiver: _Receiver) -> AsyncIterator[Message]:
    """All messages, for ever."""
    while True:
        yield await receive_async(receiver)


for _type in (Queue, Subscription):
    setattr(_type, "receive_async", receive_async)
    setattr(_type, "__aiter__", messages)
