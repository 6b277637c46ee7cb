#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Python's face beside what Python has: messages, large frames, and what the killed leave behind.

    python3 bench/python_messages.py [--seconds N] [--kills N]

Needs the module (pip install ./python) and numpy; pyzmq and posix_ipc are measured where they are there, and what the
latter stands on in any case. All of it in one
run on one machine, each by two processes: the sender here, the receiver a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from multiprocessing import shared_memory
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import numpy

import coview

SIZE = 64
LAST = b"\xff" * SIZE
Send = Callable[[bytes], Any]
Receive = Callable[[], bytes]
context = multiprocessing.get_context("spawn")


def coview_queue(name: str, sends: bool) -> "Send | Receive":
    queue = coview.Queue.open_or_create(f"bench.{name}", 1 << 20)
    if sends:
        return queue.send

    def receive() -> bytes:
        with queue.receive() as message:  # type: ignore[union-attr]
            return bytes(message)

    return receive


def zmq_pair(name: str, sends: bool) -> "Send | Receive":
    import zmq

    socket = zmq.Context.instance().socket(zmq.PUSH if sends else zmq.PULL)
    address = f"ipc://{os.environ['COVIEW_ROOT']}/{name}.socket"
    if sends:
        socket.bind(address)
        return socket.send  # type: ignore[no-any-return]
    socket.connect(address)
    return socket.recv  # type: ignore[no-any-return]


def posix_queue(name: str, sends: bool) -> "Send | Receive":
    import posix_ipc  # type: ignore[import-not-found]

    queue = posix_ipc.MessageQueue(f"/coview-bench-{name}", posix_ipc.O_CREAT, max_message_size=SIZE)
    return queue.send if sends else lambda: queue.receive()[0]


def mqueue(name: str, sends: bool) -> "Send | Receive":
    """What posix_ipc stands on, for where it is not packaged; a call by ctypes costs about what one of its own does."""
    import ctypes

    class Attributes(ctypes.Structure):
        _fields_ = [(each, ctypes.c_long) for each in ("flags", "maxmsg", "msgsize", "curmsgs", "a", "b", "c", "d")]

    library = ctypes.CDLL(None, use_errno=True)
    path = f"/coview-bench-{os.getppid() if not sends else os.getpid()}-{name}".encode()
    queue = library.mq_open(path, os.O_CREAT | os.O_RDWR, 0o600, ctypes.byref(Attributes(0, 10, SIZE, 0)))
    if queue < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if not sends:
        library.mq_unlink(path)  # both have it
        buffer = ctypes.create_string_buffer(SIZE)

        def receive() -> bytes:
            library.mq_receive(queue, buffer, SIZE, None)
            return buffer.raw

        return receive
    return lambda message: library.mq_send(queue, message, SIZE, 0)


BY_NAME = {
    "coview.Queue": coview_queue,
    "pyzmq PUSH/PULL, ipc": zmq_pair,
    "posix_ipc.MessageQueue": posix_queue,
    "mq_send, by ctypes": mqueue,
}


def receive_all(receive: Receive, ready: Any, result: Any) -> None:
    ready.set()
    count = 0
    while receive() != LAST:
        count += 1
    result.put((count, time.monotonic()))


def receive_by_name(kind: str, name: str, ready: Any, result: Any) -> None:
    receive_all(BY_NAME[kind](name, False), ready, result)  # type: ignore[arg-type]


def receive_queue(queue: Any, ready: Any, result: Any) -> None:
    receive_all(queue.get, ready, result)


def receive_pipe(pipe: Any, ready: Any, result: Any) -> None:
    receive_all(pipe.recv_bytes, ready, result)


def rate(send: Send, target: Callable[..., None], *arguments: Any, seconds: float) -> float:
    """Messages of 64 B a second, from the first that is sent to the last that was received."""
    ready, result = context.Event(), context.Queue()
    receiver = context.Process(target=target, args=(*arguments, ready, result))
    receiver.start()
    ready.wait()
    message = bytes(SIZE)
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        for _ in range(100):
            send(message)
    send(LAST)
    count, end = result.get()
    receiver.join()
    return float(count / (end - begin))


def messages(seconds: float) -> Iterator[Tuple[str, float]]:
    for kind, make in BY_NAME.items():
        try:
            send = make("messages", True)
        except ImportError:
            print(f"  {kind:28} is not here")
            continue
        yield kind, rate(send, receive_by_name, kind, "messages", seconds=seconds)  # type: ignore[arg-type]
    queue = context.Queue()
    yield "multiprocessing.Queue", rate(queue.put, receive_queue, queue, seconds=seconds)
    reader, writer = context.Pipe(duplex=False)
    yield "multiprocessing.Pipe", rate(writer.send_bytes, receive_pipe, reader, seconds=seconds)
    simple = context.SimpleQueue()
    yield "multiprocessing.SimpleQueue", rate(simple.put, receive_queue, simple, seconds=seconds)


def look_at_frames(frames: int, ready: Any, seen: Any) -> None:
    topic = coview.Topic.open("bench.frames")
    subscription = topic.subscribe()
    ready.set()
    for _ in range(frames):
        message = subscription.receive()
        assert message is not None
        frame = numpy.frombuffer(message, dtype="u1")
        _ = frame[0], frame[-1]
        del frame
        message.release()
        seen.release()


