// SPDX-License-Identifier: Apache-2.0
#include "win32/core/pipes/pipe_end.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "os/process_wide.hpp"
#include "win32/core/files/overlapped.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/handles/named_cache.hpp"
#include "win32/core/pipes/pipe_service.hpp"

namespace coview::win32 {

using pipe_layout::instance_state;

namespace {

/// The servers' ends of this process, where the handle server looks for them. Each is in here only
/// while it has a handle.
using all_instances = os::process_wide<std::vector<pipe_end*>>;
[[gnu::constructor]] void make_instances() {
  all_instances::make();
}

/// At the end of the process the name goes, and nothing else is touched: what waits in line belongs to stacks that
/// are gone.
class name_keeper final : public object {
 public:
  explicit name_keeper(std::shared_ptr<pipe_directory> where) : object(kind::other), where_(std::move(where)) {}
  void last_handle_closed() noexcept override { where_->close(); }

 private:
  std::shared_ptr<pipe_directory> where_;
};

std::string key_at_exit(object const& one) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(&one)) + "\\\\pipe";
}

/// The call of a completion routine, on its way to the thread that began it.
struct completion {
  LPOVERLAPPED_COMPLETION_ROUTINE routine;
  LPOVERLAPPED overlapped;
  DWORD code;
  DWORD bytes;

  static void CALLBACK run(ULONG_PTR data) {
    std::unique_ptr<completion> const what(reinterpret_cast<completion*>(data));  // NOLINT(performance-no-int-to-ptr)
    what->routine(what->code, what->bytes, what->overlapped);
  }
};

/// What wakes a thread that sleeps in a call: kept for the next one. Not shared with a forked child.
struct waker {
  os::own_descriptor fd;
  pid_t owner = 0;
};
thread_local waker own_waker;

os::own_descriptor const& waker_of_this_thread() {
  if (own_waker.owner != ::getpid() || !own_waker.fd.still_own()) {
    os::unique_fd const made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    own_waker.fd = duplicate_out_of_the_way(made.get());
    if (!own_waker.fd) throw_code(error_from_errno(errno));
    own_waker.owner = ::getpid();
  }
  return own_waker.fd;
}

constexpr bool came_to_something(DWORD code) noexcept {
  return code == ERROR_SUCCESS || code == ERROR_MORE_DATA;
}

}  // namespace

/// Known to the end for as long as it lives. Made while nobody has the end's guard.
class pipe_waiter {
 public:
  explicit pipe_waiter(pipe_end& end) : end_(end), waker_(waker_of_this_thread()) {
    std::lock_guard const guard(end_.guard_);
    if (end_.closed_) code_ = ERROR_INVALID_HANDLE;
    end_.waiters_.push_back(this);
  }
  ~pipe_waiter() {
    std::lock_guard const guard(end_.guard_);
    std::erase(end_.waiters_, this);
    quieten();
  }
  pipe_waiter(pipe_waiter const&) = delete;
  pipe_waiter& operator=(pipe_waiter const&) = delete;

  /// Under the end's guard. `code` 0: look again.
  void wake(DWORD code) noexcept {
    if (code != ERROR_SUCCESS) code_.store(code, std::memory_order_relaxed);
    std::uint64_t const one = 1;
    if (waker_.still_own()) (void)!::write(waker_.get(), &one, sizeof one);
  }
  /// Until the socket (-1: none) is readable, or somebody wakes. 0, or why the call is over. A cancellation point.
  DWORD sleep(int socket) {
    std::array<pollfd, 2> both{{{waker_.get(), POLLIN, 0}, {socket, POLLIN, 0}}};
    if (code_.load(std::memory_order_relaxed) == ERROR_SUCCESS) ::poll(both.data(), socket < 0 ? 1 : 2, -1);
    if (both[0].revents != 0) quieten();
    return code_.load(std::memory_order_relaxed);
  }

 private:
  void quieten() const noexcept {
    std::uint64_t count = 0;
    if (waker_.still_own()) (void)!::read(waker_.get(), &count, sizeof count);
  }

  pipe_end& end_;
  os::own_descriptor const& waker_;
  std::atomic<DWORD> code_{ERROR_SUCCESS};
};

