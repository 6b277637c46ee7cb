// SPDX-License-Identifier: Apache-2.0
// coview watch: a mapping's bytes as they change. Stores through a view make no event, so it looks again and again
// and compares.
//
// Watching must not keep the name alive. Each look opens the mapping afresh and closes it: in between nothing is
// held, and where the last holder goes during a look, the name goes at its end.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include <coview/mapping.hpp>

#include "command.hpp"
#include "os/memory.hpp"
#include "shared/hex_dump.hpp"
#include "shared/payload.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct watch_arguments {
  std::string name;
  std::chrono::nanoseconds interval = std::chrono::milliseconds(100);
  std::uint64_t count = 0;  // 0: until it is gone
  std::uint64_t offset = 0;
  std::uint64_t length = to_end;
  bool json = false;
};

using bytes = std::vector<std::byte>;

/// What the bytes were at one look, and of which object.
struct look {
  bytes content;
  dev_t device{};
  ino_t inode{};
};

/// Some bytes next to one another that are not what they were.
struct run {
  std::size_t begin;
  std::size_t end;
};

/// Two looks are in memory at a time: better none than so much that the kernel ends somebody.
void require_memory(std::uint64_t length, std::string_view name) {
  auto const left = os::available_memory();
  if (!left || length <= *left / 2) return;
  throw failure(exit_no_space,
                fmt::format("there is not enough memory to compare {} of '{}'", human_size(length), escape(name)),
                "watch a part of it, with --offset and --length");
}

look look_at(mapping const& at, watch_arguments const& given) {
  auto const range = range_within(at, given.offset, given.length);
  struct ::stat file {};
  if (fstat(at.native_handle(), &file) != 0) {
    throw std::system_error(errno, std::generic_category(), fmt::format("cannot look at '{}'", escape(given.name)));
  }
  look now{bytes(static_cast<std::size_t>(range.length)), file.st_dev, file.st_ino};
  read_payload(at, range.offset, now.content);
  return now;
}

std::vector<run> differences(bytes const& before, bytes const& now) {
  std::vector<run> runs;
  auto const size = std::min(before.size(), now.size());
  for (std::size_t i = 0; i < size;) {
    auto const [left, right] = std::mismatch(before.begin() + static_cast<std::ptrdiff_t>(i),
                                             before.begin() + static_cast<std::ptrdiff_t>(size),
                                             now.begin() + static_cast<std::ptrdiff_t>(i));
    i = static_cast<std::size_t>(left - before.begin());
    if (i == size) break;
    auto const begin = i;
    while (i < size && before[i] != now[i]) ++i;
    runs.push_back({begin, i});
  }
  return runs;
}

/// The lines in which something changed, with the new bytes; what changed is highlighted.
void show_lines(console& out, watch_arguments const& given, bytes const& now, std::vector<run> const& runs) {
  constexpr auto width = hex_dump::bytes_a_line;
  std::size_t changed = 0;
  for (auto const& each : runs) changed += each.end - each.begin;
  out.print("{}\n",
            out.in(style::bold, fmt::format("{}  {} byte{} changed", local_clock(std::chrono::system_clock::now()),
                                            changed, changed == 1 ? "" : "s")));
  auto const is_changed = [&](std::size_t at) {
    auto const last = std::partition_point(runs.begin(), runs.end(), [&](run const& each) { return each.end <= at; });
    return last != runs.end() && last->begin <= at;
  };
  std::size_t next = 0;  // beginning of the first line that is not shown yet
  for (auto const& each : runs) {
    for (auto at = std::max(next, each.begin / width * width); at < each.end; at += width) {
      auto const line = std::span(now).subspan(at, std::min(width, now.size() - at));
      out.print("{}\n", hex_line(out, given.offset + at, line, [&](std::size_t i) { return is_changed(at + i); }));
      next = at + width;
    }
  }
}

