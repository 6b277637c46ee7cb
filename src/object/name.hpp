// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <coview/object.hpp>

#include "os/visibility.hpp"

/// Names: what a caller writes, what is legal, and which file it leads to (rules NM-01 to NM-17).
namespace coview::inline object {

/// Why a name is not one.
enum class name_fault : std::uint8_t {
  none,
  empty,              ///< nothing at all
  nul,                ///< a NUL in it
  not_utf8,           ///< bytes that are not UTF-8; an unpaired surrogate, encoded in three bytes, is legal (NM-17)
  too_long,           ///< more than 32 766 UTF-16 units (NM-14)
  leading_backslash,  ///< NM-07
  nothing_after,      ///< "Global\" alone (NM-08)
  reserved,           ///< exactly "Global", "Local" or "Session" (NM-09)
  backslash,          ///< any backslash but those of the prefixes (NM-05, NM-06)
};

/// A legal name.
struct object_name {
  name_scope scope = name_scope::local;
  std::string leaf;  ///< the name without its prefixes: what the object's header holds
  std::string file;  ///< the file's name, a readable prefix and a hash of the leaf; a slot number is added to it

  /// As a person writes it: "cam", or "Global\cam".
  [[nodiscard]] std::string display() const;
};

/// Longest legal name, in UTF-16 units, its prefix included (NM-14).
inline constexpr std::size_t longest_name = 32766;

/// Checks a name and says which file it leads to. `out` is set only where the answer is `none`.
COVIEW_PRIVATE name_fault parse_name(std::string_view text, object_name& out);

/// The name with this leaf, which may hold what no name that a caller writes can: a family of names of a layer above
/// has a backslash behind its first word ("pipe\cam"), so that it never meets another object. UTF-8 without NUL.
COVIEW_PRIVATE object_name name_of_family(name_scope scope, std::string leaf);

/// The name that an object's header holds, a family's included. False where it can be none.
bool stored_name(name_scope scope, std::string_view leaf, object_name& out);

/// As parse_name, for callers who throw. Errors: errc::invalid_argument, errc::filename_too_long.
object_name require_name(std::string_view text, char const* operation);

/// As require_name, and what a list shows of a family's names ("pipe\cam"), for those who look at what exists.
object_name require_listed_name(std::string_view text, char const* operation);

/// How every object file of the global scope begins; the rest of the directory belongs to others.
inline constexpr std::string_view global_file_prefix = "coview-global-";

/// What a file's name tells when the file itself may not be read.
struct file_name_parts {
  std::string readable;  ///< beginning of the leaf, unusual characters replaced
  std::string base;      ///< without slot
  unsigned slot = 0;
};
/// False where it is not an object file's name in this scope.
bool parse_file_name(std::string_view file, name_scope scope, file_name_parts& out);

/// "<base>.<slot>".
std::string slot_file(std::string const& base, unsigned slot);

}  // namespace coview::inline object
