# SPDX-License-Identifier: Apache-2.0
"""Arrays of numpy that several processes share by a name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Tuple, Union

from ._native import Mapping

if TYPE_CHECKING:
    import numpy


def ShareableArray(
    name: str, shape: Union[int, Tuple[int, ...]], dtype: Any = float, *, mode: int = 0o600, permanent: bool = False
) -> "numpy.ndarray[Any, Any]":
    """An array of numpy in named memory: every process that asks for the same name has the same elements, at first zero.

    It is an ordinary array, and so are its slices: the name lives as long as one of them does, in any process. ValueError
    where the name has another size than the shape and type need.
    """
    import numpy

    kind = numpy.dtype(dtype)
    if kind.hasobject:
        raise ValueError(f"elements of {kind} are addresses, which mean nothing to other processes")
    size = (shape,) if isinstance(shape, int) else tuple(shape)
    count = math.prod(size)
    if count <= 0 or kind.itemsize == 0:
        raise ValueError("an array without elements has nothing to share")
    with Mapping.open_or_create(name, count * kind.itemsize, mode=mode, permanent=permanent) as memory:
        if memory.size != count * kind.itemsize:
            raise ValueError(
                f"'{name}' has {memory.size} bytes, and an array of {size} times {kind} needs {count * kind.itemsize}"
            )
        view = memory.view()
    return numpy.ndarray(size, kind, buffer=memoryview(view))  # type: ignore[arg-type]
