// SPDX-License-Identifier: Apache-2.0
#include "win32/core/pipes/pipe_directory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <coview/win32/namedpipeapi.h>
#include <coview/win32/winerror.h>

#include "object/layout.hpp"
#include "object/patience.hpp"
#include "os/file.hpp"
#include "os/futex.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/handles/last_error.hpp"

namespace coview::win32 {

using namespace pipe_layout;

namespace {

std::uint32_t slots_for(DWORD most_instances) {
  return most_instances == PIPE_UNLIMITED_INSTANCES ? most_slots
                                                    : std::min<std::uint32_t>(most_instances, most_slots);
}

std::uint64_t payload_for(DWORD most_instances) {
  return sizeof(pipe_layout::directory) + std::uint64_t{slots_for(most_instances)} * sizeof(pipe_layout::slot);
}

bool lock_byte(int fd, short kind, std::uint32_t number) noexcept {
  struct ::flock request {};
  request.l_type = kind;
  request.l_whence = SEEK_SET;
  request.l_start = instance_byte + number;
  request.l_len = 1;
  int answer = 0;
  do {
    answer = ::fcntl(fd, F_OFD_SETLK, &request);
  } while (answer != 0 && errno == EINTR);
  return answer == 0;
}

}  // namespace

pipe_directory::pipe_directory(held_file file, facts said, std::uint64_t payload_offset)
    : file_(std::move(file)), facts_(said) {
  auto const status = os::status(file_.fd());
  if (!status) throw_code(error_from_errno(status.error()));
  device_ = status->st_dev;
  inode_ = status->st_ino;
  std::uint64_t const size = payload_for(facts_.most_instances);
  // By another description: a mapping of this one would keep its locks, and so the name, for as long as it is there.
  auto const other = file_.reopen_without_locks(true);
  if (!other) throw_code(error_from_errno(other.error()));
  auto base =
      os::map_file(nullptr, size, PROT_READ | PROT_WRITE, os::sharing::shared, other->get(), payload_offset, 0);
  if (!base) throw_code(error_from_errno(base.error()));
  base_ = *base;
  size_ = size;
}

pipe_directory::~pipe_directory() {
  if (base_ != nullptr) ::munmap(base_, size_);
}

pipe_directory::facts pipe_directory::require_facts(open_object const& opened) {
  pipe_layout::facts read{};
  auto const n = os::read_at(opened.file.fd(), std::as_writable_bytes(std::span(&read, 1)), layout::state_offset);
  bool const sane = n && *n == sizeof read && read.magic == magic && opened.header.kind == object_kind::mapping &&
                    read.access >= PIPE_ACCESS_INBOUND && read.access <= PIPE_ACCESS_DUPLEX &&
                    read.most_instances >= 1 && read.most_instances <= PIPE_UNLIMITED_INSTANCES;
  if (!sane) throw_code(ERROR_BAD_PIPE);
  auto const status = os::status(opened.file.fd());
  if (!status) throw_code(error_from_errno(status.error()));
  // Root comes in here where another user's handle server does not let it in: it is told so, not that all are busy.
  if (status->st_uid != ::geteuid()) throw_code(ERROR_ACCESS_DENIED);
  auto const length = static_cast<std::uint64_t>(status->st_size);
  auto const offset = opened.header.payload_offset;
  if (offset > length || payload_for(read.most_instances) > length - offset) throw_code(ERROR_BAD_PIPE);
  return {read.access,      read.message_type != 0 ? 1U : 0U, read.most_instances, read.out_quota, read.in_quota,
          read.default_wait};
}

std::shared_ptr<pipe_directory> pipe_directory::from(open_object opened, facts const& said) {
  return std::shared_ptr<pipe_directory>(
      new pipe_directory(std::move(opened.file), said, opened.header.payload_offset));
}

std::shared_ptr<pipe_directory> pipe_directory::find(object_name const& name, operation_context const& context) {
  facts said{};
  auto opened = try_open_object(name, true, context, [&](open_object const& found) { said = require_facts(found); });
  return opened ? from(std::move(*opened), said) : nullptr;
}

std::shared_ptr<pipe_directory> pipe_directory::find(object_name const& name) {
  return find(name, {"open", "pipe", name.leaf});
}

std::shared_ptr<pipe_directory> pipe_directory::find_or_make(object_name const& name, facts const& first,
                                                             bool& existed) {
  new_object wanted;
  wanted.header.payload_size = payload_for(first.most_instances);
  pipe_layout::facts const written{magic,           first.access,   first.message_type, first.most_instances,
                                   first.out_quota, first.in_quota, first.default_wait};
  auto const bytes = std::as_bytes(std::span(&written, 1));
  wanted.state.assign(bytes.begin(), bytes.end());
  operation_context const context{"create", "pipe", name.leaf};
  patience patience;
  for (;;) {
    if (auto found = find(name, context)) {
      existed = true;
      return found;
    }
    if (auto made = try_create_object(name, wanted, context)) {
      existed = false;
      auto const said = require_facts(*made);
      return from(std::move(*made), said);
    }
    if (!patience.pause()) throw_code(ERROR_PIPE_BUSY);
  }
}

std::shared_ptr<pipe_directory> pipe_directory::adopt(std::optional<open_object> received) {
  if (!received) return nullptr;
  auto const said = require_facts(*received);
  return from(std::move(*received), said);
}

pipe_layout::slot& pipe_directory::slot(std::uint32_t number) const noexcept {
  return *(reinterpret_cast<pipe_layout::slot*>(base_ + sizeof(pipe_layout::directory)) + number);
}

bool pipe_directory::lives(std::uint32_t number) const noexcept {
  struct ::flock request {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  request.l_start = instance_byte + number;
  request.l_len = 1;
  return own_ == number || (::fcntl(file_.fd(), F_OFD_GETLK, &request) == 0 && request.l_type != F_UNLCK);
}

std::optional<std::uint32_t> pipe_directory::take_slot() noexcept {
  for (std::uint32_t number = 0; number < slots_for(facts_.most_instances); ++number) {
    if (!lock_byte(file_.fd(), F_WRLCK, number)) continue;
    // Nobody else has it: whoever had it is gone. Others may share it from now on.
    slot(number).state.store(static_cast<std::uint32_t>(instance_state::none), std::memory_order_relaxed);
    lock_byte(file_.fd(), F_RDLCK, number);
    own_ = number;
    return number;
  }
  return {};
}

bool pipe_directory::share_slot(std::uint32_t number) noexcept {
  if (number >= slots_for(facts_.most_instances) || !lock_byte(file_.fd(), F_RDLCK, number)) return false;
  own_ = number;
  return true;
}

void pipe_directory::set(std::uint32_t number, instance_state state) noexcept {
  slot(number).process.store(static_cast<std::uint32_t>(::getpid()), std::memory_order_relaxed);
  slot(number).state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
  shared().changes.fetch_add(1, std::memory_order_seq_cst);
  os::futex_wake(&shared().changes, os::everybody);
}

bool pipe_directory::is(std::uint32_t number, instance_state state) const noexcept {
  return slot(number).state.load(std::memory_order_acquire) == static_cast<std::uint32_t>(state) &&
         slot(number).process.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(::getpid());
}

std::vector<pipe_directory::instance> pipe_directory::instances() const {
  std::vector<instance> all;
  // One question for the next slot that is taken, not one for each that is not.
  auto const end = slots_for(facts_.most_instances);
  for (std::uint32_t number = 0; number < end; ++number) {
    struct ::flock request {};
    request.l_type = F_WRLCK;
    request.l_whence = SEEK_SET;
    request.l_start = instance_byte + number;
    request.l_len = end - number;
    bool const some = ::fcntl(file_.fd(), F_OFD_GETLK, &request) == 0 && request.l_type != F_UNLCK;
    // The kernel names any of them, not the first: what it names tells only that there are some.
    if (!some && (!own_ || *own_ < number)) break;
    if (!lives(number)) continue;
    auto const& one = slot(number);
    bool const listens =
        one.state.load(std::memory_order_acquire) == static_cast<std::uint32_t>(instance_state::listening);
    all.push_back({number, one.process.load(std::memory_order_relaxed), listens});
  }
  return all;
}

}  // namespace coview::win32
