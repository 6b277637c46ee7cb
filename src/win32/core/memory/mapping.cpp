// SPDX-License-Identifier: Apache-2.0
// Creating and opening file mappings (C-*, S-*, SA-*, N-*, O-*). Checks come in Windows' order: protection and flags,
// then the size, then the name, and only for a new object the file and its rights.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include <coview/win32/memoryapi.h>
#include <coview/win32/winbase.h>

#include "memory/target.hpp"
#include "object/patience.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/sharing.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/named_cache.hpp"
#include "win32/core/memory/region.hpp"
#include "win32/core/memory/section.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr DWORD section_kinds = SEC_RESERVE | SEC_COMMIT;
constexpr std::uint64_t longest_section = std::uint64_t{1} << 47U;  // no view could ever be longer
constexpr ACCESS_MASK by_protection = 0;                            // the rights that follow from the protection

/// What a caller asked for, once it is known to be sound by itself.
struct demand {
  HANDLE file = nullptr;  // null: shared memory
  SECURITY_ATTRIBUTES const* attributes = nullptr;
  DWORD protect = 0;
  DWORD flags = 0;
  std::uint64_t size = 0;
  ACCESS_MASK access = 0;
};

/// C-06 and S-01 to S-11.
demand require_sound(HANDLE file, SECURITY_ATTRIBUTES const* attributes, DWORD protect, DWORD flags,
                     std::uint64_t size, ACCESS_MASK wanted) {
  if (!is_one_protection(protect)) throw_code(ERROR_INVALID_PARAMETER);
  DWORD const kind = flags & section_kinds;
  bool const image = (flags & SEC_IMAGE) != 0;
  if ((flags & ~known_section_flags) != 0 || kind == section_kinds) throw_code(ERROR_INVALID_PARAMETER);
  if (image && (flags & ~DWORD{SEC_IMAGE | SEC_NOCACHE}) != 0) throw_code(ERROR_INVALID_PARAMETER);
  if (!image && flags != 0 && kind == 0) throw_code(ERROR_INVALID_PARAMETER);  // S-05
  bool const large = (flags & SEC_LARGE_PAGES) != 0;
  bool const memory = file == nullptr || is_invalid_value(file);                       // C-01, C-03
  if (large && (kind != SEC_COMMIT || !memory)) throw_code(ERROR_INVALID_PARAMETER);   // S-07, S-08
  if (image && memory) throw_code(ERROR_BAD_EXE_FORMAT);                               // S-09
  if (size > INT64_MAX || (memory && size == 0)) throw_code(ERROR_INVALID_PARAMETER);  // C-02, C-17
  if (large) throw_code(ERROR_PRIVILEGE_NOT_HELD);                                     // S-07: nobody has it here

  demand asked{
      memory ? nullptr : file, attributes, protect, kind == 0 && !image ? flags | SEC_COMMIT : flags, size, wanted};
  if (wanted == by_protection) {  // C-20, C-24
    asked.access = STANDARD_RIGHTS_REQUIRED | SECTION_QUERY | SECTION_MAP_READ;
    if (protects_writable(protect)) asked.access |= SECTION_MAP_WRITE;
    if (protects_executable(protect)) asked.access |= SECTION_MAP_EXECUTE;
  }
  return asked;
}

/// What a failure to get the memory means: C-18.
[[noreturn]] void fail_of_memory(int failure, DWORD flags) {
  bool const reserve = (flags & SEC_RESERVE) != 0;
  if (failure == ENOSPC || failure == ENOMEM || failure == EFBIG || failure == EDQUOT)
    throw_code(reserve ? ERROR_NOT_ENOUGH_MEMORY : ERROR_COMMITMENT_LIMIT);
  throw_code(failure == ENOENT ? ERROR_PATH_NOT_FOUND : error_from_errno(failure));
}

/// The file behind a handle, and whether the handle allows what the section's protection needs (C-04 to C-09).
struct backing {
  os::unique_fd fd;  // a description of its own: it carries the section's marks
  std::string path;
  struct ::stat status {};
  std::uint64_t size = 0;
};

ACCESS_MASK file_rights_for(DWORD protect) {
  ACCESS_MASK needed = FILE_READ_DATA;
  if (protects_writable(protect)) needed |= FILE_WRITE_DATA;
  if (protects_executable(protect)) needed |= FILE_EXECUTE;  // D3
  return needed;
}

