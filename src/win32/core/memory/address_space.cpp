// SPDX-License-Identifier: Apache-2.0
#include "win32/core/memory/address_space.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "os/fd.hpp"
#include "win32/core/memory/region.hpp"

namespace coview::win32 {
namespace {

/// A line of /proc/self/maps.
struct line_facts {
  unsigned long begin = 0;
  unsigned long end = 0;
  std::array<char, 5> rights{};
  std::string_view path;
};

bool parse(std::string_view line, line_facts& out) {
  int path_at = 0;
  // The text ends with a line feed, so that sscanf stops in it.
  int const fields = std::sscanf(line.data(), "%lx-%lx %4s %*x %*s %*u %n", &out.begin, &out.end, out.rights.data(),
                                 &path_at);  // NOLINT(cert-err34-c): the kernel writes what is read here
  if (fields < 3) return false;
  auto const at = std::min(static_cast<std::size_t>(path_at), line.size());
  out.path = line.substr(at);
  return true;
}

DWORD protection_of(std::array<char, 5> const& rights) {
  bool const read = rights[0] == 'r';
  bool const write = rights[1] == 'w';
  if (rights[2] == 'x') return write ? PAGE_EXECUTE_READWRITE : read ? PAGE_EXECUTE_READ : PAGE_EXECUTE;
  if (write) return PAGE_READWRITE;
  return read ? PAGE_READONLY : PAGE_NOACCESS;
}

std::string read_maps() {
  std::string text;
  os::unique_fd const maps(::open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
  std::array<char, 16384> piece{};
  for (ssize_t n = 0; maps && (n = ::read(maps.get(), piece.data(), piece.size())) > 0;)
    text.append(piece.data(), static_cast<std::size_t>(n));
  return text;
}

}  // namespace

bool find_foreign(std::uintptr_t address, foreign_range& out) {
  out = {};
  auto const text = read_maps();
  if (text.empty()) return false;
  std::string_view last_file;
  std::uintptr_t file_begin = 0;
  bool executable = false;
  std::uintptr_t last_end = 0;
  std::string_view rest = text;
  bool found = false;
  while (!rest.empty()) {
    auto const length = rest.find('\n');
    line_facts facts;
    if (!parse(rest.substr(0, length), facts)) break;
    rest.remove_prefix(length == std::string_view::npos ? rest.size() : length + 1);
    bool const same_file = !facts.path.empty() && facts.path[0] == '/' && facts.path == last_file;
    if (found && !same_file) break;  // only to learn whether the file that it belongs to is a program
    if (!same_file) {
      last_file = facts.path;
      file_begin = facts.begin;
      executable = false;
    }
    executable = executable || facts.rights[2] == 'x';
    if (!found && address < facts.begin) {
      out.begin = last_end;
      out.end = facts.begin;
      return true;
    }
    if (!found && address < facts.end) {
      found = true;
      out.mapped = true;
      out.begin = facts.begin;
      out.end = facts.end;
      out.allocation = file_begin;
      out.protect = protection_of(facts.rights);
      bool const file = !facts.path.empty() && facts.path[0] == '/';
      out.type = file || facts.rights[3] == 's' ? MEM_MAPPED : MEM_PRIVATE;
    }
    last_end = facts.end;
    if (found) out.allocation_protect = executable ? PAGE_EXECUTE_WRITECOPY : out.protect;
    if (found && executable && out.type == MEM_MAPPED && facts.path[0] == '/') out.type = MEM_IMAGE;
  }
  if (found) {
    if (out.type == MEM_PRIVATE) out.allocation_protect = PAGE_READWRITE;
    return true;
  }
  out.begin = last_end;
  out.end = end_of_addresses;
  return true;
}

bool is_own_page(std::uintptr_t address, std::size_t most, std::size_t& run) {
  constexpr std::uint64_t of_a_file = std::uint64_t{1} << 61U;
  constexpr std::uint64_t swapped = std::uint64_t{1} << 62U;
  constexpr std::uint64_t present = std::uint64_t{1} << 63U;
  constexpr std::size_t at_once = 4096;
  run = most;
  os::unique_fd const map(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  if (!map || most == 0) return false;
  auto const entries = std::make_unique<std::array<std::uint64_t, at_once>>();
  bool first = false;
  for (std::size_t done = 0; done < most;) {
    auto const wanted = std::min(most - done, done == 0 ? std::size_t{64} : at_once);
    auto const position = static_cast<off_t>((address / page + done) * sizeof(std::uint64_t));
    auto const n = ::pread(map.get(), entries->data(), wanted * sizeof(std::uint64_t), position);
    auto const got = n <= 0 ? 0 : static_cast<std::size_t>(n) / sizeof(std::uint64_t);
    if (got == 0) break;
    for (std::size_t i = 0; i < got; ++i) {
      auto const entry = entries->at(i);
      bool const own = (entry & swapped) != 0 || ((entry & present) != 0 && (entry & of_a_file) == 0);
      if (done == 0 && i == 0) first = own;
      if (own == first) continue;
      run = done + i;
      return first;
    }
    done += got;
  }
  return first;
}

}  // namespace coview::win32
