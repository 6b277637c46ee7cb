// SPDX-License-Identifier: Apache-2.0
#include "bridge/connection.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

#include <coview/error.hpp>

#include "bridge/carrier.hpp"
#include "bridge/secrets.hpp"

namespace coview::inline bridging {
namespace {

using std::chrono::milliseconds;

std::vector<std::string> split(std::string const& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    auto const end = std::min(text.find(',', from), text.size());
    if (end > from) parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

int as_int(std::uint64_t bytes) {
  return static_cast<int>(std::min<std::uint64_t>(bytes, std::numeric_limits<int>::max() / 2));
}

char const* or_null(std::string const& text) {
  return text.empty() ? nullptr : text.c_str();
}

/// What says who this is, and what TLS needs.
natsStatus set_identity(natsOptions* to, bridge_options const& from) {
  auto status = NATS_OK;
  auto const also = [&](bool wanted, auto const& call) {
    if (wanted && status == NATS_OK) status = call();
  };
  also(!from.token.empty(), [&] { return natsOptions_SetToken(to, from.token.c_str()); });
  also(!from.user.empty(), [&] { return natsOptions_SetUserInfo(to, from.user.c_str(), from.password.c_str()); });
  also(!from.credentials.empty(),
       [&] { return natsOptions_SetUserCredentialsFromFiles(to, from.credentials.c_str(), nullptr); });
  also(!from.nkey.empty(),
       [&] { return natsOptions_SetNKeyFromSeed(to, from.nkey.c_str(), from.nkey_seed.c_str()); });
  bool const tls =
      !from.ca_file.empty() || !from.certificate.empty() || from.servers.find("tls://") != std::string::npos;
  also(tls, [&] { return natsOptions_SetSecure(to, true); });
  also(!from.ca_file.empty(), [&] { return natsOptions_LoadCATrustedCertificates(to, from.ca_file.c_str()); });
  also(!from.certificate.empty(),
       [&] { return natsOptions_LoadCertificatesChain(to, from.certificate.c_str(), or_null(from.key)); });
  return status;
}

bool is_final(natsStatus status) noexcept {
  switch (status) {
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
    case NATS_SSL_ERROR:
    case NATS_SECURE_CONNECTION_WANTED:
    case NATS_SECURE_CONNECTION_REQUIRED:
    case NATS_INVALID_ARG:
    case NATS_ADDRESS_MISSING:
    case NATS_ERR:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string text_of(natsStatus status) {
  std::string text = natsStatus_GetText(status);
  natsStatus last = NATS_OK;
  auto const* const more = nats_GetLastError(&last);
  if (more != nullptr && *more != '\0' && last == status && text != more) text += std::string(" (") + more + ")";
  return without_secrets(text);
}

link::~link() {
  constexpr std::int64_t at_most_ms = 1000;
  if (is_up()) natsConnection_FlushTimeout(connection_, at_most_ms);
  natsConnection_Destroy(connection_);
  // libnats calls back from a thread of its own, and once more when all is over.
  std::unique_lock held(lock_);
  changed_.wait_for(held, std::chrono::seconds(2), [&] { return connection_ == nullptr || closed(); });
}

link_subscription link::subscribe(std::string const& subject) {
  natsSubscription* made = nullptr;
  auto const status = natsConnection_SubscribeSync(&made, connection_, subject.c_str());
  if (status != NATS_OK) throw trouble("cannot subscribe: " + text_of(status));
  return {made, retire_subscription(shared_from_this())};
}

/// The thread of libnats 3.4.1 that reads finds a message's subscription, and then locks it without having a hold on
/// it (natsConn_processMsg): destroyed in between, it writes into memory that is somebody else's by then. So it is
/// ended at once, and destroyed when that thread has long been through with what it had read.
void retire_subscription::operator()(natsSubscription* which) const noexcept {
  constexpr std::chrono::seconds long_enough(60);
  (void)natsSubscription_Unsubscribe(which);
  std::lock_guard const held(over_->lock_);
  auto const now = link::clock::now();
  auto& all = over_->retired_;
  while (!all.empty() && now - all.front().at > long_enough) all.pop_front();
  try {
    all.push_back({nats_subscription(which), now});
  } catch (std::bad_alloc const&) {
    // It is destroyed, at a bad time.
  }
}

std::uint64_t link::connections() const {
  std::uint64_t times = 0;
  nats_statistics all;
  if (nats_make(all, natsStatistics_Create) != NATS_OK) throw std::bad_alloc();
  (void)natsConnection_GetStats(connection_, all.get());
  (void)natsStatistics_GetCounts(all.get(), nullptr, nullptr, nullptr, nullptr, &times);
  return times;
}

std::size_t link::largest() const noexcept {
  constexpr std::int64_t of_no_server = 1 << 20;
  constexpr std::int64_t for_headers = 512;
  auto const says = natsConnection_GetMaxPayload(connection_);
  auto const most = says > 0 ? says : of_no_server;
  return static_cast<std::size_t>(std::max<std::int64_t>(most - for_headers, for_headers));
}

connection::connection(bridge_options const& options, sending how) : options_(options), sending_(how) {
  std::string why;
  auto const status = connect(why);
  if (status != NATS_OK && is_final(status)) refuse(status, why);
  keeper_ = std::thread([this] { keep(); });
}

connection::~connection() {
  stop();
  if (keeper_.joinable()) keeper_.join();
}

void connection::refuse(natsStatus status, std::string const& why) const {
  auto code = std::errc::protocol_error;
  char const* remedy = "see which certificates the server has, and whether it wants TLS: --ca, --cert, --key";
  if (status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED) {
    code = std::errc::permission_denied;
    remedy = "say who this is: --token, --user, --creds or --nkey";
  } else if (status == NATS_INVALID_ARG || status == NATS_ADDRESS_MISSING || status == NATS_ERR) {
    code = std::errc::invalid_argument;
    remedy = "look at the server's address, nats://HOST:PORT, and at the files that were named";
  }
  throw error(code, {"connect to", "NATS at '" + without_secrets(options_.servers) + "'", why, remedy});
}

natsStatus connection::connect(std::string& why) {
  auto const fresh = std::make_shared<link>();
  nats_options options;
  auto status = nats_make(options, natsOptions_Create);
  auto const then = [&](auto const& call) {
    if (status == NATS_OK) status = call(options.get());
  };
  auto const servers = split(options_.servers);
  std::vector<char const*> texts;
  for (auto const& each : servers) texts.push_back(each.c_str());
  then([&](auto* o) { return natsOptions_SetServers(o, texts.data(), static_cast<int>(texts.size())); });
  then([&](auto* o) { return set_identity(o, options_); });
  then([](auto* o) { return natsOptions_SetName(o, "coview bridge"); });
  then([](auto* o) { return natsOptions_SetMaxReconnect(o, -1); });
  then([](auto* o) { return natsOptions_SetReconnectWait(o, 100); });
  then([](auto* o) { return natsOptions_SetReconnectJitter(o, 100, 100); });
  // A bound for a disk is none for memory.
  constexpr std::uint64_t most_beside_a_disk = 8U << 20U;
  auto const kept = options_.spool_directory.empty() ? options_.spool : std::min(options_.spool, most_beside_a_disk);
  then([&](auto* o) { return natsOptions_SetReconnectBufSize(o, as_int(std::max<std::uint64_t>(kept, 1))); });
  then([](auto* o) { return natsOptions_SetIOBufSize(o, 1 << 16); });
  then([&](auto* o) { return natsOptions_SetSendAsap(o, sending_ == sending::at_once); });
  then([](auto* o) { return natsOptions_SetNoEcho(o, true); });
  then([](auto* o) { return natsOptions_SetTimeout(o, 2000); });
  then([](auto* o) { return natsOptions_SetPingInterval(o, 5000); });
  then([](auto* o) { return natsOptions_SetMaxPingsOut(o, 2); });
  // Failures are looked at where they happen; by default libnats prints them.
  then([](auto* o) {
    return natsOptions_SetErrorHandler(
        o, [](natsConnection*, natsSubscription*, natsStatus, void*) {}, nullptr);
  });
  then([&](auto* o) {
    return natsOptions_SetDisconnectedCB(
        o, [](natsConnection*, void* of) { static_cast<link*>(of)->losses_.fetch_add(1, std::memory_order_relaxed); },
        fresh.get());
  });
  then([&](auto* o) {
    return natsOptions_SetClosedCB(
        o,
        [](natsConnection*, void* of) {
          auto* const which = static_cast<link*>(of);
          std::lock_guard const held(which->lock_);
          which->closed_.store(true, std::memory_order_relaxed);
          which->changed_.notify_all();
        },
        fresh.get());
  });
  if (status == NATS_OK) status = natsConnection_Connect(&fresh->connection_, options.get());
  if (status != NATS_OK) why = text_of(status);
  std::lock_guard const held(lock_);
  problem_ = status == NATS_OK ? "" : "no connection: " + why;
  if (status == NATS_OK) {
    link_ = fresh;
    changed_.notify_all();
  }
  return status;
}

void connection::keep() {
  constexpr milliseconds between(500);
  while (sleep(between)) {
    {
      std::lock_guard const held(lock_);
      if (link_ && !link_->closed()) continue;
      link_.reset();
    }
    std::string why;
    (void)connect(why);
  }
}

std::shared_ptr<link> connection::wait() {
  std::unique_lock held(lock_);
  changed_.wait(held, [&] { return stopping() || (link_ && !link_->closed()); });
  return stopping() ? nullptr : link_;
}

std::shared_ptr<link> connection::now() const {
  std::lock_guard const held(lock_);
  return link_ && !link_->closed() ? link_ : nullptr;
}

void connection::stop() noexcept {
  std::lock_guard const held(lock_);
  stopping_.store(true, std::memory_order_relaxed);
  changed_.notify_all();
}

bool connection::sleep(milliseconds time) {
  std::unique_lock held(lock_);
  return !changed_.wait_for(held, time, [&] { return stopping(); });
}

std::string connection::problem() const {
  std::lock_guard const held(lock_);
  if (!problem_.empty()) return problem_;
  if (link_ && !link_->is_up()) return "no connection: the server is gone, and is looked for";
  return {};
}

}  // namespace coview::inline bridging
