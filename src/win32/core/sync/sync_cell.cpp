// SPDX-License-Identifier: Apache-2.0
#include "win32/core/sync/sync_cell.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <vector>

#include "object/fail.hpp"
#include "os/file.hpp"
#include "os/own_descriptor.hpp"
#include "os/process_wide.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/handles/descriptor_facts.hpp"

namespace coview::win32 {
namespace {

constexpr char const* memory_label = "coview synchronisation";
constexpr std::uint64_t first_block = std::uint64_t{64} << 10U;
constexpr std::uint64_t largest_block = std::uint64_t{8} << 20U;

/// A piece of memory full of cells, made by this process or inherited.
struct block {
  os::own_descriptor fd;
  std::byte* base = nullptr;
  std::uint64_t size = 0;
  dev_t device = 0;
  ino_t inode = 0;
};

struct pool {
  std::vector<block> blocks;
  cell* free = nullptr;
  cell* busy = nullptr;        // given back, but a thread owned them still (invariant 2)
  std::byte* fresh = nullptr;  // never used yet, to `fresh_end`
  std::byte* fresh_end = nullptr;
  std::uint64_t next_size = first_block;
  pid_t owner = 0;  // the process whose cells are free and fresh
};
using the_pool = os::process_wide<pool>;
[[gnu::constructor]] void make_pool() {
  the_pool::make();
}

/// A forked child has its parent's memory in common with it, and must not take from it.
void adopt(pool& all) {
  auto const self = ::getpid();
  if (all.owner == self) return;
  all.owner = self;
  all.free = all.busy = nullptr;
  all.fresh = all.fresh_end = nullptr;
  all.next_size = first_block;
}

block map_block(os::unique_fd fd, std::uint64_t size) {
  operation_context const context{"make", "synchronisation objects"};
  auto base = os::map_file(nullptr, size, PROT_READ | PROT_WRITE, os::sharing::shared, fd.get(), 0, 0);
  if (!base) context.fail(base.error());
  auto const status = os::status(fd.get());
  if (!status) context.fail(status.error());
  return {std::move(fd), *base, size, status->st_dev, status->st_ino};
}

void add_block(pool& all) {
  operation_context const context{"make", "synchronisation objects"};
  auto fd = os::anonymous_file(memory_label);
  if (!fd) context.fail(fd.error());
  if (int const error = os::resize(fd->get(), all.next_size); error != 0) context.fail(error);
  // Whoever is handed the descriptor must not be able to take pages away.
  if (::fcntl(fd->get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) context.fail(errno);
  all.blocks.push_back(map_block(std::move(*fd), all.next_size));
  all.fresh = all.blocks.back().base;
  all.fresh_end = all.fresh + all.next_size;
  all.next_size = std::min(all.next_size * 4, largest_block);
}

bool is_owned(cell const& one) {
  return (one.node.state.load(std::memory_order_acquire) & owner_mask) != 0;
}

/// Those whose owners have ended meanwhile.
void look_at_busy(pool& all) {
  cell** link = &all.busy;
  while (*link != nullptr) {
    cell* const one = *link;
    if (is_owned(*one)) {
      link = &one->next_free;
      continue;
    }
    *link = one->next_free;
    one->next_free = all.free;
    all.free = one;
  }
}

void clear(cell& one) {
  // Not memset: a thread that leaves a wait may still look at the state.
  one.node.state.store(0, std::memory_order_relaxed);
  one.node.slept_on.store(0, std::memory_order_relaxed);
  one.node.overtaken.store(0, std::memory_order_relaxed);
  one.node.previous = nullptr;
  one.node.next = nullptr;
  one.flavour = 0;
  one.maximum = 0;
  one.next_free = nullptr;
}

block const* block_of(pool const& all, cell const& one) {
  auto const* const address = reinterpret_cast<std::byte const*>(&one);
  auto const found = std::find_if(all.blocks.begin(), all.blocks.end(),
                                  [&](block const& b) { return address >= b.base && address < b.base + b.size; });
  return found == all.blocks.end() ? nullptr : &*found;
}

}  // namespace

cell& take_cell() {
  the_pool::access all;
  adopt(*all);
  if (all->free == nullptr && all->busy != nullptr) look_at_busy(*all);
  if (all->free != nullptr) {
    cell& one = *all->free;
    all->free = one.next_free;
    clear(one);
    return one;
  }
  if (all->fresh == all->fresh_end) add_block(*all);
  auto* const one = reinterpret_cast<cell*>(all->fresh);
  all->fresh += sizeof(cell);
  return *one;
}

void give_back(cell& used) noexcept {
  if (used.exported.load(std::memory_order_relaxed) != 0) return;
  the_pool::access all;
  if (all->owner != ::getpid()) return;  // a parent's
  auto& list = is_owned(used) ? all->busy : all->free;
  used.next_free = list;
  list = &used;
}

cell_place export_cell(cell& shared) {
  the_pool::access all;
  auto const* const where = block_of(*all, shared);
  if (where == nullptr || !where->fd.still_own()) return {};
  shared.exported.store(1, std::memory_order_relaxed);
  return {where->fd.get(), static_cast<std::uint64_t>(reinterpret_cast<std::byte const*>(&shared) - where->base)};
}

cell* import_cell(os::unique_fd memory, std::uint64_t offset) {
  if (offset % sizeof(cell) != 0 || !is_memory_file(memory.get(), memory_label) || !is_sealed(memory.get()))
    return nullptr;
  auto const status = os::status(memory.get());
  if (!status || !opened_for_reading(memory.get()) || !opened_for_writing(memory.get())) return nullptr;
  auto const size = static_cast<std::uint64_t>(status->st_size);
  if (offset >= size) return nullptr;
  the_pool::access all;
  auto found = std::find_if(all->blocks.begin(), all->blocks.end(),
                            [&](block const& b) { return b.device == status->st_dev && b.inode == status->st_ino; });
  if (found == all->blocks.end()) {
    all->blocks.push_back(map_block(std::move(memory), size));
    found = all->blocks.end() - 1;
  }
  return reinterpret_cast<cell*>(found->base + offset);
}

}  // namespace coview::win32
