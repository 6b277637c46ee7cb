# SPDX-License-Identifier: Apache-2.0
"""Half of a pair with sensor.cpp: reads what that one measured, without a copy, and answers in the same memory."""

import coview
import numpy

# The same as `sensor` of sensor.cpp: fixed widths, and no gaps.
layout = numpy.dtype([("count", "u8"), ("mean", "f8"), ("samples", "f8", 8)])

coview.Event.open("sensor.measured").wait(60)
with coview.Mapping.open("sensor") as memory, memory.view() as view:
    sensor = numpy.frombuffer(view, dtype=layout)[0:1]
    with coview.Mutex.open("sensor.lock"):
        count = int(sensor["count"][0])
        sensor["mean"] = sensor["samples"][0, :count].mean()
    print(f"{count} samples, mean {sensor['mean'][0]}")
    del sensor  # the view is given back when nothing uses it
coview.Event.open("sensor.answered").set()
