# SPDX-License-Identifier: Apache-2.0
"""A recipe for Conan 2: conan create packaging/conan --build=missing."""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class Coview(ConanFile):
    name = "coview"
    version = "0.2.0"
    description = "Named memory, locks and messages that several processes see at once, gone with their last holder"
    license = "Apache-2.0"
    topics = ("shared-memory", "ipc", "mutex", "queue")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "win32": [True, False]}
    default_options = {"shared": False, "fPIC": True, "win32": True}
    implements = ["auto_shared_fpic"]

    def export_sources(self):
        top = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "packaging/*.in", "src/*"):
            copy(self, pattern, top, self.export_sources_folder)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("coview runs on Linux only")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("xxhash/[>=0.8 <1]", visible=False)

    def generate(self):
        toolchain = CMakeToolchain(self)
        # One header, which is compiled in (cmake/FindxxHash.cmake).
        xxhash = self.dependencies["xxhash"].cpp_info.aggregated_components()
        toolchain.cache_variables["xxHash_INCLUDE_DIR"] = xxhash.includedirs[0]
        toolchain.cache_variables["COVIEW_TOOLS"] = False
        toolchain.cache_variables["COVIEW_BRIDGE"] = "OFF"
        toolchain.cache_variables["COVIEW_WIN32"] = bool(self.options.win32)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "coview")
        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "coview::coview")
        core.set_property("pkg_config_name", "coview")
        core.libs = ["coview"]
        core.system_libs = ["m"]
        # What is only compiled in is still to be named: Conan wants each requirement used.
        core.requires = ["xxhash::xxhash"]
        if self.options.win32:
            win32 = self.cpp_info.components["win32"]
            win32.set_property("cmake_target_name", "coview::win32")
            win32.set_property("pkg_config_name", "coview-win32")
            win32.libs = ["coview_win32"]
            win32.requires = ["core"]
            win32.includedirs = ["include/coview/win32"]
            for flags in (win32.cflags, win32.cxxflags):
                flags += ["-include", "coview_win32_words.h"]