/// Asked before blocks are taken: a filesystem that was filled to the brim only to find that out would hurt
/// everybody.
bool has_room(int fd, std::uint64_t bytes) {
  struct ::statvfs space {};
  return ::fstatvfs(fd, &space) != 0 || std::uint64_t{space.f_bavail} * space.f_frsize >= bytes;
}

/// C-10 to C-15.
void fit_size(backing& file, demand const& asked) {
  auto const length = static_cast<std::uint64_t>(file.status.st_size);
  if (asked.size == 0 && length == 0) throw_code(ERROR_FILE_INVALID);
  file.size = asked.size == 0 ? length : asked.size;
  if (file.size <= length) return;
  if (!protects_writable(asked.protect)) throw_code(ERROR_NOT_ENOUGH_MEMORY);
  if (!has_room(file.fd.get(), file.size - length)) throw_code(ERROR_DISK_FULL);
  int failure = os::commit(file.fd.get(), length, file.size - length);
  if (failure == EOPNOTSUPP || failure == ENOSYS) failure = os::resize(file.fd.get(), file.size);
  if (failure == 0) return;
  os::resize(file.fd.get(), length);
  if (failure == EINVAL || failure == EFBIG || failure == ENOSPC || failure == EDQUOT) throw_code(ERROR_DISK_FULL);
  throw_code(error_from_errno(failure));
}

backing require_backing(demand const& asked) {
  object_ptr<file_object> source;
  {
    handle_guard const in_use(asked.file);
    auto* const found = in_use.as<file_object>();
    if (found == nullptr) throw_code(ERROR_INVALID_HANDLE);
    if (!found->regular()) throw_code(found->directory() ? ERROR_INVALID_HANDLE : ERROR_BAD_EXE_FORMAT);  // C-05
    source = in_use.pin_as<file_object>(file_rights_for(asked.protect));
    if (!source) throw_code(ERROR_ACCESS_DENIED);
  }
  backing file;
  file.fd = sharing::section_description(source->fd(), protects_writable(asked.protect));
  if (!file.fd) throw_code(error_from_errno(errno));
  file.path = source->path();
  auto const status = os::status(file.fd.get());
  if (!status) throw_code(error_from_errno(status.error()));
  file.status = *status;
  if ((asked.flags & SEC_IMAGE) != 0) {
    std::array<std::byte, 2> head{};
    auto const read = os::read_at(file.fd.get(), head, 0);
    bool const image = read && *read == head.size() && head[0] == std::byte{'M'} && head[1] == std::byte{'Z'};
    if (!image) throw_code(ERROR_BAD_EXE_FORMAT);  // S-09, S-12
  }
  fit_size(file, asked);
  return file;
}

section::parts parts_of_file(backing file, demand const& asked) {
  section::parts made;
  sharing::declare_section(file.fd.get(), file.size, protects_writable(asked.protect));
  made.payload = std::move(file.fd);
  made.size = file.size;
  made.protect = asked.protect;
  made.flags = asked.flags;
  made.file_backed = true;
  return made;
}

object_ptr<section> make_unnamed(demand const& asked) {
  if (asked.file != nullptr) return make_object<section>(parts_of_file(require_backing(asked), asked));
  section::parts made;
  made.size = os::round_up(asked.size, page);
  made.protect = asked.protect;
  made.flags = asked.flags;
  if (asked.size > longest_section) fail_of_memory(EFBIG, asked.flags);
  bool const reserve = (asked.flags & SEC_RESERVE) != 0;
  try {
    if (!reserve) require_memory(made.size, {"create", "file mapping"});
  } catch (error const&) {
    fail_of_memory(ENOMEM, asked.flags);
  }
  auto fd = os::anonymous_file(unnamed_label);
  if (!fd) throw_code(error_from_errno(fd.error()));
  int const failure = reserve ? os::resize(fd->get(), made.size) : os::commit(fd->get(), 0, made.size);
  if (failure != 0) fail_of_memory(failure, asked.flags);
  made.payload = std::move(*fd);
  return make_object<section>(std::move(made));
}

