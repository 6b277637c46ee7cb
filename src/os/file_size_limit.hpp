// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's

#include <cstdint>
#include <optional>

/// The limit on the size of files (`ulimit -f`, RLIMIT_FSIZE). The kernel does not only refuse what goes beyond it:
/// it sends SIGXFSZ, which ends the process.
namespace coview::os {

/// In bytes; empty where there is none.
std::optional<std::uint64_t> file_size_limit() noexcept;

/// While it lives, this thread writes and extends files without SIGXFSZ: what the limit forbids is EFBIG. The
/// program's own handling, and its other threads, stay as they are. Cheap where there is no limit (one system call)
/// or another one lives in this thread (none).
class file_size_signal_block {
 public:
  file_size_signal_block() noexcept;
  file_size_signal_block(file_size_signal_block const&) = delete;
  file_size_signal_block& operator=(file_size_signal_block const&) = delete;
  ~file_size_signal_block();

 private:
  bool outermost_ = false;
  bool blocks_ = false;
  ::sigset_t before_;
};

}  // namespace coview::os
