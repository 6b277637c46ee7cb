// SPDX-License-Identifier: Apache-2.0
#include "deed.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <vector>

#include "channel/layout.hpp"
#include "object/layout.hpp"
#include "victim.hpp"

namespace hostile {
namespace {

using kind = deed::kind;
using coview::layout::first_page;

constexpr std::uint32_t bit_30 = 1U << 30U;
constexpr std::uint32_t bit_31 = 1U << 31U;

/// Words of four bytes that mean something somewhere: nobody, everybody, threads that live and that do not, with the
/// bits of owners, waiters and reservations; counts at their edges; sizes and offsets that lead elsewhere.
std::uint32_t chosen_word(campaign::random_numbers& random, known_threads const& threads) {
  auto const victim = static_cast<std::uint32_t>(threads.victim);
  auto const peer = static_cast<std::uint32_t>(threads.peer);
  constexpr std::uint32_t nobody_alive = (1U << 29U) + 12345;
  std::array const words{0U,
                         1U,
                         2U,
                         UINT_MAX,
                         victim,
                         victim | bit_30,
                         victim | bit_31,
                         peer,
                         peer | bit_31,
                         bit_30,
                         bit_31,
                         bit_30 | 1U,
                         bit_30 | bit_31,
                         bit_30 - 1,
                         INT_MAX + 0U,
                         nobody_alive,
                         nobody_alive | bit_31,
                         bit_30 | bit_31 | victim,
                         peer | bit_30,
                         first_page,
                         first_page - 1,
                         3U,
                         0xffffU,
                         0x10000U};
  return random.one_in(5) ? static_cast<std::uint32_t>(random.next()) : words.at(random.below(words.size()));
}

/// Where a word of a channel stands: its facts, the control page, a participant, a place, a block. What is no channel
/// has its payload, or nothing, there.
std::uint32_t place_in_a_channel(campaign::random_numbers& random) {
  constexpr auto page = static_cast<std::uint32_t>(first_page);
  constexpr std::uint32_t word = 4;
  constexpr std::uint32_t apart = 128;
  constexpr std::uint32_t places = page * (2 + channel_participants);  // behind header, control page and participants
  auto const within = [&](std::uint32_t from, std::uint32_t bytes) {
    return from + static_cast<std::uint32_t>(random.below(bytes / word)) * word;
  };
  auto const participant = page * (2 + static_cast<std::uint32_t>(random.below(channel_participants)));
  switch (random.below(8)) {
    case 0:
      return within(coview::layout::state_offset, 64);
    case 1:
    case 2:
      return page + static_cast<std::uint32_t>(random.below(9)) * apart + within(0, 16);
    case 3:
      return participant + static_cast<std::uint32_t>(random.below(4)) * apart + within(0, 48);
    case 4:
      return participant + page - 24 + within(0, 16);  // its life
    case 5:
      return within(places, channel_messages * sizeof(std::uint64_t) * 2) +
             (random.one_in(2) ? page : 0);  // or leased
    default:
      return within(places + 2 * page, channel_capacity / 64 * 16);  // blocks
  }
}

/// Numbers of blocks, laps, lengths and kinds at their edges, for a half of a word of a channel.
std::uint32_t chosen_half(campaign::random_numbers& random) {
  constexpr std::array<std::uint32_t, 16> halves{
      0x10001U,    0x1ffffU,    0x20001U, 0x10040U,   0x10041U,  0xffffU,     0xffff0001U, 0x20000000U,
      0x20010000U, 0x30000000U, 64,       0x1000040U, 1U << 24U, 0x40000000U, 0x50000000U, 4097};
  return halves.at(random.below(halves.size()));
}

/// Where a store goes: the end of the page, where states stand, most of the time; else the facts, the header, its
/// texts, the payload.
std::uint32_t chosen_place(campaign::random_numbers& random) {
  constexpr std::uint32_t word = 4;
  constexpr std::uint32_t state_bytes = 64;
  constexpr std::uint32_t facts_bytes = 64;
  auto const within = [&](std::uint32_t from, std::uint32_t bytes) {
    return from + static_cast<std::uint32_t>(random.below(bytes / word)) * word;
  };
  switch (random.below(8)) {
    case 0:
      return within(0, sizeof(coview::layout::header));
    case 1:
      return within(coview::layout::state_offset, facts_bytes);
    case 2:
      return within(coview::layout::text_offset, 64);
    case 3:
      return within(first_page, 64);
    default:
      return within(first_page - state_bytes, state_bytes);
  }
}

deed choose_store(campaign::random_numbers& random, known_threads const& threads) {
  constexpr std::uint32_t small = 4;
  constexpr std::uint32_t large = 8;
  deed out{.what = kind::store, .at = chosen_place(random), .size = random.one_in(4) ? large : small, .word = 0};
  if (random.one_in(8)) {  // one of the halves
    out.size = 2;
    if (random.one_in(2)) out.at += 2;
  }
  if (random.one_in(2)) {
    out.at = place_in_a_channel(random);
    out.size = random.one_in(2) ? large : small;
    if (out.size == large) out.at &= ~7U;
    bool const half = random.one_in(2);
    out.word = half ? chosen_half(random) : chosen_word(random, threads);
    if (out.size == large) out.word |= std::uint64_t{half ? chosen_half(random) : 0U} << 32U;
    return out;
  }
  out.word = chosen_word(random, threads);
  if (out.size == large) out.word |= std::uint64_t{chosen_word(random, threads)} << 32U;
  return out;
}

std::vector<std::string> shared_files(std::string const& root) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (auto const& entry : std::filesystem::directory_iterator(root, ignored)) {
    if (entry.path().filename().string().starts_with(shared_prefix)) found.push_back(entry.path().string());
  }
  return found;
}

bool is_own(std::string const& path) {
  struct ::stat status {};
  return ::lstat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

void set_lock(int fd) {
  struct ::flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  ::fcntl(fd, F_OFD_SETLK, &lock);
}

void claim(int fd, std::string const& target) {
  struct ::stat status {};
  if (::stat(target.c_str(), &status) != 0) return;
  coview::layout::header claimed{};
  if (::pread(fd, &claimed, sizeof claimed, 0) != static_cast<ssize_t>(sizeof claimed)) return;
  claimed.kind = 1;
  claimed.options = coview::layout::option_file_backed;
  claimed.target_offset = claimed.name_offset + claimed.name_length;
  claimed.target_length = static_cast<std::uint32_t>(target.size());
  claimed.payload_offset = 0;
  claimed.payload_size = static_cast<std::uint64_t>(status.st_size);
  claimed.target_device = status.st_dev;
  claimed.target_inode = status.st_ino;
  (void)!::pwrite(fd, target.data(), target.size(), claimed.target_offset);
  (void)!::pwrite(fd, &claimed, sizeof claimed, 0);
}

void wake(int fd) {
  void* const page = ::mmap(nullptr, first_page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return;
  for (std::uint32_t at = first_page - 64; at < first_page; at += 4)
    ::syscall(SYS_futex, static_cast<std::byte*>(page) + at, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  ::munmap(page, first_page);
}

/// Replaces a file of one's own.
void plant(kind what, std::string const& path, std::string const& private_file) {
  if (!is_own(path)) return;
  if (what == kind::rename_away) {
    ::rename(path.c_str(), (path + ".away").c_str());
    return;
  }
  ::unlink(path.c_str());
  if (what == kind::plant_link) {
    (void)!::symlink(private_file.c_str(), path.c_str());
  } else if (what == kind::plant_fifo) {
    ::mkfifo(path.c_str(), 0666);
  } else {
    ::mkdir(path.c_str(), 0777);
  }
}

/// What needs no descriptor; false for all else.
bool commit_by_path(deed const& what, std::string const& path, std::string const& private_file) {
  switch (what.what) {
    case kind::rename_away:
    case kind::plant_link:
    case kind::plant_fifo:
    case kind::plant_folder:
      plant(what.what, path, private_file);
      return true;
    case kind::second_link:
      ::link(path.c_str(), (path + second_link_suffix).c_str());
      return true;
    case kind::change_mode:
      if (is_own(path)) ::chmod(path.c_str(), what.at);
      return true;
    default:
      return false;
  }
}

void commit_to(deed const& what, std::string const& path, std::string const& private_file) {
  if (commit_by_path(what, path, private_file)) return;
  int const fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct ::stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return;
  switch (what.what) {
    case kind::store:
      if (what.at + what.size <= static_cast<std::uint64_t>(status.st_size))
        (void)!::pwrite(fd, &what.word, what.size, what.at);
      break;
    case kind::grow:
      if (static_cast<std::uint64_t>(status.st_size) >= what.at) break;
      [[fallthrough]];
    case kind::shrink:
      (void)!::ftruncate(fd, what.at);
      break;
    case kind::lock_file:
      ::flock(fd, LOCK_EX | LOCK_NB);
      return;  // kept, and so is the descriptor
    case kind::lock_mark:
      set_lock(fd);
      return;
    case kind::lease:
      ::fcntl(fd, F_SETLEASE, F_WRLCK);
      return;
    case kind::claim_target:
      claim(fd, private_file);
      break;
    case kind::wake:
      wake(fd);
      break;
    default:
      break;
  }
  ::close(fd);
}

}  // namespace

std::string deed::text() const {
  static constexpr std::array names{"nothing",         "store",          "shrink to",    "grow to",
                                    "flock",           "lock byte 0",    "lease",        "chmod",
                                    "rename",          "plant a link",   "plant a FIFO", "plant a directory",
                                    "add a hard link", "claim a target", "wake"};
  std::string out = names.at(static_cast<std::size_t>(what));
  char more[64] = "";
  if (what == kind::store) {
    std::snprintf(more, sizeof more, " %#llx (%u bytes) at %u", static_cast<unsigned long long>(word), size, at);
  } else if (what == kind::shrink || what == kind::grow || what == kind::change_mode) {
    std::snprintf(more, sizeof more, " %#o (octal)", at);
  }
  return out + more;
}

deed choose_deed(campaign::random_numbers& random, known_threads const& threads, bool quietly) {
  if (quietly || random.below(10) < 7) return choose_store(random, threads);
  constexpr std::array<std::uint32_t, 6> ends{0, 1, 127, 2048, first_page - 1, first_page};
  constexpr std::array<std::uint32_t, 5> modes{0, 0600, 01666, 0444, 04777};
  auto const what = static_cast<kind>(2 + random.below(static_cast<std::uint64_t>(kind::wake) - 1));
  deed out{.what = what, .at = 0, .size = 0, .word = 0};
  if (what == kind::shrink) out.at = ends.at(random.below(ends.size()));
  if (what == kind::grow) out.at = 1U << (12 + random.below(18));
  if (what == kind::change_mode) out.at = modes.at(random.below(modes.size()));
  return out;
}

void commit(deed const& what, std::string const& root, std::string const& private_file) {
  for (auto const& path : shared_files(root)) commit_to(what, path, private_file);
}

}  // namespace hostile