/// A section from an object's file: what others said of it when they made it counts (C-21). `target`: the file that
/// it names.
object_ptr<section> adopt(open_object opened, os::unique_fd target) {
  auto made = parts_from_header(opened.header);
  if (made.file_backed) {
    made.payload = std::move(target);
    sharing::declare_section(made.payload.get(), made.size, protects_writable(made.protect));
  }
  made.name = std::move(opened.file);
  return make_object<section>(std::move(made));
}

/// The rights that Open gives (O-06 to O-10): FILE_MAP_EXECUTE says explicitly what SECTION_MAP_EXECUTE means.
ACCESS_MASK section_rights(ACCESS_MASK wanted) {
  auto access = specific_rights(object::kind::mapping, wanted);
  if ((access & SECTION_MAP_EXECUTE_EXPLICIT) != 0) access |= SECTION_MAP_EXECUTE;
  return access;
}

/// What an opener of a name is told of the object that stands there; and what it gets of it.
class section_request {
 public:
  explicit section_request(ACCESS_MASK wanted)
      : wanted_(section_rights(wanted)), most_((wanted & MAXIMUM_ALLOWED) != 0) {}

  [[nodiscard]] bool for_writing() const noexcept { return (wanted_ & SECTION_MAP_WRITE) != 0; }
  /// The file lets this user read it only: all rights that are to be had, or the section itself is not for writing.
  void read_only() noexcept { only_readable_ = true; }

  /// The acceptance of an open.
  void judge(open_object const& found) {
    auto const& header = found.header;
    auto const security = from_header(header.annex);
    bool const mapping = header.kind == object_kind::mapping;
    bool const readonly = mapping && !protects_writable(security.section);
    if (only_readable_ && !most_ && !readonly) throw_code(ERROR_ACCESS_DENIED);
    if (!mapping) throw_code(ERROR_INVALID_HANDLE);  // C-25
    auto const permitted = permitted_by(security, header.creator_user);
    granted_ = wanted_;
    if (most_ && only_readable_) granted_ &= ~ACCESS_MASK{SECTION_MAP_WRITE};
    if (most_) granted_ &= permitted;
    if ((granted_ & ~permitted) != 0) throw_code(ERROR_ACCESS_DENIED);
    bool const writable =
        for_writing() && !only_readable_ && (security.win32 == 0 || protects_writable(security.section));
    target_ = header.file_backed ? open_target_of(found, writable) : os::unique_fd();
  }

  [[nodiscard]] ACCESS_MASK granted() const noexcept { return granted_; }
  os::unique_fd take_target() noexcept { return std::move(target_); }

 private:
  /// Its refusal is the answer, and says nothing about the rights to the object.
  static os::unique_fd open_target_of(open_object const& found, bool writable) {
    try {
      return open_target(found, writable, {"open", "file mapping", found.header.name});
    } catch (error const& failure) {
      throw_code(error_from(failure));
    }
  }

  ACCESS_MASK wanted_;
  bool most_;
  bool only_readable_ = false;
  ACCESS_MASK granted_ = 0;
  os::unique_fd target_;
};

/// Opens a name with these rights. Null where nobody holds it.
object_ptr<section> open_named(wanted_name const& name, ACCESS_MASK& access) {
  operation_context const context{"open", "file mapping", name.text};
  section_request request(access);
  auto const accept = [&](open_object const& found) { request.judge(found); };
  std::optional<open_object> opened;
  try {
    opened = try_open_mapping(name.parsed, request.for_writing(), context, accept);
  } catch (error const& failure) {
    if (failure.code() != std::errc::permission_denied || !request.for_writing()) throw;
    request.read_only();
    opened = try_open_object(name.parsed, false, context, accept);
  }
  if (!opened) return {};
  access = request.granted();
  return adopt(std::move(*opened), request.take_target());
}

