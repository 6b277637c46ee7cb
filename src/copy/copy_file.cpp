// SPDX-License-Identifier: Apache-2.0
// The public way in: finds the two files and hands them to the engine.
#include <fcntl.h>

#include <cerrno>

#include <coview/copy.hpp>

#include "copy/engine/file_copy.hpp"
#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview {
namespace {

using copying::fail;

/// The directory of a target, and its name in there.
struct open_place {
  os::unique_fd directory;
  copying::target_place place;
};

open_place place_of(std::filesystem::path const& target) {
  std::string const name = target.filename().native();
  if (target.empty()) fail("copy to", target, ENOENT, "the target has no name", "name a target");
  if (name.empty() || name == "." || name == "..")
    fail("create", target, EISDIR, "it names a directory", "name the file that shall be in it");
  std::filesystem::path const parent = target.has_parent_path() ? target.parent_path() : ".";
  auto directory = os::open(parent.c_str(), O_RDONLY | O_DIRECTORY);
  // One that may be written and not read: enough for everything but flushing it.
  if (!directory && directory.error() == EACCES) directory = os::open(parent.c_str(), O_PATH | O_DIRECTORY);
  if (!directory) fail("open the directory of", target, directory.error());
  int const fd = directory->get();
  return {std::move(*directory), {fd, name, target}};
}

/// What a target that is a symbolic link leads to; that need not be there.
std::filesystem::path resolved(std::filesystem::path target) {
  constexpr int most_links = 40;  // as the kernel has it
  for (int links = 0; links < most_links; ++links) {
    std::error_code none;
    if (!std::filesystem::is_symlink(target, none)) return target;
    auto const leads_to = std::filesystem::read_symlink(target, none);
    if (none) fail("read link", target, none.value());
    target = target.parent_path() / leads_to;
  }
  fail("follow the links of", target, ELOOP);
}

}  // namespace

copy_report copy_file(std::filesystem::path const& source, std::filesystem::path const& target,
                      copy_options const& options) {
  auto const from = copying::open_source(AT_FDCWD, source.c_str(), source,
                                         {options.follow_source, options.read_special, options.changing});
  auto const to = place_of(options.follow_target ? resolved(target) : target);
  return copying::copy_open_file(from, to.place, options);
}

std::string_view to_string(copy_method method) noexcept {
  switch (method) {
    case copy_method::automatic:
      return "automatic";
    case copy_method::reflink:
      return "reflink";
    case copy_method::in_kernel:
      return "in-kernel";
    case copy_method::mapped:
      return "mapped";
    case copy_method::buffered:
      return "buffered";
    case copy_method::direct:
      return "direct";
  }
  return "unknown";
}

std::string_view to_string(copy_stage stage) noexcept {
  switch (stage) {
    case copy_stage::checking:
      return "checking";
    case copy_stage::copying:
      return "copying";
    case copy_stage::flushing:
      return "flushing";
    case copy_stage::verifying:
      return "verifying";
    case copy_stage::done:
      return "done";
  }
  return "unknown";
}

}  // namespace coview
