# SPDX-License-Identifier: Apache-2.0
"""Threads, tasks of asyncio and processes that use, close and drop the same objects all at once.

    python3 python/tests/stress.py [--rounds 200] [--threads 6] [--tasks 20] [--seed N]

Meant for debug builds of CPython, valgrind and sanitizers; by itself it shows that each refusal is an exception, and that
every message arrives once. Ends with 1 where one of the threads met what it did not expect.
"""

import argparse
import asyncio
import gc
import os
import pickle
import random
import shutil
import sys
import tempfile
import threading
from typing import Any, Callable, List

import coview

# What may be said of an object that another thread has just closed, or uses.
REFUSALS = (BufferError, ValueError, RuntimeError)


class Shared:
    """Handles that all threads use and close, and open again."""

    def __init__(self) -> None:
        self.mapping = coview.Mapping.open_or_create("memory", 1 << 16)
        self.view = self.mapping.view()
        self.mutex = coview.Mutex.open_or_create("lock")
        self.event = coview.Event.open_or_create("event")
        self.semaphore = coview.Semaphore.open_or_create("slots", 4)
        self.timer = coview.Timer.open_or_create("timer")
        self.queue = coview.Queue.open_or_create("queue", 1 << 14)
        self.topic = coview.Topic.open_or_create("topic", 1 << 14)
        self.publisher = self.topic.publisher()
        self.subscription = self.topic.subscribe()

    def reopen(self) -> None:
        self.__init__()  # type: ignore[misc]


def lock_and_count(shared: Shared, chance: random.Random) -> None:
    with shared.mutex:
        buffer = memoryview(shared.view)
        buffer[0] = (buffer[0] + 1) % 256


def signal_and_wait(shared: Shared, chance: random.Random) -> None:
    shared.event.set()
    shared.event.wait(chance.choice((0, 0.001)))
    shared.timer.set(0.0001)
    shared.timer.wait(0.001)
    if shared.semaphore.acquire(0.001):
        shared.semaphore.release()


def send_and_receive(shared: Shared, chance: random.Random) -> None:
    shared.queue.send(bytes(chance.randrange(200)), 0.001)
    message = shared.queue.receive(0.001)
    if message is not None:
        memoryview(message).tobytes()
    slot = shared.queue.loan(64, 0)
    if slot is not None:
        memoryview(slot)[0] = 1
        slot.publish(chance.randrange(65), 0) if chance.random() < 0.5 else slot.release()


def publish_and_receive(shared: Shared, chance: random.Random) -> None:
    shared.publisher.publish(b"news", 0)
    message = shared.subscription.receive(0.001)
    latest = shared.topic.latest()
    assert latest is None or bytes(latest) == b"news"
    del message


def wait_for_several(shared: Shared, chance: random.Random) -> None:
    taken = coview.wait_any([shared.mutex, shared.event, shared.semaphore, shared.queue], 0.001)
    if taken == 0:
        shared.mutex.release()
    elif taken == 2:
        shared.semaphore.release()


def close_something(shared: Shared, chance: random.Random) -> None:
    for name in chance.sample(list(vars(shared)), 3):
        getattr(shared, name).close()
    shared.reopen()


def drop_something(shared: Shared, chance: random.Random) -> None:
    again = pickle.loads(pickle.dumps(shared.mapping))
    buffer = memoryview(again.view())
    del again
    buffer[1] = 1
    shared.publisher = shared.topic.publisher()
    gc.collect(chance.randrange(3))
    coview.list_objects()


DEEDS: List[Callable[[Shared, random.Random], None]] = [
    lock_and_count,
    signal_and_wait,
    send_and_receive,
    publish_and_receive,
    wait_for_several,
    close_something,
    drop_something,
]


def thread(shared: Shared, seed: int, rounds: int, wrong: List[str]) -> None:
    chance = random.Random(seed)
    for _ in range(rounds):
        deed = chance.choice(DEEDS)
        try:
            deed(shared, chance)
        except REFUSALS:
            pass
        except PermissionError:
            pass  # another handle of the mutex was put in the place of the one that was acquired
        except OSError as error:
            # A channel has sixteen places, and what threads dropped is closed when the collector comes.
            if "participants" not in str(error):
                wrong.append(f"{deed.__name__}: {error!r}")
                return
            gc.collect()
        except BaseException as error:
            wrong.append(f"{deed.__name__}: {error!r}")
            return


async def tasks(count: int, messages: int) -> None:
    """Each message to one of the tasks, whoever is cancelled, and whatever comes from another process."""
    with coview.Queue.create("work", 1 << 16) as queue:
        seen: List[int] = []

        async def work() -> None:
            while True:
                with await queue.receive_async() as message:
                    seen.append(int(bytes(message)))
                await asyncio.sleep(0)

        working = [asyncio.create_task(work()) for _ in range(count)]
        code = f"import coview\nq = coview.Queue.open('work')\nfor i in range({messages}): q.send(str(i).encode())"
        sender = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
        while len(seen) < messages:
            await asyncio.sleep(0.001)
            # One is cancelled where it waits, and another one comes in its place.
            working[0].cancel()
            await asyncio.gather(working.pop(0), return_exceptions=True)
            working.append(asyncio.create_task(work()))
        assert await sender.wait() == 0
        for each in working:
            each.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        assert sorted(seen) == list(range(messages)), f"{len(seen)} of {messages}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=200, help="of each thread")
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    root = tempfile.mkdtemp(prefix="coview-stress-", dir="/dev/shm")
    os.environ["COVIEW_ROOT"] = root
    wrong: List[str] = []
    print(f"seed {options.seed}", flush=True)
    try:
        shared = Shared()
        arguments = [(shared, options.seed + i, options.rounds, wrong) for i in range(options.threads)]
        threads: List[Any] = [threading.Thread(target=thread, args=each) for each in arguments]
        for each in threads:
            each.start()
        asyncio.run(tasks(options.tasks, 10 * options.rounds))
        for each in threads:
            each.join()
        del shared, arguments, threads
        gc.collect()
        left = [file for _, _, files in os.walk(root) for file in files]
        if left:
            wrong.append(f"left behind: {left}")
    finally:
        shutil.rmtree(root)
    for line in wrong:
        print(line)
    print(f"{options.threads} threads of {options.rounds} rounds, {options.tasks} tasks, {len(wrong)} of them failed")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
