// SPDX-License-Identifier: Apache-2.0
#include "bridge/envelope.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "bridge/hash.hpp"

namespace coview::inline bridging {
namespace {

static_assert(std::endian::native == std::endian::little, "fields would have to be turned round");

/// The bytes of the table in docs/beyond-one-machine.md.
struct header {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint8_t kind;
  std::uint8_t form;
  std::uint64_t checksum;
  std::uint64_t stream;
  std::uint64_t sequence;
  std::uint64_t lost;
  std::uint64_t size;
  std::uint32_t count;
  std::uint32_t chunk;
  std::uint32_t chunks;
  std::uint32_t type_version;
  std::uint64_t type_size;
  std::uint64_t time;
  std::uint32_t position;
  std::uint16_t type_name_length;
  std::uint16_t zeros;
};
static_assert(sizeof(header) == envelope::header_size);
static_assert(offsetof(header, checksum) == 8);
static_assert(offsetof(header, size) == 40);
static_assert(offsetof(header, chunks) == 56);
static_assert(offsetof(header, type_size) == 64);
static_assert(offsetof(header, type_name_length) == 84);

constexpr std::uint32_t magic = 0x52425643;  // "CVBR"

/// Of everything, the checksum's own field as 0.
std::uint64_t checksum_of(std::span<std::byte const> all) noexcept {
  constexpr std::size_t before = offsetof(header, checksum);
  constexpr std::size_t after = before + sizeof(header::checksum);
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;  // so that what stands in the one part does not undo the other
  return hash_of(all.subspan(after)) * odd ^ hash_of(all.first(before));
}

/// Whether a body is exactly so many messages.
bool holds(std::span<std::byte const> body, std::uint32_t count) noexcept {
  message_walk walk(body);
  std::uint32_t found = 0;
  std::size_t used = 0;
  while (auto const each = walk.next()) {
    used += batch::length_size + each->size();
    ++found;
  }
  return found == count && used == body.size() && count != 0;
}

bool is_kind(std::uint8_t kind) noexcept {
  return kind >= static_cast<std::uint8_t>(carried::topic) && kind <= static_cast<std::uint8_t>(carried::mapping);
}

bool agrees(header const& h, std::span<std::byte const> body) noexcept {
  if (!is_kind(h.kind) || h.zeros != 0 || h.form > static_cast<std::uint8_t>(form::parts)) return false;
  if (h.count == 0 || h.sequence > std::numeric_limits<std::uint64_t>::max() - h.count) return false;
  if (h.form == static_cast<std::uint8_t>(form::messages)) {
    return h.chunk == 0 && h.chunks == 1 && h.size == body.size() && holds(body, h.count);
  }
  // A message in pieces has as many bytes as its pieces, and none is empty.
  if (h.count != 1 || h.chunks < 2 || h.chunk >= h.chunks || body.empty()) return false;
  if (h.size < h.chunks || h.size < body.size()) return false;
  return h.form != static_cast<std::uint8_t>(form::parts) || h.chunk == h.chunks - 1;
}

}  // namespace

std::uint64_t hash_of(std::span<std::byte const> bytes) noexcept {
  return fast_hash(bytes.data(), bytes.size());
}

void seal(std::span<std::byte> all, envelope const& facts) noexcept {
  header h{};
  h.magic = magic;
  h.version = envelope::version;
  h.kind = static_cast<std::uint8_t>(facts.kind);
  h.form = static_cast<std::uint8_t>(facts.form);
  h.stream = facts.stream;
  h.sequence = facts.sequence;
  h.lost = facts.lost;
  h.size = facts.size;
  h.count = facts.count;
  h.chunk = facts.chunk;
  h.chunks = facts.chunks;
  h.type_version = facts.type_version;
  h.type_size = facts.type_size;
  h.time = facts.time;
  h.position = facts.position;
  h.type_name_length = static_cast<std::uint16_t>(facts.type_name.size());
  std::memcpy(all.data(), &h, sizeof h);
  if (!facts.type_name.empty()) {
    std::memcpy(all.data() + sizeof h, facts.type_name.data(), facts.type_name.size());
  }
  auto const sum = checksum_of(all);
  std::memcpy(all.data() + offsetof(header, checksum), &sum, sizeof sum);
}

std::string_view reason_for(unfit why) noexcept {
  switch (why) {
    case unfit::none:
      return "it is fit";
    case unfit::too_short:
      return "it is shorter than any envelope";
    case unfit::no_envelope:
      return "it is no envelope of a bridge";
    case unfit::other_version:
      return "it comes from a bridge of another version";
    case unfit::damaged:
      return "its checksum is wrong";
    case unfit::contradictory:
      return "its numbers contradict one another";
  }
  return "";
}

read_envelope read(std::span<std::byte const> bytes) noexcept {
  read_envelope result;
  auto const refuse = [&](unfit why) {
    result.why = why;
    return result;
  };
  header h{};
  if (bytes.size() < sizeof h) return refuse(unfit::too_short);
  std::memcpy(&h, bytes.data(), sizeof h);
  if (h.magic != magic) return refuse(unfit::no_envelope);
  if (h.version != envelope::version) return refuse(unfit::other_version);
  if (h.checksum != checksum_of(bytes)) return refuse(unfit::damaged);
  auto const rest = bytes.subspan(sizeof h);
  if (h.type_name_length > envelope::longest_type || h.type_name_length > rest.size()) {
    return refuse(unfit::contradictory);
  }
  result.body = rest.subspan(h.type_name_length);
  if (!agrees(h, result.body)) return refuse(unfit::contradictory);
  result.facts = {.kind = static_cast<carried>(h.kind),
                  .form = static_cast<form>(h.form),
                  .stream = h.stream,
                  .sequence = h.sequence,
                  .lost = h.lost,
                  .size = h.size,
                  .count = h.count,
                  .chunk = h.chunk,
                  .chunks = h.chunks,
                  .time = h.time,
                  .position = h.position,
                  .type_size = h.type_size,
                  .type_version = h.type_version,
                  .type_name = {reinterpret_cast<char const*>(rest.data()), h.type_name_length}};
  return result;
}

std::optional<std::span<std::byte const>> message_walk::next() noexcept {
  std::uint32_t length = 0;
  if (rest_.size() < sizeof length) return {};
  std::memcpy(&length, rest_.data(), sizeof length);
  if (length > rest_.size() - sizeof length) return {};
  auto const message = rest_.subspan(sizeof length, length);
  rest_ = rest_.subspan(sizeof length + length);
  return message;
}

batch::batch(std::string_view type_name) : type_name_(type_name) {
  begin();
}

void batch::begin() {
  bytes_.resize(overhead(type_name_));
  count_ = 0;
}

void batch::add(std::span<std::byte const> message) {
  auto const length = static_cast<std::uint32_t>(message.size());
  auto const at = bytes_.size();
  bytes_.resize(at + sizeof length + message.size());
  std::memcpy(bytes_.data() + at, &length, sizeof length);
  if (!message.empty()) std::memcpy(bytes_.data() + at + sizeof length, message.data(), message.size());
  ++count_;
}

std::span<std::byte const> batch::finish(envelope facts) {
  facts.form = form::messages;
  facts.size = bytes_.size() - overhead(type_name_);
  facts.count = count_;
  facts.chunk = 0;
  facts.chunks = 1;
  facts.type_name = type_name_;
  seal(bytes_, facts);
  return bytes_;
}

cutter::cutter(std::span<std::byte const> message, std::string_view type_name, std::size_t most)
    : message_(message), type_name_(type_name) {
  constexpr std::size_t least = 64;  // whatever a server says of itself, a piece has something in it
  auto const around = overhead(type_name);
  each_ = most > around + least ? most - around : least;
  chunks_ = static_cast<std::uint32_t>(std::max<std::size_t>((message.size() + each_ - 1) / each_, 1));
}

std::span<std::byte const> cutter::piece(std::uint32_t i, envelope facts, bridging::form form) {
  auto const from = std::size_t{i} * each_;
  auto const length = std::min(each_, message_.size() - from);
  bytes_.resize(overhead(type_name_) + length);
  std::memcpy(bytes_.data() + overhead(type_name_), message_.data() + from, length);
  facts.form = form;
  facts.size = message_.size();
  facts.count = 1;
  facts.chunk = i;
  facts.chunks = chunks_;
  facts.type_name = type_name_;
  seal(bytes_, facts);
  return bytes_;
}

void assembly::forget() noexcept {
  if (next_ != 0) ++given_up_;
  next_ = 0;
  bytes_.clear();
}

std::optional<std::span<std::byte const>> assembly::add(read_envelope const& piece) {
  auto const& facts = piece.facts;
  bool const goes_on = next_ != 0 && facts.chunk == next_ && facts.stream == stream_ && facts.sequence == sequence_ &&
                       facts.size == size_ && facts.chunks == chunks_;
  if (!goes_on) {
    forget();
    if (facts.chunk != 0 || facts.size > most_) return {};
    stream_ = facts.stream;
    sequence_ = facts.sequence;
    size_ = facts.size;
    chunks_ = facts.chunks;
  }
  bool const is_last = facts.chunk + 1 == facts.chunks;
  auto const have = bytes_.size() + piece.body.size();
  if (have > size_ || (is_last && have != size_)) {
    next_ = 1;  // something was begun, and comes to nothing
    forget();
    return {};
  }
  bytes_.insert(bytes_.end(), piece.body.begin(), piece.body.end());
  next_ = is_last ? 0 : facts.chunk + 1;
  if (!is_last) return {};
  // Kept until the next call.
  std::span<std::byte const> const whole = bytes_;
  return whole;
}

}  // namespace coview::inline bridging
