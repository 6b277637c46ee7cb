// SPDX-License-Identifier: Apache-2.0
// coview send: lines, or frames, from standard input into a queue or topic.
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <thread>

#include <coview/error.hpp>
#include <coview/object.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/message_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct send_arguments {
  std::string name;
  std::uint64_t capacity = 1U << 20U;
  bool topic = false;
  bool frames = false;
  mode_t mode = 0600;
  std::chrono::nanoseconds time = for_ever;
};

[[noreturn]] void time_is_up(std::string const& name) {
  throw failure(exit_busy, fmt::format("time is up: '{}' is full", escape(name)), "start a 'coview recv'");
}

template <class Send>
void send_all(send_arguments const& given, std::size_t largest, Send const& send) {
  message_input from(largest);
  std::string message;
  while (given.frames ? from.frame(message) : from.line(message)) {
    if (!send(message, timeout(given.time))) time_is_up(given.name);
  }
}

/// The queue goes with its last handle: whoever made it stays until it is empty.
void linger(console& out, queue const& jobs, timeout const& until) {
  constexpr std::chrono::milliseconds between(10);
  if (!jobs.created() || jobs.depth() == 0) return;
  out.say("waiting until what was sent is received ({} left); Ctrl-C gives it up", jobs.depth());
  while (jobs.depth() != 0) {
    if (until.deadline() && std::chrono::steady_clock::now() >= *until.deadline()) time_is_up(jobs.name());
    std::this_thread::sleep_for(between);
  }
}

bool is_topic(send_arguments const& given) {
  if (given.topic) return true;
  try {
    return stat(given.name).kind == object_kind::topic;
  } catch (error const& unknown) {
    if (unknown.code() != std::errc::no_such_file_or_directory) throw;
    return false;
  }
}

int send(console& out, send_arguments const& given) {
  if (is_topic(given)) {
    auto const to = topic::open_or_create(given.name, {.capacity = given.capacity, .mode = given.mode});
    auto const publisher = to.publisher();
    send_all(given, to.largest(),
             [&](std::string const& text, timeout until) { return publisher.publish(text, until); });
    return exit_ok;
  }
  auto const to = queue::open_or_create(given.name, {.capacity = given.capacity, .mode = given.mode});
  send_all(given, to.largest(), [&](std::string const& text, timeout until) { return to.send(text, until); });
  linger(out, to, timeout(given.time));
  return exit_ok;
}

action prepare_send(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<send_arguments>();
  add_name(takes, given->name);
  takes.flag("--frames", given->frames, "Each message is 4 bytes with its length, the lowest first, and its bytes");
  takes.flag("--topic", given->topic, "Where it does not exist, make a topic and not a queue");
  add_size(takes, "--capacity", given->capacity, "Bytes that it holds, if it is made (default 1M)");
  add_mode(takes, "--mode", given->mode, "Who may use it, if it is made (default 0600: this user)");
  add_duration(takes, "-t,--timeout", given->time, "Wait so long while it is full (default: for ever)");
  return [given](console& out) { return send(out, *given); };
}

}  // namespace

constinit command const send_command = {
    .name = "send",
    .summary = "Send lines to a queue or topic",
    .examples =
        "seq 100 | coview send jobs          each line to one 'coview recv jobs'\n"
        "tail -F log | coview send log --topic  to everybody who receives\n"
        "coview send frames --frames < frames.bin",
    .details =
        "Opens the queue or topic, or makes a queue (--topic: a topic). A message is a line without its end.\n"
        "Waits while a queue is full. A queue that this command has made, and that nobody else has open, would go\n"
        "with it: it waits until all messages are received. A topic does not wait: who subscribes later finds what\n"
        "was sent only while somebody has it open. The status is 5 where time was up.\n"
        "Two shells talk: 'coview send jobs' in one, 'coview recv jobs' in the other. For both ways, two queues.",
    .prepare = prepare_send};

}  // namespace coview::tool
