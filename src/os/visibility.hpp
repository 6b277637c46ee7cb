// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks a function below the public headers that libcoview_win32.so calls: it stands on libcoview.so, so that a
/// process has one core, whichever face a thread calls it by. Everything without a mark is hidden.
///
/// The tag is part of the mangled name. cmake/coview.map.in knows by it what belongs to the private interface,
/// which is promised to nobody: it is named after the exact version, and the loader refuses a
/// libcoview_win32.so of another one.
///
/// Such a mark costs the library's own calls nothing: it is linked so that they go straight there
/// (src/CMakeLists.txt).
#define COVIEW_PRIVATE __attribute__((visibility("default"), abi_tag("coview_private")))