void show_runs(console& out, watch_arguments const& given, bytes const& before, bytes const& now,
               std::vector<run> const& runs) {
  auto const time = iso_time(std::chrono::system_clock::now());
  for (auto const& each : runs) {
    auto const part = [&](bytes const& all) {
      return hex(std::span(all).subspan(each.begin, each.end - each.begin));
    };
    if (given.json) {
      out.write_json_line({{"schema", "coview.watch/1"},
                           {"time", time},
                           {"name", given.name},
                           {"offset", given.offset + each.begin},
                           {"old", part(before)},
                           {"new", part(now)}});
    } else {
      out.print("{:#010x} {} {}\n", given.offset + each.begin, part(before), part(now));
    }
  }
}

void show(console& out, watch_arguments const& given, bytes const& before, bytes const& now,
          std::vector<run> const& runs) {
  if (out.on_terminal() && !given.json) {
    show_lines(out, given, now, runs);
  } else {
    show_runs(out, given, before, now, runs);
  }
  out.flush();
}

void begin(console& out, watch_arguments const& given, look const& first) {
  if (!out.on_terminal() || given.json) return;
  hex_dump dump(out, given.offset);
  dump.add(first.content);
  dump.finish();
  out.flush();
}

look first_look(watch_arguments const& given) {
  auto const at = mapping::open(given.name, access::read_only);
  require_memory(range_within(at, given.offset, given.length).length, given.name);
  return look_at(at, given);
}

int watch(console& out, watch_arguments const& given) {
  signal_reader signals(ending_signals);
  auto before = first_look(given);
  out.say("watching '{}', {} bytes; Ctrl-C ends this", escape(given.name), before.content.size());
  begin(out, given, before);
  std::uint64_t seen = 0;
  auto pause = given.interval;
  for (;;) {
    if (auto const signal = signals.wait_for(pause)) die_of(static_cast<int>(signal->ssi_signo));
    auto const begin = std::chrono::steady_clock::now();
    auto const at = mapping::try_open(given.name, access::read_only);
    if (!at) throw failure(exit_not_found, fmt::format("'{}' is gone: nobody holds it any more", escape(given.name)));
    auto now = look_at(*at, given);
    if (now.device != before.device || now.inode != before.inode) {
      throw failure(exit_not_found,
                    fmt::format("'{}' is gone: what has this name now was created since", escape(given.name)));
    }
    auto const runs = differences(before.content, now.content);
    if (!runs.empty()) {
      show(out, given, before.content, now.content, runs);
      if (++seen == given.count) return exit_ok;
    }
    before = std::move(now);
    // Much takes long to compare: no more than a fifth of a processor goes into looking.
    constexpr int share = 4;
    pause = std::max<std::chrono::nanoseconds>(given.interval, share * (std::chrono::steady_clock::now() - begin));
  }
}

action prepare_watch(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<watch_arguments>();
  add_name(takes, given->name);
  add_duration(takes, "-i,--interval", given->interval, "Pause between two looks (default 100ms)");
  takes.option("-c,--count", given->count, "End after so many looks that found a change").type_name("N");
  add_size(takes, "-o,--offset", given->offset, "Begin there (default 0)");
  add_size(takes, "-n,--length", given->length, "So many bytes (default: to the end)");
  add_json(takes, given->json);
  return [given](console& out) {
    if (given->interval.count() == 0)
      throw failure(exit_usage, "there must be time between two looks", "--interval 1ms");
    return watch(out, *given);
  };
}

}  // namespace

constinit command const watch_command = {
    .name = "watch",
    .summary = "Show a mapping's bytes as they change",
    .examples =
        "coview watch Frames\n"
        "coview watch Frames --offset 64 --length 8 --interval 10ms\n"
        "coview watch Frames --count 1 > /dev/null && echo changed",
    .details =
        "On a terminal: a hex dump, then the lines that change, with the changed bytes highlighted.\n"
        "Elsewhere, a line for each run of changed bytes: offset, old bytes, new bytes. A change that is undone\n"
        "between two looks is not seen. Looks are further apart where one takes long, so that they never take more\n"
        "than a fifth of a processor. Watching does not keep the name; when it is gone, the status is 3.",
    .prepare = prepare_watch};

}  // namespace coview::tool
