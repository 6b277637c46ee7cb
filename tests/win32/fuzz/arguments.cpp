// SPDX-License-Identifier: Apache-2.0
#include "win32/fuzz/arguments.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace coview_fuzz {
namespace {

constexpr std::size_t longest = 40000;

std::vector<std::string> const& words() {
  static std::vector<std::string> const all = {"",
                                               "a",
                                               "name",
                                               "file",
                                               "sub",
                                               "sub/file",
                                               "missing",
                                               "missing/file",
                                               "file/below",
                                               "*",
                                               "*.*",
                                               "f?le",
                                               "sub\\file",
                                               "NUL",
                                               "con",
                                               "CONIN$",
                                               "nul.txt",
                                               "\\\\.\\NUL",
                                               "\\\\.\\pipe\\p",
                                               "\\\\.\\mailslot\\m",
                                               "\\\\?\\C:\\x",
                                               "//x/y",
                                               "Local\\event",
                                               "Global\\event",
                                               "Session\\1\\x",
                                               "Local\\",
                                               "Global\\a\\b",
                                               "event",
                                               "mapping",
                                               "mutex",
                                               "C:",
                                               "C:\\",
                                               "C:x",
                                               "Z:\\none",
                                               ".",
                                               "./",
                                               "./file",
                                               " ",
                                               "\t",
                                               "=",
                                               "a=b",
                                               "=a",
                                               "PATH",
                                               "%PATH%",
                                               "%",
                                               "%%",
                                               "r",
                                               "w+",
                                               "rb",
                                               "r,ccs=UTF-8",
                                               "true",
                                               "x y",
                                               "\"x\" y",
                                               "-1",
                                               "0",
                                               "4294967296",
                                               "1e99",
                                               "0x7f",
                                               "S-1-5-18",
                                               "S-1-",
                                               "D:(A;;GA;;;WD)",
                                               "O:BAG:BAD:P(A;;",
                                               "en-US",
                                               "xx",
                                               "[section]",
                                               "key",
                                               "\xff\xfe",
                                               "\xc3\x28",
                                               "\xe4\xbd\xa0",
                                               "%s",
                                               "%d %d",
                                               "%.3s",
                                               "%5c",
                                               "%I64d",
                                               "%ls",
                                               "%S",
                                               "%x%%",
                                               "%q",
                                               "%1!s!",
                                               "yyyy",
                                               "HH':'mm"};
  return all;
}

}  // namespace

arena::arena() {
  constexpr std::size_t all = good_size + 6 * page;
  void* const got = ::mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) throw std::runtime_error("no memory");
  base_ = static_cast<std::byte*>(got);
  ::mprotect(good(), good_size, PROT_READ | PROT_WRITE);
  ::mprotect(read_only(), page, PROT_READ | PROT_WRITE);
  std::memset(read_only(), 'r', page);
  ::mprotect(read_only(), page, PROT_READ);
}

void arena::fill(numbers& from) {
  auto* const words = reinterpret_cast<std::uint64_t*>(good());
  auto const kind = from.below(5);
  for (std::size_t i = 0; i < good_size / sizeof *words; ++i) {
    switch (kind) {
      case 0:
        words[i] = 0;
        break;
      case 1:
        words[i] = ~std::uint64_t{0};
        break;
      case 2:
        words[i] = reinterpret_cast<std::uint64_t>(good() + from.below(good_size / 2));
        break;
      case 3:
        words[i] = reinterpret_cast<std::uint64_t>(untouchable());
        break;
      default:
        words[i] = 0x4141004100410041;  // no address, and text that ends
    }
  }
}

bool arena::is_callers_fault(std::uintptr_t address, bool has_address) const noexcept {
  constexpr std::uintptr_t lowest = std::uintptr_t{1} << 32U;  // a program and its memory are above
  if (!has_address || address < lowest) return true;
  auto const first = reinterpret_cast<std::uintptr_t>(base_);
  if (address >= first && address < first + good_size + 6 * page) return true;
  return (address >> 47U) != 0;
}

void account::add(char const* what, std::uint64_t value) noexcept {
  int const n = std::snprintf(text.data() + length, text.size() - length, " %s:%llx", what,
                              static_cast<unsigned long long>(value));
  if (n > 0) length += static_cast<std::size_t>(n);
  if (length >= text.size()) length = text.size() - 1;
}

