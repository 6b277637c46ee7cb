// SPDX-License-Identifier: Apache-2.0
#include "bridge/disk_spool.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include <coview/error.hpp>

#include "bridge/hash.hpp"
#include "bridge/ledger.hpp"
#include "bridge/subject.hpp"
#include "os/file.hpp"

namespace coview::inline bridging {
namespace {

static_assert(std::endian::native == std::endian::little, "fields would have to be turned round");

using layout = spool_layout;

/// A hole is made behind so much: each costs the disk a write.
constexpr std::uint64_t least_hole = std::uint64_t{1} << 20U;
constexpr std::uint64_t hole_alignment = 4096;
constexpr std::uint64_t least_read = std::uint64_t{256} << 10U;

/// Of a structure whose last member is this hash.
template <class T>
std::uint64_t hash_before(T const& what) noexcept {
  return fast_hash(&what, offsetof(T, hash));
}

template <class T>
std::span<std::byte const> bytes_in(T const& what) noexcept {
  return std::as_bytes(std::span(&what, 1));
}

std::uint64_t aligned(std::uint64_t size) noexcept {
  return (size + layout::alignment - 1) / layout::alignment * layout::alignment;
}

std::uint64_t channel_hash(bridge_channel const& channel) {
  auto const name = std::string(word_for(channel.what)) + "/" + subject_token(channel.name);
  return fast_hash(name.data(), name.size());
}

void add_bytes(std::vector<std::byte>& to, std::span<std::byte const> what) {
  to.insert(to.end(), what.begin(), what.end());
}

/// Of a directory, so that a name in it outlives a power cut.
int sync_directory(std::string const& path) {
  auto const directory = os::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory) return directory.error();
  return os::errno_unless(::fsync(directory->get()) == 0);
}

}  // namespace

void sequence_runs::add(std::uint64_t stream, std::uint64_t sequence) {
  if (has(stream, sequence)) return;
  auto next = runs_.upper_bound({stream, sequence});
  auto const follows =
      next != runs_.begin() && std::prev(next)->first.first == stream && std::prev(next)->second == sequence;
  auto const run = follows ? std::prev(next) : runs_.emplace_hint(next, std::pair(stream, sequence), sequence);
  run->second = sequence + 1;
  next = std::next(run);
  if (next == runs_.end() || next->first != std::pair(stream, sequence + 1)) return;
  run->second = next->second;
  runs_.erase(next);
}

bool sequence_runs::has(std::uint64_t stream, std::uint64_t sequence) const noexcept {
  auto const after = runs_.upper_bound({stream, sequence});
  if (after == runs_.begin()) return false;
  auto const& run = *std::prev(after);
  return run.first.first == stream && sequence < run.second;
}

std::string disk_spool::path_for(std::string const& directory, carried what, std::string_view name) {
  return directory + "/" + std::string(word_for(what)) + "." + subject_token(name) + ".spool";
}

std::uint64_t disk_spool::size_of(std::uint64_t message, std::string_view type_name) noexcept {
  return sizeof(layout::record) + aligned(type_name.size() + message);
}

disk_spool::disk_spool(std::string const& directory, bridge_channel const& channel, std::uint64_t most)
    : path_(path_for(directory, channel.what, channel.name)), most_(most), channel_(channel_hash(channel)) {
  if (auto const there = os::open(directory.c_str(), O_RDONLY | O_DIRECTORY); !there) {
    throw error(there.error(),
                {"use", "spool directory '" + directory + "'", std::strerror(there.error()),
                 "make it: 'mkdir -m 700'; a disk that is not mounted has none, so it is not made by itself"});
  }
  open();
  layout::head head{};
  std::array<std::byte, layout::records_begin> front{};
  auto const had = os::read_at(file_.get(), front, 0);
  if (!had) fail(had.error(), "read", std::strerror(had.error()), "");
  // One that was cut short while it was made has nothing yet.
  if (std::ranges::all_of(front, [](auto byte) { return byte == std::byte{0}; }) && *had < front.size()) {
    begin();
    if (auto const code = sync_directory(directory); code != 0) fail(code, "keep", std::strerror(code), "");
    return;
  }
  std::memcpy(&head, front.data(), sizeof head);
  check(head);
  mark_ = head.mark;
  recover();
}

void disk_spool::fail(int code, char const* operation, std::string cause, std::string remedy) const {
  throw error(code, {operation, "spool '" + path_ + "'", std::move(cause), std::move(remedy)});
}

void disk_spool::open() {
  auto opened = os::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
  if (!opened) {
    auto const* const remedy = opened.error() == ELOOP ? "remove it: a spool is never reached through a link" : "";
    auto const cause = opened.error() == ELOOP ? "it is a symbolic link" : std::strerror(opened.error());
    fail(opened.error(), "open", cause, remedy);
  }
  file_ = std::move(*opened);
  auto const facts = os::status(file_.get());
  if (!facts) fail(facts.error(), "open", std::strerror(facts.error()), "");
  if (!S_ISREG(facts->st_mode) || facts->st_uid != ::geteuid() || facts->st_nlink != 1) {
    fail(EACCES, "open", "it is no regular file of this user's alone", "remove it");
  }
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    fail(errno == EWOULDBLOCK ? EBUSY : errno, "open", "another bridge has it", "give each its own directory");
  }
}

