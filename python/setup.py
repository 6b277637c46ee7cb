# SPDX-License-Identifier: Apache-2.0
"""Builds the one native module, for CPython 3.11 and all later versions.

With an installed libcoview of this version, which pkg-config finds, that one is linked. Otherwise, and with COVIEW_STATIC=1, the
sources beside this folder (or in COVIEW_SOURCES) are built by CMake, and the module has the library in it.
"""

import os
import subprocess
from pathlib import Path
from typing import List, Optional

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent
VERSION = "0.2.0"
PARTS = ("_native", "_memory", "_sync", "_timer", "_messages", "_channels", "_objects", "_status", "_copying")


def installed() -> Optional[List[str]]:
    """What pkg-config says of an installed library of this version."""
    if os.environ.get("COVIEW_STATIC") == "1":
        return None
    try:
        found = subprocess.run(
            ["pkg-config", "--cflags", "--libs", f"coview = {VERSION}"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.split()


class BuildNative(build_ext):
    """Finds or builds libcoview before the module that needs it."""

    def build_extension(self, extension: Extension) -> None:
        flags = installed()
        if flags is not None:
            extension.extra_compile_args += [flag for flag in flags if not flag.startswith(("-l", "-L", "-Wl"))]
            extension.extra_link_args += [flag for flag in flags if flag.startswith(("-l", "-L", "-Wl"))]
        else:
            self.build_library(extension)
        super().build_extension(extension)

    def build_library(self, extension: Extension) -> None:
        sources = Path(os.environ.get("COVIEW_SOURCES", HERE.parent))
        if not (sources / "CMakeLists.txt").is_file():
            raise SystemExit("libcoview is not installed (pkg-config does not find it), and its sources are not here")
        build = Path(self.build_temp).resolve() / "libcoview"
        settings = {
            "CMAKE_BUILD_TYPE": "Release",
            "BUILD_SHARED_LIBS": "OFF",
            "COVIEW_WIN32": "OFF",
            "COVIEW_TOOLS": "OFF",
            "COVIEW_BRIDGE": "OFF",
            "COVIEW_PRECOMPILE": "ON",
            "COVIEW_UNITY": "ON",
        }
        definitions = [f"-D{name}={value}" for name, value in settings.items()]
        try:
            subprocess.run(["cmake", "-S", str(sources), "-B", str(build), *definitions], check=True)
            subprocess.run(["cmake", "--build", str(build), "--parallel", str(os.cpu_count() or 1)], check=True)
        except FileNotFoundError as missing:
            raise SystemExit("building libcoview needs cmake and g++: apt-get install cmake g++ libxxhash-dev") from missing
        extension.include_dirs += [str(sources / "include")]
        extension.extra_objects += [str(build / "src" / "libcoview.a")]
        extension.extra_link_args += ["-lstdc++", "-pthread"]


setup(
    ext_modules=[
        Extension(
            "coview._native",
            sources=[f"src/coview/{part}.c" for part in PARTS],
            depends=["src/coview/_native.h"],
            extra_compile_args=["-std=c11", "-fvisibility=hidden", "-Wall", "-Wextra"],
            py_limited_api=True,
        )
    ],
    cmdclass={"build_ext": BuildNative},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