int pipe_operation::socket() const noexcept {
  if (!link) return -1;
  return reads() ? link->socket_to_read() : link->socket_to_write();
}

pipe_end::pipe_end(std::shared_ptr<pipe_link> link, object_name name, pipe_directory::facts const& said, DWORD flags)
    : waitable_object(type), event_(take_cell()), flags_(flags), name_(std::move(name)), said_(said) {
  link_ = std::move(link);
  point_.kind = wait_kind::state;
  point_.rules = state_kind::manual;
  point_.node = &event_.node;
  point_.order = reinterpret_cast<std::uintptr_t>(&event_);
  signal();  // nothing goes on
}

pipe_end::pipe_end(std::shared_ptr<pipe_directory> where, object_name name, std::uint32_t slot, DWORD flags)
    : pipe_end(std::shared_ptr<pipe_link>(), std::move(name), where->said(), flags) {
  where_ = std::move(where);
  slot_ = slot;
  state_ = state::listening;
  keeper_ = make_object<name_keeper>(where_);
  named_cache::remember(key_at_exit(*this), *keeper_);
  all_instances::access all;
  all->push_back(this);
}

pipe_end::~pipe_end() {
  last_handle_closed();
  win32::give_back(event_);
}

object_ptr<pipe_end> find_instance(std::uint64_t device, std::uint64_t inode, std::uint32_t slot) {
  all_instances::access all;
  auto const found = std::find_if(all->begin(), all->end(),
                                  [&](pipe_end const* one) { return one->is_instance(device, inode, slot); });
  if (found == all->end()) return {};
  (*found)->add_reference();
  return object_ptr<pipe_end>(*found);
}

bool pipe_end::is_instance(std::uint64_t device, std::uint64_t inode, std::uint32_t slot) const noexcept {
  return where_ && where_->device() == device && where_->inode() == inode && slot_ == slot;
}

std::size_t pipe_end::count_instances() const {
  if (where_) return where_->instances().size();
  auto const found = pipe_directory::find(name_);
  return found ? found->instances().size() : 0;
}

std::shared_ptr<pipe_link> pipe_end::link(DWORD& code) const {
  std::lock_guard const guard(guard_);
  code = closed_                         ? ERROR_INVALID_HANDLE
         : state_ == state::listening    ? ERROR_PIPE_LISTENING
         : state_ == state::disconnected ? ERROR_PIPE_NOT_CONNECTED
                                         : ERROR_SUCCESS;
  return link_;
}

void pipe_end::begin() noexcept {
  reset_event(event_.node);
}

void pipe_end::signal() noexcept {
  std::uint32_t before = 0;
  coview::signal(event_.node, point_.rules, 1, before);
}

pipe_answer pipe_end::step(pipe_operation& context) {
  using call = pipe_operation::kind;
  switch (context.what) {
    case call::connect:
      return {ERROR_SUCCESS, 0, true};
    case call::read:
      return context.link->read(context.in);
    case call::write:
      return context.link->write(context.out);
    case call::transact:
      break;
  }
  if (!context.written) {
    auto const answer = context.link->write(context.out);
    if (answer.blocked || answer.code != ERROR_SUCCESS) return {answer.code, 0, answer.blocked};
    context.written = true;
  }
  return context.link->read(context.in);
}

pipe_answer pipe_end::run_to_end(pipe_operation& context) {
  std::optional<pipe_waiter> self;
  for (;;) {
    auto const answer = step(context);
    if (!answer.blocked) return answer;
    if (!waits() && context.what == pipe_operation::kind::read) return {ERROR_NO_DATA};
    if (!self) self.emplace(*this);
    if (DWORD const code = self->sleep(context.socket())) {
      context.link->give_up(context.out);
      return {code, context.bytes_so_far()};
    }
  }
}

