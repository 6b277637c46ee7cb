// SPDX-License-Identifier: Apache-2.0
#include "copying/copy_failures.hpp"

#include <nlohmann/json.hpp>

#include "shared/text.hpp"

namespace coview::tool {

void failures::add(std::filesystem::path const& source, std::filesystem::path const& target,
                   std::error_code const& code, std::string const& text) {
  all_.push_back({source.native(), target.native(), code, text});
}

void failures::complain(console& out) const {
  for (auto const& each : all_) out.complain(escape(each.text));
}

nlohmann::ordered_json failures::as_json() const {
  auto list = nlohmann::ordered_json::array();
  for (auto const& each : all_) {
    nlohmann::ordered_json entry = {{"source", each.source}, {"errno", each.code.value()}, {"text", each.text}};
    if (!each.target.empty()) entry["target"] = each.target;
    list.push_back(std::move(entry));
  }
  return list;
}

exit_code failures::status() const noexcept {
  if (all_.empty()) return exit_ok;
  auto const of = [](one const& each) {
    // Which files make no sense is for the files to say, and no fault of the command line.
    return each.code == std::errc::invalid_argument || each.code == std::errc::filename_too_long
               ? exit_failed
               : exit_code_of(each.code);
  };
  auto const status = of(all_.front());
  for (auto const& each : all_) {
    if (of(each) != status) return exit_failed;
  }
  return status;
}

}  // namespace coview::tool
