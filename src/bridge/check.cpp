// SPDX-License-Identifier: Apache-2.0
// What is wrong with the options of a bridge, before anything is done. Needs no libnats.
#include <set>

#include <coview/error.hpp>

#include "bridge/ledger.hpp"
#include "bridge/subject.hpp"

namespace coview {
namespace {

[[noreturn]] void refuse(bridge_channel const& which, char const* cause, char const* remedy) {
  throw error(std::errc::invalid_argument,
              {"bridge", std::string(word_for(which.what)) + " '" + which.name + "'", cause, remedy});
}

[[noreturn]] void refuse(char const* cause, char const* remedy) {
  throw error(std::errc::invalid_argument, {"make", "a bridge", cause, remedy});
}

void check_identity(bridge_options const& options) {
  auto const ways = (options.token.empty() ? 0 : 1) + (options.user.empty() ? 0 : 1) +
                    (options.credentials.empty() ? 0 : 1) + (options.nkey.empty() ? 0 : 1);
  if (ways > 1) refuse("it would say in several ways who it is", "take one of token, user, credentials and nkey");
  if (options.nkey.empty() != options.nkey_seed.empty()) {
    refuse("an nkey needs its seed, and a seed its nkey", "name both");
  }
  if (options.certificate.empty() != options.key.empty()) {
    refuse("a certificate needs its key, and a key its certificate", "name both");
  }
}

void check_channel(bridge_channel const& which) {
  if (which.what == carried::queue && which.way == direction::both) {
    refuse(which, "a queue is carried in one direction: what came in could go out again",
           "say which; for both, take two queues, one of them under the other's name (outside)");
  }
  if (which.guard == guard::mutex && which.guarded_by.empty()) {
    refuse(which, "the mutex that guards it has no name", "name it");
  }
  if (which.guard == guard::seqlock && which.seqlock_at % sizeof(std::uint64_t) != 0) {
    refuse(which, "its seqlock is not at a multiple of 8", "place it at one");
  }
  if (which.every < std::chrono::milliseconds(1)) {
    refuse(which, "it would be looked at without a pause", "say how often, in whole milliseconds");
  }
}

/// What a spool on disk is for is told by one sentence: whoever asks for it must not think that it keeps more.
void check_spool(bridge_options const& options) {
  if (options.spool_directory.empty()) return;
  constexpr std::uint64_t least = 4096;
  bool keeps = false;
  for (auto const& each : options.channels) {
    if (each.way == direction::in) continue;
    if (each.what == carried::log) {
      refuse(each, "a log that goes out is not kept in a spool directory: its publishers wait instead",
             "carry it with a bridge that has none, or in, or as a queue");
    }
    keeps = keeps || each.what == carried::queue;
  }
  if (!keeps)
    refuse("only queues that go out are kept in a spool directory, and it has none",
           "leave it out, or carry a queue out");
  if (options.spool < least) refuse("its spool has room for nothing", "give it at least 4096 bytes");
}

}  // namespace

void bridge::check(bridge_options const& options) {
  check_identity(options);
  if (options.channels.empty()) refuse("it has nothing to carry", "name a channel");
  if (options.servers.empty()) refuse("it has no server", "name one, nats://HOST:PORT");
  if (options.in_hand == 0 || options.in_hand > ledger_page::most_in_hand) {
    refuse("a host can have 1 to 1024 messages of a queue in hand", "change in_hand");
  }
  check_spool(options);
  std::set<std::string> seen;
  for (auto const& each : options.channels) {
    check_channel(each);
    (void)subject_for(options.prefix, each.what, each.outside.empty() ? each.name : each.outside);
    if (!seen.insert(ledger::name_for(each.what, each.name)).second)
      refuse(each, "it is named twice", "name it once");
  }
}

}  // namespace coview
