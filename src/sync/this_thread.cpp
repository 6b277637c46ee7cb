// SPDX-License-Identifier: Apache-2.0
#include "sync/this_thread.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>

#include "object/fail.hpp"
#include "os/fd.hpp"

namespace coview::inline sync {

constinit this_thread this_thread::nobody_;
constinit thread_local this_thread* this_thread::current_ = &this_thread::nobody_;

/// The records of all threads of this process that ever used a lock. They lie in regions, each twice as large as the
/// one before it, that are never unmapped. No lock guards them, so a forked child cannot inherit it locked.
class thread_table {
 public:
  static constexpr std::size_t record_size = 1024;
  static constexpr std::size_t first_region = 64;  // records
  static constexpr std::size_t regions = 20;       // 64 million threads

  /// Lies in the first region, so a child finds zeros here too.
  struct wiped {
    std::atomic<std::uint32_t> used;    // records that were ever in use
    std::atomic<std::uint32_t> cursor;  // where the search for a reusable one goes on
    std::atomic<std::uint64_t> pid_namespace;
  };

  static wiped& common(operation_context const& context) { return *reinterpret_cast<wiped*>(region(0, context)); }
  // Acquires of regions_: pair with the acq_rel of `region`, so that who sees a region sees it wiped on fork.
  static wiped* common_if_there() noexcept {
    return reinterpret_cast<wiped*>(regions_[0].load(std::memory_order_acquire));
  }

  static this_thread& take(operation_context const& context) {
    auto& all = common(context);
    auto const used = all.used.load(std::memory_order_relaxed);
    // A few of those that were used before; where all of these live, a new one.
    constexpr std::uint32_t looks = 16;
    for (std::uint32_t i = 0; i < std::min(looks, used); ++i) {
      auto const place = 1 + (all.cursor.fetch_add(1, std::memory_order_relaxed) % used);
      auto* const one = at(place);
      if (one != nullptr && claim(*one)) return renew(*one, place);
    }
    auto const place = all.used.fetch_add(1, std::memory_order_relaxed) + 1;
    auto const k = region_of(place);
    if (k >= regions) context.fail(EAGAIN, "more threads than can be kept apart");
    auto* const base = region(k, context);
    // Not constructed: others may look at it by now, and zeros are what it begins with (invariant 3).
    auto& fresh = *reinterpret_cast<this_thread*>(base + (place - first_of(k)) * record_size);
    fresh.life_.state.store(being_made, std::memory_order_relaxed);
    return renew(fresh, place);
  }

  /// Nullptr where there is none.
  static this_thread* at(std::uint64_t place) noexcept {
    auto const k = region_of(place);
    auto* const base = k < regions ? regions_[k].load(std::memory_order_acquire) : nullptr;
    if (base == nullptr) return nullptr;
    return reinterpret_cast<this_thread*>(base + (place - first_of(k)) * record_size);
  }
  static bool is_same(this_thread const& one, holder_id holder) noexcept { return one.holder() == holder; }
  static robust_node& life_of(this_thread& one) noexcept { return one.life_; }
  static bool has_ended(this_thread const& one) noexcept {
    // Acquire: pairs with the kernel's store of OWNER_DIED: the thread's nodes were dealt with before it.
    if ((one.life_.state.load(std::memory_order_acquire) & owner_died) != 0) return true;
    // The kernel looks at no more than 2048 entries, so it may not have come to the last one.
    constexpr std::size_t many = 1024;
    return one.count() >= many && ::syscall(SYS_tgkill, ::getpid(), one.id(), 0) != 0 && errno == ESRCH;
  }

 private:
  static constexpr std::uint64_t being_made = std::uint64_t{1} << 32U;

  // Places count from 1; the first record of the first region is `wiped`.
  static std::size_t region_of(std::uint64_t place) noexcept {
    return static_cast<std::size_t>(std::bit_width(place / first_region + 1)) - 1;
  }
  static std::uint64_t first_of(std::size_t k) noexcept { return first_region * ((std::uint64_t{1} << k) - 1); }

  static std::byte* region(std::size_t k, operation_context const& context) {
    auto* there = regions_[k].load(std::memory_order_acquire);
    if (there != nullptr) return there;
    std::size_t const size = (first_region << k) * record_size;
    void* const made = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) context.fail(errno);
    if (::madvise(made, size, MADV_WIPEONFORK) != 0) {
      int const failure = errno;
      ::munmap(made, size);
      context.fail(failure, "the kernel cannot keep memory from a forked child");
    }
    // Release: pairs with the acquires of regions_.
    if (regions_[k].compare_exchange_strong(there, static_cast<std::byte*>(made), std::memory_order_acq_rel))
      return static_cast<std::byte*>(made);
    ::munmap(made, size);
    return there;
  }

