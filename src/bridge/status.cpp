// SPDX-License-Identifier: Apache-2.0
// What the ledgers of this user's channels say, whether or not a bridge runs. Needs no libnats.
#include <algorithm>

#include <coview/error.hpp>
#include <coview/object.hpp>

#include "bridge/ledger.hpp"
#include "bridge/subject.hpp"

namespace coview {
namespace {

/// Text that somebody may be changing, up to its end.
std::string read_text(std::array<char, ledger_page::text_size> const& text) {
  auto const end = std::find(text.begin(), text.end(), '\0');
  return {text.begin(), end};
}

/// Which channel a ledger is of; empty where another mapping has a name that only begins so.
std::optional<subject_parts> channel_of(std::string const& name) {
  auto token = name.substr(ledger::name_prefix.size());
  auto const end = token.find('/');
  if (end == std::string::npos) return {};
  return parts_of_subject("x." + token.replace(end, 1, "."));
}

std::optional<bridge_status> status_from(std::string const& name) {
  auto const parts = channel_of(name);
  if (!parts) return {};
  auto const memory = mapping::try_open(name, access::read_only);
  if (!memory || memory->size() != sizeof(ledger_page)) return {};
  auto const seen = memory->map(access::read_only);
  auto const& page = *reinterpret_cast<ledger_page const*>(seen.data());
  if (page.magic.load() != ledger_page::right_magic) return {};
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
  status.spooled = page.spooled.load();
  status.spooled_bytes = page.spooled_bytes.load();
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

std::vector<bridge_status> bridges() {
  std::vector<bridge_status> all;
  for (auto const& each : list()) {
    if (each.kind != object_kind::mapping || !each.name.starts_with(ledger::name_prefix)) continue;
    if (each.state != object_state::permanent && each.state != object_state::held) continue;
    try {
      if (auto status = status_from(each.name)) all.push_back(std::move(*status));
    } catch (error const& e) {
      if (e.code() != std::errc::no_such_file_or_directory) throw;  // forgotten meanwhile
    }
  }
  return all;
}

std::size_t forget_bridges() {
  std::size_t count = 0;
  for (auto const& each : bridges()) {
    if (each.process != 0) continue;
    if (ledger::forget(each.what, each.name)) ++count;
  }
  return count;
}

}  // namespace coview
