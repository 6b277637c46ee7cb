// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/inheritance.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>

#include <coview/win32/handleapi.h>

#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/handles/handle_table.hpp"

namespace coview::win32 {
namespace {

constexpr int first_free_of_standard = 10;   // a child's standard handles are put in place below
constexpr std::uint32_t magic = 0x31485743;  // "CWH1"

struct table_head {
  std::uint32_t magic;
  std::uint32_t objects;
  std::uint32_t handles;
  std::uint32_t length;  // of everything, this included
};
struct table_object {
  std::uint32_t what;
  std::uint32_t fds;
  std::uint32_t bytes;
};
struct table_handle {
  std::uint32_t value;
  std::uint32_t access;
  std::uint32_t flags;
  std::uint32_t object;
};

/// The handles and their objects, each object once however many handles it has.
struct collection {
  std::vector<table_handle> handles;
  std::map<object*, std::uint32_t> places;
  std::vector<object_ptr<>> objects;

  void add(HANDLE handle, inheritance& out) {
    handle_table::facts facts{};
    ACCESS_MASK access = 0;
    auto what = pin_any(handle, access);
    if (!what || !handle_table::look(handle, facts)) return;  // closed meanwhile
    auto found = places.find(what.get());
    if (found == places.end()) {
      bequest made;
      made.what = what->what();
      if (!what->bequeath(made)) return;
      found = places.emplace(what.get(), static_cast<std::uint32_t>(out.objects.size())).first;
      out.objects.push_back(std::move(made));
      objects.push_back(std::move(what));
    }
    auto const value = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(handle));
    handles.push_back({value, facts.access, facts.flags, found->second});
  }
};

void append(std::vector<std::byte>& out, void const* bytes, std::size_t count) {
  auto const* const first = static_cast<std::byte const*>(bytes);
  out.insert(out.end(), first, first + count);
}

void write_table(collection const& from, inheritance& out) {
  std::vector<std::byte> bytes(sizeof(table_head));
  for (auto const& one : out.objects) {
    table_object const head{static_cast<std::uint32_t>(one.what), static_cast<std::uint32_t>(one.fds.size()),
                            static_cast<std::uint32_t>(one.bytes.size())};
    append(bytes, &head, sizeof head);
    for (auto const& fd : one.fds) {
      int const number = fd.get();
      append(bytes, &number, sizeof number);
      out.fds.push_back(number);
    }
    append(bytes, one.bytes.data(), one.bytes.size());
  }
  append(bytes, from.handles.data(), from.handles.size() * sizeof(table_handle));
  table_head const head{magic, static_cast<std::uint32_t>(out.objects.size()),
                        static_cast<std::uint32_t>(from.handles.size()), static_cast<std::uint32_t>(bytes.size())};
  std::memcpy(bytes.data(), &head, sizeof head);

  auto file = os::anonymous_file("coview-win32-handles");
  if (!file) throw_code(error_from_errno(file.error()));
  out.table = os::unique_fd(::fcntl(file->get(), F_DUPFD_CLOEXEC, first_free_of_standard));
  if (!out.table) throw_code(error_from_errno(errno));
  if (int const failure = os::write_at(out.table.get(), bytes, 0)) throw_code(error_from_errno(failure));
  out.fds.push_back(out.table.get());
  out.variable = std::string(inheritance_variable) + "=" + std::to_string(out.table.get());
}

/// Reads the table piece by piece; nothing beyond its end is believed in.
struct table_reader {
  std::span<std::byte const> rest;

  template <class T>
  bool take(T& out) noexcept {
    if (rest.size() < sizeof out) return false;
    std::memcpy(&out, rest.data(), sizeof out);
    rest = rest.subspan(sizeof out);
    return true;
  }
  bool take_bytes(std::string& out, std::size_t count) {
    if (rest.size() < count) return false;
    out.assign(reinterpret_cast<char const*>(rest.data()), count);
    rest = rest.subspan(count);
    return true;
  }
};

/// Whether it is one of ours and still open: whoever started us may not have passed it on.
bool keep_from_exec(int fd) noexcept {
  int const flags = ::fcntl(fd, F_GETFD);
  return fd > 2 && flags >= 0 && ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0;
}

bool read_object(table_reader& table, bequest& out) {
  table_object head{};
  if (!table.take(head) || head.what > static_cast<std::uint32_t>(object::kind::other)) return false;
  out.what = static_cast<object::kind>(head.what);
  for (std::uint32_t i = 0; i < head.fds; ++i) {
    int number = -1;
    if (!table.take(number)) return false;
    if (keep_from_exec(number)) out.fds.emplace_back(number);
  }
  return table.take_bytes(out.bytes, head.bytes);
}

void adopt_table(std::span<std::byte const> bytes) {
  table_reader table{bytes};
  table_head head{};
  if (!table.take(head) || head.magic != magic || head.length != bytes.size()) return;
  std::vector<object_ptr<>> objects;
  for (std::uint32_t i = 0; i < head.objects; ++i) {
    bequest from;
    if (!read_object(table, from)) return;
    try {
      objects.push_back(adopt_object(from));
    } catch (std::exception const&) {  // this one is lost, as one that was closed would be; the others are not
      objects.emplace_back();
    } catch (win32_failure const&) {
      objects.emplace_back();
    }
  }
  for (table_handle one{}; table.take(one);) {
    if (one.object >= objects.size() || !objects[one.object]) continue;
    handle_table::insert_at(std::bit_cast<HANDLE>(std::uintptr_t{one.value}), *objects[one.object], one.access,
                            one.flags);
  }
}

[[gnu::constructor]] void before_main() {
  adopt_inherited_handles();
}

}  // namespace