/// What the caller, its event and its routine are told.
void pipe_end::finish(pipe_operation& context, pipe_answer const& result, bool sets_event) {
  bool const has_event =
      context.overlapped != nullptr && context.routine == nullptr && context.overlapped->hEvent != nullptr;
  if (context.overlapped != nullptr)
    end_overlapped(*context.overlapped, result.code, result.bytes, sets_event && context.routine == nullptr);
  if (context.routine != nullptr && sets_event) {
    auto what =
        std::make_unique<completion>(completion{context.routine, context.overlapped, result.code, result.bytes});
    DWORD const before = last_error;
    if (context.thread->queue_call(&completion::run, reinterpret_cast<ULONG_PTR>(what.get())) != FALSE)
      (void)what.release();  // run() has it
    set_error(before);
  }
  if (!has_event) signal();  // as on Windows: a call with an event tells that event alone
}

BOOL pipe_end::run(pipe_operation context, LPDWORD count) {
  if (count != nullptr) *count = 0;
  DWORD code = 0;
  context.link = link(code);
  if (!context.link) return refuse(code);
  context.out.now = !waits();
  if (context.overlapped != nullptr) begin_overlapped(*context.overlapped, context.routine == nullptr);
  begin();
  if (context.overlapped != nullptr && is_overlapped()) return put_in_line(std::move(context), count);
  auto const result = run_to_end(context);
  if (count != nullptr) *count = result.bytes;
  finish(context, result);
  return result.code == ERROR_SUCCESS ? TRUE : refuse(result.code);
}

BOOL pipe_end::put_in_line(pipe_operation&& context, LPDWORD count) {
  std::unique_lock guard(guard_);
  auto const line_of = [this](pipe_operation const& one) -> line& { return one.reads() ? reads_ : writes_; };
  if (line_of(context).empty()) {
    auto result = step(context);
    if (result.blocked && !waits() && context.what == pipe_operation::kind::read) result = {ERROR_NO_DATA};
    if (!result.blocked) {
      guard.unlock();
      if (count != nullptr) *count = result.bytes;
      finish(context, result, came_to_something(result.code));
      return result.code == ERROR_SUCCESS ? TRUE : refuse(result.code);
    }
  }
  auto& which = line_of(context);
  which.push_back(std::move(context));
  if (which.size() == 1) arm(which);
  return refuse(ERROR_IO_PENDING);
}

/// Wakes `progress` when the first in line may go on. Where that cannot be, it is over.
void pipe_end::arm(line const& which) {
  if (which.empty() || pipe_service::await(*this, which.front().socket())) return;
  auto& all = &which == &reads_ ? reads_ : writes_;
  auto first = std::move(all.front());
  all.pop_front();
  finish(first, {ERROR_NO_SYSTEM_RESOURCES});
}

/// True where something left the line.
bool pipe_end::advance(line& which) {
  bool moved = false;
  while (!which.empty()) {
    auto const answer = step(which.front());
    if (answer.blocked) {
      if (&which == &reads_ || !which.front().reads()) break;
      reads_.push_back(std::move(which.front()));  // a transaction that has written
    } else {
      finish(which.front(), answer);
    }
    which.pop_front();
    moved = true;
  }
  return moved;
}

void pipe_end::progress() {
  std::lock_guard const guard(guard_);
  while (advance(writes_) && advance(reads_)) {
  }
  advance(reads_);
  arm(writes_);
  arm(reads_);
}

bool pipe_end::cancel(DWORD issuer, OVERLAPPED const* overlapped) {
  std::lock_guard const guard(guard_);
  bool some = false;
  for (auto* const which : {&connects_, &reads_, &writes_}) {
    for (auto one = which->begin(); one != which->end();) {
      bool const meant =
          (issuer == 0 || one->issuer == issuer) && (overlapped == nullptr || one->overlapped == overlapped);
      if (!meant) {
        ++one;
        continue;
      }
      if (one->link) one->link->give_up(one->out);
      finish(*one, {ERROR_OPERATION_ABORTED, one->bytes_so_far()});
      one = which->erase(one);
      some = true;
    }
  }
  if (issuer != 0 || overlapped != nullptr || waiters_.empty()) return some;
  wake_waiters(ERROR_OPERATION_ABORTED);
  return true;
}

void pipe_end::wake_waiters(DWORD code) noexcept {
  for (auto* const one : waiters_) one->wake(code);
}

