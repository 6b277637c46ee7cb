# SPDX-License-Identifier: Apache-2.0
"""Processes that share arrays, killed at any moment: nothing may be left, and nothing lost.

    python3 python/tests/kill_campaign.py [--kills 1000] [--seed N] [--seconds LIMIT] [--no-standard]

Each process counts in a shared array, under a mutex, and says so; it has an array of its own as well, and looks at those of
others. It is killed with SIGKILL, at its start, in the middle of a step, or waiting. What must hold:

1. Without the mutex's being abandoned, the array is whole: all its elements say the same.
2. What a process said that it had counted is in the array at the end, and nothing else is.
3. An array that somebody has is there, with what its creator wrote, though that one was killed.
4. In the end no file is left below COVIEW_ROOT.

The standard library's SharedMemory is looked at beside it: what as many killed processes leave, and what becomes of a segment
that one process has, when another one that had opened it is killed. Ends with 1 where coview broke a rule.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing import resource_tracker, shared_memory
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy

import coview

ELEMENTS = 1000
AT_A_TIME = 6


def open_shared(kills: int) -> Tuple[coview.Mutex, "numpy.ndarray[Any, Any]", "numpy.ndarray[Any, Any]"]:
    lock = coview.Mutex.open_or_create("lock")
    return lock, coview.ShareableArray("array", ELEMENTS, "i8"), coview.ShareableArray("said", kills + 1, "i8")


def repair(array: "numpy.ndarray[Any, Any]", said: "numpy.ndarray[Any, Any]") -> None:
    """A step is done when it stands in `said`; what was begun is undone."""
    array[:] = said.sum()


def look_at(number: int) -> str:
    """What is wrong with the array of another process; "" where it is right, or gone."""
    try:
        with coview.Mapping.open(f"of-{number}") as memory, memory.view() as view:
            # Its creator fills it before it has the name of anybody's: until then it is zeros.
            seen = set(bytes(view)) if memory.size == 64 else {256}
    except FileNotFoundError:
        return ""
    return "" if seen <= {0, number % 255 + 1} else f"the array of {number} has {sorted(seen)}"


def work(number: int, kills: int, seed: int, say: int) -> None:
    """Until it is killed. Says '.' for each step that is done, and what is wrong."""
    chance = random.Random(seed * 1_000_003 + number)
    own = coview.ShareableArray(f"of-{number}", 64, "u1")
    own[:] = number % 255 + 1
    lock, array, said = open_shared(kills)
    queue = coview.Queue.open_or_create("jobs", 1 << 16)
    while True:
        with lock:
            if lock.abandoned:
                repair(array, said)
            if not (array == said.sum()).all():
                os.write(say, f"the array is not whole: {set(array.tolist())} of {said.sum()}".encode())
                return
            array += 1
            said[number] += 1
        os.write(say, b".")
        queue.send(b"x", 0)
        queue.receive(0)
        wrong = look_at(chance.randrange(max(0, number - AT_A_TIME), number + 1))
        if wrong:
            os.write(say, wrong.encode())
            return


def start(run: Any, *arguments: Any) -> Tuple[int, int]:
    """A child without any object: this process has none. Its process, and what it says."""
    hear, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hear)
        try:
            run(*arguments, say)
        except BaseException as error:  # a child must not go on as its parent
            os.write(say, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(say)
    return pid, hear


def end(pid: int, hear: int) -> bytes:
    """What it had said when it was killed."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    said = b""
    while part := os.read(hear, 1 << 16):
        said += part
    os.close(hear)
    return said


def keep(kills: int, say: int) -> None:
    """Has what all share, so that it is there while nobody works."""
    held = open_shared(kills)
    os.write(say, b"ready")
    signal.pause()
    del held


