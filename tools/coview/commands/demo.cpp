// SPDX-License-Identifier: Apache-2.0
// coview demo: shows in about three seconds what coview is for. Two processes share MySharedMem, talk through it, are
// killed one after the other, and nothing is left; then a file is copied. It works in directories of its own, so that
// it meets nobody else's MySharedMem.
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sstream>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "command.hpp"
#include "copying/copy_line.hpp"
#include "demo/demo_copy.hpp"
#include "demo/demo_hosts.hpp"
#include "demo/demo_peer.hpp"
#include "demo/story.hpp"
#include "shared/known_object.hpp"
#include "shared/object_text.hpp"
#include "shared/private_root.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

class demo {
 public:
  demo(console& out, bool as_json) : out_(out), tell_(out, as_json) {}

  int run() {
    meet();
    talk();
    look();
    copy_on_write();
    measure();
    kill_first();
    kill_last();
    first_.reset();
    second_.reset();
    copy_a_file();
    return tell_.end(clock::now() - begin_,
                     fmt::format("{0} create Board --size 4K & sleep 1; {0} ls; kill $!", called_as()));
  }

 private:
  void meet();
  void talk();
  void look();
  void copy_on_write();
  void measure();
  void kill_first();
  void kill_last();
  void copy_a_file();

  console& out_;
  story tell_;
  clock::time_point begin_ = clock::now();
  signal_reader signals_{ending_signals};
  private_root root_;
  // Last, so that they are killed before their directory is removed.
  std::optional<demo_peer> first_;
  std::optional<demo_peer> second_;
};

void demo::meet() {
  first_.emplace(signals_);
  second_.emplace(signals_);
  tell_.step("Two processes, one name");
  first_->ask("create");
  tell_.line(fmt::format("process {}   mapping::create(\"{}\", {})", first_->pid(), demo_name, demo_size));
  auto const size = second_->ask("open");
  tell_.line(fmt::format("process {}   mapping::open(\"{}\")", second_->pid(), demo_name));
  tell_.promise(size == std::to_string(demo_size), fmt::format("the second found {} bytes by the name alone", size));
}

void demo::talk() {
  tell_.step("They talk through it");
  first_->tell("converse first");
  second_->tell("converse second");
  std::istringstream to_first(first_->answer());
  std::istringstream to_second(second_->answer());
  std::size_t heard = 0;
  for (std::string said, replied; std::getline(to_second, said) && std::getline(to_first, replied); heard += 2) {
    tell_.line(fmt::format("{} → {}   {}", first_->pid(), second_->pid(), escape(said)));
    tell_.line(fmt::format("{} → {}   {}", second_->pid(), first_->pid(), escape(replied)));
  }
  tell_.promise(heard == 6, fmt::format("{} messages arrived", heard));
}

void demo::look() {
  tell_.step("Anybody can look");
  auto const objects = look_at_all({});
  auto const holding = holders(demo_name);
  tell_.command("coview ls");
  if (tell_.shown()) print_objects(out_, objects, columns::usual, story::indent);
  tell_.command(fmt::format("coview who {}", demo_name));
  if (tell_.shown()) print_holders(out_, holding, story::indent);
  bool const both = holding.size() == 2 && ((holding[0].pid == first_->pid() && holding[1].pid == second_->pid()) ||
                                            (holding[0].pid == second_->pid() && holding[1].pid == first_->pid()));
  tell_.promise(objects.size() == 1 && objects[0].object.name == demo_name && both,
                "one object, held by these two processes");
}

void demo::copy_on_write() {
  tell_.step("A copy-on-write view keeps its writes to itself");
  auto const own = second_->ask("scribble");
  auto const shared = first_->ask("note");
  tell_.line(fmt::format("{} reads in its own view   \"{}\"", second_->pid(), escape(own)));
  tell_.line(fmt::format("{} still reads             \"{}\"", first_->pid(), escape(shared)));
  tell_.promise(own == "scribbled over" && shared == "written by the first process",
                "the shared bytes are untouched");
}

void demo::measure() {
  tell_.step("How fast, on this machine (medians)");
  tell_.figure("create", std::stod(first_->ask("time creating")),
               "create, map, store, unmap, close: a new 4 KiB name");
  tell_.figure("open", std::stod(second_->ask("time opening")), "open, map, load, unmap, close: one that exists");
  second_->tell("bounce second");
  std::istringstream answer(first_->ask("bounce first"));
  second_->answer();
  double picoseconds = 0;
  std::uint64_t trips = 0;
  answer >> picoseconds >> trips;
  tell_.figure("one_way", picoseconds / 1000,
               fmt::format("a message from one process to the other, in {} round trips", trips));
}

