// SPDX-License-Identifier: Apache-2.0
// coview lock: runs a command while this process owns a named mutex. A mutex is owned by a thread, and exec would
// abandon it, so the owner stays beside the command; should the owner be killed, the kernel kills the command too.
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <mutex>

#include <coview/error.hpp>
#include <coview/mutex.hpp>
#include <coview/sync_status.hpp>

#include "command.hpp"
#include "shared/child.hpp"
#include "shared/sync_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct lock_arguments {
  std::string name;
  std::chrono::nanoseconds time = for_ever;
  sync_options create;
  std::vector<std::string> command;
};

std::string owner_of(mutex const& object) {
  try {
    auto const status = status_of(object.name());
    if (!status.owned) return "somebody";  // a moment ago
    return !status.owner_thread || sure_owner(status) ? owner_text(status)
                                                      : fmt::format("somebody ({})", owner_text(status));
  } catch (error const&) {
    return "somebody";  // its name was taken away
  }
}

acquired take(console& out, mutex const& wanted, lock_arguments const& given) {
  timeout const until(given.time);
  auto const at_once = wanted.acquire(std::chrono::seconds(0));
  if (at_once != acquired::timed_out) return at_once;
  auto const name = escape(wanted.name());
  if (given.time.count() > 0) {
    out.say("waiting for '{}', owned by {}", name, owner_of(wanted));
    auto const later = wanted.acquire(until);
    if (later != acquired::timed_out) return later;
  }
  throw failure(exit_busy, fmt::format("time is up: '{}' is owned by {}", name, owner_of(wanted)));
}

/// What a shell makes of a command that a signal ended, here or one level below.
bool cut_short(int status) {
  constexpr int first = 128 + 1;
  constexpr int last = 128 + 64;
  return status >= first && status <= last;
}

void tell_command(acquired how) {
  // Taken away as well as set: an outer `coview lock` says nothing about this mutex.
  if (how == acquired::abandoned) {
    setenv("COVIEW_ABANDONED", "1", 1);
  } else {
    unsetenv("COVIEW_ABANDONED");
  }
}

int lock(console& out, lock_arguments const& given) {
  if (given.command.empty()) {
    throw failure(exit_usage, "there is nothing to run under the lock", "coview lock NAME -- COMMAND");
  }
  auto const held = mutex::open_or_create(given.name, given.create);
  auto const how = take(out, held, given);
  std::unique_lock<mutex const> guard(held, std::adopt_lock);
  if (how == acquired::abandoned) {
    out.say("'{}' was abandoned: its last owner ended while it owned it, so what it protects may be half done",
            escape(held.name()));
  }
  tell_command(how);
  int const status = run_child(out, given.command, orphan::killed);
  // Not released, it is abandoned when this process ends: the next owner is to know that the work was cut short.
  if (cut_short(status)) (void)guard.release();
  return status;
}

action prepare_lock(argument_list& takes, std::vector<std::string> const& rest) {
  auto given = std::make_shared<lock_arguments>();
  given->command = rest;
  add_name(takes, given->name);
  add_duration(takes, "-t,--timeout", given->time,
               "Wait so long for it: 100ms, 5s, 2m (default: for ever); 0 asks once");
  add_mode(takes, "--mode", given->create.mode, "Who may use it, if it is created (default 0600: this user)");
  return [given](console& out) { return lock(out, *given); };
}

}  // namespace

constinit command const lock_command = {
    .name = "lock",
    .summary = "Run a command under a named mutex",
    .examples =
        "coview lock build -- make  one at a time\n"
        "coview lock build --timeout 5s -- make || echo busy\n"
        "coview lock data -- sh -c '[ \"$COVIEW_ABANDONED\" ] && ./repair; ./work'",
    .details =
        "Opens the mutex, or creates it, waits until it is free, owns it while COMMAND runs, and lets it go.\n"
        "The exit status is the command's, 128 + n where signal n ended it, 127 where it is not found, 126\n"
        "where it cannot be run, and 5 where time was up before the mutex was free: COMMAND did not run then.\n"
        "Signals sent to coview are passed on to the command.\n\n"
        "A mutex whose owner died is abandoned: whoever locks it next is told, on standard error and by\n"
        "COVIEW_ABANDONED=1 in the command's environment, which is not set otherwise. It is abandoned where\n"
        "coview lock is killed, and where COMMAND was ended by a signal (status 129 to 192).\n\n"
        "When coview lock itself is killed with SIGKILL, the kernel kills COMMAND with it; the next owner may\n"
        "begin a moment before that is done. What COMMAND has started by itself goes on, and so does a COMMAND\n"
        "that is a set-user-ID program.\n\n"
        "A mutex that nobody else has open vanishes with coview lock, and nobody is told then. To be told in\n"
        "any case, make it stay: coview create build --kind mutex --permanent.",
    .prepare = prepare_lock,
    .takes_command = true,
    .needs_command = true};

}  // namespace coview::tool
