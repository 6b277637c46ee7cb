# SPDX-License-Identifier: Apache-2.0
"""The driver of Python for tests/languages/conform; README.md there has the protocol.

    python3 python_driver.py [--break WHAT]      do one thing wrong, which conform must notice
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import struct
import sys
from typing import Any, Callable, Dict, List, Optional, Tuple

import coview

Request = Dict[str, Any]
Answer = Dict[str, Any]

BREAKS = ("offsets", "abandoned", "order", "lock", "type", "close", "lost")
FORMATS = {"u8": "=B", "i8": "=b", "u16": "=H", "i16": "=h", "u32": "=I", "i32": "=i", "u64": "=Q", "i64": "=q"}
FORMATS.update({"f32": "=f", "f64": "=d"})


class Refused(Exception):
    """What the driver itself finds wrong."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


class Schema:
    """`size=8 id:u32@0 kind:u8@4`."""

    def __init__(self, text: str, broken: str) -> None:
        size, *fields = text.split()
        self.size = int(size.split("=")[1])
        self.fields: List[Tuple[str, str, int]] = []
        packed = 0
        for field in fields:
            name, place = field.split(":")
            type_name, offset = place.split("@")
            form = FORMATS[type_name]
            self.fields.append((name, form, packed if broken == "offsets" else int(offset)))
            packed += struct.calcsize(form)

    def pack(self, values: str) -> bytes:
        packed = bytearray(self.size)
        given = dict(each.split("=") for each in values.split())
        for name, form, offset in self.fields:
            value = float(given[name]) if form[1] in "fd" else int(given[name])
            struct.pack_into(form, packed, offset, value)
        return bytes(packed)

    def unpack(self, data: bytes) -> str:
        if len(data) != self.size:
            raise Refused(errno.EBADMSG, f"{len(data)} bytes are no message of {self.size}")
        return " ".join(f"{name}={struct.unpack_from(form, data, offset)[0]!r}" for name, form, offset in self.fields)


