// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

/// Copying between mappings of files, where a page that cannot be had is an answer and not the end of the process.
///
/// While a guard exists, this process's SIGBUS handler is ours; a SIGBUS that is not for a guarded copy goes to
/// whatever was there before. Guards may overlap, in any number of threads; the last one gives the handler back,
/// unless somebody else has put one in place since.
///
/// Thread safety: any thread; `copy` guards only the thread that calls it.
namespace coview::copying {

class fault_guard {
 public:
  fault_guard();
  fault_guard(fault_guard const&) = delete;
  fault_guard& operator=(fault_guard const&) = delete;
  ~fault_guard();

  enum class outcome { copied, faulted };
  /// memcpy(3). After a fault, some of the bytes may have been copied.
  static outcome copy(std::span<std::byte> to, std::span<std::byte const> from) noexcept;
};

}  // namespace coview::copying
