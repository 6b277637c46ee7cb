// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <coview/copy_tree.hpp>

/// Which entries of a tree are copied, by patterns as rsync has them.
namespace coview::copying {

/// Whether the first rule that matches says so. `path` begins with the name of the source, and has no slash in front.
bool is_excluded(std::span<tree_filter const> rules, std::string const& path, bool is_directory);

/// How patterns see a source: by its last name; empty where it has none (`.`, `..`, `/`), and only
/// what is in it counts.
std::string name_for_filters(std::string path);

/// Whether a path matches a pattern:
///   - one that begins with a slash matches from the beginning of the path; others, its end
///   - one that ends with a slash matches directories only; with /***, the directory and everything in it
///   - `*` stands for anything but a slash, `**` for slashes, too, `?` for one character, `[…]` for one of
///     several, with ranges and names ([[:digit:]]); where one of these is in it, a backslash takes the
///     next character as it is
///   - without a slash in it, and without `**`, it is compared with the last name alone
bool matches(std::string_view pattern, std::string_view path, bool is_directory);

}  // namespace coview::copying
