// SPDX-License-Identifier: Apache-2.0
// coview create: makes an object and holds it until told to end, or while a command runs.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <variant>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "command.hpp"
#include "commands/create_channel.hpp"
#include "commands/create_sync.hpp"
#include "os/file.hpp"
#include "shared/child.hpp"
#include "shared/object_text.hpp"
#include "shared/payload.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct create_arguments {
  std::string name;
  std::uint64_t size = 0;
  std::string from;
  create_options create;
  std::string kind = "mapping";
  sync_settings sync;
  channel_settings channel;
  bool json = false;
  std::vector<std::string> command;
};

/// The file to fill the mapping from, and how much of it there is.
struct source {
  os::unique_fd fd;
  std::uint64_t size = 0;
};

source open_source(std::string const& path) {
  source from{os::unique_fd(open(path.c_str(), O_RDONLY | O_CLOEXEC)), 0};
  auto const complain = [&](int error) {
    throw std::system_error(error, std::generic_category(), fmt::format("cannot read '{}'", escape(path)));
  };
  if (!from.fd) complain(errno);
  struct ::stat status {};
  if (fstat(from.fd.get(), &status) != 0) complain(errno);
  if (S_ISDIR(status.st_mode)) complain(EISDIR);
  if (!S_ISREG(status.st_mode)) {
    throw failure(exit_failed,
                  fmt::format("'{}' is no regular file, so its size is not known in advance", escape(path)),
                  "create the mapping with --size and fill it with 'coview write'");
  }
  from.size = static_cast<std::uint64_t>(status.st_size);
  return from;
}

/// How large the mapping is to be. Everything that can be wrong is found here, before anything is made.
std::uint64_t size_for(create_arguments const& given, source const* from) {
  if (given.size == 0 && from == nullptr) {
    throw failure(exit_usage, "a mapping needs a size, of one byte at least",
                  "say --size 4K, or --from FILE for the size of a file");
  }
  if (given.size == 0 && from->size == 0) {
    throw failure(exit_failed, fmt::format("'{}' is empty, and a mapping cannot be", escape(given.from)),
                  "say how large it shall be with --size");
  }
  if (given.size != 0 && from != nullptr && from->size > given.size) {
    throw failure(exit_failed, fmt::format("'{}' has {} bytes and does not fit into {}", escape(given.from),
                                           from->size, given.size));
  }
  return given.size != 0 ? given.size : from->size;
}

void fill(mapping const& to, source const& from, std::string const& path) {
  constexpr std::uint64_t piece = 1U << 20U;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(piece, from.size)));
  std::uint64_t done = 0;
  while (done < from.size) {
    auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), from.size - done));
    auto const count = pread(from.fd.get(), buffer.data(), wanted, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw std::system_error(errno, std::generic_category(), fmt::format("cannot read '{}'", escape(path)));
    }
    if (count == 0) throw failure(exit_failed, fmt::format("'{}' became shorter while it was read", escape(path)));
    write_payload(to, done, std::span(buffer).first(static_cast<std::size_t>(count)));
    done += static_cast<std::uint64_t>(count);
  }
}

/// From now on without a holder as well (docs/layout.md: the sticky bit says so).
void make_permanent(mapping const& which, mode_t mode) {
  if (int const error = os::change_mode(which.native_handle(), mode | static_cast<mode_t>(S_ISVTX)); error != 0) {
    throw std::system_error(error, std::generic_category(),
                            fmt::format("cannot make '{}' permanent", escape(which.name())));
  }
}

/// What is to be filled becomes permanent only then: if that fails, or this process is killed, nothing half filled
/// stays.
mapping make_mapping(create_arguments const& given) {
  if (given.from.empty()) return mapping::create(given.name, size_for(given, nullptr), given.create);
  auto const from = open_source(given.from);
  auto until_filled = given.create;
  until_filled.permanent = false;
  auto made = mapping::create(given.name, size_for(given, &from), until_filled);
  fill(made, from, given.from);
  if (given.create.permanent) make_permanent(made, given.create.mode);
  return made;
}

/// What was made, whatever its kind. Holds it.
struct held_object {
  std::variant<mapping, held_sync, held_channel> handle;
  std::string name;         ///< as others see it
  std::string description;  ///< what it is, for people
  std::uint64_t size = 0;

  [[nodiscard]] bool still_named() const {
    return std::visit([](auto const& object) { return object.still_named(); }, handle);
  }
};

