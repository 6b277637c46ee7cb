# SPDX-License-Identifier: Apache-2.0
"""What calls cost in Python; see run."""

import time
from typing import Callable

import coview


def measure(what: str, times: int, deed: Callable[[], object]) -> None:
    """Prints the best of ten rounds, in nanoseconds a time."""
    best = 1e18
    for _ in range(10):
        begin = time.perf_counter_ns()
        for _ in range(times):
            deed()
        best = min(best, (time.perf_counter_ns() - begin) / times)
    print(f"{what} {best:.0f}", flush=True)


def main() -> None:
    memory = coview.Mapping.create("costs", 4096)
    mutex = coview.Mutex.create("costs.lock")
    event = coview.Event.create("costs.event")

    def lock() -> None:
        with mutex:
            pass

    queue = coview.Queue.create("costs.queue", 1 << 16)
    message = bytes(64)

    def send() -> None:
        queue.send(message)
        queue.receive().release()  # type: ignore[union-attr]

    def signal() -> None:
        event.set()
        event.wait()

    measure("create", 500, lambda: coview.Mapping.create("costs.new", 4096).close())
    measure("open", 500, lambda: coview.Mapping.open("costs").close())
    measure("map", 2000, lambda: memory.view().close())
    measure("lock", 20000, lock)
    measure("signal", 20000, signal)
    measure("send", 20000, send)


if __name__ == "__main__":
    main()
