// SPDX-License-Identifier: Apache-2.0
// The public face: coview::bridge, and what ledgers say.
#include <algorithm>
#include <set>

#include <coview/object.hpp>

#include "bridge/carrier.hpp"

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
}

/// Text that somebody may be changing, up to its end.
std::string read_text(std::array<char, ledger_page::text_size> const& text) {
  auto const end = std::find(text.begin(), text.end(), '\0');
  return {text.begin(), end};
}

std::optional<bridge_status> status_from(std::string const& name) {
  auto const memory = mapping::try_open(name, access::read_only);
  if (!memory || memory->size() != sizeof(ledger_page)) return {};
  auto const seen = memory->map(access::read_only);
  auto const& page = *reinterpret_cast<ledger_page const*>(seen.data());
  if (page.magic.load() != ledger_page::right_magic) return {};
  auto const parts = parts_of_subject(
      "x." + name.substr(ledger::name_prefix.size())
                 .replace(name.find('/', ledger::name_prefix.size()) - ledger::name_prefix.size(), 1, "."));
  if (!parts) return {};
  bridge_status status;
  status.what = parts->what;
  status.name = parts->name;
  status.subject = read_text(page.subject);
  auto const way = page.way.load();
  status.way = way == 0 ? direction::both : static_cast<direction>(std::min(way, 3U) - 1);
  auto const process = static_cast<pid_t>(page.process.load());
  auto const all = holders(name);
  if (process != 0 && std::any_of(all.begin(), all.end(), [&](auto const& each) { return each.pid == process; })) {
    status.process = process;
  }
  status.connected = status.process != 0 && page.connected.load() != 0;
  status.stream = page.stream.load();
  status.sent = page.sent.load();
  status.sent_bytes = page.sent_bytes.load();
  status.lost_out = page.lost_out.load();
  status.lag = page.lag.load();
  status.received = page.received.load();
  status.received_bytes = page.received_bytes.load();
  status.lost_in = page.lost_in.load();
  status.repeated = page.repeated.load();
  status.refused = page.refused.load();
  status.in_hand = page.in_hand_now.load();
  for (auto const& each : page.origins) {
    if (each.stream.load(std::memory_order_relaxed) == 0) break;
    ++status.origins;
    auto const next = each.next.load(std::memory_order_relaxed);
    auto const lost = each.lost.load(std::memory_order_relaxed);
    if (next == 0) continue;
    status.received += next - each.first.load(std::memory_order_relaxed) - lost;
    status.lost_in += lost;
  }
  if (status.process != 0) status.problem = read_text(page.problem);
  return status;
}

}  // namespace

namespace detail {

class bridge_core {
 public:
  explicit bridge_core(bridge_options const& options) {
    for (auto const& each : options.channels) carriers_.push_back(make_carrier(each, options));
    server_ = std::make_unique<connection>(options);
    for (auto const& each : carriers_) each->start(*server_);
  }
  bridge_core(bridge_core const&) = delete;
  bridge_core& operator=(bridge_core const&) = delete;
  ~bridge_core() {
    if (server_) server_->stop();
    for (auto const& each : carriers_) each->join();
  }

 private:
  // Carriers hold what belongs to the connection.
  std::unique_ptr<connection> server_;
  std::vector<std::unique_ptr<carrier>> carriers_;
};

}  // namespace detail

void bridge::check(bridge_options const& options) {
  check_identity(options);
  if (options.channels.empty()) refuse("it has nothing to carry", "name a channel");
  if (options.servers.empty()) refuse("it has no server", "name one, nats://HOST:PORT");
  if (options.in_hand == 0 || options.in_hand > ledger_page::most_in_hand) {
    refuse("a host can have 1 to 1024 messages of a queue in hand", "change in_hand");
  }
  std::set<std::string> seen;
  for (auto const& each : options.channels) {
    check_channel(each);
    (void)subject_for(options.prefix, each.what, each.outside.empty() ? each.name : each.outside);
    if (!seen.insert(ledger::name_for(each.what, each.name)).second)
      refuse(each, "it is named twice", "name it once");
  }
}

bridge::bridge(bridge_options const& options) {
  check(options);
  core_ = std::make_unique<detail::bridge_core>(options);
}
bridge::bridge(bridge&&) noexcept = default;
bridge& bridge::operator=(bridge&&) noexcept = default;
bridge::~bridge() = default;

std::vector<bridge_status> bridges() {
  std::vector<bridge_status> all;
  for (auto const& each : list()) {
    if (each.kind != object_kind::mapping || !each.name.starts_with(ledger::name_prefix)) continue;
    if (auto status = status_from(each.name)) all.push_back(std::move(*status));
  }
  return all;
}

std::size_t forget_bridges() {
  std::size_t count = 0;
  for (auto const& each : bridges()) {
    if (each.process != 0) continue;
    remove(ledger::name_for(each.what, each.name));
    ++count;
  }
  return count;
}

}  // namespace coview
