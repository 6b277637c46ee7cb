// SPDX-License-Identifier: Apache-2.0
// What the ledgers of this user's channels say, whether or not a bridge runs. Needs no libnats.
#include <algorithm>

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