def campaign(kills: int, seed: int, seconds: float) -> Tuple[int, int, List[str]]:
    """How many were killed, what they counted, and which rules were broken."""
    chance = random.Random(seed)
    until = time.monotonic() + seconds
    wrong: List[str] = []
    steps: Dict[int, int] = {}
    keeper = start(keep, kills)
    if os.read(keeper[1], 5) != b"ready":
        return 0, 0, ["what is shared could not be made"]
    running: List[Tuple[int, Tuple[int, int]]] = []

    def kill(place: int) -> None:
        number, process = running.pop(place)
        said = end(*process)
        steps[number] = said.count(b".")
        if said.strip(b"."):
            wrong.append(f"process {number}: {said.strip(b'.').decode()}")

    for number in range(kills):
        if time.monotonic() >= until or wrong:
            break
        running.append((number, start(work, number, kills, seed)))
        if len(running) == AT_A_TIME:
            time.sleep(chance.random() * 0.02)  # a moment like any other
            kill(chance.randrange(AT_A_TIME))
    while running:
        kill(len(running) - 1)
    lock, array, said = open_shared(kills)
    with lock:
        if lock.abandoned:
            repair(array, said)
        if not (array == said.sum()).all():
            wrong.append("the array is not whole at the end")
        # Killed between the step and the word, it had counted one more.
        lost = [number for number, heard in steps.items() if said[number] - heard not in (0, 1)]
        if lost:
            wrong.append(f"steps of processes {lost} are not in the array")
    del array, said
    lock.close()
    end(*keeper)
    coview.reclaim()
    left = [path.name for path in Path(os.environ["COVIEW_ROOT"]).rglob("*") if path.is_file()]
    if left:
        wrong.append(f"left behind: {left}")
    return len(steps), sum(steps.values()), wrong


# The same with what comes with Python.

MAKE = "import sys; from multiprocessing.shared_memory import SharedMemory; s = SharedMemory('{}', create=True, size=4096); print('ready', flush=True); sys.stdin.read()"
OPEN = "import sys; from multiprocessing.shared_memory import SharedMemory; s = SharedMemory('{}'); print('ready', flush=True); sys.stdin.read()"


def killed(code: str, whole_session: bool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdin is not None and process.stdout is not None and process.stdout.readline() == b"ready\n"
    os.killpg(process.pid, signal.SIGKILL) if whole_session else process.kill()
    process.stdout.read()  # until its tracker has ended too
    process.wait()
    process.stdin.close()
    process.stdout.close()


def standard(kills: int, seconds: float) -> Tuple[int, int, int]:
    """How many were tried; how many segments were left by sessions that were killed, and how many were destroyed that this
    process had, by a tracker whose process was killed."""
    prefix = f"coview-campaign-{os.getpid()}-"
    until = time.monotonic() + seconds
    left = destroyed = tried = 0
    while tried < kills and time.monotonic() < until:
        name = f"{prefix}{tried}"
        killed(MAKE.format(name), whole_session=True)
        left += Path("/dev/shm", name).exists()
        Path("/dev/shm", name).unlink(missing_ok=True)
        held = shared_memory.SharedMemory(name, create=True, size=4096)
        killed(OPEN.format(name), whole_session=False)
        destroyed += not Path("/dev/shm", name).exists()
        held.close()
        try:
            held.unlink()
        except FileNotFoundError:
            resource_tracker.unregister(f"/{name}", "shared_memory")  # else this process's tracker complains, too
        tried += 1
    return tried, left, destroyed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--seconds", type=float, default=600, help="no new process after so many")
    parser.add_argument("--no-standard", action="store_true", help="coview alone")
    options = parser.parse_args()
    root = tempfile.mkdtemp(prefix="coview-campaign-", dir="/dev/shm")
    os.environ["COVIEW_ROOT"] = root
    try:
        print(f"seed {options.seed}", flush=True)
        kills, steps, wrong = campaign(options.kills, options.seed, options.seconds)
    finally:
        shutil.rmtree(root)
    for each in wrong:
        print(each)
    print(f"coview: {kills} processes killed, {steps} steps counted, {len(wrong)} rules broken", flush=True)
    if not options.no_standard:
        tried, left, destroyed = standard(options.kills, options.seconds)
        print(f"standard library: {left} of {tried} segments left by killed sessions, "
              f"{destroyed} of {tried} destroyed that another process had")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
