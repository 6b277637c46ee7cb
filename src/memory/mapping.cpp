// SPDX-License-Identifier: Apache-2.0
// How a mapping is made: from memory under a name, from a file of the user, or from memory without a name.
#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <limits>

#include <coview/mapping.hpp>

#include "memory/handle.hpp"
#include "memory/target.hpp"
#include "object/layout.hpp"
#include "object/name.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"

namespace coview {
namespace {

std::string const no_name;  // not in a function: a fork while it is made there would leave the child waiting for ever

using detail::handle;
using handle_ptr = std::shared_ptr<handle>;

constexpr char const* what = "mapping";

void require_size(std::uint64_t size, operation_context const& context) {
  if (size == 0) context.fail(EINVAL, "its size is 0 bytes", "ask for at least 1");
}

new_object describe_memory(std::uint64_t size, create_options const& options) {
  new_object wanted;
  wanted.mode = options.mode;
  wanted.permanent = options.permanent;
  wanted.header.payload_size = size;
  wanted.header.reserve = options.reserve;
  wanted.header.huge_pages = options.huge_pages;
  return wanted;
}

/// `target`: where its header names a file.
handle_ptr adopt(open_object opened, os::unique_fd target, object_name const& name, access rights, bool created) {
  auto made = std::make_shared<handle>();
  made->file_backed = opened.header.file_backed;
  made->separate = std::move(target);
  made->object = std::move(opened.file);
  made->name = name.display();
  made->size = opened.header.payload_size;
  made->payload_offset = opened.header.payload_offset;
  made->rights = rights;
  made->created = created;
  made->huge_pages = opened.header.huge_pages;
  return made;
}

handle_ptr try_open_handle(std::string_view name, access rights) {
  operation_context const context{"open", what, name};
  auto const parsed = require_name(name, context.operation);
  bool const writable = rights == access::read_write;
  os::unique_fd target;
  auto opened = try_open_mapping(parsed, writable, context, [&](open_object const& found) {
    require_kind(found, object_kind::mapping, context);
    target = found.header.file_backed ? open_target(found, writable, context) : os::unique_fd();
  });
  if (!opened) return nullptr;
  return adopt(std::move(*opened), std::move(target), parsed, rights, false);
}

/// The user's file, open and long enough.
struct backing {
  os::unique_fd fd;
  std::string path;  // absolute, without symbolic links
  struct ::stat status {};
  std::uint64_t size = 0;
};

[[noreturn]] void fail_to_open(std::string const& path, int failure, access rights,
                               operation_context const& context) {
  switch (failure) {
    case ENXIO:
    case ENODEV:
      context.fail(EINVAL, "it is not a regular file", "only regular files can be mapped");
    case EACCES:
    case EPERM:
    case EROFS:
    case ETXTBSY: {
      bool const readable = rights == access::read_write && os::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
      context.fail(failure, {},
                   readable ? "this user may read it: open it with access::read_only"
                            : "look at the permissions of it, and of the directories above, with 'ls -ld'");
    }
    case ENOENT:
      context.fail(failure, {}, "look at how it is spelt; with read-write access and a size it is made");
    default:
      context.fail(failure);
  }
}

backing open_backing(std::string const& path, access rights, bool may_create, operation_context const& context) {
  int const flags = (rights == access::read_write ? O_RDWR : O_RDONLY) | (may_create ? O_CREAT : 0);
  constexpr mode_t as_the_umask_says = 0666;
  auto fd = os::open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY, as_the_umask_says);
  if (!fd) fail_to_open(path, fd.error(), rights, context);
  backing file;
  file.fd = std::move(*fd);
  auto const status = os::status(file.fd.get());
  if (!status) context.fail(status.error());
  file.status = *status;
  if (S_ISDIR(status->st_mode)) context.fail(EISDIR);
  if (!S_ISREG(status->st_mode)) context.fail(EINVAL, "it is not a regular file", "only regular files can be mapped");
  std::error_code failure;
  file.path = std::filesystem::canonical(path, failure).string();
  if (failure) context.fail(failure.value());
  return file;
}

/// C-10 to C-16: the size asked for, or the file's; a shorter file grows where that is allowed.
void fit_size(backing& file, access rights, file_options const& options, operation_context const& context) {
  auto const length = static_cast<std::uint64_t>(file.status.st_size);
  file.size = options.size == 0 ? length : options.size;
  if (file.size <= length) return;
  if (rights != access::read_write) {
    context.fail(
        EINVAL,
        "the file has " + std::to_string(length) + " bytes, and " + std::to_string(file.size) + " were asked for",
        "open it read-write to let it grow");
  }
  if (file.size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    context.fail(EFBIG, "no file can have " + std::to_string(file.size) + " bytes");
  }
  int const failure =
      options.reserve ? os::resize(file.fd.get(), file.size) : os::commit(file.fd.get(), length, file.size - length);
  if (failure == 0) return;
  // A commit that failed half way leaves a longer file; nothing of the old contents is lost, and nothing is left of
  // the new.
  if (!options.reserve) os::resize(file.fd.get(), length);
  context.fail(failure, {},
               failure == ENOSPC ? "make room in its filesystem, or ask for 'reserve' to let it be sparse" : "");
}

void require_leads_to(open_object const& named, backing const& file, object_name const& name,
                      operation_context const& context) {
  bool const leads_there = named.header.kind == object_kind::mapping && named.header.file_backed &&
                           named.header.target_device == file.status.st_dev &&
                           named.header.target_inode == file.status.st_ino;
  if (leads_there) return;
  context.fail(EEXIST, "the name " + in_quotes(name.display()) + " leads to something else", "choose another name");
}

/// The name that leads to the file: made here, unless somebody was faster and gave it to the same file.
open_object name_backing(backing const& file, object_name const& name, file_options const& options, bool& created,
                         operation_context const& context) {
  new_object wanted;
  wanted.mode = options.mode;
  wanted.header.file_backed = true;
  wanted.header.target = file.path;
  wanted.header.target_device = file.status.st_dev;
  wanted.header.target_inode = file.status.st_ino;
  wanted.header.payload_size = file.size;
  return open_or_create_object(name, wanted, created, context,
                               [&](open_object const& found) { require_leads_to(found, file, name, context); });
}

}  // namespace

