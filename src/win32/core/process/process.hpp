// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <optional>
#include <string>

#include <coview/win32/winbase.h>

#include "os/fd.hpp"
#include "os/fork_lock.hpp"
#include "win32/core/handles/passing.hpp"
#include "win32/core/sync/sync_objects.hpp"

/// Processes as Win32 knows them: a handle that is there when the process has ended, and an exit code of 32 bits.
///
/// A status of Linux has eight bits. So a process that `CreateProcess` started gets a cell in common with its parent,
/// whose place is in its environment, and a library that finds one there writes its exit code into it at the end.
/// Programs that do not use this library leave their eight bits, and one that a signal ended gets the status that
/// Windows would give.
namespace coview::win32 {

class process_object final : public waitable_object {
 public:
  static constexpr kind type = kind::process;

  /// `record`: of a child that CreateProcess started; else nullptr.
  process_object(pid_t id, os::unique_fd pidfd, bool child, cell* record);
  ~process_object() override;

  [[nodiscard]] DWORD id() const noexcept { return static_cast<DWORD>(id_); }
  /// False where the program has taken the descriptor away: nobody can be asked about the process any more.
  [[nodiscard]] bool usable() const noexcept { return pidfd_.still_own(); }
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] DWORD exit_code() noexcept;
  BOOL terminate(DWORD code) noexcept;
  /// Of a child: OpenProcess finds it from now on, until its last handle is closed. The caller holds a reference
  /// until there is a handle, and takes it back with `last_handle_closed` where there will be none.
  void be_known();
  void last_handle_closed() noexcept override;
  [[nodiscard]] bool is_same(object const& other) const noexcept override;
  bool prepare_transfer(object_transfer& out) override;

  /// A child that is to begin later: writing to it lets it. `resume` gives the suspend count before.
  void hold_back(os::unique_fd start) noexcept { start_ = std::move(start); }
  DWORD resume() noexcept;
  [[nodiscard]] destination as_destination() const noexcept;

  std::atomic<DWORD> priority_class{NORMAL_PRIORITY_CLASS};

 private:
  void reap() noexcept;

  pid_t const id_;
  os::own_descriptor pidfd_;
  bool const child_;
  cell* const record_;
  os::own_descriptor start_;
  std::atomic<int> suspended_{0};
  os::fork_lock reap_lock_;
  std::optional<DWORD> code_;  // once reaped
};

/// What handles/kinds.hpp asks of processes. The process that is handed over is the one that its descriptor is of.
object_ptr<> adopt_process(object_transfer& from);
object_ptr<> current_process_object() noexcept;
destination destination_of(object const& process) noexcept;

/// ResumeThread on what CreateProcess gave as a thread.
DWORD resume_process(object& process) noexcept;

/// In a child's environment: "COVIEW_WIN32_PROCESS=11,128,12,13", descriptor and offset of its cell, and the
/// two descriptors of its server (win32/core/handles/handle_server.hpp), or 0. Believed as far as the
/// descriptors prove it.
inline constexpr char const* process_variable = "COVIEW_WIN32_PROCESS";

/// What this process leaves, for whoever waits for it.
void leave_exit_code(DWORD code) noexcept;

}  // namespace coview::win32
