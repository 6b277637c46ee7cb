// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include <coview/error.hpp>

/// What the program's exit status says, and the one place where a library error becomes such a status.
namespace coview::tool {

enum exit_code : int {
  exit_ok = 0,
  exit_failed = 1,        ///< it did not work, or a condition is false
  exit_usage = 2,         ///< the command line makes no sense
  exit_not_found = 3,     ///< nobody holds that name
  exit_permission = 4,    ///< not allowed
  exit_busy = 5,          ///< somebody else has it, or time is up
  exit_incompatible = 6,  ///< another layout version, or damaged
  exit_no_space = 7,      ///< no memory, disk or quota left
};

/// The status for an `errno` value in the generic category.
[[nodiscard]] exit_code exit_code_of(std::error_code const& code) noexcept;

/// What a command throws when it cannot go on: a sentence, what to do about it, and the status to exit with.
class failure : public std::runtime_error {
 public:
  failure(exit_code status, std::string const& text, std::string remedy = {})
      : std::runtime_error(text), remedy_(std::move(remedy)), status_(status) {}

  [[nodiscard]] exit_code status() const noexcept { return status_; }
  [[nodiscard]] std::string const& remedy() const noexcept { return remedy_; }

 private:
  std::string remedy_;
  exit_code status_;
};

/// Standard output cannot be written. Its own type, because a reader that went away is no failure to report.
class output_error : public std::system_error {
 public:
  using std::system_error::system_error;
};

}  // namespace coview::tool
