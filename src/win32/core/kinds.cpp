// SPDX-License-Identifier: Apache-2.0
// All kinds of objects, and where what handles/ asks of them is done.
#include "win32/core/handles/kinds.hpp"

#include "win32/core/files/file_object.hpp"
#include "win32/core/memory/section.hpp"
#include "win32/core/pipes/pipe_client.hpp"
#include "win32/core/pipes/pipe_end.hpp"
#include "win32/core/process/process.hpp"
#include "win32/core/process/thread.hpp"
#include "win32/core/sync/sync_objects.hpp"

namespace coview::win32 {
namespace {

constexpr kind_entry mappings{.adopt = &adopt_section};
constexpr kind_entry states{.adopt = &adopt_state};  // mutexes, events, semaphores, timers
constexpr kind_entry files{.adopt = &adopt_file};    // and what looks like one: pipes, consoles
constexpr kind_entry threads{.current = &current_thread_object};
constexpr kind_entry processes{
    .adopt = &adopt_process, .current = &current_process_object, .as_destination = &destination_of};
constexpr kind_entry pipes{.adopt = &adopt_pipe, .on_request = &let_client_in};
constexpr kind_entry others{};

}  // namespace

kind_entry const& entry_of(object::kind what) noexcept {
  using enum object::kind;
  switch (what) {
    case mapping:
      return mappings;
    case mutex:
    case event:
    case semaphore:
    case timer:
      return states;
    case file:
    case console:
      return files;
    case thread:
      return threads;
    case process:
      return processes;
    case pipe:
      return pipes;
    case find:
    case change:
    case token:
    case job:
    case snapshot:
    case watch:
    case timer_queue:
    case other:
      break;
  }
  return others;
}

}  // namespace coview::win32
