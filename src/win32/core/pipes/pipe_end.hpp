// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <coview/win32/winbase.h>

#include "win32/core/handles/object.hpp"
#include "win32/core/pipes/pipe_directory.hpp"
#include "win32/core/pipes/pipe_link.hpp"
#include "win32/core/process/thread.hpp"
#include "win32/core/sync/sync_objects.hpp"

/// An end of a named pipe behind handles: an instance, which its server made, or a client.
///
/// Invariants:
/// 1. A server's end has a link while it is connected, a client's always. A call keeps the link that it began with.
/// 2. What an overlapped handle could not do at once waits in line, reads and writes each in their order; `progress`
///    goes on with it, on whatever thread it is called.
/// 3. The end's own event is what a wait for the handle waits for: reset when a call begins, set when one is over
///    that has no event in its OVERLAPPED.
///
/// Thread safety: all functions. A forked child has the end too; what waits in line is its parent's business.
namespace coview::win32 {

/// One call.
struct pipe_operation {
  enum class kind : std::uint8_t { connect, read, write, transact };
  kind what = kind::read;
  pipe_read in{};
  pipe_write out{};
  bool written = false;  // of a transaction
  OVERLAPPED* overlapped = nullptr;
  LPOVERLAPPED_COMPLETION_ROUTINE routine = nullptr;
  object_ptr<thread_object> thread;  // whose routine it is
  DWORD issuer = 0;
  std::shared_ptr<pipe_link> link;

  [[nodiscard]] bool reads() const noexcept { return what == kind::read || (what == kind::transact && written); }
  /// The socket to wait for; -1 of a connect.
  [[nodiscard]] int socket() const noexcept;
  [[nodiscard]] DWORD bytes_so_far() const noexcept { return reads() ? in.done : 0; }
};

/// A thread that sleeps in a call of an end, and what another one wants of it.
class pipe_waiter;

class pipe_end final : public waitable_object {
 public:
  static constexpr kind type = kind::pipe;

  /// A client's.
  pipe_end(std::shared_ptr<pipe_link> link, object_name name, pipe_directory::facts const& said, DWORD flags);
  /// A server's, in the slot that `where` has taken.
  pipe_end(std::shared_ptr<pipe_directory> where, object_name name, std::uint32_t slot, DWORD flags);
  ~pipe_end() override;

  [[nodiscard]] bool is_server() const noexcept { return static_cast<bool>(where_); }
  [[nodiscard]] bool is_overlapped() const noexcept { return (flags_ & FILE_FLAG_OVERLAPPED) != 0; }
  [[nodiscard]] pipe_directory::facts const& said() const noexcept { return said_; }
  [[nodiscard]] DWORD mode() const noexcept { return mode_.load(std::memory_order_relaxed); }
  void set_mode(DWORD mode) noexcept { mode_.store(mode, std::memory_order_relaxed); }
  /// Of all processes, as many as there are now.
  [[nodiscard]] std::size_t count_instances() const;
  /// Null with the code of a call that needs a client.
  std::shared_ptr<pipe_link> link(DWORD& code) const;

  /// Runs a call to its end, or lets it wait in line where it is overlapped. What the Win32 call returns.
  BOOL run(pipe_operation context, LPDWORD count);
  /// ConnectNamedPipe's part of it.
  BOOL connect(OVERLAPPED* overlapped);
  BOOL disconnect();
  BOOL flush();
  /// What waits in line, as far as it gets.
  void progress();
  /// False where there was nothing. `issuer` 0: of all threads; `overlapped` nullptr: all.
  bool cancel(DWORD issuer, OVERLAPPED const* overlapped);

  /// A client asks for this instance: the client's half, or a code.
  DWORD admit(ACCESS_MASK access, DWORD client, pipe_link::parts& out);
  [[nodiscard]] bool is_instance(std::uint64_t device, std::uint64_t inode, std::uint32_t slot) const noexcept;

  /// Of an end that another process handed over while it was connected.
  void be_connected(std::shared_ptr<pipe_link> link);

  void last_handle_closed() noexcept override;
  bool prepare_transfer(object_transfer& out) override;

 private:
  enum class state : std::uint8_t { listening, connected, disconnected };
  using line = std::deque<pipe_operation>;

  void begin() noexcept;
  void signal() noexcept;
  static pipe_answer step(pipe_operation& context);
  [[nodiscard]] bool waits() const noexcept { return (mode() & PIPE_NOWAIT) == 0; }
  pipe_answer run_to_end(pipe_operation& context);
  BOOL put_in_line(pipe_operation&& context, LPDWORD count);
  bool advance(line& which);
  void finish(pipe_operation& context, pipe_answer const& result, bool sets_event = true);
  void finish_all(DWORD code) noexcept;
  void arm(line const& which);
  DWORD begin_to_listen();
  void leave_link() noexcept;
  void wake_waiters(DWORD code) noexcept;
  friend class pipe_waiter;

  cell& event_;
  DWORD flags_;
  object_name name_;
  pipe_directory::facts said_;
  std::atomic<DWORD> mode_{0};
  std::shared_ptr<pipe_directory> where_;  // of a server
  std::uint32_t slot_ = 0;
  object_ptr<> keeper_;  // gives the name up at the end of the process

  mutable std::mutex guard_;
  state state_ = state::connected;
  bool closed_ = false;
  std::shared_ptr<pipe_link> link_;
  line connects_;
  line reads_;
  line writes_;
  mutable std::vector<pipe_waiter*> waiters_;
};

/// An end that another process handed over.
object_ptr<> adopt_pipe(object_transfer& from);

/// A server's end of this process by its slot; null where there is none.
object_ptr<pipe_end> find_instance(std::uint64_t device, std::uint64_t inode, std::uint32_t slot);

}  // namespace coview::win32
