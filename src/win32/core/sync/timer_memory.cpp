// SPDX-License-Identifier: Apache-2.0
#include "win32/core/sync/timer_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

#include "object/fail.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/handles/descriptor_facts.hpp"

namespace coview::win32 {
namespace {

constexpr char const* timer_label = "coview timer";
constexpr std::uint64_t page = layout::first_page;

operation_context timer_page_call() {
  return {"make", "timer"};
}

}  // namespace

std::unique_ptr<timer_memory> timer_memory::map(os::unique_fd fd, bool fresh, bool manual) {
  auto const context = timer_page_call();
  static_assert(sizeof(words) <= page);
  auto base = os::map_file(nullptr, page, PROT_READ | PROT_WRITE, os::sharing::shared, fd.get(), 0, 0);
  if (!base) context.fail(base.error());
  auto* const mapped = reinterpret_cast<words*>(*base);
  if (fresh) mapped->manual = manual ? 1 : 0;
  return std::unique_ptr<timer_memory>(new timer_memory(std::move(fd), mapped));
}

std::unique_ptr<timer_memory> timer_memory::make(bool manual) {
  auto const context = timer_page_call();
  auto fd = os::anonymous_file(timer_label);
  if (!fd) context.fail(fd.error());
  if (int const error = os::resize(fd->get(), page); error != 0) context.fail(error);
  // Whoever is handed the descriptor must not be able to take the page away.
  if (::fcntl(fd->get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) context.fail(errno);
  return map(std::move(*fd), true, manual);
}

std::unique_ptr<timer_memory> timer_memory::adopt(os::unique_fd fd) {
  if (!fd || !is_memory_file(fd.get(), timer_label) || !is_sealed(fd.get())) return {};
  auto const status = os::status(fd.get());
  if (!status || static_cast<std::uint64_t>(status->st_size) != page) return {};
  if (!opened_for_reading(fd.get()) || !opened_for_writing(fd.get())) return {};
  return map(std::move(fd), false, false);
}

timer_memory::~timer_memory() {
  if (owner_of(words_->node.state.load(std::memory_order_acquire)) == 0) ::munmap(words_, page);
}

}  // namespace coview::win32
