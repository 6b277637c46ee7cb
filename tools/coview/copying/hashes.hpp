// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <coview/copy.hpp>

#include "shared/arguments.hpp"

/// The hashes that the program can make: the library's own, and those of libraries that were there when it was built.
namespace coview::tool {

/// "xxh3", "sha256", "blake3": those that are built in.
[[nodiscard]] std::vector<std::string> const& hash_names();

/// Makes hashes of that name. Throws `failure` where it is not built in.
[[nodiscard]] hash_maker hash_named(std::string const& name);

/// `--hash NAME`; the value stays as it is where the option is not given.
void add_hash(argument_list& takes, std::string& name, std::string const& help);

}  // namespace coview::tool