/// A new one.
void disk_spool::begin() {
  layout::head head{.magic = layout::magic,
                    .version = layout::version,
                    .zeros = 0,
                    .channel = channel_,
                    .mark = random_number(),
                    .hash = 0};
  head.hash = hash_before(head);
  layout::place place{.first = layout::records_begin, .hash = 0};
  place.hash = hash_before(place);
  std::array<std::byte, layout::records_begin> front{};
  std::memcpy(front.data(), &head, sizeof head);
  std::memcpy(front.data() + layout::place_at, &place, sizeof place);
  auto code = os::write_at(file_.get(), front, 0);
  if (code == 0) code = os::errno_unless(::fsync(file_.get()) == 0);
  if (code != 0) {
    (void)os::resize(file_.get(), 0);
    fail(code, "make", std::strerror(code), "make room there, or take another directory");
  }
  mark_ = head.mark;
}

void disk_spool::check(layout::head const& head) const {
  auto const wrong = [&](std::string cause, char const* remedy) { fail(EBADMSG, "use", std::move(cause), remedy); };
  char const* const away = "move it away; messages that it may have are not sent then";
  if (head.magic != layout::magic) wrong("it is no spool", away);
  if (head.version != layout::version) {
    wrong("it is a spool of version " + std::to_string(head.version) + ", and this is for " +
              std::to_string(layout::version),
          "let the coview that wrote it hand it over first, or move it away");
  }
  if (head.hash != hash_before(head)) wrong("its head is damaged", away);
  if (head.channel != channel_) wrong("it is the spool of another channel", "give it its name back, or move it away");
}

/// Invariant 2.
void disk_spool::recover() {
  auto const facts = os::status(file_.get());
  if (!facts) fail(facts.error(), "read", std::strerror(facts.error()), "");
  end_ = std::max(static_cast<std::uint64_t>(facts->st_size), layout::records_begin);
  auto const where = read(layout::place_at, sizeof(layout::place));
  layout::place place{};
  std::memcpy(&place, where.data(), where.size());
  bool const is_known = place.hash == hash_before(place) && place.first >= layout::records_begin &&
                        place.first % layout::alignment == 0;
  // Beyond the end: it was killed while it began again.
  if (is_known && place.first >= end_) {
    first_ = end_ = cursor_ = freed_ = place.first;
    start_again();
    return;
  }
  // Otherwise some go out once more, under their IDs.
  if (is_known) first_ = place.first;
  auto good = first_;
  while (auto const each = find(good)) {
    // What was handed over before an unknown first one may be a hole by now.
    if (is_known || count_ != 0) damaged_ += each->damaged;
    if (count_ == 0) first_ = is_known ? first_ : each->at;
    ++count_;
    found_.add(each->head.stream, each->head.sequence);
    good = each->next;
  }
  torn_ = end_ - good;
  if (torn_ != 0) {
    auto const code = os::resize(file_.get(), good);
    if (code != 0) fail(code, "repair", std::strerror(code), "");
    end_ = good;
    seen_.clear();
  }
  cursor_ = first_;
  freed_ = first_ / hole_alignment * hole_alignment;
  if (!is_known) write_place();
  if (count_ == 0) start_again();
}

/// What is there, up to so many bytes; until the next call.
std::span<std::byte const> disk_spool::read(std::uint64_t at, std::uint64_t size) {
  size = std::min(size, end_ - std::min(at, end_));
  if (at < seen_at_ || at + size > seen_at_ + seen_.size()) {
    seen_at_ = at;
    seen_.resize(std::min(std::max(size, least_read), end_ - std::min(at, end_)));
    auto const had = os::read_at(file_.get(), seen_, at);
    if (!had) {
      seen_.clear();
      fail(had.error(), "read", std::strerror(had.error()), "see whether the disk is sound");
    }
    seen_.resize(*had);
    size = std::min<std::uint64_t>(size, *had);
  }
  return std::span<std::byte const>(seen_).subspan(at - seen_at_, size);
}

bool disk_spool::is_record(layout::record const& head, std::uint64_t at) const noexcept {
  if (head.mark != mark_ || head.at != at || head.hash != hash_before(head)) return false;
  auto const rest = end_ - at - sizeof head;
  return head.type_name_size <= rest && head.size <= rest && aligned(head.type_name_size + head.size) <= rest;
}

/// The first good record from there on. Behind a damaged one whose head is good the next begins at its end; otherwise
/// it is looked for: the file's mark, its own place and two hashes cannot all be there by chance.
std::optional<disk_spool::found> disk_spool::find(std::uint64_t from) {
  found result;
  bool in_a_gap = false;
  for (auto at = from; at + sizeof(layout::record) <= end_; at += layout::alignment) {
    auto const bytes = read(at, sizeof(layout::record));
    if (bytes.size() < sizeof(layout::record)) return {};
    std::memcpy(&result.head, bytes.data(), sizeof result.head);
    if (!is_record(result.head, at)) {
      if (!in_a_gap) ++result.damaged;
      in_a_gap = true;
      continue;
    }
    in_a_gap = false;
    auto const size = aligned(result.head.type_name_size + result.head.size);
    auto const body = read(at + sizeof result.head, size);
    if (body.size() == size && fast_hash(body.data(), body.size()) == result.head.body_hash) {
      result.at = at;
      result.next = at + sizeof result.head + size;
      return result;
    }
    ++result.damaged;
    at += sizeof result.head + size - layout::alignment;
  }
  return {};
}

