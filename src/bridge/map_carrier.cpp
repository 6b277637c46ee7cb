// SPDX-License-Identifier: Apache-2.0
#include "bridge/map_carrier.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <thread>

#include "bridge/hash.hpp"
#include "bridge/local_topic.hpp"

namespace coview::inline bridging {
namespace {

struct list_header {
  std::uint64_t size;
  std::uint32_t page_size;
  std::uint32_t count;
};
static_assert(sizeof(list_header) == 16 && sizeof(page_list::page) == 24);

constexpr std::size_t usual_page = 1U << 16U;
constexpr std::chrono::seconds patience(1);
constexpr std::chrono::seconds between_lists(2);

std::string page_key(page_list::page const& which, std::size_t i) {
  return hex_of(which.stream) + ".page." + std::to_string(i) + "." + std::to_string(which.version & 1U);
}

/// The list that an envelope carries; empty where it carries none.
std::optional<page_list> list_of(read_envelope const& seen) {
  auto const& about = seen.facts;
  bool const is_one =
      seen.why == unfit::none && about.kind == carried::mapping && about.form == form::messages && about.count == 1;
  return is_one ? page_list::read(*message_walk(seen.body).next()) : std::nullopt;
}

/// Which list this is, for the ledger.
std::uint64_t mark_of(page_list const& list) {
  auto const bytes = list.bytes();
  auto const mark = hash_of(bytes);
  return mark == 0 ? 1 : mark;
}

}  // namespace

std::vector<std::byte> page_list::bytes() const {
  list_header const head{size, page_size, static_cast<std::uint32_t>(pages.size())};
  std::vector<std::byte> all(sizeof head + pages.size() * sizeof(page));
  std::memcpy(all.data(), &head, sizeof head);
  if (!pages.empty()) std::memcpy(all.data() + sizeof head, pages.data(), pages.size() * sizeof(page));
  return all;
}

std::optional<page_list> page_list::read(std::span<std::byte const> bytes) {
  list_header head{};
  if (bytes.size() < sizeof head) return {};
  std::memcpy(&head, bytes.data(), sizeof head);
  bool const fits = head.size != 0 && head.size <= largest_of_all && std::has_single_bit(head.page_size) &&
                    head.page_size >= smallest_page && head.page_size <= largest_page &&
                    head.count == (head.size + head.page_size - 1) / head.page_size &&
                    bytes.size() == sizeof head + std::size_t{head.count} * sizeof(page);
  if (!fits) return {};
  page_list list;
  list.size = head.size;
  list.page_size = head.page_size;
  list.pages.resize(head.count);
  std::memcpy(list.pages.data(), bytes.data() + sizeof head, head.count * sizeof(page));
  return list;
}

map_carrier::map_carrier(bridge_channel const& channel, bridge_options const& options) : carrier(channel, options) {}

void map_carrier::start_threads() {
  run([this](link& over) {
    carry(over);
    hears(false);
  });
}

std::unique_ptr<carrier> make_mapping_carrier(bridge_channel const& channel, bridge_options const& options) {
  return std::make_unique<map_carrier>(channel, options);
}

/// Whether it is there; where it is not and its size is known, it is made.
bool map_carrier::open(std::uint64_t size_if_new) {
  if (memory_) return true;
  // Who only sends writes, too, where another bridge was killed while it did.
  bool const writes = channel_.way != direction::out || book_.page().in.active.load(std::memory_order_relaxed) != 0;
  auto const rights = writes ? access::read_write : access::read_only;
  auto found = mapping::try_open(channel_.name, rights);
  if (!found && size_if_new == 0) return false;
  if (!found) found = mapping::open_or_create(channel_.name, size_if_new);
  bool const has_seqlock =
      found->size() >= sizeof(std::uint64_t) && channel_.seqlock_at <= found->size() - sizeof(std::uint64_t);
  if (channel_.guard == guard::seqlock && !has_seqlock) throw trouble("the seqlock is not within the mapping");
  if (found->size() > largest_of_all) throw trouble("the mapping is larger than 1 GiB");
  view_ = found->map(rights);
  if (channel_.guard == guard::mutex) mutex_ = mutex::open_or_create(channel_.guarded_by);
  // Of another object nothing is known.
  if (!book_.adopt(identity_of(channel_.name), 0, channel_.way)) {
    book_.page().in.hash.store(0, std::memory_order_relaxed);
    known_.reset();
  }
  here_.resize(view_.size());
  memory_ = std::move(found);
  return true;
}

std::uint64_t* map_carrier::seqlock() const {
  return reinterpret_cast<std::uint64_t*>(view_.data() + channel_.seqlock_at);
}

bool map_carrier::look_under_seqlock() {
  std::atomic_ref<std::uint64_t> const word(*seqlock());
  auto const until = std::chrono::steady_clock::now() + patience;
  do {
    auto const before = word.load(std::memory_order_acquire);
    if (before % 2 == 0) {
      std::memcpy(here_.data(), view_.data(), here_.size());
      std::atomic_thread_fence(std::memory_order_acquire);
      if (word.load(std::memory_order_relaxed) == before) {
        std::memset(here_.data() + channel_.seqlock_at, 0, sizeof(std::uint64_t));
        return true;
      }
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

/// What the mapping has now, whole; false where somebody writes all the time.
bool map_carrier::look() {
  if (channel_.guard == guard::seqlock) return look_under_seqlock();
  if (channel_.guard == guard::mutex && mutex_->acquire(patience) == acquired::timed_out) return false;
  std::memcpy(here_.data(), view_.data(), here_.size());
  if (channel_.guard == guard::mutex) mutex_->release();
  return true;
}

/// The list has to fit into one message, and each page.
std::uint32_t map_carrier::page_size_for(std::size_t most) const {
  auto page = std::min<std::size_t>(usual_page, std::bit_floor(most));
  auto const fits = [&] { return here_.size() / page * sizeof(page_list::page) + most / 16 < most; };
  while (!fits() && page * 2 <= std::min<std::size_t>(most, page_list::largest_page)) page *= 2;
  if (!fits()) throw trouble("the mapping is too large for the server's max_payload");
  return static_cast<std::uint32_t>(page);
}

/// Pages that changed, each where the last list does not look, and then the list of all.
void map_carrier::send_what_is_new(link& over, kvStore* store) {
  auto const page_size = page_size_for(over.largest());
  bool const all_new = !known_ || known_->page_size != page_size || known_->size != here_.size();
  page_list fresh;
  fresh.size = here_.size();
  fresh.page_size = page_size;
  fresh.pages.resize((here_.size() + page_size - 1) / page_size);
  if (!all_new) fresh.pages = known_->pages;
  std::span<std::byte const> const here(here_);
  std::uint64_t sent = 0;
  for (std::size_t i = 0; i < fresh.pages.size(); ++i) {
    auto const part = fresh.part(here, i);
    auto const hash = hash_of(part);
    if (!all_new && hash == fresh.pages[i].hash) continue;
    fresh.pages[i] = {book_.stream(), fresh.pages[i].version + 1, hash};
    put_bytes(store, page_key(fresh.pages[i], i), part);
    sent += part.size();
    if (!goes_on(over)) throw trouble("the bridge ends");
  }
  if (sent == 0) return;
  auto now = book_.reached();
  auto const number = now.sequence++;
  // Before it is put: a number is used once, also by those who are killed here.
  book_.reach(now);
  batch one({});
  one.add(fresh.bytes());
  last_put_ = put_bytes(store, key_of(subject_), one.finish(facts(number)));
  known_ = std::move(fresh);
  ledger::count(book_.page().sent);
  ledger::count(book_.page().sent_bytes, sent);
}

void map_carrier::refuse(link& over, std::string const& why) {
  ledger::count(book_.page().refused);
  trouble_ = "refused what came in: " + why;
  note(over, trouble_);
}

/// All pages of a list, into `there_`. False where they are not those that it speaks of: another list is on its way.
bool map_carrier::fetch(link& over, kvStore* store, page_list const& list) {
  there_.clear();
  bool const compares =
      known_ && known_->size == list.size && known_->page_size == list.page_size && here_.size() == list.size;
  for (std::size_t i = 0; i < list.pages.size(); ++i) {
    if (!goes_on(over)) throw trouble("the bridge ends");
    auto const size = std::min<std::uint64_t>(list.page_size, list.size - i * list.page_size);
    bool const had = compares && known_->pages[i].hash == list.pages[i].hash &&
                     hash_of(list.part(std::span<std::byte const>(here_), i)) == list.pages[i].hash;
    if (had) {
      auto const part = list.part(std::span<std::byte const>(here_), i);
      there_.insert(there_.end(), part.begin(), part.end());
      continue;
    }
    nats_entry entry;
    auto const key = page_key(list.pages[i], i);
    auto const status = nats_make(entry, kvStore_Get, store, key.c_str());
    if (status == NATS_NOT_FOUND) return false;
    if (status != NATS_OK) throw trouble("cannot read the bucket: " + text_of(status));
    auto const bytes = value_of(entry.get());
    if (bytes.size() != size || hash_of(bytes) != list.pages[i].hash) return false;
    there_.insert(there_.end(), bytes.begin(), bytes.end());
  }
  return true;
}

/// Whether a bridge was killed between I1 and I3: what stands here may be of two states, until one was written whole.
bool map_carrier::is_half_written() const {
  auto const begun = book_.page().in.active.load(std::memory_order_acquire);
  if (begun == 0 || channel_.guard != guard::seqlock) return begun != 0;
  // With another word it had not begun to write, or was at the end.
  return std::atomic_ref(*seqlock()).load(std::memory_order_acquire) == begun - 1;
}

/// Pages that differ from what stands here; not the seqlock, which is each host's own.
void map_carrier::write_pages(page_list const& list) {
  // From here on no list is what stands here. Before the bytes, also for who is killed: the fence keeps the order.
  book_.page().in.hash.store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  std::span<std::byte const> const there(there_);
  auto const at = channel_.guard == guard::seqlock ? channel_.seqlock_at : there_.size();
  if (at < there_.size()) std::memcpy(there_.data() + at, view_.data() + at, sizeof(std::uint64_t));
  for (std::size_t i = 0; i < list.pages.size(); ++i) {
    auto const part = list.part(there, i);
    auto const from = i * list.page_size;
    if (std::memcmp(view_.data() + from, part.data(), part.size()) == 0) continue;
    auto const end = from + part.size();
    if (at < from || at >= end) {
      std::memcpy(view_.data() + from, part.data(), part.size());
      continue;
    }
    std::memcpy(view_.data() + from, part.data(), at - from);
    auto const after = at + sizeof(std::uint64_t);
    if (after < end) std::memcpy(view_.data() + after, there_.data() + after, end - after);
  }
}

/// I1 and I2. False where somebody else writes all the time.
bool map_carrier::write(link& over, page_list const& list) {
  if (channel_.guard == guard::seqlock) return write_under_seqlock(over, list);
  bool const locks = channel_.guard == guard::mutex;
  if (locks && mutex_->acquire(patience) == acquired::timed_out) return false;
  book_.page().in.active.store(1, std::memory_order_relaxed);  // I1
  write_pages(list);                                           // I2
  if (locks) mutex_->release();
  return true;
}

bool map_carrier::write_under_seqlock(link& over, page_list const& list) {
  auto& in = book_.page().in;
  std::atomic_ref<std::uint64_t> const word(*seqlock());
  auto before = word.load(std::memory_order_acquire);
  bool mine = before % 2 != 0 && is_half_written();
  auto const until = std::chrono::steady_clock::now() + patience;
  while (!mine && std::chrono::steady_clock::now() < until && goes_on(over)) {
    if (before % 2 == 0) {
      in.active.store(1 + before + 1, std::memory_order_release);  // I1
      mine = word.compare_exchange_strong(before, before + 1, std::memory_order_seq_cst);
      if (mine) {
        ++before;
      } else {
        book_.finished();  // the odd word is another's: who is killed while that one writes has begun nothing
      }
    } else {
      std::this_thread::yield();
      before = word.load(std::memory_order_acquire);
    }
  }
  if (!mine) {
    book_.finished();
    return false;
  }
  write_pages(list);  // I2
  word.store(before + 1, std::memory_order_release);
  return true;
}

void map_carrier::count_in(envelope const& about) {
  auto& origin = book_.origin_of(about.stream);
  auto const next = origin.next.load(std::memory_order_relaxed);
  if (next == 0) origin.first.store(about.sequence, std::memory_order_relaxed);
  if (next != 0 && about.sequence < next) return ledger::count(book_.page().repeated);
  if (next != 0) ledger::count(origin.lost, about.sequence - next);
  origin.next.store(about.sequence + 1, std::memory_order_relaxed);
}

/// A list that stands under the key.
void map_carrier::heard(link& over, kvStore* store, kvEntry* entry) {
  auto const revision = kvEntry_Revision(entry);
  // What this host has put there is newer: the others take that one, too.
  if (kvEntry_Operation(entry) != kvOp_Put || revision <= last_seen_ || revision < last_put_) return;
  auto const seen = read(value_of(entry));
  auto const list = list_of(seen);
  auto const done = [&] { last_seen_ = revision; };
  if (!list) {
    refuse(over, seen.why == unfit::none ? "it is no list of pages" : std::string(reason_for(seen.why)));
    return done();
  }
  if (seen.facts.stream == book_.stream()) return done();
  auto const has_its_size = [&] { return view_.size() == list->size; };
  auto const refuse_size = [&] {
    refuse(over, "the mapping here has another size");
    done();
  };
  if (memory_ && !has_its_size()) return refuse_size();
  auto& applied = book_.page().in.hash;
  if (memory_ && applied.load(std::memory_order_relaxed) == mark_of(*list)) {
    book_.finished();
    known_ = *list;  // and what differs from it here is new
    return done();
  }
  if (memory_ && !is_half_written() && !look()) return;
  if (!fetch(over, store, *list)) {
    trouble_ = "pages are missing: another state is on its way";
    return;
  }
  (void)open(list->size);
  if (!has_its_size()) return refuse_size();
  if (!write(over, *list)) {
    trouble_ = "somebody here writes all the time";
    return;
  }
  applied.store(mark_of(*list), std::memory_order_relaxed);
  book_.finished();  // I3
  trouble_.clear();
  known_ = *list;
  count_in(seen.facts);
  ledger::count(book_.page().received_bytes, list->size);
  done();
}

/// Whether another bridge of this channel, which also received, was killed while it wrote: who only sends has to
/// write the state whole before it sends anything.
bool map_carrier::finishes() const {
  return channel_.way == direction::out && memory_ && is_half_written();
}

/// What stands there decides what is new here.
void map_carrier::begin(link& over, kvStore* store) {
  last_put_ = 0;
  last_seen_ = 0;
  known_.reset();
  nats_entry entry;
  auto const status = nats_make(entry, kvStore_Get, store, key_of(subject_).c_str());
  if (status == NATS_NOT_FOUND) return;
  if (status != NATS_OK) throw trouble("cannot read the bucket: " + text_of(status));
  auto const seen = read(value_of(entry.get()));
  if (seen.facts.stream == book_.stream()) known_ = list_of(seen);
  if (channel_.way != direction::out || finishes()) heard(over, store, entry.get());
}

void map_carrier::carry(link& over) {
  auto const losses = over.losses();
  auto const js = stream_context(over);
  auto const store = bucket(js.get(), bucket_for(options_.prefix, word_for(carried::mapping)), options_);
  auto const key = key_of(subject_);
  nats_watcher watch;
  if (channel_.way != direction::out) {
    auto const status =
        nats_make(watch, kvStore_Watch, store.get(), key.c_str(), static_cast<kvWatchOptions*>(nullptr));
    if (status != NATS_OK) throw trouble("cannot watch the bucket: " + text_of(status));
  }
  (void)open(0);
  begin(over, store.get());
  hears(true);
  watches();
  auto looked = std::chrono::steady_clock::now();
  while (goes_on(over) && over.losses() == losses) {
    bool const is_there = open(0);
    bool const is_whole = is_there && !is_half_written();
    note(over, is_whole   ? trouble_
               : is_there ? "a bridge was killed while it wrote here: waits for a state to write whole"
                          : "the mapping does not exist here yet");
    if (is_whole && channel_.way != direction::in && look()) send_what_is_new(over, store.get());
    if (finishes()) begin(over, store.get());
    if (!watch) {
      if (!server_->sleep(channel_.every)) return;
      continue;
    }
    nats_entry entry;
    auto status = nats_make(entry, kvWatcher_Next, watch.get(), std::int64_t{channel_.every.count()});
    auto const now = std::chrono::steady_clock::now();
    if (status == NATS_TIMEOUT && now - looked >= between_lists) {
      // Of a watch that the server forgot nobody is told; and a page may have been missing.
      looked = now;
      status = nats_make(entry, kvStore_Get, store.get(), key.c_str());
    }
    if (status != NATS_OK && status != NATS_TIMEOUT && status != NATS_NOT_FOUND)
      throw trouble("cannot read the bucket: " + text_of(status));
    if (entry) heard(over, store.get(), entry.get());
  }
}

}  // namespace coview::inline bridging
