// SPDX-License-Identifier: Apache-2.0
#include "memory/target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>

#include "os/environment.hpp"
#include "os/file.hpp"
#include "os/process.hpp"

namespace coview::inline memory {
namespace {

/// What the kernel shows for a user who has no ID in this user namespace: may be anybody.
constexpr uid_t nobody_in_particular = 65534;

[[noreturn]] void fail_of_target(object_header const& header, std::string const& why,
                                 operation_context const& context) {
  context.fail(EACCES, "its header names the file " + in_quotes(header.target) + ", and is not believed: " + why,
               "open that file by its path, if it is the one you want");
}

[[noreturn]] void fail_of_replacement(object_header const& header, operation_context const& context) {
  context.fail(ENOENT, "its file " + in_quotes(header.target) + " was moved or replaced since it was given the name");
}

[[noreturn]] void fail_to_open(int failure, object_header const& header, operation_context const& context) {
  context.fail(failure, "its file " + in_quotes(header.target) + ": " + std::strerror(failure));
}

/// Rule 1.
void require_owners_header(object_header const& header, struct ::stat const& object,
                           operation_context const& context) {
  if ((object.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  fail_of_target(header, "others than its owner may write it", context);
}

/// Other processes of the effective user, who may have written the header, cannot open all that this one can.
bool may_more_than_its_user() noexcept {
  if (os::privileged()) return true;
  using os::capability;
  return ::geteuid() != 0 &&
         (os::has_capability(capability::dac_override) || os::has_capability(capability::dac_read_search));
}

/// Rule 2.
void require_owners_file(object_header const& header, struct ::stat const& object, struct ::stat const& file,
                         operation_context const& context) {
  if (object.st_uid == 0) return;
  bool const of_this_user = object.st_uid == ::geteuid();
  if (of_this_user && !may_more_than_its_user()) return;
  if (object.st_uid == file.st_uid && file.st_uid != nobody_in_particular) return;
  fail_of_target(header,
                 "it belongs to user " + std::to_string(object.st_uid) + ", and that file to user " +
                     std::to_string(file.st_uid) + (of_this_user ? "; this process may more than that user" : ""),
                 context);
}

/// The file behind an O_PATH descriptor, opened for what is wanted: the descriptor that was looked at, not the path,
/// which may lead elsewhere by now.
os::result<os::unique_fd> open_looked_at(int looked_at, bool writable) {
  int const flags = (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY;
  return os::open(("/proc/self/fd/" + std::to_string(looked_at)).c_str(), flags);
}

}  // namespace

os::unique_fd open_target(open_object const& named, bool writable, operation_context const& context) {
  auto const& header = named.header;
  auto const object = os::status(named.file.fd());
  if (!object) context.fail(object.error());
  require_owners_header(header, *object, context);

  // Looked at before it is opened: opening a device or a FIFO has effects.
  auto const place = os::open(header.target.c_str(), O_PATH);
  if (!place) fail_to_open(place.error(), header, context);
  auto const file = os::status(place->get());
  if (!file) fail_to_open(file.error(), header, context);
  require_owners_file(header, *object, *file, context);
  if (file->st_dev != header.target_device || file->st_ino != header.target_inode || !S_ISREG(file->st_mode)) {
    fail_of_replacement(header, context);
  }
  auto opened = open_looked_at(place->get(), writable);
  if (!opened && opened.error() == ENOENT) {
    context.fail(ENOSYS, "its file cannot be opened without /proc", "mount it: 'mount -t proc proc /proc'");
  }
  if (!opened) fail_to_open(opened.error(), header, context);
  return std::move(*opened);
}

namespace {

/// Knows whether it was `accept` that refused: that is then the answer.
class judge {
 public:
  explicit judge(acceptance const& accept) noexcept : accept_(accept) {}
  void operator()(open_object const& found) {
    turned_away_ = true;
    accept_(found);
    turned_away_ = false;
  }
  [[nodiscard]] bool turned_away() const noexcept { return turned_away_; }

 private:
  acceptance const& accept_;
  bool turned_away_ = false;
};

bool is_of_rights(error const& refused) {
  return refused.code() == std::errc::permission_denied || refused.code() == std::errc::read_only_file_system;
}

[[noreturn]] void advise_reading(error const& refused, operation_context const& context) {
  if (refused.code() == std::errc::read_only_file_system) {
    context.fail(EROFS, "its filesystem is mounted read-only", "open it with access::read_only");
  }
  context.fail(EACCES, "its permissions let this user read it, and not write it",
               "open it with access::read_only, or ask its creator for a wider mode");
}

/// Opening for writing was refused: looks at the object for reading. Only what `accept` takes is opened, and is the
/// answer; every other visit is turned away before it has a mark, and says whether reading would do. Empty where
/// there is nothing better to say than `refused`.
std::optional<open_object> open_readable(error const& refused, object_name const& name,
                                         operation_context const& context, acceptance const& accept) {
  if (!is_of_rights(refused)) return {};
  bool says_more = false;  // than `refused` what is thrown here
  try {
    return try_open_object(name, false, context, [&](open_object const& found) {
      require_kind(found, object_kind::mapping, context);
      if (accept && found.header.file_backed) {
        says_more = true;
        return accept(found);
      }
      // What may be written is not what refused, but a later object of that name.
      says_more = !found.file.reopen_without_locks(true);
      advise_reading(refused, context);
    });
  } catch (error const&) {
    if (says_more) throw;
    return {};  // not even for reading: the first answer was the right one
  }
}

}  // namespace

std::optional<open_object> try_open_mapping(object_name const& name, bool writable, operation_context const& context,
                                            acceptance const& accept) {
  if (!writable) return try_open_object(name, false, context, accept);
  judge verdict(accept);
  try {
    return try_open_object(name, true, context, std::ref(verdict));
  } catch (error const& refused) {
    if (verdict.turned_away()) throw;
    auto readable = open_readable(refused, name, context, accept);
    if (!readable) throw;
    return readable;
  }
}

open_object open_or_create_mapping(object_name const& name, new_object const& wanted, bool& created,
                                   operation_context const& context, acceptance const& accept) {
  judge verdict(accept);
  try {
    return open_or_create_object(name, wanted, created, context, std::ref(verdict));
  } catch (error const& refused) {
    if (!verdict.turned_away()) (void)open_readable(refused, name, context, {});
    throw;
  }
}

}  // namespace coview::inline memory
