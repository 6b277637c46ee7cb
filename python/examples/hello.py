# SPDX-License-Identifier: Apache-2.0
"""Run it in two terminals: each tells how many came before it. The memory goes with the last one."""

import coview

with coview.Mapping.open_or_create("MySharedMem", 4096) as memory, memory.view() as view:
    number = memoryview(view).cast("Q")
    with coview.Mutex.open_or_create("MySharedMem.lock") as lock:
        if lock.abandoned:  # its owner was killed: what it wrote may be half done
            number[0] = 0
        print(number[0], "came before me; Enter ends this", flush=True)
        number[0] += 1
    try:
        input()
    except EOFError:
        pass
    number.release()
