// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "harness.hpp"
#include "place.hpp"
#include "win32_plain.h"

/// The same Win32 operations through the library's windows.h and by Wine.
namespace bench {

/// How often an operation does what it measures.
std::uint32_t times_of(plain_operation what);

/// Through windows.h in this process.
contender win32_here(plain_operation what, root_directory const& root);

/// By Wine, where it and mingw-w64 are installed.
class wine {
 public:
  /// Starts Wine's server, outside of all pinning; the first time ever this takes a minute.
  wine();
  ~wine();
  wine(wine const&) = delete;
  wine& operator=(wine const&) = delete;
  [[nodiscard]] bool works() const noexcept { return works_; }
  [[nodiscard]] static contender run(plain_operation what);

 private:
  bool works_ = false;
};

}  // namespace bench
