// SPDX-License-Identifier: Apache-2.0
#include "bridge/ledger.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <coview/error.hpp>
#include <coview/object.hpp>

#include "bridge/hash.hpp"
#include "bridge/subject.hpp"

namespace coview::inline bridging {
namespace {

void store_text(std::array<char, ledger_page::text_size>& to, std::string_view text) noexcept {
  auto const length = std::min(text.size(), to.size() - 1);
  // Whoever reads meanwhile sees the beginning of one and the end of the other, and always an end.
  std::ranges::copy(text.substr(0, length), to.begin());
  std::memset(to.data() + length, 0, to.size() - length);
}

[[noreturn]] void busy(bridge_channel const& channel, std::uint32_t process) {
  throw error(std::errc::device_or_resource_busy,
              {"bridge", std::string(word_for(channel.what)) + " '" + channel.name + "'",
               "another bridge carries it, process " + std::to_string(process),
               "end that one, or give it all channels: 'coview bridge status' shows them"});
}

/// Enough of a message to know it again.
std::uint64_t mark_of(std::span<std::byte const> message) noexcept {
  constexpr std::size_t most = 512;
  if (message.size() <= most) return fast_hash(message.data(), message.size());
  auto const half = most / 2;
  auto const tail = fast_hash(message.data() + message.size() - half, half);
  return fast_hash(message.data(), half) * 3 + tail;
}

}  // namespace

std::uint64_t random_number() {
  std::uint64_t number = 0;
  while (number == 0) {
    if (getrandom(&number, sizeof number, 0) == sizeof number) continue;
    number = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
             (static_cast<std::uint64_t>(getpid()) << 40U);
  }
  return number;
}

bool ledger::forget(carried what, std::string_view name) {
  auto const full = name_for(what, name);
  auto const memory = mapping::try_open(full);
  if (!memory || memory->size() != sizeof(ledger_page)) return false;
  auto const seen = memory->map();
  auto& lock = seen.as<ledger_page>().lock;
  // Under its lock: a bridge that is about to begin finds that it has no name any more, and makes another one.
  if (lock.acquire(std::chrono::seconds(0)) == acquired::timed_out) return false;
  try {
    if (memory->still_named()) remove(full, {.force = true});
  } catch (...) {
    lock.release();
    throw;
  }
  lock.release();
  return true;
}

std::string ledger::name_for(carried what, std::string_view name) {
  return std::string(name_prefix) + std::string(word_for(what)) + "/" + subject_token(name);
}

/// Opens it and takes its lock. False where somebody removed it in between: who holds the lock of one that has no
/// name keeps nobody else away.
bool ledger::take(bridge_channel const& channel) {
  memory_ = mapping::open_or_create(name_for(channel.what, channel.name), sizeof(ledger_page),
                                    {.reserve = true, .permanent = true});
  auto const wrong = [&](char const* cause) {
    throw error(std::errc::bad_message,
                {"use", "mapping '" + memory_.name() + "'", cause, "remove it: 'coview rm' takes its name"});
  };
  if (memory_.size() != sizeof(ledger_page)) wrong("it is no ledger of this version");
  view_ = memory_.map();
  page_ = reinterpret_cast<ledger_page*>(view_.data());
  // Who forgets it has it for a moment.
  if (page_->lock.acquire(std::chrono::seconds(1)) == acquired::timed_out) {
    busy(channel, page_->process.load(std::memory_order_relaxed));
  }
  if (!memory_.still_named()) {
    page_->lock.release();
    return false;
  }
  std::uint64_t fresh = 0;
  if (!page_->magic.compare_exchange_strong(fresh, ledger_page::right_magic) && fresh != ledger_page::right_magic) {
    page_->lock.release();
    wrong("it is no ledger of this version");
  }
  return true;
}

ledger::ledger(bridge_channel const& channel, std::string const& subject) {
  while (!take(channel)) continue;
  page_->process.store(static_cast<std::uint32_t>(getpid()), std::memory_order_relaxed);
  page_->what.store(static_cast<std::uint32_t>(channel.what), std::memory_order_relaxed);
  page_->way.store(static_cast<std::uint32_t>(channel.way) + 1, std::memory_order_relaxed);
  page_->connected.store(0, std::memory_order_relaxed);
  if (page_->consumer.load(std::memory_order_relaxed) == 0) {
    page_->consumer.store(random_number(), std::memory_order_relaxed);
  }
  // In order: of one number that was given twice, the later time counts.
  auto const written = page_->done_written.load(std::memory_order_relaxed);
  for (auto i = written - std::min<std::uint64_t>(written, ledger_page::done_places); i < written; ++i) {
    auto const& each = page_->dealt_with[i % ledger_page::done_places];
    done_[each.number.load(std::memory_order_relaxed)] = each.time.load(std::memory_order_relaxed);
  }
  store_text(page_->subject, subject);
  problem({});
}

ledger::~ledger() {
  if (page_ == nullptr) return;
  page_->connected.store(0, std::memory_order_relaxed);
  page_->process.store(0, std::memory_order_relaxed);
  try {
    page_->lock.release();
  } catch (error const&) {
    // Another thread destroys it than made it: the kernel gives the lock back when that one ends.
  }
}

bool ledger::adopt(std::uint64_t object, std::uint64_t end, direction way) {
  auto const as_before = static_cast<std::uint32_t>(way) + 1;
  bool const same_way = page_->adopted_way.exchange(as_before, std::memory_order_relaxed) == as_before;
  bool const same_object = page_->object.load(std::memory_order_relaxed) == object && stream() != 0;
  if (same_object && same_way) return true;
  if (!same_object) {
    // Killed between these, it is another object once more.
    page_->object.store(0, std::memory_order_release);
    finished();
    page_->own_written.store(0, std::memory_order_relaxed);
    page_->put_in_doubt.store(0, std::memory_order_relaxed);
    reach({.cursor = end, .sequence = 0, .own_read = 0});
    page_->stream.store(random_number(), std::memory_order_relaxed);
    page_->object.store(object, std::memory_order_release);
    return false;
  }
  auto now = reached();
  now.cursor = end;
  now.own_read = page_->own_written.load(std::memory_order_relaxed);
  reach(now);
  return true;
}

ledger::progress ledger::reached() const noexcept {
  auto const& which = page_->out[page_->chosen.load(std::memory_order_acquire) & 1U];
  return {which.cursor.load(std::memory_order_relaxed), which.sequence.load(std::memory_order_relaxed),
          which.own_read.load(std::memory_order_relaxed)};
}

void ledger::reach(progress const& now) noexcept {
  auto const other = (page_->chosen.load(std::memory_order_relaxed) + 1) & 1U;
  auto& to = page_->out[other];
  to.cursor.store(now.cursor, std::memory_order_relaxed);
  to.sequence.store(now.sequence, std::memory_order_relaxed);
  to.own_read.store(now.own_read, std::memory_order_relaxed);
  page_->chosen.store(other, std::memory_order_release);
}

bool ledger::has_room_for_own() const noexcept {
  return page_->own_written.load(std::memory_order_acquire) - reached().own_read < ledger_page::own_places;
}

void ledger::add_own(std::uint64_t position) noexcept {
  auto const index = page_->own_written.load(std::memory_order_relaxed);
  page_->own[index % ledger_page::own_places].store(position, std::memory_order_relaxed);
  page_->own_written.store(index + 1, std::memory_order_release);
}

std::optional<std::uint64_t> ledger::own(std::uint64_t index) const noexcept {
  if (index >= page_->own_written.load(std::memory_order_acquire)) return {};
  return page_->own[index % ledger_page::own_places].load(std::memory_order_relaxed);
}

ledger_page::origin& ledger::origin_of(std::uint64_t stream) noexcept {
  count(page_->clock);
  auto const now = page_->clock.load(std::memory_order_relaxed);
  ledger_page::origin* oldest = nullptr;
  for (auto& each : page_->origins) {
    auto const has = each.stream.load(std::memory_order_relaxed);
    if (has == stream) {
      each.seen.store(now, std::memory_order_relaxed);
      return each;
    }
    if (has == 0) {
      oldest = &each;
      break;
    }
    if (oldest == nullptr ||
        each.seen.load(std::memory_order_relaxed) < oldest->seen.load(std::memory_order_relaxed)) {
      oldest = &each;
    }
  }
  // Of the one that was not heard of for longest, what it sends next counts as a beginning.
  auto const first = oldest->first.load(std::memory_order_relaxed);
  auto const lost = oldest->lost.load(std::memory_order_relaxed);
  count(page_->received, oldest->next.load(std::memory_order_relaxed) - first - lost);
  count(page_->lost_in, lost);
  oldest->stream.store(0, std::memory_order_release);
  oldest->next.store(0, std::memory_order_relaxed);
  oldest->first.store(0, std::memory_order_relaxed);
  oldest->lost.store(0, std::memory_order_relaxed);
  oldest->seen.store(now, std::memory_order_relaxed);
  oldest->stream.store(stream, std::memory_order_release);
  return *oldest;
}

void ledger::intend(std::uint64_t begin, std::span<std::byte const> message, std::uint64_t origin, std::uint64_t next,
                    std::uint64_t lost) noexcept {
  auto& in = page_->in;
  in.begin.store(begin, std::memory_order_relaxed);
  in.length.store(message.size(), std::memory_order_relaxed);
  in.hash.store(mark_of(message), std::memory_order_relaxed);
  in.origin.store(origin, std::memory_order_relaxed);
  in.next.store(next, std::memory_order_relaxed);
  in.lost.store(lost, std::memory_order_relaxed);
  in.active.store(1, std::memory_order_release);
}

bool ledger::is_intended(std::span<std::byte const> message) const noexcept {
  return message.size() == page_->in.length.load(std::memory_order_relaxed) &&
         mark_of(message) == page_->in.hash.load(std::memory_order_relaxed);
}

void ledger::remember_done(std::uint64_t number, std::uint64_t time) noexcept {
  auto const index = page_->done_written.load(std::memory_order_relaxed);
  auto& to = page_->dealt_with[index % ledger_page::done_places];
  auto const oldest = done_.find(to.number.load(std::memory_order_relaxed));
  if (oldest != done_.end() && oldest->second == to.time.load(std::memory_order_relaxed)) done_.erase(oldest);
  done_[number] = time;
  to.number.store(number, std::memory_order_relaxed);
  to.time.store(time, std::memory_order_relaxed);
  page_->done_written.store(index + 1, std::memory_order_release);
}

bool ledger::was_done(std::uint64_t number, std::uint64_t time) const noexcept {
  auto const found = done_.find(number);
  return found != done_.end() && found->second == time;
}

void ledger::problem(std::string_view text) noexcept {
  std::lock_guard const held(problem_lock_);
  store_text(page_->problem, text);
}

}  // namespace coview::inline bridging
