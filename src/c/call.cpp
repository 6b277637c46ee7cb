// SPDX-License-Identifier: Apache-2.0
#include "c/call.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <coview/version.hpp>

#include "object/utf8.hpp"

namespace coview::c {
namespace {

/// Of this thread. An array, which needs neither memory nor a destructor.
constinit thread_local std::array<char, 1024> last_sentence{};

}  // namespace

coview_status failed(int errno_value, std::string_view sentence) noexcept {
  constexpr std::string_view ellipsis = "\xe2\x80\xa6";
  auto const room = last_sentence.size() - 1;
  bool const cut = sentence.size() > room;
  auto const length = cut ? utf8::whole_characters(sentence, room - ellipsis.size()) : sentence.size();
  auto* end = std::copy_n(sentence.begin(), length, last_sentence.begin());
  if (cut) end = std::copy(ellipsis.begin(), ellipsis.end(), end);
  *end = '\0';
  return -errno_value;
}

coview_status failed(char const* name, bad_argument const& argument) {
  return failed(argument.errno_value,
                error(argument.errno_value, {"call", name, argument.cause, argument.remedy}).what());
}

}  // namespace coview::c

char const* coview_last_error(void) {
  return coview::c::last_sentence.data();
}

char const* coview_version(void) {
  return COVIEW_VERSION;
}

uint32_t coview_version_number(void) {
  return COVIEW_VERSION_NUMBER;
}
