// SPDX-License-Identifier: Apache-2.0
#include "channel/participant.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "channel/death.hpp"
#include "os/memory_barrier.hpp"
#include "os/process_wide.hpp"
#include "os/virtual_memory.hpp"

namespace coview::inline channel {

class life_page {
 public:
  static std::shared_ptr<life_page> map(int fd, std::uint64_t offset, operation_context const& context) {
    void* const both = ::mmap(nullptr, both_pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (both == MAP_FAILED) context.fail(errno);
    std::shared_ptr<life_page> page(new life_page(static_cast<std::byte*>(both)));
    if (::mmap(both, layout::first_page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
               static_cast<off_t>(offset)) == MAP_FAILED) {
      context.fail(errno);
    }
    if (::madvise(page->base_ + layout::first_page, layout::first_page, MADV_WIPEONFORK) != 0) {
      context.fail(errno, "the kernel cannot keep memory from a forked child");
    }
    return page;
  }
  life_page(life_page const&) = delete;
  life_page& operator=(life_page const&) = delete;
  ~life_page() { os::unmap(base_, both_pages); }

  [[nodiscard]] robust_node& node() const noexcept {
    return *reinterpret_cast<robust_node*>(base_ + layout::node_offset);
  }
  [[nodiscard]] node_ref ref() const noexcept { return {node(), &private_part_().listed_by}; }
  [[nodiscard]] bool is_listed_by(this_thread const& self) const noexcept {
    return private_part_().listed_by.load(std::memory_order_acquire) == self.holder();
  }

 private:
  static constexpr std::size_t both_pages = std::size_t{2} * layout::first_page;
  struct private_part {  // begins with the node's links
    void* previous;
    void* next;
    std::atomic<holder_id> listed_by;
  };
  static_assert(layout::node_offset + offsetof(robust_node, previous) == layout::first_page);

  explicit life_page(std::byte* base) noexcept : base_(base) {}
  [[nodiscard]] private_part& private_part_() const noexcept {
    return *reinterpret_cast<private_part*>(base_ + layout::first_page);
  }
  std::byte* base_;
};

namespace {

/// What this process has of its participants beside them.
struct own_participants {
  std::vector<os::own_descriptor*> descriptors;     // for a child to close
  std::vector<std::shared_ptr<life_page>> leavers;  // on the list of a thread that has not ended

  void sweep() {
    std::erase_if(leavers, [](auto const& one) { return !is_listed_elsewhere(one->ref()); });
  }
};
using own = os::process_wide<own_participants>;

/// In a child: its parent's participants are not its own, and their locks must not live on in it.
void close_in_child() {
  participants_generation.fetch_add(1, std::memory_order_relaxed);
  own::access all;
  for (auto* const each : all->descriptors) each->reset();
  all->descriptors.clear();
  // The parent's nodes: the private parts are empty here, and no thread of this process has them listed.
  all->leavers.clear();
}

/// When the library is loaded: watched for from its first use on, a fork in that moment would go unseen.
[[gnu::constructor]] void watch_forks() {
  own::make();  // its handlers come first, and so its lock is free when ours runs in the child
  ::pthread_atfork(nullptr, nullptr, &close_in_child);
}

struct ::flock byte_of(std::uint32_t i) noexcept {
  struct ::flock request {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  request.l_start = static_cast<off_t>(i) + 1;  // byte 0 is the mark of docs/lifetime.md
  request.l_len = 1;
  return request;
}

bool lock_byte(int fd, std::uint32_t i) noexcept {
  auto request = byte_of(i);
  int returned = 0;
  do {
    returned = ::fcntl(fd, F_OFD_SETLK, &request);
  } while (returned != 0 && errno == EINTR);
  return returned == 0;
}

void unlock_byte(int fd, std::uint32_t i) noexcept {
  auto request = byte_of(i);
  request.l_type = F_UNLCK;
  ::fcntl(fd, F_OFD_SETLK, &request);
}

/// The life is this thread's: it stands in its word, and on its list.
void begin(life_page& page) {
  auto& self = this_thread::get();
  auto& node = page.node();
  pending_guard const guard(self, node);  // killed before it is on the list: the kernel finds it all the same
  if (!claim_listing(page.ref(), self)) return;
  node.state.store(self.id() | std::uint64_t{waiters}, std::memory_order_seq_cst);
  self.list(node);
}

}  // namespace

bool is_gone(os::own_descriptor const& fd, std::uint32_t i) noexcept {
  auto request = byte_of(i);
  return fd.still_own() && ::fcntl(fd.get(), F_OFD_GETLK, &request) == 0 && request.l_type == F_UNLCK;
}

participant::participant(std::shared_ptr<segment> where, channel_role role, operation_context const& context)
    : where_(std::move(where)) {
  generation_ = participants_generation.load(std::memory_order_relaxed);
  has_barriers_made_ = os::join_global_barrier();
  auto fd = where_->file().reopen_without_locks(true);
  if (!fd) context.fail(fd.error());
  fd_ = std::move(*fd);
  for (std::uint32_t i = 0; i < where_->participants(); ++i) {
    if (take(i, role, context)) return;
  }
  for (std::uint32_t i = 0; i < where_->participants(); ++i) {
    if (where_->life(i).load(std::memory_order_acquire) == 0 || !is_gone(fd_, i)) continue;
    clear_up_after(*where_, i);  // D3, D4
    where_->life(i).store(0, std::memory_order_seq_cst);
    if (take(i, role, context)) return;
  }
  context.fail(EAGAIN, "all of its " + std::to_string(where_->participants()) + " places for participants are taken",
               "create it with more 'participants'");
}

bool participant::take(std::uint32_t i, channel_role role, operation_context const& context) {
  if (where_->life(i).load(std::memory_order_acquire) != 0 || !lock_byte(fd_.get(), i)) return false;
  index_ = i;
  life_ = life_page::map(fd_.get(), where_->participants_offset() + std::uint64_t{i} * layout::first_page, context);
  auto& mine = page();
  mine.process.store(static_cast<std::uint32_t>(::getpid()), std::memory_order_relaxed);
  mine.user.store(::geteuid(), std::memory_order_relaxed);
  mine.role.store(static_cast<std::uint32_t>(role), std::memory_order_relaxed);
  {
    own::access all;
    all->sweep();
    all->descriptors.push_back(&fd_);
  }
  joined_ = true;
  begin(*life_);
  return true;
}

void participant::stay_alive() {
  auto const seen = where_->life(index_).load(std::memory_order_acquire);
  if ((seen & owner_died) == 0 || is_listed_elsewhere(life_->ref())) return;
  begin(*life_);
}

void participant::leave(leaves how) noexcept {
  if (!joined_ || !is_this_process()) return;
  auto& node = life_->node();
  std::uint64_t const left = how == leaves::cleared_up ? 0 : owner_died;
  if (auto& self = this_thread::get(); life_->is_listed_by(self)) {
    pending_guard const guard(self, node);
    robust_entries::remove(node);
    node.state.store(left, std::memory_order_seq_cst);
    end_listing(life_->ref());
  } else {
    node.state.store(left, std::memory_order_seq_cst);  // the kernel finds nothing of that thread's there
  }
  if (fd_.still_own()) unlock_byte(fd_.get(), index_);
  joined_ = false;
}

participant::~participant() {
  if (!is_this_process()) return;  // the descriptor was closed when the child began
  own::access all;
  std::erase(all->descriptors, &fd_);
  if (life_ && is_listed_elsewhere(life_->ref())) all->leavers.push_back(std::move(life_));
}

}  // namespace coview::inline channel
