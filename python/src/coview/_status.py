# SPDX-License-Identifier: Apache-2.0
"""Looking at queues and topics from outside."""

from __future__ import annotations

import dataclasses
from typing import List

from . import _native


@dataclasses.dataclass(frozen=True)
class Participant:
    """Who takes part in a channel: an open queue, a publisher, or a subscription."""

    number: int  #: its place in the channel; what Topic.evict takes
    role: str  #: "queue", "publisher" or "subscriber"
    process: int  #: as it numbered itself
    user: int
    held: int  #: messages that it has in hand
    received: int  #: of a subscriber, as those that follow
    lost: int  #: as it was told
    lag: int  #: messages that were published and that it has not received
    alive: bool  #: False: it died, and nobody has cleared up after it yet
    blocks: bool  #: publishers may have to wait for it
    holds_back: bool  #: they do, or would with the next message


@dataclasses.dataclass(frozen=True)
class ChannelStatus:
    """A channel's counters. A snapshot whose parts were read one after another: good for showing, not for deciding."""

    kind: str  #: "queue" or "topic"
    capacity: int  #: bytes of messages
    largest: int  #: bytes that a message can have
    most_messages: int
    sent: int  #: messages published since it was made
    depth: int  #: messages that are there
    deepest: int  #: of a queue: the most that were there, looked at now and then
    to_redeliver: int  #: of a queue: what the dead had, to be received once more
    redelivered: int  #: of a queue: so far
    dropped: int  #: of a queue: so far
    lost: int  #: of a topic: by all subscribers, those included that have left
    type: str  #: what it carries; "": bytes
    type_size: int
    type_version: int
    most_participants: int
    drops_of_the_dead: bool
    subscribers_may_block: bool
    same_pid_namespace: bool  #: whether `process` means the same here
    participants: List[Participant]


def channel_status(name: str) -> ChannelStatus:
    """Looks at a queue or topic without touching it. FileNotFoundError where nobody holds it."""
    status = _native.channel_status(name)
    participants = [Participant(**each) for each in status.pop("participants")]
    return ChannelStatus(participants=participants, **status)
