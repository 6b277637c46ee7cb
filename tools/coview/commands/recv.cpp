// SPDX-License-Identifier: Apache-2.0
// coview recv: messages of a queue or topic on standard output.
#include <memory>

#include <coview/object.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/receiving.hpp"

namespace coview::tool {

namespace {

void print(console& out, receiving_arguments const& given, shown_message const& message) {
  print_message(out, given.format("coview.recv/1"), message);
}

int recv(console& out, receiving_arguments const& given) {
  if (stat(given.name).kind == object_kind::topic) {
    auto const subscription = topic::open(given.name).subscribe({.from = given.from()});
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
  auto given = std::make_shared<receiving_arguments>();
  add_name(takes, given->name);
  add_receiving(takes, *given, "Topic: begin with the next message (now, default) or the oldest");
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
