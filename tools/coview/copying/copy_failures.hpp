// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "shared/console.hpp"
#include "shared/exit_code.hpp"

/// What went wrong with some of many files, told together at the end.
namespace coview::tool {

class failures {
 public:
  void add(std::filesystem::path const& source, std::filesystem::path const& target, std::error_code const& code,
           std::string const& text);
  [[nodiscard]] bool none() const noexcept { return all_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return all_.size(); }

  /// A line for each on standard error.
  void complain(console& out) const;
  [[nodiscard]] nlohmann::ordered_json as_json() const;
  /// The status of all, where they agree, else exit_failed.
  [[nodiscard]] exit_code status() const noexcept;

 private:
  struct one {
    std::string source;
    std::string target;
    std::error_code code;
    std::string text;
  };
  std::vector<one> all_;
};

}  // namespace coview::tool
