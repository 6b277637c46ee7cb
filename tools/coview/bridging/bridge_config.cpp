// SPDX-License-Identifier: Apache-2.0
#include "bridging/bridge_config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct channel_word {
  std::string_view name;
  carried what;
};
constexpr std::array channel_words = {
    channel_word{"topic", carried::topic}, channel_word{"log", carried::log},
    channel_word{"queue", carried::queue}, channel_word{"latest", carried::latest},
    channel_word{"map", carried::mapping},
};

direction direction_of(std::string const& text) {
  for (auto const way : {direction::out, direction::in, direction::both}) {
    if (text == text_of(way)) return way;
  }
  throw std::invalid_argument("a direction is out, in or both");
}

template <class Duration>
Duration duration_of(std::string const& text) {
  auto const time = std::chrono::duration_cast<Duration>(parse_duration(text));
  if (time < Duration(1)) throw std::invalid_argument("it is too short");
  return time;
}

std::uint32_t number_of(std::string const& text) {
  auto const bytes = parse_size(text);
  if (bytes > std::numeric_limits<std::uint32_t>::max()) throw std::invalid_argument("the number is too large");
  return static_cast<std::uint32_t>(bytes);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  auto const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_option(std::string_view text) {
  auto const is_it = [&](bridge_option const& each) { return each.name == text; };
  return std::ranges::any_of(bridge_channel_options(), is_it) || std::ranges::any_of(bridge_other_options(), is_it);
}

}  // namespace

std::string_view text_of(direction way) noexcept {
  switch (way) {
    case direction::out:
      return "out";
    case direction::in:
      return "in";
    case direction::both:
      return "both";
  }
  return "";
}

std::vector<bridge_option> const& bridge_channel_options() {
  static std::vector<bridge_option> const all = {
      {"topic", "NAME", "Carry a topic: to every host; what is lost is counted"},
      {"log", "NAME", "Carry a topic of which nothing is lost: publishers wait for the slowest host"},
      {"queue", "NAME", "Carry a queue, out or in: each message to one receiver on all hosts"},
      {"latest", "NAME", "Carry a topic of which only the newest message counts"},
      {"map", "NAME", "Carry the bytes of a mapping"},
      {"direction", "WAY", "out (from here to others), in, or both (default; not for queues)"},
      {"as", "NAME", "The channel's name outside (default: the same)"},
      {"capacity", "SIZE", "Of a channel that does not exist here when something comes in (default 1M)"},
      {"mutex", "NAME", "Look at the mapping, and write it, under this mutex"},
      {"seqlock", "OFFSET", "A 64-bit number at OFFSET of the mapping is odd while somebody writes it"},
      {"every", "TIME", "How often the mapping is looked at (default 100ms)"},
  };
  return all;
}

std::vector<bridge_option> const& bridge_other_options() {
  static std::vector<bridge_option> const all = {
      {"nats", "URL", "The server, or several with commas between (default nats://127.0.0.1:4222)"},
      {"prefix", "SITE", "First word of all subjects, streams and buckets (default coview)"},
      {"token", "TEXT", "Say who this is by a token"},
      {"user", "NAME", "Say who this is by a name, with --password"},
      {"password", "TEXT", "The password of --user"},
      {"creds", "FILE", "Say who this is by a .creds file"},
      {"nkey", "KEY", "Say who this is by a public key, with --seed"},
      {"seed", "FILE", "The seed of --nkey"},
      {"ca", "FILE", "Certificates of whom to trust (PEM); with it, TLS is used"},
      {"cert", "FILE", "The certificate that this one shows (PEM), with --key"},
      {"key", "FILE", "The key of --cert"},
      {"spool", "SIZE", "What topics may keep while no server is there; more is lost and counted (default 8M)"},
      {"spool-dir", "DIRECTORY", "Keep queues that go out on disk while no server is there, each in --spool bytes"},
      {"ack-wait", "TIME", "When a host that says nothing of a queue's message counts as dead (default 30s)"},
      {"dedup-window", "TIME", "How long the server knows messages again (default 10min)"},
      {"stream-size", "SIZE", "What the server keeps of a queue or log before senders wait (default 1G)"},
      {"replicas", "N", "How many servers of a cluster keep it: 1, 3 or 5 (default 1)"},
      {"storage", "WHERE", "Where the server keeps it: file (default) or memory"},
      {"claims", "WHETHER", "Of a queue: no two hosts deliver a message, whatever servers do: on or off (default)"},
      {"in-hand", "N", "Of a queue: most messages that this host has in hand, 1 to 1024 (default 256)"},
  };
  return all;
}

bool bridge_config::apply_channel(std::string_view option, std::string const& value) {
  for (auto const& each : channel_words) {
    if (option != each.name) continue;
    auto fresh = defaults_;
    fresh.what = each.what;
    fresh.name = value;
    options_.channels.push_back(std::move(fresh));
    return true;
  }
  return false;
}

