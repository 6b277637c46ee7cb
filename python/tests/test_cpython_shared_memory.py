# SPDX-License-Identifier: Apache-2.0
"""CPython's own tests of SharedMemory and ShareableList, with coview.SharedMemory in the place of the former.

They come with the Python that runs this; where its package `test` is not installed, they are skipped.
"""

import multiprocessing
import unittest
from multiprocessing import shared_memory
from typing import Any
from unittest import mock

import pytest

import coview

cpython = pytest.importorskip("test._test_multiprocessing", reason="CPython's package 'test' is not installed")

# What is left out: each runs a program of its own, with the class that is replaced here.
LEFT_OUT = {
    "test_shared_memory_SharedMemoryManager_reuses_resource_tracker": "asks for one resource tracker; here there is none",
    "test_shared_memory_cleaned_after_process_termination": "wants the tracker's warning of a leak; here nothing leaks",
    "test_shared_memory_tracking": "wants the tracker's warning of a leak; here nothing leaks",
    "test_shared_memory_untracking": "wants memory to outlive its last holder; here it does not",
}


class SharedMemory(coview.SharedMemory):
    """Takes its names from where the tests replace what makes them."""

    def _create(self, name: Any, size: int) -> Any:
        while name is None:
            try:
                return super()._create(shared_memory._make_filename(), size)  # type: ignore[attr-defined]
            except FileExistsError:
                continue
        return super()._create(name, size)


class TestSharedMemory(cpython._TestSharedMemory, cpython.ProcessesMixin, unittest.TestCase):  # type: ignore[misc]
    """With fork: children have the replacement too."""

    def setUp(self) -> None:
        if self._testMethodName in LEFT_OUT:
            self.skipTest(LEFT_OUT[self._testMethodName])
        method = multiprocessing.get_start_method(allow_none=True)
        multiprocessing.set_start_method("fork", force=True)
        self.addCleanup(multiprocessing.set_start_method, method, force=True)
        replaced = mock.patch.object(shared_memory, "SharedMemory", SharedMemory)
        replaced.start()
        self.addCleanup(replaced.stop)
        super().setUp()
