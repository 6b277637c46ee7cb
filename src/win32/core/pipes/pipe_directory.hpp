// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <coview/win32/minwindef.h>

#include "object/lifetime.hpp"
#include "os/fork_lock.hpp"
#include "win32/core/pipes/pipe_layout.hpp"

/// The object of a pipe's name: what the first CreateNamedPipe said, and a slot for each instance, which counts while
/// a handle to the instance's server end is open (docs/pipes.md).
///
/// Thread and process safety: all functions. Only processes of the user who made the pipe come in.
namespace coview::win32 {

/// One description of the object's file, mapped. The name goes with the last.
class pipe_directory {
 public:
  struct facts {
    DWORD access = 0;
    DWORD message_type = 0;  ///< 0 or 1
    DWORD most_instances = 0;
    DWORD out_quota = 0;
    DWORD in_quota = 0;
    DWORD default_wait = 0;
  };

  /// Null where there is no such pipe. Throws a code, or coview::error.
  static std::shared_ptr<pipe_directory> find(object_name const& name);
  /// Made where there is none; `existed` tells.
  static std::shared_ptr<pipe_directory> find_or_make(object_name const& name, facts const& first, bool& existed);
  /// One that another process handed over; null where it is none.
  static std::shared_ptr<pipe_directory> adopt(std::optional<open_object> received);

  ~pipe_directory();
  pipe_directory(pipe_directory const&) = delete;
  pipe_directory& operator=(pipe_directory const&) = delete;

  [[nodiscard]] facts const& said() const noexcept { return facts_; }
  [[nodiscard]] held_file const& file() const noexcept { return file_; }
  /// A thread that comes while another one closes waits until the name is gone.
  void close() noexcept {
    std::lock_guard const guard(closing_);
    file_.close();
  }
  [[nodiscard]] bool still_named() const noexcept { return file_.still_named(); }
  /// The object's file, as all processes know it.
  [[nodiscard]] std::uint64_t device() const noexcept { return device_; }
  [[nodiscard]] std::uint64_t inode() const noexcept { return inode_; }

  /// A slot for an instance of this description: its own. None where there are as many as there may be.
  std::optional<std::uint32_t> take_slot() noexcept;
  /// A slot that another process has too. False where the kernel refuses.
  bool share_slot(std::uint32_t number) noexcept;
  void set(std::uint32_t number, pipe_layout::instance_state state) noexcept;
  [[nodiscard]] bool is(std::uint32_t number, pipe_layout::instance_state state) const noexcept;

  struct instance {
    std::uint32_t number;
    std::uint32_t process;
    bool listening;
  };
  /// Those of all processes that are there now.
  [[nodiscard]] std::vector<instance> instances() const;
  /// For whoever waits for one that listens: the word to sleep on.
  [[nodiscard]] std::atomic<std::uint32_t> const& changes() const noexcept { return shared().changes; }

 private:
  pipe_directory(held_file file, facts said, std::uint64_t payload_offset);
  static std::shared_ptr<pipe_directory> find(object_name const& name, operation_context const& context);
  /// What the file says of the pipe; fails where it is none, or another user's.
  static facts require_facts(open_object const& opened);
  static std::shared_ptr<pipe_directory> from(open_object opened, facts const& said);
  [[nodiscard]] pipe_layout::directory& shared() const noexcept {
    return *reinterpret_cast<pipe_layout::directory*>(base_);
  }
  [[nodiscard]] pipe_layout::slot& slot(std::uint32_t number) const noexcept;
  [[nodiscard]] bool lives(std::uint32_t number) const noexcept;

  os::fork_lock closing_;
  held_file file_;
  facts facts_;
  std::byte* base_ = nullptr;
  std::uint64_t size_ = 0;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::optional<std::uint32_t> own_;
};

}  // namespace coview::win32