object_kind sync_kind(std::string_view text) {
  for (auto const kind : {object_kind::mutex, object_kind::event, object_kind::timer}) {
    if (text == kind_text(kind)) return kind;
  }
  return object_kind::semaphore;
}

held_object make(create_arguments const& given) {
  if (given.kind == kind_text(object_kind::mapping)) {
    auto made = make_mapping(given);
    auto name = made.name();
    auto const size = made.size();
    return {std::move(made), std::move(name), human_size(size), size};
  }
  bool const queue = given.kind == kind_text(object_kind::queue);
  if (queue || given.kind == kind_text(object_kind::topic)) {
    auto settings = given.channel;
    settings.mode = given.create.mode;
    settings.permanent = given.create.permanent;
    held_channel made(queue ? object_kind::queue : object_kind::topic, given.name, settings);
    auto name = made.name();
    auto description = made.description();
    auto const size = made.capacity();
    return {std::move(made), std::move(name), std::move(description), size};
  }
  auto settings = given.sync;
  settings.options = {.mode = given.create.mode, .permanent = given.create.permanent};
  held_sync made(sync_kind(given.kind), given.name, settings);
  auto name = made.name();
  auto description = made.description();
  return {std::move(made), std::move(name), std::move(description), 0};
}

void announce(console& out, create_arguments const& given, held_object const& made) {
  if (!given.json) return;
  out.write_json_line({{"schema", "coview.create/1"},
                       {"name", made.name},
                       {"size", made.size},
                       {"permanent", given.create.permanent},
                       {"pid", getpid()},
                       {"kind", given.kind}});
}

/// Holds it until a signal comes.
int hold(console& out, create_arguments const& given, held_object const& made) {
  // Before anybody is told that it exists: whoever then asks for its end gets an orderly one.
  signal_reader signals(ending_signals);
  announce(out, given, made);
  out.say("holding '{}' ({}) as process {}; Ctrl-C lets it go", escape(made.name), made.description, getpid());
  signals.wait();
  if (!made.still_named()) {
    out.say(
        "'{}' lost its name while it was held: its file was removed by 'coview rm --force' or by a cleaner of the "
        "directory",
        escape(made.name));
    return exit_failed;
  }
  return exit_ok;
}

/// An option that says nothing about the kind asked for is a mistake, and not to be passed over.
void require_no_options_of_other_kinds(argument_list const& takes, std::string const& kind) {
  constexpr std::string_view channel = "queue or topic";
  constexpr std::array<std::pair<char const*, std::string_view>, 19> options = {{{"--size", "mapping"},
                                                                                 {"--from", "mapping"},
                                                                                 {"--reserve", "mapping"},
                                                                                 {"--huge-pages", "mapping"},
                                                                                 {"--manual", "event"},
                                                                                 {"--set", "event"},
                                                                                 {"--initial", "semaphore"},
                                                                                 {"--maximum", "semaphore"},
                                                                                 {"--capacity", channel},
                                                                                 {"--messages", channel},
                                                                                 {"--participants", channel},
                                                                                 {"--type", channel},
                                                                                 {"--type-size", channel},
                                                                                 {"--type-version", channel},
                                                                                 {"--lock", channel},
                                                                                 {"--drop", "queue"},
                                                                                 {"--may-block", "topic"},
                                                                                 {"--after", "timer"},
                                                                                 {"--every", "timer"}}};
  for (auto const& [option, of] : options) {
    bool const of_both = std::string_view(option) == "--manual" && kind == kind_text(object_kind::timer);
    if (of == kind || of_both || (of == channel && (kind == "queue" || kind == "topic")) || !takes.has(option))
      continue;
    throw failure(exit_usage, fmt::format("'{}' is for {} {}", option, of == "event" ? "an" : "a", of),
                  fmt::format("what is to be created is {} {}; see 'coview create --help'",
                              kind == "event" ? "an" : "a", kind));
  }
}

int create(console& out, create_arguments const& given) {
  auto const made = make(given);
  if (!given.command.empty()) {
    announce(out, given, made);
    return run_child(out, given.command);
  }
  if (given.create.permanent) {
    announce(out, given, made);
    if (!given.json) out.say("'{}' ({}) stays until 'coview rm' ends it", escape(made.name), made.description);
    return exit_ok;
  }
  return hold(out, given, made);
}

