// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

/// What a copy says when a system call fails: one place, so that every error names the file and what to do about it.
namespace coview::copying {

/// Throws coview::error: "cannot OPERATION file 'PATH': CAUSE; REMEDY". Empty texts become what is usual for the
/// errno.
[[noreturn]] void fail(char const* operation, std::filesystem::path const& file, int errno_value,
                       std::string cause = {}, std::string remedy = {});

}  // namespace coview::copying