void* arguments::a_handle() {
  constexpr std::array<std::intptr_t, 12> odd = {0, -1, -2, -3, -4, -5, -6, 0xFFFFFFFF, 3, 0x1234567, 0x7ffffffc, 1};
  auto* const one = from_.below(4) != 0 && !handles_.empty()
                        ? handles_[from_.below(handles_.size())]
                        : reinterpret_cast<void*>(odd.at(from_.below(odd.size())));
  said_.add("handle", reinterpret_cast<std::uint64_t>(one));
  return one;
}

void* arguments::pointer(std::size_t size, std::size_t alignment) {
  auto* const good = memory_.good();
  constexpr std::size_t reach = arena::good_size / 2;
  std::byte* one = nullptr;
  switch (from_.below(12)) {
    case 0:
      break;
    case 1:
      one = memory_.end_of_good() - std::min(size, arena::good_size);  // exactly enough
      break;
    case 2:
      one = memory_.end_of_good() - 1 - from_.below(size + 1);  // ends in the page that cannot be touched
      break;
    case 3:
      one = memory_.untouchable() + from_.below(arena::page);
      break;
    case 4:
      one = memory_.read_only() + (from_.below(arena::page / 16) & ~std::size_t{7});
      break;
    case 5:
      one = reinterpret_cast<std::byte*>(std::uintptr_t{1} << from_.below(64));
      if (reinterpret_cast<std::uintptr_t>(one) >= 0x10000 && reinterpret_cast<std::uintptr_t>(one) >> 47U == 0)
        one = reinterpret_cast<std::byte*>(std::uintptr_t{8});
      break;
    case 6:
      one = good + 1 + from_.below(reach);  // anyhow aligned
      break;
    default:
      one = good + (from_.below(reach) & ~(alignment * 8 - 1));
  }
  said_.add("pointer", reinterpret_cast<std::uint64_t>(one));
  return one;
}

std::string const& arguments::word() {
  return words()[from_.below(words().size())];
}

void* arguments::narrow(bool constant) {
  auto const way = from_.below(12);
  if (way < 3) return pointer(1, 1);
  auto* const to = memory_.good() + from_.below(arena::good_size / 2 - longest / 4);
  if (way == 3) {  // text that does not end
    auto* const end = memory_.end_of_good() - 1 - from_.below(40);
    std::memset(end, 'x', static_cast<std::size_t>(memory_.end_of_good() - end));
    said_.add("endless", reinterpret_cast<std::uint64_t>(end));
    return end;
  }
  std::string text = way == 4 ? std::string(from_.below(longest / 4), 'l') : word();
  if (way == 5) text += "/" + word();
  if (text.find("..") != std::string::npos) text = "a";
  // At the end of the page: the terminator is its last byte.
  auto* const at = from_.one_in(4) || !constant ? (constant ? memory_.end_of_good() - text.size() - 1 : to) : to;
  std::memcpy(at, text.c_str(), text.size() + 1);
  said_.add(text.substr(0, 24).c_str(), text.size());
  return at;
}

void* arguments::wide(bool constant) {
  auto const way = from_.below(12);
  if (way < 3) return pointer(sizeof(wchar_t), sizeof(wchar_t));
  std::wstring text;
  if (way == 4) {
    text.assign(from_.below(longest / 8), L'l');
  } else {
    for (unsigned char const c : word()) text += static_cast<wchar_t>(c);
    if (way == 5) text += static_cast<wchar_t>(0xd800);
    if (way == 6) text += static_cast<wchar_t>(0x7fffffff);
  }
  auto const bytes = (text.size() + 1) * sizeof(wchar_t);
  auto* at = memory_.good() + (from_.below(arena::good_size / 2) & ~std::size_t{3});
  if (constant && from_.one_in(4)) at = memory_.end_of_good() - bytes;
  if (at + bytes > memory_.end_of_good()) at = memory_.end_of_good() - bytes;
  std::memcpy(at, text.c_str(), bytes);
  said_.add("wide", text.size());
  return at;
}

std::uint64_t arguments::number(std::size_t bytes) {
  constexpr std::array<std::uint64_t, 24> odd = {
      0,   1,    2,    3,     4,      7,      8,          16,         64,         100,       255,   256,
      260, 4095, 4096, 65536, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 1U << 30U, ~0ULL, 1ULL << 63U};
  std::uint64_t value = 0;
  switch (from_.below(4)) {
    case 0:
      value = from_.next() >> from_.below(64);
      break;
    case 1:
      value = std::uint64_t{1} << from_.below(64);
      break;
    default:
      value = odd.at(from_.below(odd.size()));
  }
  (void)bytes;
  said_.add("number", value);
  return value;
}

}  // namespace coview_fuzz
