// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/console.hpp"
#include "top/look.hpp"

/// The columns of `coview top`, which are also what its rows can be sorted by.
namespace coview::tool {

enum class top_key : unsigned char { name, kind, now, memory, handles, rate, depth, lag, lost, size, age, user };

/// What they are called on the command line and on the screen, in the order of `top_key`.
[[nodiscard]] std::vector<std::string> top_key_names();
[[nodiscard]] std::string_view text_of(top_key key);
/// Errors: std::invalid_argument.
[[nodiscard]] top_key top_key_of(std::string_view text);

struct top_order {
  top_key key = top_key::name;
  bool reversed = false;
};

/// Numbers: the largest first. What is equal stays in the order of names.
void sort_rows(std::vector<top_row>& rows, top_order order);

/// Every column, for those who take it apart: "-" stands for what a row does not have.
[[nodiscard]] table whole_table(std::span<top_row const> rows);

/// The heading and a line for each of the rows from `first` on, `count` at most. As many columns as fit into `width`,
/// and of those only the ones in which any row has something to tell; the one that is sorted by is among them.
[[nodiscard]] std::vector<std::string> fitting_lines(std::vector<top_row> const& rows, std::size_t first,
                                                     std::size_t count, std::size_t width, top_order order);

}  // namespace coview::tool
