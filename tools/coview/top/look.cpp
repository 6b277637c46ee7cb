// SPDX-License-Identifier: Apache-2.0
#include "top/look.hpp"

#include <algorithm>

#include "shared/object_text.hpp"

namespace coview::tool {

top_look top_looks::next() {
  auto const begin = std::chrono::steady_clock::now();
  top_look now;
  if (at_) now.seconds = std::chrono::duration<double>(begin - *at_).count();
  std::map<identity, counters> seen;
  for (auto& known : look_at_all(pattern_)) {
    top_row row{std::move(known), {}, 0, 0, 0};
    if (auto const& channel = row.known.channel) {
      identity const who(row.known.object.file, row.known.object.created);
      row.lost = channel->lost + channel->dropped;
      for (auto const& one : channel->participants) row.lag = std::max(row.lag, one.lag);
      auto const before = before_.find(who);
      if (before != before_.end() && now.seconds && *now.seconds > 0) {
        // Numbers that somebody hostile writes may go down.
        row.rate = static_cast<double>(channel->sent - std::min(channel->sent, before->second.sent)) / *now.seconds;
        row.lost_lately = row.lost - std::min(row.lost, before->second.lost);
      }
      seen.emplace(who, counters{channel->sent, row.lost});
    }
    now.rows.push_back(std::move(row));
  }
  before_ = std::move(seen);
  at_ = begin;
  now.took = std::chrono::steady_clock::now() - begin;
  return now;
}

bool is_alarming(top_row const& row) {
  auto const& [object, sync, channel, bridged] = row.known;
  if (!is_readable(object) || row.lost_lately != 0) return true;
  if (sync && sync->abandoned) return true;
  return channel && std::any_of(channel->participants.begin(), channel->participants.end(),
                                [](auto const& one) { return one.holds_back || !one.alive; });
}

}  // namespace coview::tool