/// C1 to C6 of docs/lifetime.md, in the layer below. Null where the name was taken meanwhile.
object_ptr<section> create_named(wanted_name const& name, demand const& asked) {
  operation_context const context{"create", "file mapping", name.text};
  auto const security = protection_from(asked.attributes, object::kind::mapping);
  new_object wanted;
  wanted.mode = security.mode;
  wanted.header.kind = object_kind::mapping;
  wanted.header.reserve = (asked.flags & SEC_RESERVE) != 0;
  wanted.header.annex = to_header(security, asked.protect | asked.flags);
  std::optional<backing> file;
  if (asked.file != nullptr) {
    file = require_backing(asked);
    wanted.header.file_backed = true;
    wanted.header.reserve = false;
    wanted.header.target = file->path;
    wanted.header.target_device = file->status.st_dev;
    wanted.header.target_inode = file->status.st_ino;
    wanted.header.payload_size = file->size;
  } else {
    if (asked.size > longest_section) fail_of_memory(EFBIG, asked.flags);
    wanted.header.payload_size = os::round_up(asked.size, page);
  }
  try {
    auto made = try_create_object(name.parsed, std::move(wanted), context);
    if (!made) return {};
    return adopt(std::move(*made), file ? std::move(file->fd) : os::unique_fd());
  } catch (error const& failure) {
    if (asked.file == nullptr) fail_of_memory(failure.code().value(), asked.flags);
    throw;
  }
}

bool is_usable(object const& one) {
  return one.what() != object::kind::mapping || static_cast<section const&>(one).still_named();
}
bool is_usable_for_writing(object const& one) {
  return is_usable(one) &&
         (one.what() != object::kind::mapping || static_cast<section const&>(one).opened_for_writing());
}

/// A handle to a section that a handle of this process leads to already. Nullptr where there is none, or the kernel
/// has to be asked whether it may be written.
HANDLE handle_to_known(std::string const& key, ACCESS_MASK wanted, bool inherit) {
  auto access = section_rights(wanted);
  bool const writing = (access & SECTION_MAP_WRITE) != 0;
  auto const known = named_cache::find(key, writing ? &is_usable_for_writing : &is_usable);
  if (!known) return nullptr;
  if (known->what() != object::kind::mapping) throw_code(ERROR_INVALID_HANDLE);  // C-25
  auto const permitted = known->permitted();
  if ((wanted & MAXIMUM_ALLOWED) != 0) access &= permitted;
  if ((access & ~permitted) != 0) throw_code(ERROR_ACCESS_DENIED);
  DWORD const before = last_error;
  auto* const handle = make_handle(known, access, inherit);
  if (handle == nullptr && last_error != ERROR_INVALID_HANDLE) throw_code(last_error);
  last_error = before;
  return handle;  // none where its last handle has been closed meanwhile
}

/// A handle to what has just been opened or made.
HANDLE handle_to_new(object_ptr<section> const& what, std::string key, ACCESS_MASK access, bool inherit) {
  if (!key.empty()) what->know_by(std::move(key));
  auto* const handle = make_handle(what, access, inherit);
  if (handle == nullptr) what->forget();
  return handle;
}

std::string key_of(wanted_name const& name) {
  return name.unnamed ? std::string() : named_cache::key_of(name.parsed);
}

struct found_or_made {
  object_ptr<section> what;
  bool existed = false;
};

found_or_made open_or_create(wanted_name const& name, demand& asked) {
  if (name.unnamed) {  // NM-12
    auto made = make_unnamed(asked);
    return {std::move(made), false};
  }
  // Most names that are asked for so are new. But a file must not grow, nor much memory be looked for, for one that
  // is not (C-21, C-23).
  constexpr std::uint64_t little = std::uint64_t{1} << 20U;
  if (asked.file == nullptr && asked.size <= little) {
    if (auto made = create_named(name, asked)) return {std::move(made), false};
  }
  patience patience;
  for (;;) {
    ACCESS_MASK access = asked.access;
    if (auto found = open_named(name, access)) return {std::move(found), true};
    if (auto made = create_named(name, asked)) return {std::move(made), false};
    if (!patience.pause()) throw_code(ERROR_BUSY);
  }
}

template <class Char>
HANDLE create_mapping(HANDLE file, SECURITY_ATTRIBUTES const* attributes, DWORD protect, DWORD flags,
                      std::uint64_t size, Char const* text, ACCESS_MASK access) noexcept {
  return guarded(
      [&]() -> HANDLE {
        auto asked = require_sound(file, attributes, protect, flags, size, access);
        auto const name = name_to_create(text);
        auto key = key_of(name);
        if (auto* const known = key.empty() ? nullptr : handle_to_known(key, asked.access, inherits(attributes)))
          return fail_with(ERROR_ALREADY_EXISTS, known);  // C-21
        auto const found = open_or_create(name, asked);
        auto* const handle = handle_to_new(found.what, std::move(key), asked.access, inherits(attributes));  // SA-02
        if (handle != nullptr) set_error(found.existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);              // G-03
        return handle;
      },
      nullptr);
}

