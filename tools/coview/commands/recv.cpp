// SPDX-License-Identifier: Apache-2.0
// coview recv: messages of a queue or topic on standard output.
#include <chrono>
#include <fmt/format.h>
#include <memory>

#include <coview/object.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/message_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct recv_arguments {
  std::string name;
  std::string begin = "now";
  std::uint64_t count = 0;  // 0: all that come
  bool frames = false;
  bool json = false;
  std::chrono::nanoseconds time = for_ever;
};

void print(console& out, recv_arguments const& given, shown_message const& message) {
  print_message(out, {.frames = given.frames, .json = given.json, .schema = "coview.recv/1"}, message);
}

/// `next` prints one message; false when time is up.
template <class Next>
int receive_all(recv_arguments const& given, Next const& next) {
  for (std::uint64_t n = 0; given.count == 0 || n < given.count; ++n) {
    if (next(timeout(given.time))) continue;
    throw failure(exit_busy, fmt::format("time is up: nothing came from '{}'", escape(given.name)));
  }
  return exit_ok;
}

int recv(console& out, recv_arguments const& given) {
  if (stat(given.name).kind == object_kind::topic) {
    auto const from_here = given.begin == "oldest" ? from::oldest : from::now;
    auto const subscription = topic::open(given.name).subscribe({.from = from_here});
    return receive_all(given, [&](timeout until) {
      auto const message = subscription.receive(until);
      if (message) print(out, given, {message->bytes(), message->sequence(), message->lost(), false});
      return message.has_value();
    });
  }
  auto const from_queue = queue::open(given.name);
  return receive_all(given, [&](timeout until) {
    auto const message = from_queue.receive(until);
    if (message) print(out, given, {message->bytes(), message->sequence(), 0, message->redelivered()});
    return message.has_value();
  });
}

action prepare_recv(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<recv_arguments>();
  add_name(takes, given->name);
  takes.option("--from", given->begin, "Topic: begin with the next message (now, default) or the oldest")
      .type_name("WHEN")
      .one_of({"now", "oldest"});
  takes.option("-n,--count", given->count, "End after so many messages (default: go on)").type_name("N");
  takes.flag("--frames", given->frames,
             "Print each message as 4 bytes with its length, the lowest first, and its bytes");
  add_duration(takes, "-t,--timeout", given->time, "Wait so long for each message (default: for ever)");
  add_json(takes, given->json);
  return [given](console& out) { return recv(out, *given); };
}

}  // namespace

constinit command const recv_command = {
    .name = "recv",
    .summary = "Receive from a queue or topic",
    .examples =
        "coview recv jobs\n"
        "coview recv log --from oldest --count 10\n"
        "coview recv jobs --timeout 1s --json | jq .text",
    .details =
        "Prints a line for each message. Of a queue, each message goes to one receiver, and is taken once it is\n"
        "printed: killed before that, the next receiver gets it. Of a topic, everybody gets all; how many were lost\n"
        "because this command was too slow is told on standard error. With --json, a document for each message.\n"
        "Bytes that are no UTF-8 are \"base64\" there, and \"text\" is null.\n"
        "The status is 3 where nobody holds that name, and 5 where time was up. 'coview tap' looks on without\n"
        "taking part.",
    .prepare = prepare_recv};

}  // namespace coview::tool
