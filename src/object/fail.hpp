// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <coview/error.hpp>

#include "os/visibility.hpp"

/// The one place where errors are made.
namespace coview::inline object {

[[noreturn]] void fail(std::errc code, error::parts text);

/// Fails with an errno. An empty cause becomes what the C library says of the errno; errnos whose remedy is the same
/// wherever they come from (no descriptors left, a read-only filesystem …) get it here.
[[noreturn]] void fail(int errno_value, error::parts text);

/// What a caller asked for, so that every error below can name it. Cheap to make: texts are put together only when
/// something fails.
struct operation_context {
  char const* operation;       ///< "open"
  char const* what;            ///< "mapping"
  std::string_view name = {};  ///< as a person wrote it; empty: none

  [[nodiscard]] std::string object() const;
  [[noreturn]] COVIEW_PRIVATE void fail(int errno_value, std::string cause = {}, std::string remedy = {}) const;
};

/// In quotation marks, with control characters and quotation marks escaped: names come from strangers.
std::string in_quotes(std::string_view name);

}  // namespace coview::inline object
