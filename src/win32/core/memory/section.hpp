// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>

#include "object/lifetime.hpp"
#include "os/fork_lock.hpp"
#include "os/own_descriptor.hpp"
#include "win32/core/handles/object.hpp"
#include "win32/core/security/security.hpp"

/// A file mapping as Windows has it, a "section": shared memory or a file, of a fixed size, with a protection of its
/// own.
///
/// Invariants:
/// 1. The name, where there is one, is held from the first handle to the last. Views keep the section, not the name
///    (L-01): what is left of it then is a descriptor without locks.
/// 2. Size, protection and flags never change; a file's section keeps the file open (C-19), and marks it as mapped
///    (T-01 to T-09) by a description of its own.
namespace coview::win32 {

class section final : public object {
 public:
  static constexpr kind type = kind::mapping;

  /// What it is made of. `payload` is empty where the payload is in the object's own file.
  struct parts {
    held_file name = {};
    os::own_descriptor payload = {};
    std::uint64_t payload_offset = 0;
    std::uint64_t size = 0;  ///< bytes: exact for a file, whole pages else (C-16)
    DWORD protect = 0;       ///< one of PAGE_*
    DWORD flags = 0;         ///< SEC_*
    bool file_backed = false;
    annex security = {};
    uid_t creator = 0;
  };
  explicit section(parts made);
  ~section() override;

  [[nodiscard]] std::uint64_t size() const noexcept { return parts_.size; }
  [[nodiscard]] std::uint64_t payload_offset() const noexcept { return parts_.payload_offset; }
  [[nodiscard]] DWORD protect() const noexcept { return parts_.protect; }
  [[nodiscard]] DWORD flags() const noexcept { return parts_.flags; }
  [[nodiscard]] bool file_backed() const noexcept { return parts_.file_backed; }
  /// Pages exist once somebody commits them.
  [[nodiscard]] bool reserved() const noexcept { return (parts_.flags & SEC_RESERVE) != 0 && !parts_.file_backed; }

  /// To map from; -1 with an errno where a writable one is not to be had.
  [[nodiscard]] int descriptor(bool writable) noexcept;
  /// A descriptor that carries no lock, once the section has lost its name; any before.
  [[nodiscard]] int any_descriptor() const noexcept {
    return parts_.payload ? parts_.payload.get() : parts_.name.fd();
  }

  /// The same where the program has not closed it; else -1 and EBADF.
  [[nodiscard]] int own_descriptor() const noexcept {
    if (parts_.payload ? parts_.payload.still_own() : parts_.name.has_own_descriptor()) return any_descriptor();
    errno = EBADF;
    return -1;
  }

  void view_mapped() noexcept { views_.fetch_add(1, std::memory_order_relaxed); }
  void view_unmapped() noexcept { views_.fetch_sub(1, std::memory_order_relaxed); }

  /// Enters it into the names that are open in this process (named_cache.hpp); its last handle's end takes it out.
  void know_by(std::string key);
  void forget() noexcept;
  /// Whether the name still leads here, and whether its own descriptor can be written through.
  [[nodiscard]] bool still_named() const noexcept { return parts_.name.still_named(); }
  [[nodiscard]] bool opened_for_writing() const noexcept;

  void last_handle_closed() noexcept override;
  [[nodiscard]] ACCESS_MASK permitted() const noexcept override;
  [[nodiscard]] bool is_same(object const& other) const noexcept override;
  bool prepare_transfer(object_transfer& out) override;
  [[nodiscard]] ACCESS_MASK provable(ACCESS_MASK claimed) const noexcept override;

 private:
  parts parts_;
  std::string key_;        // empty: not known by a name
  os::fork_lock closing_;  // the name
  os::fork_lock reopening_;
  os::own_descriptor writable_;  // where a handle got the right to write later than the section was opened (H-07)
  std::atomic<std::uint32_t> views_{0};
  std::uint32_t forks_;  // how often this process had forked when this was opened
};

/// A section that another process handed over.
object_ptr<> adopt_section(object_transfer& from);

/// Which rights each protection stands for.
constexpr bool protects_writable(DWORD protect) noexcept {
  return (protect & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)) != 0;
}
constexpr bool protects_executable(DWORD protect) noexcept {
  return (protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)) != 0;
}
constexpr bool protects_copying(DWORD protect) noexcept {
  return (protect & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY)) != 0;
}
inline constexpr DWORD page_protections = PAGE_READONLY | PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READ |
                                          PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
constexpr bool is_one_protection(DWORD protect) noexcept {
  return protect != 0 && (protect & (protect - 1)) == 0 && (protect & page_protections) == protect;
}
inline constexpr DWORD known_section_flags =
    SEC_RESERVE | SEC_COMMIT | SEC_NOCACHE | SEC_WRITECOMBINE | SEC_IMAGE | SEC_LARGE_PAGES;
/// What the memory of sections without a name and a file is called in /proc.
inline constexpr char const* unnamed_label = "coview-win32";
/// What the header of a named section's file says of it (C-21).
section::parts parts_from_header(object_header const& header);

/// PROT_* of a page protection. What is copied on write must be mapped privately.
int kernel_protection(DWORD protect) noexcept;

/// How often this process, or one that it was forked from, has forked: descriptions that are older are shared.
std::uint32_t forks_so_far() noexcept;

}  // namespace coview::win32
