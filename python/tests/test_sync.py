# SPDX-License-Identifier: Apache-2.0
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Callable

import pytest

import coview


def start(code: str) -> "subprocess.Popen[str]":
    """Another process, which has printed a line by now."""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def test_a_mutex_tells_that_its_owner_was_killed() -> None:
    with coview.Mutex.create("lock") as lock:
        assert not lock.abandoned
    lock = coview.Mutex.open_or_create("lock")
    owner = start("import coview, sys; m = coview.Mutex.open('lock'); m.acquire(); print('ready', flush=True); sys.stdin.read()")
    assert not lock.acquire(0)
    assert not lock.acquire(timeout=0.01)
    with pytest.raises(PermissionError, match="'lock'"):
        lock.release()
    kill(owner)
    with lock:
        assert lock.abandoned
        assert lock.acquire(0), "it may be acquired several times"
        lock.release()
    with lock:
        assert not lock.abandoned
    lock.close()


def test_events_and_semaphores() -> None:
    with coview.Event.create("go", manual=True) as event:
        assert event.manual and not event.wait(0)
        event.set()
        assert event.wait() and event.wait()
        event.clear()
        assert not event.wait(0)
        event.pulse()
        assert not pickle.loads(pickle.dumps(event)).created
    with coview.Semaphore.create("slots", 1, 2) as slots:
        pass  # leaving the block releases what entering it acquired
    assert slots.count == 1 and slots.maximum == 2
    assert slots.acquire(0) and not slots.acquire(0)
    assert slots.release(2) == 0
    with pytest.raises(OSError, match="maximum"):
        slots.release()
    slots.close()


def test_waiting_for_several() -> None:
    lock = coview.Mutex.create("lock")
    event = coview.Event.create("go")
    queue = coview.Queue.create("jobs", 4096)
    assert coview.wait_any([event, queue], 0) is None
    assert coview.wait_any([event, lock, queue]) == 1
    queue.send(b"job")
    assert coview.wait_any((event, queue)) == 1
    assert not coview.wait_all([event, lock], timeout=0.01)
    event.set()
    assert coview.wait_all([event, lock])
    lock.release()
    lock.release()
    with pytest.raises(TypeError, match="Mutex"):
        coview.wait_any([3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="1 to 64"):
        coview.wait_any([])
    for each in (lock, event, queue):
        each.close()
    with pytest.raises(ValueError, match="closed"):
        coview.wait_any([lock])


def test_others_run_while_a_thread_waits() -> None:
    event = coview.Event.create("go")
    waiter = threading.Thread(target=event.wait)
    waiter.start()
    while True:  # it waits as soon as close() says so
        try:
            event.close()
        except BufferError as error:
            assert "wait" in str(error)
            break
        event = coview.Event.open_or_create("go")  # it had not begun
    event.set()
    waiter.join()
    event.close()


WAITS: "dict[str, Callable[[], Any]]" = {
    "mutex": lambda: coview.Mutex.open("lock").acquire(),
    "with": lambda: coview.Mutex.open("lock").__enter__(),
    "event": lambda: coview.Event.open("go").wait(60),
    "semaphore": lambda: coview.Semaphore.open("slots").acquire(),
    "any": lambda: coview.wait_any([coview.Event.open("go"), coview.Semaphore.open("slots")]),
    "all": lambda: coview.wait_all([coview.Event.open("go"), coview.Semaphore.open("slots")]),
    "receive": lambda: coview.Queue.open("jobs").receive(),
    "next": lambda: next(coview.Queue.open("jobs")),
}


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_every_wait(wait: str) -> None:
    owner = start(
        "import coview, sys; m = coview.Mutex.create('lock'); m.acquire(); e = coview.Event.create('go')\n"
        "s = coview.Semaphore.create('slots', 0); q = coview.Queue.create('jobs', 4096)\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    main = threading.get_ident()
    timer = threading.Timer(0.1, lambda: signal.pthread_kill(main, signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            WAITS[wait]()
    finally:
        timer.join()
        kill(owner)


def test_killed_processes_leave_nothing_and_lose_nothing() -> None:
    """A few; kill_campaign.py by itself kills a thousand, or as many as it is told."""
    pytest.importorskip("numpy")
    command = [sys.executable, str(Path(__file__).with_name("kill_campaign.py")), "--kills", "40", "--no-standard"]
    campaign = subprocess.run(command, capture_output=True, text=True)
    assert campaign.returncode == 0, campaign.stdout + campaign.stderr
    assert "40 processes killed" in campaign.stdout and " 0 steps" not in campaign.stdout, campaign.stdout


def test_timers() -> None:
    with coview.Timer.create("tick") as timer:
        assert timer.due_in is None and not timer.wait(0) and not timer.manual
        timer.set(3600)
        assert timer.due_in is not None and 3000 < timer.due_in <= 3600 and not timer.wait(0)
        pickle.loads(pickle.dumps(timer)).set(0, period=0.001)
        assert timer.wait() and timer.wait()
        timer.cancel()
        assert timer.due_in is None
        timer.set_at(0)
        assert coview.wait_any([timer]) == 0
        assert coview.stat("tick").kind == "timer"
        for wrong in (float("nan"), float("inf"), 1e10):
            with pytest.raises(ValueError, match="292"):
                timer.set(wrong)
        with pytest.raises(OSError, match="period"):
            timer.set(1, -1)
        with pytest.raises(TypeError):
            timer.set("soon")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="closed"):
        timer.set(1)
    with coview.Timer.open_or_create("noon", manual=True) as timer:
        timer.set(0)
        assert timer.manual and timer.wait() and timer.wait()


def test_threads_and_tasks_use_and_close_the_same_objects() -> None:
    """A little of it; stress.py by itself does more, also for a debug build and under valgrind."""
    command = [sys.executable, "-X", "dev", str(Path(__file__).with_name("stress.py")), "--rounds", "60"]
    stress = subprocess.run(command, capture_output=True, text=True)
    assert stress.returncode == 0, stress.stdout + stress.stderr
