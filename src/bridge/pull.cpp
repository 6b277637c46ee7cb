// SPDX-License-Identifier: Apache-2.0
#include "bridge/pull.hpp"

#include <cstdlib>

#include "bridge/carrier.hpp"
#include "bridge/streams.hpp"

namespace coview::inline bridging {
namespace {

using std::chrono::steady_clock;

/// How long the server keeps a request open, and how much longer its word of the end is waited for.
constexpr std::chrono::seconds open_for(5);
constexpr std::chrono::seconds grace(1);

enum : int { no_status = 0, is_idle = 100, no_responders = 503, conflict = 409 };

/// What a message that is none says: it has no body, and a status. Anybody may put such a one into the stream; but
/// what comes from there has its own subject, and says where it is acknowledged. The server's word comes to where it
/// was asked, and expects no answer.
int status_of(natsMsg* message, std::string_view inbox) {
  std::string_view const subject = natsMsg_GetSubject(message);
  if (natsMsg_GetReply(message) != nullptr || !subject.starts_with(inbox)) return no_status;
  char const* text = nullptr;
  if (natsMsg_GetDataLength(message) != 0 || natsMsgHeader_Get(message, "Status", &text) != NATS_OK) return no_status;
  return text == nullptr ? no_status : std::atoi(text);
}

std::string description_of(natsMsg* message) {
  char const* text = nullptr;
  if (natsMsgHeader_Get(message, "Description", &text) != NATS_OK || text == nullptr) return "a conflict";
  return text;
}

}  // namespace

pull::pull(link& over, std::string const& stream, std::string const& consumer)
    : over_(over),
      request_("$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer),
      inbox_("_INBOX." + hex_of(random_number())),
      from_(over.subscribe(inbox_ + ".*")) {
  // The requests are the limit.
  natsSubscription_SetPendingLimits(from_.get(), -1, -1);
}

pull::~pull() {
  for (;;) {
    nats_message left;
    if (nats_make(left, natsSubscription_NextMsg, from_.get(), std::int64_t{0}) != NATS_OK) return;
    if (status_of(left.get(), inbox_) == no_status) answer(over_, left.get(), says_later({}));
  }
}

void pull::ask(std::size_t most) {
  auto const now = steady_clock::now();
  if (left_ != 0 && now < until_ && losses_ == over_.losses()) return;
  losses_ = over_.losses();
  ++number_;
  constexpr auto expires = std::chrono::nanoseconds(open_for).count();
  auto const text = "{\"batch\":" + std::to_string(most) + ",\"expires\":" + std::to_string(expires) + "}";
  auto const to = inbox_ + "." + std::to_string(number_);
  auto const status = natsConnection_PublishRequestString(over_.get(), request_.c_str(), to.c_str(), text.c_str());
  if (status != NATS_OK) throw trouble("cannot ask for messages of the stream: " + text_of(status));
  left_ = most;
  until_ = now + open_for + grace;
}

/// The server has ended a request: mostly because its time is up. Why not, once nothing else is there to be told.
void pull::ended(natsMsg* status, bool is_all) {
  auto const code = status_of(status, inbox_);
  if (code == is_idle || natsMsg_GetSubject(status) != inbox_ + "." + std::to_string(number_)) return;
  left_ = 0;
  if (!is_all) return;
  if (code == no_responders) throw trouble("cannot receive from the stream: the server has none");
  if (code == conflict) throw trouble("cannot receive from the stream: " + description_of(status));
}

std::vector<nats_message> pull::fetch(std::size_t most, std::chrono::milliseconds time) {
  std::vector<nats_message> got;
  auto wait = std::int64_t{time.count()};
  ask(most);
  while (got.size() < most) {
    nats_message next;
    auto const status = nats_make(next, natsSubscription_NextMsg, from_.get(), wait);
    if (status == NATS_TIMEOUT) break;
    if (status != NATS_OK) throw trouble("cannot receive from the stream: " + text_of(status));
    if (status_of(next.get(), inbox_) != no_status) {
      ended(next.get(), got.empty());
      break;
    }
    if (left_ != 0) --left_;
    got.push_back(std::move(next));
    wait = 0;
  }
  return got;
}

void answer(link& over, natsMsg const* message, std::string_view what) {
  auto const* const to = natsMsg_GetReply(message);
  if (to == nullptr) return;
  // Not heard, the message comes again.
  (void)natsConnection_Publish(over.get(), to, what.data(), static_cast<int>(what.size()));
}

std::string says_later(std::chrono::milliseconds delay) {
  return "-NAK {\"delay\": " + std::to_string(std::chrono::nanoseconds(delay).count()) + "}";
}

}  // namespace coview::inline bridging
