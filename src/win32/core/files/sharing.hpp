// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "os/fd.hpp"

/// Share modes and mapped-file rules (FI-07, FI-08, T-01 to T-09) between all processes that use coview.
///
/// Every open leaves marks on the file itself: open-file-description locks on bytes far behind any real file's end,
/// one zone for each thing that an open does (read, write, delete) and for each that it denies to others. A file
/// mapping leaves its size and whether it is writable in the same way. The kernel drops the marks with the
/// description, that is when the last handle or view goes or its process dies, so that nothing is ever stale; and
/// since the marks belong to the description and not to the process, two opens within one process exclude each other
/// too. Programs that do not use coview neither see nor heed them.
///
/// Thread-safe. A filesystem without such locks means no sharing rules, not an error.
namespace coview::win32::sharing {

/// As FILE_SHARE_*; the same bits stand for the access of an open.
inline constexpr unsigned reading = 1;
inline constexpr unsigned writing = 2;
inline constexpr unsigned deleting = 4;

/// While it lives no other open decides about this file. It waits a short time for the others and goes on without
/// them: then two opens that exclude each other may both be refused, but never both succeed.
class decision {
 public:
  explicit decision(int fd) noexcept;
  decision(decision const&) = delete;
  decision& operator=(decision const&) = delete;
  ~decision();

 private:
  int fd_;
  bool taken_ = false;
};

/// Puts the marks of an open on its description and looks for others that it does not agree with; false: there are
/// some, and the description must be closed. Take a `decision` first. Access 0 always agrees.
[[nodiscard]] bool join(int fd, unsigned access, unsigned share) noexcept;

/// Whether an open with this access and share would agree with all others now; takes nothing.
[[nodiscard]] bool would_agree(int fd, unsigned access, unsigned share) noexcept;

/// Whether anybody has the file open to read, write or delete, however it is shared.
[[nodiscard]] bool in_use(int fd) noexcept;

/// Another description of the same file, for a section to hold: its marks outlive the file handle's (C-19, T-02).
/// Falls back to the same description where the file cannot be opened again.
[[nodiscard]] os::unique_fd section_description(int fd, bool writable) noexcept;

/// Marks a description from `section_description` as a section of so many bytes.
void declare_section(int fd, std::uint64_t size, bool writable) noexcept;

/// Whether a section or view somewhere reaches beyond this size, so that the file must not become so short (T-01).
[[nodiscard]] bool mapped_beyond(int fd, std::uint64_t size) noexcept;

}  // namespace coview::win32::sharing