object_ptr<> adopt_object(bequest& from) {
  using enum object::kind;
  switch (from.what) {
    case mapping:
      return inherit_mapping != nullptr ? inherit_mapping(from) : object_ptr<>();
    case mutex:
    case event:
    case semaphore:
    case timer:
      return inherit_waitable != nullptr ? inherit_waitable(from) : object_ptr<>();
    case file:
    case console:
      return inherit_file != nullptr ? inherit_file(from) : object_ptr<>();
    case thread:
    case process:
      return inherit_process != nullptr ? inherit_process(from) : object_ptr<>();
    default:
      return {};
  }
}

void bequest::add_duplicate(int fd) {
  os::unique_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, first_free_of_standard));
  if (!copy) throw_code(error_from_errno(errno));
  fds.push_back(std::move(copy));
}

void bequest::add(os::unique_fd fd) {
  if (fd.get() >= first_free_of_standard) {
    fds.push_back(std::move(fd));
  } else {
    add_duplicate(fd.get());
  }
}

void bequest::add_held(held_file const& from, bool writable) {
  auto own = from.another(writable);
  put_text(from.where()->path);
  put_text(from.file_name());
  put(from.where()->scope);
  // The duplicate shares the description, and so keeps the locks when `own` closes.
  auto const& sharing = own ? own : from;
  add_duplicate(sharing.fd());
  put(static_cast<bool>(sharing.evidence()));
  if (sharing.evidence()) add_duplicate(sharing.evidence().fd());
  kept_.push_back(std::move(own));
}

held_file bequest::take_held() {
  auto const path = take_text();
  auto file = take_text();
  auto const scope = take<name_scope>();
  auto fd = take_fd();
  auto evidence = take<bool>() ? take_fd() : os::unique_fd();
  if (!fd) return {};
  auto where = find_place(scope, if_missing::leave, {"inherit", "object"});
  if (!where || where->path != path) {  // the child was given another COVIEW_ROOT
    auto directory = os::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory) return {};
    auto const status = os::status(directory->get());
    if (!status) return {};
    where = std::make_shared<place const>(
        place{std::move(*directory), path, scope, ::geteuid(), status->st_uid, (status->st_mode & S_ISVTX) != 0});
  }
  held_file held(std::move(fd), std::move(where), std::move(file));
  if (evidence) held.adopt_evidence(std::move(evidence));
  return held;
}

os::unique_fd bequest::take_fd() noexcept {
  return fds_taken_ < fds.size() ? std::move(fds[fds_taken_++]) : os::unique_fd();
}

std::string bequest::take_text() {
  auto const length = take<std::uint32_t>();
  if (length > bytes.size() - read_) return {};
  read_ += length;
  return bytes.substr(read_ - length, length);
}

inheritance bequeath_handles() {
  inheritance made;
  collection all;
  for (auto handle = handle_table::next_inheritable(nullptr); handle != nullptr;
       handle = handle_table::next_inheritable(handle)) {
    all.add(handle, made);
  }
  write_table(all, made);
  return made;
}

inheritance bequeath_handles(std::span<HANDLE const> chosen) {
  inheritance made;
  collection all;
  for (auto const handle : chosen) all.add(handle, made);
  write_table(all, made);
  return made;
}

void adopt_inherited_handles() noexcept {
  char const* const text = std::getenv(inheritance_variable);
  if (text == nullptr) return;
  int number = -1;
  auto const* const end = text + std::strlen(text);
  bool const sane = std::from_chars(text, end, number).ptr == end;
  ::unsetenv(inheritance_variable);
  if (!sane || !keep_from_exec(number)) return;
  os::unique_fd const table(number);
  auto const status = os::status(table.get());
  if (!status || !S_ISREG(status->st_mode)) return;
  DWORD const before = last_error;
  guarded(
      [&] {
        std::vector<std::byte> bytes(static_cast<std::size_t>(status->st_size));
        auto const read = os::read_at(table.get(), bytes, 0);
        if (read && *read == bytes.size()) adopt_table(bytes);
        return true;
      },
      false);
  last_error = before;
}

}  // namespace coview::win32