/// 0 where a client may come now, or what ConnectNamedPipe says instead.
DWORD pipe_end::begin_to_listen() {
  switch (state_) {
    case state::connected:
      return link_->other_end_closed() ? ERROR_NO_DATA : ERROR_PIPE_CONNECTED;
    case state::listening:
      break;
    case state::disconnected:
      state_ = state::listening;
      where_->set(slot_, instance_state::listening);
      if (!waits()) return ERROR_SUCCESS;
  }
  // Where another process has the instance too: the client comes to who waits.
  if (!where_->is(slot_, instance_state::listening)) where_->set(slot_, instance_state::listening);
  return waits() ? ERROR_IO_PENDING : ERROR_PIPE_LISTENING;
}

BOOL pipe_end::connect(OVERLAPPED* overlapped) {
  if (!is_server()) return refuse(ERROR_INVALID_FUNCTION);
  pipe_operation context;
  context.what = pipe_operation::kind::connect;
  context.overlapped = overlapped;
  context.issuer = GetCurrentThreadId();
  std::optional<pipe_waiter> self;
  bool const in_line = overlapped != nullptr && is_overlapped();
  if (!in_line) self.emplace(*this);
  {
    std::lock_guard const guard(guard_);
    if (closed_) return refuse(ERROR_INVALID_HANDLE);
    DWORD const code = begin_to_listen();
    if (code == ERROR_SUCCESS) return TRUE;
    if (code != ERROR_IO_PENDING) return refuse(code);
    begin();
    if (overlapped != nullptr) begin_overlapped(*overlapped, true);
    if (in_line) {
      connects_.push_back(std::move(context));
      return refuse(ERROR_IO_PENDING);
    }
  }
  for (;;) {
    DWORD code = self->sleep(-1);
    {
      std::lock_guard const guard(guard_);
      if (code == ERROR_SUCCESS && state_ == state::listening) continue;
      if (code == ERROR_SUCCESS && state_ == state::disconnected) code = ERROR_PIPE_NOT_CONNECTED;
    }
    finish(context, {code});
    return code == ERROR_SUCCESS ? TRUE : refuse(code);
  }
}

BOOL pipe_end::disconnect() {
  if (!is_server()) return refuse(ERROR_INVALID_FUNCTION);
  std::lock_guard const guard(guard_);
  if (state_ == state::listening) return refuse(ERROR_PIPE_LISTENING);
  if (state_ == state::disconnected) return refuse(ERROR_PIPE_NOT_CONNECTED);
  link_->disconnect();
  for (auto* const which : {&reads_, &writes_}) {
    for (auto& one : *which) finish(one, {ERROR_PIPE_NOT_CONNECTED});
    which->clear();
  }
  leave_link();
  state_ = state::disconnected;
  where_->set(slot_, instance_state::disconnected);
  return TRUE;
}

void pipe_end::leave_link() noexcept {
  if (!link_) return;
  pipe_service::forget(link_->socket_to_read());
  pipe_service::forget(link_->socket_to_write());
  link_.reset();
}

BOOL pipe_end::flush() {
  DWORD code = 0;
  auto const link = this->link(code);
  if (!link) return code == ERROR_INVALID_HANDLE ? refuse(code) : TRUE;  // nothing is unread
  auto const end = link->written();
  std::optional<pipe_waiter> self;
  for (;;) {
    auto const answer = link->is_read_up_to(end);
    if (!answer.blocked) return answer.code == ERROR_SUCCESS ? TRUE : refuse(answer.code);
    if (!self) self.emplace(*this);
    code = self->sleep(link->socket_to_write());
    if (code != ERROR_SUCCESS) return refuse(code);
  }
}

