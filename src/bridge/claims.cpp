// SPDX-License-Identifier: Apache-2.0
#include "bridge/claims.hpp"

#include <algorithm>
#include <string_view>

#include "bridge/carrier.hpp"
#include "bridge/ledger.hpp"
#include "bridge/streams.hpp"
#include "bridge/subject.hpp"

namespace coview::inline bridging {
namespace {

/// More than are ever fetched at once.
constexpr std::size_t most_at_once = 1024;

std::string key_for(claims::message const& which) {
  return hex_of(which.origin) + "." + std::to_string(which.sequence);
}

std::string sign_of(std::string const& host) {
  return "host." + host;
}

/// Which host, and which message of the stream.
std::string value_for(std::string const& host, claims::message const& which) {
  return host + " " + std::to_string(which.number) + " " + std::to_string(which.time);
}

}  // namespace

claims::claims(link& over, bridge_options const& options, std::uint64_t host)
    : over_(over),
      ack_wait_(options.ack_wait),
      bucket_(bucket_for(options.prefix, "claims")),
      host_(hex_of(host)),
      to_(over, most_at_once),
      store_(bucket(stream_context(over).get(), bucket_, options, options.dedup_window)) {
  show_life();
}

void claims::show_life() {
  auto const now = clock::now();
  if (now < next_sign_) return;
  next_sign_ = now + ack_wait_ / 4;
  // One that is not heard is followed by the next one.
  auto const subject = "$KV." + bucket_ + "." + sign_of(host_);
  (void)natsConnection_PublishString(over_.get(), subject.c_str(), "here");
}

/// Whether nothing was heard of it for so long that the server gives its messages to others.
bool claims::is_gone(std::string const& host) {
  nats_entry entry;
  auto const status = nats_make(entry, kvStore_Get, store_.get(), sign_of(host).c_str());
  if (status != NATS_OK && status != NATS_NOT_FOUND) return false;
  auto const revision = entry ? kvEntry_Revision(entry.get()) : 0;
  auto const now = clock::now();
  auto const [seen, is_new] = signs_.try_emplace(host, sign{revision, now});
  if (!is_new && seen->second.revision != revision) seen->second = {revision, now};
  return now - seen->second.since > ack_wait_;
}

/// A message whose key is there.
claims::verdict claims::look_at(message const& wanted) {
  auto const key = key_for(wanted);
  nats_entry entry;
  if (nats_make(entry, kvStore_Get, store_.get(), key.c_str()) != NATS_OK) return verdict::in_doubt;
  auto const value = value_of(entry.get());
  std::string_view const text(reinterpret_cast<char const*>(value.data()), value.size());
  if (text == value_for(host_, wanted)) return verdict::ours;
  // Anybody who may use the server can have put something else there.
  if (text.size() < host_.size() || text.find_first_not_of("0123456789abcdef") != host_.size()) {
    return verdict::in_doubt;
  }
  auto const by = std::string(text.substr(0, host_.size()));
  if (text != value_for(by, wanted)) return verdict::stored_twice;
  if (!is_gone(by)) return verdict::of_another;
  std::uint64_t revision = 0;
  auto const ours = value_for(host_, wanted);
  auto const status =
      kvStore_UpdateString(&revision, store_.get(), key.c_str(), ours.c_str(), kvEntry_Revision(entry.get()));
  return status == NATS_OK ? verdict::ours : verdict::in_doubt;
}

std::vector<claims::verdict> claims::claim(std::span<message const> wanted) {
  std::vector verdicts(wanted.size(), verdict::in_doubt);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    to_.create(i, "$KV." + bucket_ + "." + key_for(wanted[i]), value_for(host_, wanted[i]));
  }
  using answer = stream_publisher::answer;
  auto const until = clock::now() + stream_publisher::patience;
  for (auto missing = wanted.size(); missing != 0;) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    auto const heard = to_.take(std::max(left, std::chrono::milliseconds(0)));
    if (heard.empty()) break;
    missing -= heard.size();
    for (auto const& each : heard) {
      if (each.what == answer::stored) verdicts[each.place] = verdict::ours;
      if (each.what == answer::taken) verdicts[each.place] = look_at(wanted[each.place]);
    }
  }
  return verdicts;
}

}  // namespace coview::inline bridging
