// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// What makes bytes safe to show. Names, command lines and contents come from other programs, so a terminal must
/// never see an escape sequence, a line break or a character that hides or reorders its neighbours in them.
namespace coview::inline object {

/// Printable UTF-8 as it is; everything else, which is control characters, what draws nothing or draws elsewhere, and
/// bytes that are no UTF-8, as \n, \x1b or \u{202e}.
[[nodiscard]] std::string escape(std::string_view bytes);

}  // namespace coview::inline object