class Driver:
    def __init__(self, broken: str) -> None:
        self._broken = broken
        self._handles: Dict[str, Any] = {}
        self._views: Dict[str, coview.View] = {}
        self._publishers: Dict[str, coview.Publisher] = {}

    def serve(self, request: Request) -> Answer:
        try:
            return self._find(request["do"])(request)
        except Refused as refused:
            return {"result": "error", "errno": refused.number, "message": str(refused)}
        except OSError as error:
            return {"result": "error", "errno": error.errno, "message": str(error)}
        except (ValueError, TypeError, OverflowError) as error:
            return {"result": "error", "errno": errno.EINVAL, "message": str(error)}

    def _find(self, what: str) -> Callable[[Request], Answer]:
        kind, _, verb = what.partition(".")
        if verb in ("create", "open", "open_or_create") and kind in OPENERS:
            return lambda request: self._open(kind, verb, request)
        found = getattr(self, "do_" + what.replace(".", "_"), None)
        if found is None:
            raise Refused(errno.ENOSYS, f"there is no '{what}'")
        return found  # type: ignore[no-any-return]

    def do_hello(self, request: Request) -> Answer:
        return {"result": "ok", "language": "python", "version": coview.__version__, "pid": os.getpid()}

    def do_reset(self, request: Request) -> Answer:
        def rank(item: Tuple[str, Any]) -> int:
            return not isinstance(item[1], (coview.Message, coview.Subscription))

        for label, _ in sorted(self._handles.items(), key=rank):
            self.do_close({"as": label})
        return {"result": "ok"}

    def do_close(self, request: Request) -> Answer:
        label = request["as"]
        handle = self._handles.pop(label)
        for of_it in (self._views.pop(label, None), self._publishers.pop(label, None)):
            if of_it is not None:
                of_it.close()
        if self._broken == "close":
            KEPT.append(handle)
        elif isinstance(handle, coview.Message):
            handle.release()
        else:
            handle.close()
        return {"result": "ok"}

    def do_exists(self, request: Request) -> Answer:
        try:
            return {"result": "ok", "kind": coview.stat(request["name"]).kind}
        except FileNotFoundError:
            return {"result": "absent"}

    def do_remove(self, request: Request) -> Answer:
        coview.remove(request["name"], force=True)
        return {"result": "ok"}

    def do_reclaim(self, request: Request) -> Answer:
        coview.reclaim()
        return {"result": "ok"}

    def _open(self, kind: str, verb: str, request: Request) -> Answer:
        cls, arguments = OPENERS[kind]
        keywords = arguments(verb, request)
        if self._broken == "type":
            keywords.pop("type_version", None)
        handle = getattr(cls, verb)(request["name"], **keywords)
        self._handles[request["as"]] = handle
        answer: Answer = {"result": "ok", "created": int(handle.created)}
        if kind == "mapping":
            self._views[request["as"]] = handle.view()
            answer["size"] = handle.size
        elif kind == "event":
            answer["kind"] = "manual" if handle.manual else "auto"
        elif kind == "semaphore":
            answer["maximum"] = handle.maximum
        return answer

    def _memory(self, request: Request) -> memoryview:
        return memoryview(self._views[request["as"]])

    def _store(self, request: Request, data: bytes) -> Answer:
        with self._memory(request) as memory:
            if memory.readonly:
                raise Refused(errno.EACCES, "the mapping was opened to read")
            memory[request["offset"] : request["offset"] + len(data)] = data
        return {"result": "ok"}

    def _load(self, request: Request, length: int) -> bytes:
        with self._memory(request) as memory:
            return bytes(memory[request["offset"] : request["offset"] + length])

    def do_write(self, request: Request) -> Answer:
        return self._store(request, bytes.fromhex(request["bytes"]))

    def do_read(self, request: Request) -> Answer:
        return {"result": "ok", "bytes": self._load(request, request["length"]).hex()}

    def do_put(self, request: Request) -> Answer:
        return self._store(request, Schema(request["schema"], self._broken).pack(request["values"]))

    def do_get(self, request: Request) -> Answer:
        schema = Schema(request["schema"], self._broken)
        return {"result": "ok", "values": schema.unpack(self._load(request, schema.size))}

    def do_count(self, request: Request) -> Answer:
        mutex, offset = self._handles[request["mutex"]], request["offset"]
        with self._memory(request) as memory, memory[offset : offset + 8] as place, place.cast("Q") as number:
            for _ in range(request["times"]):
                with mutex:
                    number[0] += 1
        return {"result": "ok"}

    def do_mutex_lock(self, request: Request) -> Answer:
        mutex = self._handles[request["as"]]
        if self._broken == "lock":
            return {"result": "ok"}
        if not mutex.acquire(timeout_of(request)):
            return {"result": "timed out"}
        return {"result": "abandoned" if mutex.abandoned and self._broken != "abandoned" else "ok"}

    def do_mutex_unlock(self, request: Request) -> Answer:
        self._handles[request["as"]].release()
        return {"result": "ok"}

    def do_event_set(self, request: Request) -> Answer:
        self._handles[request["as"]].set()
        return {"result": "ok"}

    def do_event_clear(self, request: Request) -> Answer:
        self._handles[request["as"]].clear()
        return {"result": "ok"}

    def do_event_wait(self, request: Request) -> Answer:
        return in_time(self._handles[request["as"]].wait(timeout_of(request)))

    def do_semaphore_acquire(self, request: Request) -> Answer:
        return in_time(self._handles[request["as"]].acquire(timeout_of(request)))

    def do_semaphore_release(self, request: Request) -> Answer:
        return {"result": "ok", "before": self._handles[request["as"]].release(request["count"])}

    def _objects(self, request: Request) -> List[Any]:
        return [self._handles[label] for label in request["objects"].split()]

    def do_wait_any(self, request: Request) -> Answer:
        objects = self._objects(request)
        index = coview.wait_any(objects, timeout_of(request))
        if index is None:
            return {"result": "timed out"}
        abandoned = isinstance(objects[index], coview.Mutex) and objects[index].abandoned
        return {"result": "abandoned" if abandoned else "ok", "index": index}

    def do_wait_all(self, request: Request) -> Answer:
        objects = self._objects(request)
        if not coview.wait_all(objects, timeout_of(request)):
            return {"result": "timed out"}
        abandoned = any(isinstance(each, coview.Mutex) and each.abandoned for each in objects)
        return {"result": "abandoned" if abandoned else "ok"}

    def _message(self, request: Request) -> bytes:
        if "schema" in request:
            return Schema(request["schema"], self._broken).pack(request["values"])
        return bytes.fromhex(request["bytes"])

    def _content(self, request: Request, message: coview.Message) -> Answer:
        data = bytes(message)
        if "schema" in request:
            return {"values": Schema(request["schema"], self._broken).unpack(data)}
        return {"bytes": data.hex()}

    def do_queue_send(self, request: Request) -> Answer:
        return in_time(self._handles[request["as"]].send(self._message(request), timeout_of(request)))

    def do_queue_receive(self, request: Request) -> Answer:
        message = self._handles[request["as"]].receive(timeout_of(request))
        if message is None:
            return {"result": "timed out"}
        if "keep" in request:
            self._handles[request["keep"]] = message
            return self._received(request, message)
        with message:
            return self._received(request, message)

    def _received(self, request: Request, message: coview.Message) -> Answer:
        answer = {"result": "ok", "sequence": message.sequence, "deaths": message.deaths, "lost": message.lost}
        if self._broken == "lost":
            answer["lost"] = 0
        return {**answer, **self._content(request, message)}

    def do_topic_publish(self, request: Request) -> Answer:
        label = request["as"]
        if label not in self._publishers:
            self._publishers[label] = self._handles[label].publisher()
        data = self._message(request)
        if self._broken == "order":
            data = data[::-1]
        return in_time(self._publishers[label].publish(data, timeout_of(request)))

    def do_topic_subscribe(self, request: Request) -> Answer:
        oldest = request.get("from") == "oldest"
        self._handles[request["as"]] = self._handles[request["topic"]].subscribe(oldest=oldest)
        return {"result": "ok"}

    def do_subscription_receive(self, request: Request) -> Answer:
        message = self._handles[request["as"]].receive(timeout_of(request))
        if message is None:
            return {"result": "timed out"}
        with message:
            return self._received(request, message)

    def do_topic_latest(self, request: Request) -> Answer:
        message = self._handles[request["as"]].latest()
        if message is None:
            return {"result": "absent"}
        with message:
            return self._received(request, message)


