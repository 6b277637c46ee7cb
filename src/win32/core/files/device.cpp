// SPDX-License-Identifier: Apache-2.0
#include "win32/core/files/device.hpp"

#include <coview/win32/winerror.h>

#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr std::string_view null_device = "/dev/null";
constexpr std::string_view terminal = "/dev/tty";

}  // namespace

std::string reserved_device(std::string_view path) {
  if (auto const last = path.find_last_of("/\\"); last != std::string_view::npos) path.remove_prefix(last + 1);
  if (path.size() > 2 && path[1] == ':') path.remove_prefix(2);  // E:nul
  path = path.substr(0, path.find_first_of(".:"));
  while (!path.empty() && path.back() == ' ') path.remove_suffix(1);
  if (equal_ignoring_case(path, "NUL")) return std::string(null_device);
  if (equal_ignoring_case(path, "CON") || equal_ignoring_case(path, "CONIN$") || equal_ignoring_case(path, "CONOUT$"))
    return std::string(terminal);
  return {};
}

bool is_reserved(std::string_view native) noexcept {
  return native == null_device || native == terminal;
}

bool leads_to_device(std::string const& native) noexcept {
  if (is_reserved(native)) return true;
  struct ::stat status {};
  return ::stat(native.c_str(), &status) == 0 && is_device(status.st_mode);
}

DWORD changeable(std::string const& native) noexcept {
  return leads_to_device(native) ? ERROR_ACCESS_DENIED : ERROR_SUCCESS;
}

}  // namespace coview::win32