bool bridge_config::apply_to_channel(bridge_channel& which, std::string_view option, std::string const& value) const {
  if (option == "direction") {
    which.way = direction_of(value);
  } else if (option == "as") {
    if (options_.channels.empty()) throw std::invalid_argument("it stands before the channel that it is about");
    which.outside = value;
  } else if (option == "capacity") {
    which.capacity = parse_size(value);
  } else if (option == "mutex") {
    which.guard = guard::mutex;
    which.guarded_by = value;
  } else if (option == "seqlock") {
    which.guard = guard::seqlock;
    which.seqlock_at = parse_size(value);
  } else if (option == "every") {
    which.every = duration_of<std::chrono::milliseconds>(value);
  } else {
    return false;
  }
  return true;
}

bool bridge_config::apply_text(std::string_view option, std::string const& value) {
  struct text_option {
    std::string_view name;
    std::string bridge_options::*to;
  };
  static constexpr std::array all = {
      text_option{"nats", &bridge_options::servers},      text_option{"prefix", &bridge_options::prefix},
      text_option{"token", &bridge_options::token},       text_option{"user", &bridge_options::user},
      text_option{"password", &bridge_options::password}, text_option{"creds", &bridge_options::credentials},
      text_option{"nkey", &bridge_options::nkey},         text_option{"seed", &bridge_options::nkey_seed},
      text_option{"ca", &bridge_options::ca_file},        text_option{"cert", &bridge_options::certificate},
      text_option{"key", &bridge_options::key},           text_option{"spool-dir", &bridge_options::spool_directory},
  };
  auto const found = std::find_if(all.begin(), all.end(), [&](auto const& each) { return each.name == option; });
  if (found == all.end()) return false;
  options_.*found->to = value;
  return true;
}

bool bridge_config::apply_number(std::string_view option, std::string const& value) {
  if (option == "spool") {
    options_.spool = parse_size(value);
  } else if (option == "ack-wait") {
    options_.ack_wait = duration_of<std::chrono::seconds>(value);
  } else if (option == "dedup-window") {
    options_.dedup_window = duration_of<std::chrono::seconds>(value);
  } else if (option == "stream-size") {
    options_.stream_bytes = parse_size(value);
  } else if (option == "replicas") {
    options_.replicas = number_of(value);
  } else if (option == "in-hand") {
    options_.in_hand = number_of(value);
  } else if (option == "claims") {
    if (value != "on" && value != "off") throw std::invalid_argument("it is on or off");
    options_.claims = value == "on";
  } else if (option == "storage") {
    if (value != "file" && value != "memory") throw std::invalid_argument("it is file or memory");
    options_.in_memory = value == "memory";
  } else {
    return false;
  }
  return true;
}

void bridge_config::apply(std::string_view option, std::string const& value) {
  auto& which = options_.channels.empty() ? defaults_ : options_.channels.back();
  bool const known = apply_to_channel(which, option, value) || apply_channel(option, value) ||
                     apply_text(option, value) || apply_number(option, value);
  if (!known) throw std::invalid_argument("there is no such option");
  given_.emplace_back(option, value);
}

void bridge_config::read(std::string_view text, std::string const& from) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    auto const gap = std::min(line.find_first_of(" \t"), line.size());
    auto const option = line.substr(0, gap);
    auto const value = trimmed(line.substr(gap));
    auto const refuse = [&](std::string const& why) {
      throw failure(exit_usage, fmt::format("{}, line {}: {}", escape(from), number, why),
                    "'coview bridge --help' lists the options; here they stand without the dashes, one a line");
    };
    // What stands there instead is not shown: it may be a secret.
    if (!is_option(option)) refuse("it does not begin with an option");
    try {
      if (value.empty()) throw std::invalid_argument("it has no value");
      if (value.find('\0') != std::string_view::npos) throw std::invalid_argument("there is a byte 0 in its value");
      apply(option, std::string(value));
    } catch (std::invalid_argument const& e) {
      refuse(fmt::format("'{}': {}", option, e.what()));
    }
  }
}

void bridge_config::read_file(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder can be opened, and not be read: said here, where the stream hides no exception.
  if (file) file.peek();
  if (!file.is_open() || file.bad()) {
    throw failure(exit_code_of(std::error_code(errno, std::generic_category())),
                  fmt::format("cannot read '{}': {}", escape(path), std::strerror(errno)));
  }
  read(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()), path);
}

std::string bridge_config::text() const {
  std::string all;
  for (auto const& [option, value] : given_) {
    if (value.find('\n') != std::string::npos || trimmed(value) != value || value.empty()) {
      throw failure(
          exit_usage,
          fmt::format("--{}: its value is empty, or has blanks around it, or an end of a line in it", option));
    }
    all += fmt::format("{} {}\n", option, value);
  }
  return all;
}

}  // namespace coview::tool