bool disk_spool::append(std::uint64_t stream, std::uint64_t sequence, local_type const& type,
                        std::span<std::byte const> bytes) {
  auto const size = size_of(bytes.size(), type.name);
  auto const fits = [&] {
    auto const used = end_ - freed_ + pending_.size();
    return used <= most_ && size <= most_ - used;
  };
  if (!fits()) give_back();
  if (!fits()) return false;
  auto const begin = pending_.size();
  pending_.resize(begin + sizeof(layout::record));
  add_bytes(pending_, std::as_bytes(std::span(type.name)));
  add_bytes(pending_, bytes);
  pending_.resize(begin + size);
  auto const body = std::span(pending_).subspan(begin + sizeof(layout::record));
  layout::record head{.mark = mark_,
                      .at = end_ + begin,
                      .stream = stream,
                      .sequence = sequence,
                      .size = bytes.size(),
                      .type_size = type.size,
                      .type_version = type.version,
                      .type_name_size = static_cast<std::uint32_t>(type.name.size()),
                      .body_hash = fast_hash(body.data(), body.size()),
                      .hash = 0};
  head.hash = hash_before(head);
  std::memcpy(pending_.data() + begin, &head, sizeof head);
  ++pending_count_;
  return true;
}

void disk_spool::sync() {
  if (pending_.empty()) return;
  auto const size = pending_.size();
  auto code = os::write_at(file_.get(), pending_, end_);
  // Where it fails the kernel may forget what it could not write: nothing of it counts.
  if (code == 0) code = os::errno_unless(::fdatasync(file_.get()) == 0);
  pending_.clear();
  auto const count = std::exchange(pending_count_, 0);
  if (code != 0) {
    // What stays there is overwritten by the next one.
    (void)os::resize(file_.get(), end_);
    fail(code, "write", std::strerror(code), "make room there, or see whether the disk is sound");
  }
  end_ += size;
  count_ += count;
}

std::optional<disk_spool::message> disk_spool::next() {
  if (cursor_ >= end_) return {};
  auto const each = find(cursor_);
  if (!each) {
    // It was good when it was written: a disk that gives back something else.
    fail(EIO, "read", "what stands there is no message any more", "see whether the disk is sound");
  }
  auto const body = read(each->at + sizeof each->head, each->next - each->at - sizeof each->head);
  auto const name = body.first(each->head.type_name_size);
  auto const bytes = body.subspan(name.size(), each->head.size);
  cursor_ = each->next;
  return message{
      .stream = each->head.stream,
      .sequence = each->head.sequence,
      .type = {std::string(reinterpret_cast<char const*>(name.data()), name.size()), each->head.type_size,
               each->head.type_version},
      .bytes = {bytes.begin(), bytes.end()},
      .end = each->next,
      .lost = each->damaged,
  };
}

void disk_spool::write_place() noexcept {
  layout::place place{.first = first_, .hash = 0};
  place.hash = hash_before(place);
  (void)os::write_at(file_.get(), bytes_in(place), layout::place_at);
}

void disk_spool::handed_over(std::uint64_t end, std::uint64_t count) noexcept {
  first_ = std::clamp(end, first_, end_);
  cursor_ = std::max(cursor_, first_);
  count_ -= std::min(count, count_);
  write_place();
  if (first_ == end_) {
    count_ = 0;
    start_again();
  } else if (first_ - freed_ >= least_hole) {
    give_back();
  }
}

/// Gives the disk its blocks back behind what was handed over. A file system that cannot has them until all is.
void disk_spool::give_back() noexcept {
  auto const to = first_ / hole_alignment * hole_alignment;
  if (to <= freed_) return;
  // After a power cut the place must not be where the holes are.
  if (::fdatasync(file_.get()) != 0) return;
  auto const length = static_cast<off_t>(to - freed_);
  if (::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(freed_), length) == 0) {
    freed_ = to;
  }
}

/// Nothing is left. In this order: a place beyond the end says the same, while one at the beginning of a file that
/// still has its records would have all of them sent again after a power cut. Where it fails, the file goes on as it
/// is.
void disk_spool::start_again() noexcept {
  if (end_ == layout::records_begin && first_ == end_) return;
  if (os::resize(file_.get(), layout::records_begin) != 0) return;
  // Beyond the end by now: what is appended has to begin where it ended, unless this is certain.
  bool const is_certain = ::fsync(file_.get()) == 0;
  if (!is_certain) return;
  first_ = end_ = cursor_ = freed_ = layout::records_begin;
  seen_.clear();
  write_place();
}

}  // namespace coview::inline bridging