  static bool claim(this_thread& one) noexcept {
    if (!has_ended(one)) return false;
    auto seen = one.life_.state.load(std::memory_order_relaxed);
    if (seen == being_made || seen == 0) return false;
    // Acquire: as in has_ended. Release: who loses the exchange sees a record in the making, and leaves it.
    if (!one.life_.state.compare_exchange_strong(seen, being_made, std::memory_order_acq_rel)) return false;
    os::tell_sanitizer_acquired(one.list_);
    return true;
  }

  static this_thread& renew(this_thread& one, std::uint64_t place) noexcept {
    ++one.uses_;
    one.holder_.store((std::uint64_t{one.uses_} << 32U) | place, std::memory_order_relaxed);
    one.count_.store(0, std::memory_order_relaxed);
    if (one.owned_ == nullptr) {
      one.owned_ = one.first_.data();
      one.capacity_ = one.first_.size();
    }
    return one;
  }

  static inline constinit std::array<std::atomic<std::byte*>, regions> regions_{};
};
static_assert(sizeof(this_thread) <= thread_table::record_size);

this_thread& this_thread::first_use() {
  operation_context const context{"use", "synchronisation objects"};
  auto* const list = list_of_this_thread();
  if (list == nullptr) fail_without_list(context);
  auto& self = thread_table::take(context);
  self.list_ = list;
  auto const id = static_cast<std::uint32_t>(::syscall(SYS_gettid));
  self.life_.state.store(id, std::memory_order_release);  // pairs with the acquire in has_ended
  robust_entries::append(*list, self.life_);
  self.id_.store(id, std::memory_order_relaxed);
  current_ = &self;
  return self;
}

void this_thread::grow() {
  // Mapped, as the records are: no heap of the program's, whose owner may be a thread that is about to end.
  auto const more = capacity_ * 2;
  void* const made =
      ::mmap(nullptr, more * sizeof(owned_lock), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) operation_context{"own", "locks"}.fail(ENOMEM);
  auto* const larger = static_cast<owned_lock*>(made);
  std::copy_n(owned_, count(), larger);
  auto* const before = owned_;
  auto const capacity_before = capacity_;
  owned_ = larger;
  capacity_ = more;
  if (before != first_.data()) ::munmap(before, capacity_before * sizeof(owned_lock));
}

bool this_thread::is_alive(holder_id holder) noexcept {
  auto* const one = thread_table::at(holder & 0xffffffffU);
  return one != nullptr && thread_table::is_same(*one, holder) && !thread_table::has_ended(*one);
}

void this_thread::await_end(holder_id holder, os::deadline const& until) {
  constexpr std::chrono::milliseconds longest(20);  // its end may not be what happens next
  auto* const one = thread_table::at(holder & 0xffffffffU);
  if (one == nullptr) return;
  auto& life = thread_table::life_of(*one);
  auto seen = life.state.load(std::memory_order_seq_cst);
  while ((seen & waiters) == 0) {
    if (!is_alive(holder) || life.state.compare_exchange_weak(seen, seen | waiters)) break;
  }
  if (!is_alive(holder)) return;
  auto const moment = std::chrono::steady_clock::now() + longest;
  os::futex_wait(life.word(), static_cast<std::uint32_t>(seen) | waiters, until ? std::min(*until, moment) : moment);
}

namespace {

/// Where /proc is not mounted, newer kernels tell by a descriptor of the process (Linux 6.11).
std::uint64_t ask_pid_namespace() noexcept {
  constexpr auto get_pid_namespace = _IO(0xFF, 5);  // PIDFD_GET_PID_NAMESPACE
  constexpr long nsfs = 0x6e736673;                 // its files' numbers are those of namespaces
  struct ::stat found {};
  struct ::statfs system {};
  os::unique_fd const self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (self) {
    os::unique_fd const space(::ioctl(self.get(), get_pid_namespace, 0));
    if (space && ::fstatfs(space.get(), &system) == 0 && system.f_type == nsfs && ::fstat(space.get(), &found) == 0)
      return found.st_ino;
  }
  char const* const link = "/proc/self/ns/pid";
  if (::statfs(link, &system) != 0 || system.f_type != nsfs || ::stat(link, &found) != 0) return 0;
  return found.st_ino;
}

}  // namespace

std::uint64_t pid_namespace() noexcept {
  auto* const all = thread_table::common_if_there();  // a child may be in another one
  if (all == nullptr) return ask_pid_namespace();
  auto known = all->pid_namespace.load(std::memory_order_relaxed);
  if (known == 0) all->pid_namespace.store(known = ask_pid_namespace(), std::memory_order_relaxed);
  return known;
}

}  // namespace coview::inline sync