KEPT: List[Any] = []


def timeout_of(request: Request) -> Optional[float]:
    milliseconds = request.get("timeout", -1)
    return None if milliseconds < 0 else milliseconds / 1000


def in_time(done: bool) -> Answer:
    return {"result": "ok" if done else "timed out"}


def mapping_arguments(verb: str, request: Request) -> Request:
    if verb == "open":
        return {"access": request.get("access", "rw")}
    return {"size": request["size"]}


def event_arguments(verb: str, request: Request) -> Request:
    if verb == "open":
        return {}
    return {"manual": request["kind"] == "manual", "set": bool(request["set"])}


def semaphore_arguments(verb: str, request: Request) -> Request:
    if verb == "open":
        return {}
    return {"initial": request["initial"], "maximum": request["maximum"]}


def channel_arguments(verb: str, request: Request) -> Request:
    keywords = {key: request[key] for key in ("type", "type_size", "type_version") if key in request}
    if verb != "open":
        keywords["capacity"] = request["capacity"]
        keywords["messages"] = request.get("messages", 0)
    return keywords


OPENERS: Dict[str, Tuple[Any, Callable[[str, Request], Request]]] = {
    "mapping": (coview.Mapping, mapping_arguments),
    "mutex": (coview.Mutex, lambda verb, request: {}),
    "event": (coview.Event, event_arguments),
    "semaphore": (coview.Semaphore, semaphore_arguments),
    "queue": (coview.Queue, channel_arguments),
    "topic": (coview.Topic, channel_arguments),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--break", dest="broken", choices=BREAKS, default="")
    parser.add_argument("--breaks", action="store_true", help="print what can be broken")
    options = parser.parse_args()
    if options.breaks:
        print(*BREAKS)
        return
    driver = Driver(options.broken)
    for line in sys.stdin:
        print(json.dumps(driver.serve(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
