// SPDX-License-Identifier: Apache-2.0
// The object's file is found as the library finds it, and then everything that makes it right is left out.
#include "naive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/header.hpp"
#include "object/name.hpp"
#include "object/place.hpp"
#include "os/lock.hpp"

namespace campaign {
namespace {

std::string path_of(std::string const& name) {
  auto const parsed = coview::require_name(name, "open");
  std::string const directory = parsed.scope == coview::name_scope::global
                                    ? coview::root_path()
                                    : coview::root_path() + "/" + coview::local_directory_name(::geteuid());
  return directory + "/" + coview::slot_file(parsed.file, 0);
}

}  // namespace

naive_handle open_naively(std::string const& name) {
  naive_handle fd(::open(path_of(name).c_str(), O_RDWR | O_CLOEXEC));
  struct ::stat status {};
  if (!fd) return {};
  // An unfinished file is left alone: with a hold on one this fault would make others fail in a second way.
  coview::object_header header;
  if (::fstat(fd.get(), &status) != 0) return {};
  auto const size = static_cast<std::uint64_t>(status.st_size);
  if (coview::read_header(fd.get(), size, header) != coview::header_answer::ok) return {};
  if (coview::os::try_hold(fd.get()) != coview::os::lock_answer::taken) return {};
  if (coview::os::try_mark(fd.get()) != coview::os::lock_answer::taken) return {};
  if (::fstat(fd.get(), &status) != 0 || status.st_nlink == 0 || status.st_size == 0) return {};
  return fd;
}

void delete_naively(std::string const& name) {
  ::unlink(path_of(name).c_str());
}

}  // namespace campaign