mapping mapping::create(std::string_view name, std::uint64_t size, create_options const& options) {
  operation_context const context{"create", what, name};
  auto const parsed = require_name(name, context.operation);
  require_size(size, context);
  auto made = try_create_object(parsed, describe_memory(size, options), context);
  if (!made)
    context.fail(EEXIST, "the name is taken", "open it, or use open_or_create; 'coview who' shows its holders");
  return mapping(adopt(std::move(*made), {}, parsed, access::read_write, true));
}

mapping mapping::open(std::string_view name, access rights) {
  auto opened = try_open_handle(name, rights);
  if (!opened) {
    operation_context{"open", what, name}.fail(ENOENT, "nobody holds it",
                                               "create it first; 'coview ls' shows what exists");
  }
  return mapping(std::move(opened));
}

std::optional<mapping> mapping::try_open(std::string_view name, access rights) {
  auto opened = try_open_handle(name, rights);
  if (!opened) return {};
  return mapping(std::move(opened));
}

mapping mapping::open_or_create(std::string_view name, std::uint64_t size, create_options const& options) {
  operation_context const context{"open or create", what, name};
  auto const parsed = require_name(name, context.operation);
  require_size(size, context);
  bool created = false;
  os::unique_fd target;
  auto const rights_of = [](open_object const& found) {
    int const flags = ::fcntl(found.file.fd(), F_GETFL);
    return (flags & O_ACCMODE) == O_RDWR ? access::read_write : access::read_only;
  };
  auto opened =
      open_or_create_mapping(parsed, describe_memory(size, options), created, context, [&](open_object const& found) {
        require_kind(found, object_kind::mapping, context);
        target = found.header.file_backed ? open_target(found, rights_of(found) == access::read_write, context)
                                          : os::unique_fd();
      });
  if (created) target.reset();  // of what was there before
  auto const rights = rights_of(opened);
  return mapping(adopt(std::move(opened), std::move(target), parsed, rights, created));
}

mapping mapping::file(std::string const& path, access rights, file_options const& options) {
  operation_context const context{"map", "file", path};
  bool const writable = rights == access::read_write;
  bool const named = !options.name.empty();
  object_name name;
  std::optional<open_object> found;
  backing file;
  if (named) {
    name = require_name(options.name, "create");
    // A name that exists keeps its size (C-21), and the file is neither made nor extended for it (C-23).
    found = try_open_object(name, false, context, [&](open_object const& there) {
      file = open_backing(path, rights, false, context);
      require_leads_to(there, file, name, context);
    });
  }
  auto made = std::make_shared<handle>();
  if (!found) {
    file = open_backing(path, rights, writable && options.size > 0, context);
    made->created = true;
    fit_size(file, rights, options, context);
    if (named) found = name_backing(file, name, options, made->created, context);
  }
  if (named) {
    file.size = found->header.payload_size;
    made->object = std::move(found->file);
    made->name = name.display();
  }
  made->file_backed = true;
  made->separate = std::move(file.fd);
  made->size = file.size;
  made->rights = rights;
  return mapping(std::move(made));
}

mapping mapping::anonymous(std::uint64_t size, create_options const& options) {
  operation_context const context{"create", "anonymous mapping"};
  require_size(size, context);
  if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()) - layout::first_page) {
    context.fail(EFBIG, "no file can have " + std::to_string(size) + " bytes");
  }
  if (!options.reserve) require_memory(size, context);
  auto fd = os::anonymous_file("coview");
  if (!fd) context.fail(fd.error());
  // As in an object's file, a page for the state of construct_once comes before the payload.
  std::uint64_t const whole = layout::first_page + size;
  int const failure = options.reserve ? os::resize(fd->get(), whole) : os::commit(fd->get(), 0, whole);
  if (failure != 0) context.fail(failure);
  if (int const unsealed = os::seal_size(fd->get())) context.fail(unsealed);
  auto made = std::make_shared<handle>();
  made->separate = std::move(*fd);
  made->size = size;
  made->payload_offset = layout::first_page;
  made->rights = access::read_write;
  made->created = true;
  made->huge_pages = options.huge_pages;
  return mapping(std::move(made));
}

std::uint64_t mapping::size() const noexcept {
  return handle_ ? handle_->size : 0;
}

std::string const& mapping::name() const noexcept {
  return handle_ ? handle_->name : no_name;
}

access mapping::rights() const noexcept {
  return handle_ ? handle_->rights : access::read_only;
}
bool mapping::created() const noexcept {
  return handle_ && handle_->created;
}
bool mapping::still_named() const noexcept {
  return handle_ && handle_->object.still_named();
}
int mapping::native_handle() const noexcept {
  return handle_ ? handle_->payload() : -1;
}
std::uint64_t mapping::payload_offset() const noexcept {
  return handle_ ? handle_->payload_offset : 0;
}

}  // namespace coview