void add_channel_options(argument_list& takes, channel_settings& channel) {
  add_size(takes, "--capacity", channel.capacity, "Queue, topic: bytes of messages that it holds (default 1M)");
  takes.option("--messages", channel.messages, "Queue, topic: how many it holds, up to 32768 (default: by capacity)")
      .type_name("N");
  takes.option("--participants", channel.participants, "Queue, topic: how many may take part, up to 100 (default 16)")
      .type_name("N")
      .between(2, 100);
  takes.option("--type", channel.type_name, "Queue, topic: what it carries; compared when it is opened")
      .type_name("NAME");
  add_size(takes, "--type-size", channel.type_size, "Queue, topic: bytes of each message (default: they vary)");
  takes.option("--type-version", channel.type_version, "Queue, topic: version of the type (default 0)")
      .type_name("N");
  takes.flag("--lock", channel.lock_in_memory, "Queue, topic: never swapped out, while this command holds it");
  takes.flag("--drop", channel.drop, "Queue: drop what a dead receiver had, and do not redeliver it");
  takes.flag("--may-block", channel.may_block, "Topic: subscribers may have publishers wait for them");
}

action prepare_create(argument_list& takes, std::vector<std::string> const& rest) {
  auto given = std::make_shared<create_arguments>();
  given->command = rest;
  add_name(takes, given->name);
  add_size(takes, "-s,--size", given->size, "Bytes: 4096, 4K, 1M, 0x1000; K, M, G, T are powers of 1024");
  takes.option("--from", given->from, "Fill it with this file; its size unless --size says otherwise")
      .type_name("FILE");
  add_mode(takes, "--mode", given->create.mode, "Who may open it, as in chmod (default 0600: this user)");
  takes.flag("--permanent", given->create.permanent, "Keep the name without a holder, until 'coview rm'");
  takes.flag("--reserve", given->create.reserve, "Take memory at the first touch of a page instead of now");
  takes.flag("--huge-pages", given->create.huge_pages,
             "Ask for huge pages; 'coview doctor' says if they are to be had");
  takes
      .option("--kind", given->kind,
              "What to create: mapping (default), mutex, event, semaphore, timer, queue or topic")
      .type_name("KIND")
      .one_of(std::vector<std::string>(creatable_kinds().begin(), creatable_kinds().end()));
  takes.flag("--manual", given->sync.manual,
             "Event or timer: stays set until it is cleared or set anew, instead of one waiter each");
  takes.flag("--set", given->sync.set, "Event: set from the beginning");
  add_duration(takes, "--after", given->sync.after, "Timer: due after so long: 100ms, 5s, 2m (default: --every)");
  add_duration(takes, "--every", given->sync.every, "Timer: due again and again after so long");
  add_permits(takes, "--initial", given->sync.initial, 0, "Semaphore: so many permits at the beginning (default 0)");
  add_permits(takes, "--maximum", given->sync.maximum, 1, "Semaphore: never more than so many (default: no limit)");
  add_channel_options(takes, given->channel);
  add_json(takes, given->json);
  return [given, &takes](console& out) {
    require_no_options_of_other_kinds(takes, given->kind);
    return create(out, *given);
  };
}

}  // namespace

constinit command const create_command = {
    .name = "create",
    .summary = "Create an object and hold it, or hold it while a command runs",
    .examples =
        "coview create Frames --size 4M                    until Ctrl-C\n"
        "coview create Frames --size 4M -- ./server --fast  while ./server runs\n"
        "coview create Table --from table.bin --permanent  until 'coview rm Table'\n"
        "coview create 'Global\\Board' --size 64K --mode 0666  for every user\n"
        "coview create ready --kind event --manual         an event; 'coview signal ready' sets it\n"
        "coview create slots --kind semaphore --initial 3 --maximum 8\n"
        "coview create build --kind mutex --permanent      for 'coview lock build'\n"
        "coview create jobs --kind queue --permanent       for 'coview send' and 'recv'\n"
        "coview create log --kind topic --capacity 16M --may-block",
    .details =
        "A mapping needs --size or --from; other kinds take neither. Without --permanent, what was sent to a queue "
        "or\n"
        "topic is gone with its last handle.\n"
        "The name lives as long as somebody holds it. Without a COMMAND, coview itself does so until\n"
        "SIGINT, SIGTERM or SIGHUP, and says on standard error when it begins; with --json, also on\n"
        "standard output. With a COMMAND, the exit status is the command's, 128 + n where signal n\n"
        "ended it, 127 where it is not found and 126 where it cannot be run.",
    .prepare = prepare_create,
    .takes_command = true};

}  // namespace coview::tool