template <class Char>
HANDLE open_mapping(ACCESS_MASK access, BOOL inherit, Char const* text) noexcept {
  return guarded(
      [&]() -> HANDLE {
        auto const name = name_to_open(text);
        auto key = key_of(name);
        if (auto* const known = handle_to_known(key, access, inherit != FALSE)) return known;
        auto const found = open_named(name, access);
        if (!found) throw_code(ERROR_FILE_NOT_FOUND);  // O-01
        return handle_to_new(found, std::move(key), access, inherit != FALSE);
      },
      nullptr);
}

constexpr std::uint64_t wide(DWORD high, DWORD low) {
  return (std::uint64_t{high} << 32U) | low;
}
constexpr DWORD protection_bits = 0x0000FFFF;  // the rest of flProtect are SEC_ flags

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

HANDLE CreateFileMappingA(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes, DWORD flProtect,
                          DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow, LPCSTR lpName) {
  return create_mapping(hFile, lpFileMappingAttributes, flProtect & protection_bits, flProtect & ~protection_bits,
                        wide(dwMaximumSizeHigh, dwMaximumSizeLow), lpName, by_protection);
}

HANDLE CreateFileMappingW(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes, DWORD flProtect,
                          DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow, LPCWSTR lpName) {
  return create_mapping(hFile, lpFileMappingAttributes, flProtect & protection_bits, flProtect & ~protection_bits,
                        wide(dwMaximumSizeHigh, dwMaximumSizeLow), lpName, by_protection);
}

HANDLE CreateFileMappingNumaA(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes, DWORD flProtect,
                              DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow, LPCSTR lpName,
                              DWORD /*nndPreferred*/) {
  return CreateFileMappingA(hFile, lpFileMappingAttributes, flProtect, dwMaximumSizeHigh, dwMaximumSizeLow, lpName);
}

HANDLE CreateFileMappingNumaW(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes, DWORD flProtect,
                              DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow, LPCWSTR lpName,
                              DWORD /*nndPreferred*/) {
  return CreateFileMappingW(hFile, lpFileMappingAttributes, flProtect, dwMaximumSizeHigh, dwMaximumSizeLow, lpName);
}

HANDLE CreateFileMappingFromApp(HANDLE hFile, PSECURITY_ATTRIBUTES SecurityAttributes, ULONG PageProtection,
                                ULONG64 MaximumSize, PCWSTR Name) {
  return create_mapping(hFile, SecurityAttributes, PageProtection & protection_bits,
                        PageProtection & ~protection_bits, MaximumSize, Name, by_protection);
}

HANDLE CreateFileMapping2(HANDLE File, SECURITY_ATTRIBUTES* SecurityAttributes, ULONG DesiredAccess,
                          ULONG PageProtection, ULONG AllocationAttributes, ULONG64 MaximumSize, PCWSTR Name,
                          MEM_EXTENDED_PARAMETER* ExtendedParameters, ULONG ParameterCount) {
  if (ParameterCount != 0 && ExtendedParameters == nullptr)
    return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  constexpr DWORD without_effect = SEC_NO_CHANGE | SEC_64K_PAGES;
  auto access = specific_rights(object::kind::mapping, DesiredAccess);
  if ((access & SECTION_MAP_EXECUTE_EXPLICIT) != 0) access |= SECTION_MAP_EXECUTE;
  if (access == 0) access = STANDARD_RIGHTS_READ;
  return create_mapping(File, SecurityAttributes, PageProtection, AllocationAttributes & ~without_effect, MaximumSize,
                        Name, access);
}

HANDLE OpenFileMappingA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName) {
  return open_mapping(dwDesiredAccess, bInheritHandle, lpName);
}

HANDLE OpenFileMappingW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName) {
  return open_mapping(dwDesiredAccess, bInheritHandle, lpName);
}

HANDLE OpenFileMappingFromApp(ULONG DesiredAccess, BOOL InheritHandle, PCWSTR Name) {
  return open_mapping(DesiredAccess, InheritHandle, Name);
}
