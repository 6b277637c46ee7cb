// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/inheritance.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include <coview/win32/handleapi.h>

#include "os/environment.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/kinds.hpp"

namespace coview::win32 {
namespace {

constexpr std::uint32_t table_magic = 0x32485743;  // "CWH2"
constexpr char const* table_label = "coview-win32-handles";
constexpr std::uint64_t largest_table = std::uint64_t{64} << 20U;  // as many handles as there can be, and more
constexpr std::uint32_t most_fds_of_object = 4;

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
      object_transfer made;
      made.what = what->what();
      if (!what->prepare_transfer(made)) return;
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
  table_head const head{table_magic, static_cast<std::uint32_t>(out.objects.size()),
                        static_cast<std::uint32_t>(from.handles.size()), static_cast<std::uint32_t>(bytes.size())};
  std::memcpy(bytes.data(), &head, sizeof head);

  auto file = os::anonymous_file(table_label);
  if (!file) throw_code(error_from_errno(file.error()));
  out.table = duplicate_out_of_the_way(file->get());
  if (!out.table) throw_code(error_from_errno(errno));
  if (int const failure = os::write_at(out.table.get(), bytes, 0)) throw_code(error_from_errno(failure));
  if (::fcntl(out.table.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    throw_code(error_from_errno(errno));
  out.fds.push_back(out.table.get());
  out.variable = inheritance_variable;
  out.variable.append("=").append(std::to_string(out.table.get()));
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

/// The descriptors that a table names. They are used as duplicates, and closed only once an object was made of them:
/// others than its author may have opened them, and it may lie.
class named_descriptors {
 public:
  explicit named_descriptors(int table) : used_{0, 1, 2, table} {}

  /// A duplicate; empty where there is none, or it was named before.
  os::unique_fd take(int number) {
    if (number < 0 || !used_.insert(number).second) return {};
    return duplicate_out_of_the_way(number);
  }

 private:
  std::set<int> used_;
};

struct read_object {
  object_transfer from;
  std::vector<int> numbers;
};

bool take_object(table_reader& table, named_descriptors& descriptors, read_object& out) {
  table_object head{};
  if (!table.take(head) || head.what > static_cast<std::uint32_t>(object::kind::other)) return false;
  if (head.fds > most_fds_of_object) return false;
  out.from.what = static_cast<object::kind>(head.what);
  bool complete = true;
  for (std::uint32_t i = 0; i < head.fds; ++i) {
    int number = -1;
    if (!table.take(number)) return false;
    auto fd = descriptors.take(number);
    complete = complete && fd;
    out.numbers.push_back(number);
    out.from.fds.push_back(std::move(fd));
  }
  if (!complete) out.from.fds.clear();
  return table.take_bytes(out.from.bytes, head.bytes);
}

object_ptr<> adopt_read(read_object& one) {
  object_ptr<> made;
  try {
    made = adopt_object(one.from);
  } catch (std::exception const&) {  // this one is lost, as one that was closed would be; the others are not
    return {};
  } catch (win32_failure const&) {
    return {};
  }
  if (made) {
    for (int const number : one.numbers) ::close(number);  // the object has a duplicate
  }
  return made;
}

void adopt_table(std::span<std::byte const> bytes, int table_descriptor) {
  table_reader table{bytes};
  table_head head{};
  if (!table.take(head) || head.magic != table_magic || head.length != bytes.size()) return;
  named_descriptors descriptors(table_descriptor);
  std::vector<object_ptr<>> objects;
  for (std::uint32_t i = 0; i < head.objects; ++i) {
    read_object one;
    if (!take_object(table, descriptors, one)) return;
    objects.push_back(adopt_read(one));
  }
  std::vector<table_handle> handles;
  for (table_handle one{}; table.take(one);) handles.push_back(one);
  // In order, the table of handles finds each place at once.
  std::sort(handles.begin(), handles.end(), [](auto const& a, auto const& b) { return a.value < b.value; });
  constexpr std::uint32_t known_flags = HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE;
  constexpr std::uint32_t no_generic_rights = 0x01FFFFFF;
  for (auto const& one : handles) {
    if (one.object >= objects.size() || !objects[one.object]) continue;
    handle_table::insert_at(std::bit_cast<HANDLE>(std::uintptr_t{one.value}), *objects[one.object],
                            objects[one.object]->provable(one.access & no_generic_rights), one.flags & known_flags);
  }
}

/// A table is a memory file that nobody can change any more, of this user or of root.
bool is_table(int fd, std::uint64_t& size) {
  auto const status = os::status(fd);
  constexpr int unchanging = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
  int const seals = ::fcntl(fd, F_GET_SEALS);
  if (!status || !is_memory_file(fd, table_label) || seals < 0 || (seals & unchanging) != unchanging) return false;
  size = static_cast<std::uint64_t>(status->st_size);
  return size <= largest_table;
}

[[gnu::constructor]] void before_main() {
  adopt_inherited_handles();
}

}  // namespace

object_ptr<> adopt_object(object_transfer& from) {
  auto const adopt = entry_of(from.what).adopt;
  return adopt != nullptr ? adopt(from) : object_ptr<>();
}

void object_transfer::add_duplicate(int fd) {
  auto copy = duplicate_out_of_the_way(fd);
  if (!copy) throw_code(error_from_errno(errno));
  fds.push_back(std::move(copy));
}

void object_transfer::add_duplicate(os::own_descriptor const& fd) {
  if (!fd.still_own()) throw_code(ERROR_INVALID_HANDLE);
  add_duplicate(fd.get());
}

void object_transfer::add(os::unique_fd fd) {
  constexpr int first_out_of_the_way = 10;
  if (fd.get() >= first_out_of_the_way) {
    fds.push_back(std::move(fd));
  } else {
    add_duplicate(fd.get());
  }
}

void object_transfer::add_held(held_file const& from, bool writable) {
  auto own = from.another(writable);
  // The duplicate shares the description, and so keeps the locks when `own` closes.
  auto const& sharing = own ? own : from;
  add_duplicate(sharing.fd());
  put(static_cast<bool>(sharing.evidence()));
  if (sharing.evidence()) add_duplicate(sharing.evidence().fd());
  kept_.push_back(std::move(own));
}

std::optional<open_object> object_transfer::take_object(object_name& name) {
  auto fd = take_fd();
  // What the parent gave for the child (object/evidence.hpp), until the child gives its own.
  auto const evidence = take<bool>() ? take_fd() : os::unique_fd();
  if (!fd) return {};
  return open_received_object(std::move(fd), name, {"inherit", "object"});
}

os::unique_fd object_transfer::take_fd() noexcept {
  return fds_taken_ < fds.size() ? std::move(fds[fds_taken_++]) : os::unique_fd();
}

inheritance prepare_inheritance() {
  inheritance made;
  collection all;
  for (auto handle = handle_table::next_inheritable(nullptr); handle != nullptr;
       handle = handle_table::next_inheritable(handle)) {
    all.add(handle, made);
  }
  write_table(all, made);
  return made;
}

inheritance prepare_inheritance(std::span<HANDLE const> chosen) {
  inheritance made;
  collection all;
  for (auto const handle : chosen) all.add(handle, made);
  write_table(all, made);
  return made;
}

void adopt_inherited_handles() noexcept {
  char const* const text = os::environment(inheritance_variable);
  int number = -1;
  bool sane = false;
  if (text != nullptr) {
    auto const* const end = text + std::strlen(text);
    auto const read = std::from_chars(text, end, number);
    sane = read.ec == std::errc() && read.ptr == end && number > 2;
  }
  ::unsetenv(inheritance_variable);  // also where it is not obeyed: no child of this process has these descriptors
  if (!sane) return;
  DWORD const before = last_error;
  guarded(
      [&] {
        std::uint64_t size = 0;
        if (!is_table(number, size)) return false;
        os::unique_fd const table(number);
        std::vector<std::byte> bytes(static_cast<std::size_t>(size));
        auto const read = os::read_at(table.get(), bytes, 0);
        if (read && *read == bytes.size()) adopt_table(bytes, table.get());
        return true;
      },
      false);
  last_error = before;
}

}  // namespace coview::win32