void demo::kill_first() {
  auto const before = first_->ask("checksum");
  tell_.step(fmt::format("kill -9 {}, which created it", first_->pid()));
  first_->kill_it();
  auto const holding = holders(demo_name);
  tell_.promise(holding.size() == 1 && holding[0].pid == second_->pid(),
                fmt::format("the name is still there: {} holds it", second_->pid()));
  tell_.promise(second_->ask("checksum") == before, fmt::format("all {} bytes are as they were", demo_size));
}

void demo::kill_last() {
  tell_.step(fmt::format("kill -9 {}, the last holder", second_->pid()));
  auto const begin = clock::now();
  second_->kill_it();
  bool gone = false;
  std::string said = "it could still be opened";
  try {
    [[maybe_unused]] auto const opened = mapping::open(demo_name);
  } catch (error const& e) {
    gone = e.code() == std::errc::no_such_file_or_directory;
    said = e.what();
  }
  auto const time = clock::now() - begin;
  tell_.line(fmt::format("mapping::open(\"{}\")", demo_name));
  tell_.answer(escape(said));
  tell_.promise(gone, fmt::format("the name is gone, {} after the kill", human_duration(time)));
  tell_.promise(list().empty(), "coview ls shows nothing");
  tell_.promise(root_.files() == 0, "its memory is given back: no file is left");
}

void demo::copy_a_file() {
  auto const size = human_size(demo_copy_size);
  // Like with like: neither waits for the device or reads back, and both are compared here.
  tell_.step(fmt::format("A file of {} is copied twice, neither time waiting for the disk", size));
  auto const done = copy_both_ways(signals_);
  if (!done.refusal.empty()) return tell_.line(fmt::format("left out: {}", done.refusal));
  auto const rate = [&](std::chrono::nanoseconds time) {
    return human_rate(static_cast<double>(done.bytes) / std::chrono::duration<double>(time).count());
  };
  tell_.figure("copy_mapped", static_cast<double>(done.mapped.count()),
               fmt::format("the classic way, both files mapped whole and memcpy: {}", rate(done.mapped)));
  tell_.figure("copy_automatic", static_cast<double>(done.automatic.count()),
               fmt::format("coview copy, which chose {}: {}", to_string(done.method), rate(done.automatic)));
  tell_.promise(done.mapped_same && done.automatic_same, "both copies have the bytes of the source");
}

int show_demo(console& out, bool of_hosts, bool as_json) {
  try {
    if (of_hosts) return show_hosts(out, as_json);
    if (!as_json) {
      out.print("{}\n", out.in(style::bold, fmt::format("Two processes share {}, {} bytes", demo_name, demo_size)));
    }
    demo all(out, as_json);
    return all.run();
  } catch (interrupted const& e) {
    out.flush();
    die_of(e.signal_number);
  }
}

action prepare_demo(argument_list& takes, std::vector<std::string> const&) {
  struct demo_arguments {
    bool hosts = false;
    bool json = false;
  };
  auto given = std::make_shared<demo_arguments>();
  takes.flag("--hosts", given->hosts, "Three hosts instead, which a bridge joins over NATS");
  add_json(takes, given->json);
  return [given](console& out) { return show_demo(out, given->hosts, given->json); };
}

}  // namespace

constinit command const demo_command = {
    .name = "demo",
    .summary = "See it work: two processes share MySharedMem, and a file is copied",
    .examples =
        "coview demo\n"
        "coview demo --hosts  channels between three machines, on this one\n"
        "coview demo --json | jq .nanoseconds",
    .details =
        "Works in directories of its own, which it removes, with those of demos that were killed; your objects are "
        "not touched. A file of 256 MiB is copied among the temporary files (TMPDIR), where there is room for it. "
        "The status is 1 if anything was not "
        "as promised.\n\n"
        "--hosts shows in about ten seconds what 'coview bridge' is for: a topic, a queue of which a host is killed, "
        "and a board, on three hosts. For root they are network namespaces with a wire each, which go with the demo; "
        "otherwise they are processes that share nothing but the loopback. It starts a nats-server of its own, "
        "which has to be installed, and ends it.",
    .prepare = prepare_demo};

}  // namespace coview::tool