DWORD pipe_end::admit(ACCESS_MASK access, DWORD client, pipe_link::parts& out) {
  std::lock_guard const guard(guard_);
  if (closed_ || !where_) return ERROR_FILE_NOT_FOUND;
  bool const listens = state_ == state::listening && where_->is(slot_, instance_state::listening);
  if (!listens) return ERROR_PIPE_BUSY;
  bool const reads = (access & FILE_READ_DATA) != 0;
  bool const writes = (access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
  if ((reads && (said_.access & PIPE_ACCESS_OUTBOUND) == 0) || (writes && (said_.access & PIPE_ACCESS_INBOUND) == 0))
    return ERROR_ACCESS_DENIED;
  pipe_link::parts own;
  pipe_link::make({.message_type = said_.message_type != 0,
                   .quota = {said_.in_quota, said_.out_quota},
                   .server = static_cast<DWORD>(::getpid()),
                   .client = client},
                  own, out);
  auto made = pipe_link::open(std::move(own), pipe_side::server);
  if (!made) return ERROR_INTERNAL_ERROR;
  link_ = std::move(made);
  state_ = state::connected;
  where_->set(slot_, instance_state::connected);
  for (auto& one : connects_) finish(one, {});
  connects_.clear();
  wake_waiters(ERROR_SUCCESS);
  return ERROR_SUCCESS;
}

void pipe_end::finish_all(DWORD code) noexcept {
  for (auto* const which : {&connects_, &reads_, &writes_}) {
    for (auto& one : *which) finish(one, {code});
    which->clear();
  }
}

void pipe_end::last_handle_closed() noexcept {
  if (where_) {
    all_instances::access all;
    std::erase(*all, this);
  }
  std::lock_guard const guard(guard_);
  if (closed_) return;
  closed_ = true;
  finish_all(ERROR_BROKEN_PIPE);
  wake_waiters(ERROR_BROKEN_PIPE);
  leave_link();
  if (!where_) return;
  if (where_->is(slot_, instance_state::listening)) where_->set(slot_, instance_state::none);
  where_->close();
  named_cache::forget(key_at_exit(*this), *keeper_);  // until here the end of the process waits for the name to go
}

bool pipe_end::prepare_transfer(object_transfer& out) {
  std::lock_guard const guard(guard_);
  if (closed_) return false;
  out.what = type;
  out.put(is_server());
  out.put(flags_);
  out.put(mode());
  out.put(said_);
  out.put(name_.scope);
  out.put(static_cast<std::uint32_t>(name_.leaf.size()));
  for (char const c : name_.leaf) out.put(c);
  if (is_server()) {
    out.put(slot_);
    out.put(state_);
    out.add_held(where_->file(), true);
  }
  if (!link_) return is_server();
  out.add_duplicate(link_->held().memory);
  for (auto const& socket : link_->held().sockets) out.add_duplicate(socket);
  return true;
}

namespace {

constexpr std::uint32_t longest_leaf = 3 * longest_name;

std::shared_ptr<pipe_link> take_link(object_transfer& from, pipe_side side) {
  pipe_link::parts given;
  given.memory = from.take_fd();
  for (auto& socket : given.sockets) socket = from.take_fd();
  return pipe_link::open(std::move(given), side);
}

}  // namespace

object_ptr<> adopt_pipe(object_transfer& from) {
  bool const server = from.take<bool>();
  auto const flags = from.take<DWORD>();
  auto const mode = from.take<DWORD>() & (PIPE_READMODE_MESSAGE | PIPE_NOWAIT);
  auto const said = from.take<pipe_directory::facts>();
  auto const scope = from.take<name_scope>();
  auto const length = from.take<std::uint32_t>();
  if (length > longest_leaf || (scope != name_scope::local && scope != name_scope::global)) return {};
  std::string leaf;
  for (std::uint32_t i = 0; i < length; ++i) leaf += from.take<char>();
  auto name = name_of_family(scope, std::move(leaf));
  if (!server) {
    auto link = take_link(from, pipe_side::client);
    if (!link) return {};
    auto made = make_object<pipe_end>(std::move(link), std::move(name), said, flags);
    made->set_mode(mode);
    return made;
  }
  auto const slot = from.take<std::uint32_t>();
  bool const connected = from.take<std::uint8_t>() == 1;
  object_name received;
  auto where = pipe_directory::adopt(from.take_object(received));
  if (!where || !where->share_slot(slot)) return {};
  auto link = connected ? take_link(from, pipe_side::server) : nullptr;
  if (connected && !link) return {};
  auto made = make_object<pipe_end>(std::move(where), std::move(received), slot, flags);
  made->set_mode(mode);
  if (link) made->be_connected(std::move(link));
  return made;
}

void pipe_end::be_connected(std::shared_ptr<pipe_link> link) {
  std::lock_guard const guard(guard_);
  link_ = std::move(link);
  state_ = state::connected;
}

}  // namespace coview::win32
