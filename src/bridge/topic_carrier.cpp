// SPDX-License-Identifier: Apache-2.0
#include "bridge/topic_carrier.hpp"

#include "channel/carrying.hpp"

namespace coview::inline bridging {
topic_carrier::topic_carrier(bridge_channel const& channel, bridge_options const& options)
    : carrier(channel, options),
      place_(channel.name, channel.capacity, channel.what == carried::log,
             [this](local_topic& here) { opened(here); }),
      together_(largest_of_all) {}

void topic_carrier::start_threads() {
  if (channel_.way != direction::in) {
    run([this](link& over) { is_latest() ? carry_out_latest(over) : carry_out(over); });
  }
  if (channel_.way != direction::out) {
    run([this](link& over) {
      if (is_latest()) return carry_in_latest(over);
      is_log() ? carry_in_log(over) : carry_in_topic(over);
    });
  }
}

void topic_carrier::opened(local_topic& here) {
  auto const end = detail::carrying::end(here.channel);
  // Of one of which the newest counts, what stands there counts already; unless others may have put a newer one.
  bool const newest_counts = is_latest() && channel_.way == direction::out && end != 0;
  (void)book_.adopt(here.object, newest_counts ? end - 1 : end, channel_.way);
  recover(here);
  if (channel_.way != direction::out) publisher_ = here.channel.publisher();
}

/// Finishes what a bridge that was killed had begun between I1 and I3.
void topic_carrier::recover(local_topic const& here) {
  auto& page = book_.page();
  auto& in = page.in;
  if (in.active.load(std::memory_order_acquire) == 0) return;
  auto const found = detail::carrying::find(here.channel, in.begin.load(std::memory_order_relaxed),
                                            [this](auto message) { return book_.is_intended(message); });
  if (found) {
    auto const written = page.own_written.load(std::memory_order_relaxed);
    bool const is_noted = written != 0 && book_.own(written - 1) == found->position;
    if (channel_.way == direction::both && !is_noted) book_.add_own(found->position);
    auto& origin = page.origins[in.origin.load(std::memory_order_relaxed) % ledger_page::most_origins];
    origin.lost.store(in.lost.load(std::memory_order_relaxed), std::memory_order_relaxed);
    origin.next.store(in.next.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  book_.finished();
}

std::unique_ptr<carrier> make_topic_carrier(bridge_channel const& channel, bridge_options const& options) {
  return std::make_unique<topic_carrier>(channel, options);
}

}  // namespace coview::inline bridging
