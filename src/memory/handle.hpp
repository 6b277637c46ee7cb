// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>

#include <coview/access.hpp>

#include "object/lifetime.hpp"
#include "os/own_descriptor.hpp"

namespace coview::detail {

/// What a mapping and its views share: this process's open reference. Immutable once made, so any thread may use it.
///
/// Invariants:
/// 1. `payload()` is a descriptor with exactly the rights in `rights`; for memory it is the description that carries
///    the locks (the kernel then keeps the name as long as a view is mapped), for a file it is the file's own, which
///    carries none.
/// 2. `size` never changes, whatever happens to the file behind it.
struct handle {
  held_file object;             // the name; empty for memory or a file without one
  os::own_descriptor separate;  // the payload where it is not the object's own file
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t payload_offset = 0;
  access rights = access::read_only;
  bool created = false;
  bool huge_pages = false;
  bool file_backed = false;

  [[nodiscard]] int payload() const noexcept { return separate ? separate.get() : object.fd(); }
  /// Fails with errc::bad_file_descriptor where the program closed the payload's descriptor, or closed it and let
  /// another file have its number: never is another file's content taken for the mapping's.
  void require_own_payload(operation_context const& context) const {
    if (separate ? separate.still_own() : object.has_own_descriptor()) return;
    context.fail(EBADF, "its descriptor " + std::to_string(payload()) + " was closed by the program",
                 "leave closing what native_handle() gives to the mapping; use a duplicate of it");
  }
  /// What it is, for error messages.
  [[nodiscard]] char const* what() const noexcept {
    if (!name.empty()) return "mapping";
    return file_backed ? "file mapping" : "anonymous mapping";
  }
};

}  // namespace coview::detail