def frames(size: int, times: int) -> List[float]:
    """Microseconds from a filled frame to the receiver having looked at its first and last byte, and having said so."""
    with coview.Topic.create("bench.frames", max(8 * size, 1 << 16)) as topic:
        ready, seen = context.Event(), coview.Semaphore.create("bench.seen", 0)
        receiver = context.Process(target=look_at_frames, args=(times, ready, seen))
        receiver.start()
        ready.wait()
        publisher = topic.publisher()
        took = []
        for _ in range(times):
            slot = publisher.loan(size)
            assert slot is not None
            frame = numpy.frombuffer(slot, dtype="u1")
            frame[0] = frame[-1] = 7  # the camera's work is not counted
            del frame
            begin = time.perf_counter()
            slot.publish()
            seen.acquire()
            took.append((time.perf_counter() - begin) * 1e6)
        receiver.join()
        publisher.close()
        seen.close()
    return took


def pipe_frames(pipe: Any, back: Any, times: int) -> None:
    for _ in range(times):
        frame = numpy.frombuffer(pipe.recv_bytes(), dtype="u1")
        _ = frame[0], frame[-1]
        back.send_bytes(b"x")


def frames_by_pipe(size: int, times: int) -> List[float]:
    theirs, mine = context.Pipe(duplex=False)
    heard, back = context.Pipe(duplex=False)
    receiver = context.Process(target=pipe_frames, args=(theirs, back, times + 1))
    receiver.start()
    frame = numpy.zeros(size, dtype="u1")
    took = []
    for _ in range(times + 1):
        begin = time.perf_counter()
        mine.send_bytes(frame)
        heard.recv_bytes()
        took.append((time.perf_counter() - begin) * 1e6)
    receiver.join()
    return took[1:]


def hold_forever(kind: str, number: int) -> None:
    """A process that shares an array, and is killed for it."""
    if kind == "coview":
        held: Any = coview.SharedMemory(create=True, size=1 << 16, name=f"bench-left-{os.getpid()}")
    else:
        held = shared_memory.SharedMemory(create=True, size=1 << 16, name=f"coview-bench-left-{os.getpid()}")
    held.buf[0] = number % 256
    print("ready", flush=True)
    time.sleep(3600)


def leaks(kind: str, kills: int) -> Tuple[int, int]:
    """How many of so many killed processes left a segment behind: theirs alone, and once their trackers were killed too."""

    def there() -> int:
        if kind == "coview":
            coview.reclaim()
            return sum(path.is_file() for path in Path(os.environ["COVIEW_ROOT"]).rglob("bench-left*"))
        return len(list(Path("/dev/shm").glob("coview-bench-left-*")))

    for number in range(kills):
        command = [sys.executable, __file__, "--hold", kind, str(number)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        # The whole session, as the out-of-memory killer, a container's end or a service manager do it: the tracker that
        # multiprocessing starts beside a process goes with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    left = there()
    for path in Path("/dev/shm").glob("coview-bench-left-*"):
        path.unlink()
    return left, kills


def still_used() -> Dict[str, str]:
    """Whether a segment is still there for others when one that had opened it has ended."""
    answers = {}
    for kind, module, make in (("coview", "coview", coview.SharedMemory), ("standard library", "multiprocessing.shared_memory", shared_memory.SharedMemory)):
        held = make(create=True, size=64, name="coview-bench-used")
        opener = f"from {module} import SharedMemory; SharedMemory(name='coview-bench-used').close()"
        # Until its tracker, which has the pipe too, has ended as well.
        subprocess.run([sys.executable, "-c", opener], check=True, stderr=subprocess.PIPE)
        try:
            make(name="coview-bench-used").close()
            answers[kind] = "still there"
        except FileNotFoundError:
            answers[kind] = "destroyed, though it is in use"
        held.close()
        try:
            held.unlink()
        except FileNotFoundError:
            pass
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--hold", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hold:
        hold_forever(options.hold[0], int(options.hold[1]))
        return
    root = tempfile.mkdtemp(prefix="coview-bench-python-", dir="/dev/shm")
    os.environ["COVIEW_ROOT"] = root
    try:
        print("messages of 64 B a second, one sender, one receiver")
        for kind, each in messages(options.seconds):
            print(f"  {kind:28} {each:12,.0f}")
        print("from a filled frame to the receiver's answer, µs: median, 99th percentile")
        for size in (64, 100_000_000):
            for kind, measure, times in (("coview.Topic, in place", frames, 300), ("multiprocessing.Pipe", frames_by_pipe, 20)):
                took = sorted(measure(size, times))
                print(f"  {size:>11,} B  {kind:24} {statistics.median(took):10,.0f} {took[int(len(took) * 0.99)]:10,.0f}")
        print(f"segments left behind by {options.kills} killed processes")
        for kind in ("coview", "standard library"):
            left, kills = leaks(kind, options.kills)
            print(f"  SharedMemory of {kind:18} {left} of {kills}")
        print("a segment that one process has, after another one opened and closed it")
        for kind, answer in still_used().items():
            print(f"  SharedMemory of {kind:18} {answer}")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
