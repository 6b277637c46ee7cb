# SPDX-License-Identifier: Apache-2.0
"""A replacement for multiprocessing.shared_memory.SharedMemory that leaks nothing and destroys nothing that is in use."""

from __future__ import annotations

import secrets
from typing import Any, Callable, Optional, Tuple

from . import _native


class SharedMemory:
    """As the class of the same name in multiprocessing.shared_memory; `from coview import SharedMemory` is all there is to change.

    The difference: the block lives as long as a process has it open, whoever made it, and however they end. `unlink` is not
    needed; it takes the name away at once, as there.
    """

    def __init__(self, name: Optional[str] = None, create: bool = False, size: int = 0, *, track: bool = True) -> None:
        del track  # there is nothing to track
        if size < 0:
            raise ValueError("'size' must be a positive integer")
        self._memory: Optional[_native.Mapping] = None
        self._view: Optional[_native.View] = None
        self._buffer: Optional[memoryview] = None
        self._unlinks = False  # it was closed, and its name was there until then
        if create:
            if size == 0:
                raise ValueError("'size' must be a positive number different from zero")
            self._memory = self._create(name, size)
        else:
            if name is None:
                raise ValueError("'name' can only be None if create=True")
            self._memory = _native.Mapping.open(self._plain(name))
        self._name = "/" + self._memory.name  # as there, for those who look
        self._size = self._memory.size
        self._view = self._memory.view()
        self._buffer = memoryview(self._view)  # type: ignore[arg-type]

    @staticmethod
    def _plain(name: str) -> str:
        return name[1:] if name.startswith("/") else name

    def _create(self, name: Optional[str], size: int) -> _native.Mapping:
        while name is None:
            try:
                return _native.Mapping.create(f"psm_{secrets.token_hex(4)}", size)
            except FileExistsError:
                continue
        return _native.Mapping.create(self._plain(name), size)

    @property
    def buf(self) -> Optional[memoryview]:
        """The bytes; None after close()."""
        return self._buffer

    @property
    def name(self) -> str:
        """The name that others open."""
        return self._name[1:]

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def close(self) -> None:
        """Gives it back; BufferError while slices of `buf` are in use. The last one to close it frees the memory."""
        if self._buffer is not None:
            self._buffer.release()
            self._buffer = None
        if self._view is not None:
            self._view.close()
            self._view = None
        if self._memory is not None:
            self._unlinks = self._named()
            self._memory.close()
            self._memory = None

    def unlink(self) -> None:
        """Takes the name away now: nobody opens it any more; who has it open keeps it.

        FileNotFoundError where it was taken away before; not where it went with the last close(), as in close(), unlink().
        """
        went, self._unlinks = self._unlinks, False
        try:
            _native.remove(self.name, force=True)
        except FileNotFoundError:
            if not went:
                raise

    def _named(self) -> bool:
        try:
            _native.stat(self.name)
        except OSError:
            return False
        return True

    def __del__(self) -> None:
        try:
            self.close()
        except (AttributeError, BufferError):
            pass  # what still uses the bytes keeps them, and frees them

    def __reduce__(self) -> Tuple[Callable[..., Any], Tuple[str, bool, int]]:
        return type(self), (self.name, False, self._size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, size={self._size})"
