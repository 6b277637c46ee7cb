// SPDX-License-Identifier: Apache-2.0
// The sentences of errors, and what a person would do about each errno.
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <coview/error.hpp>

#include "object/escape.hpp"
#include "object/fail.hpp"
#include "os/file_size_limit.hpp"

namespace coview {
namespace {

std::string sentence(error::parts const& text) {
  std::string all = "cannot " + text.operation + " " + text.object + ": " + text.cause;
  if (!text.remedy.empty()) all += "; " + text.remedy;
  return all;
}

}  // namespace

error::error(int errno_value, parts text)
    : std::system_error(errno_value, std::generic_category()), text_([&] {
        std::string whole = coview::sentence(text);
        return std::make_shared<sentence_and_parts const>(sentence_and_parts{std::move(text), std::move(whole)});
      }()) {}

error::error(std::errc code, parts text) : error(static_cast<int>(code), std::move(text)) {}

error::~error() = default;

}  // namespace coview

namespace coview::inline object {
namespace {

/// What a person would do about an errno, wherever it comes from.
char const* usual_remedy(int errno_value) {
  switch (errno_value) {
    case EMFILE:
      return "close some, or raise the limit with 'ulimit -n'";
    case ENFILE:
      return "the whole system has no descriptors left; see fs.file-max";
    case ENOSPC:
      return "make room there; 'df' and 'df -i' show how much there is";
    case EDQUOT:
      return "this user's share of that filesystem is used up: remove something, or have it raised";
    case EROFS:
      return "set COVIEW_ROOT to a directory in a writable tmpfs";
    case ENOLCK:
    case ENOMEM:
      return "the system is short of memory, or this process at a limit: its memory cgroup, 'ulimit -v', "
             "vm.max_map_count";
    case EAGAIN:
      return "if the program locks its memory (mlockall), raise 'ulimit -l'";
    default:
      return "";
  }
}

}  // namespace

void fail(std::errc code, error::parts text) {
  fail(static_cast<int>(code), std::move(text));
}

void fail(int errno_value, error::parts text) {
  // What is too big for any file has a cause of its own; else it is the limit.
  if (errno_value == EFBIG && text.cause.empty()) {
    if (auto const limit = os::file_size_limit()) {
      text.cause = "this process may not make files of more than " + std::to_string(*limit) + " bytes";
      text.remedy = "raise the limit with 'ulimit -f'";
    }
  }
  if (text.cause.empty()) text.cause = std::strerror(errno_value);
  if (text.remedy.empty()) text.remedy = usual_remedy(errno_value);
  throw error(errno_value, std::move(text));
}

std::string operation_context::object() const {
  return name.empty() ? what : std::string(what) + " " + in_quotes(name);
}

void operation_context::fail(int errno_value, std::string cause, std::string remedy) const {
  coview::fail(errno_value, {operation, object(), std::move(cause), std::move(remedy)});
}

std::string in_quotes(std::string_view name) {
  std::string text = "'";
  for (char const c : escape(name)) {
    if (c == '\'') text += '\\';
    text += c;
  }
  return text + "'";
}

}  // namespace coview::inline object
