// SPDX-License-Identifier: Apache-2.0
// How messages look, and how they are read from standard input.
#include "shared/message_text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "object/utf8.hpp"
#include "shared/exit_code.hpp"

namespace coview::tool {

namespace {

constexpr std::size_t frame_head = 4;

bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    auto const next = utf8::decode(bytes);
    if (next.length == 0) return false;
    bytes.remove_prefix(next.length);
  }
  return true;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t group = 3;
  std::string text;
  text.reserve((bytes.size() + group - 1) / group * 4);
  for (std::size_t i = 0; i < bytes.size(); i += group) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < group; ++k)
      bits = (bits << 8U) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    auto const characters = std::min(bytes.size() - i, group) + 1;
    for (std::size_t k = 0; k < 4; ++k) text += k < characters ? digits[(bits >> (18 - 6 * k)) & 63U] : '=';
  }
  return text;
}

void print_json(console& out, message_format const& how, shown_message const& message, std::string_view text) {
  nlohmann::ordered_json all = {{"schema", how.schema},
                                {"sequence", message.sequence},
                                {"lost", message.lost},
                                {"redelivered", message.redelivered},
                                {"size", text.size()}};
  if (is_text(text)) {
    all["text"] = text;
  } else {
    all["text"] = nullptr;
    all["base64"] = base64(text);
  }
  out.write_json_line(all);
}

}  // namespace

void print_message(console& out, message_format const& how, shown_message const& message) {
  std::string_view const text(reinterpret_cast<char const*>(message.bytes.data()), message.bytes.size());
  if (how.json) {
    print_json(out, how, message, text);
    return;
  }
  if (message.lost != 0) out.say("{} message{} lost", message.lost, message.lost == 1 ? " was" : "s were");
  if (message.redelivered) out.say("the next message was redelivered: a receiver died with it");
  if (how.frames) {
    std::string head;
    for (unsigned shift = 0; shift < 8 * frame_head; shift += 8) head += static_cast<char>(text.size() >> shift);
    out.write(head);
    out.write(text);
  } else {
    out.write(text);
    out.write("\n");
  }
  out.flush();
}

void message_input::require_size(std::size_t bytes, std::string_view at_least) const {
  if (bytes <= largest_) return;
  throw failure(
      exit_failed,
      fmt::format("a message of {}{} bytes is too large: here, the largest can have {}", at_least, bytes, largest_),
      "create it with a larger --capacity: a message has at most a quarter of it");
}

bool message_input::line(std::string& out) {
  std::size_t looked_at = 0;  // of what is kept, from begin_ on
  for (;;) {
    if (auto const end = kept_.find('\n', begin_ + looked_at); end != std::string::npos) {
      require_size(end - begin_, "");
      out.assign(kept_, begin_, end - begin_);
      begin_ = end + 1;
      return true;
    }
    looked_at = kept_.size() - begin_;
    require_size(looked_at, "more than ");
    if (!more()) break;
  }
  out.assign(kept_, begin_, std::string::npos);
  begin_ = kept_.size();
  return !out.empty();
}

bool message_input::frame(std::string& out) {
  while (kept_.size() - begin_ < frame_head && more()) {
  }
  if (kept_.size() == begin_) return false;
  std::size_t length = 0;
  for (std::size_t i = 0; i < frame_head && begin_ + i < kept_.size(); ++i)
    length |= std::size_t{static_cast<unsigned char>(kept_[begin_ + i])} << (8 * i);
  bool const has_head = kept_.size() - begin_ >= frame_head;
  if (has_head) require_size(length, "");
  while (has_head && kept_.size() - begin_ < frame_head + length && more()) {
  }
  if (!has_head || kept_.size() - begin_ < frame_head + length) {
    throw failure(exit_failed, "the input ends in the middle of a frame",
                  "a frame is its length, four bytes with the lowest first, and so many bytes");
  }
  out.assign(kept_, begin_ + frame_head, length);
  begin_ += frame_head + length;
  return true;
}

bool message_input::more() {
  constexpr std::size_t piece = 1U << 16U;
  kept_.erase(0, begin_);
  begin_ = 0;
  auto const before = kept_.size();
  kept_.resize(before + piece);
  ssize_t n = 0;
  do {
    n = ::read(STDIN_FILENO, kept_.data() + before, piece);
  } while (n < 0 && errno == EINTR);
  int const error = errno;
  kept_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  if (n < 0) throw std::system_error(error, std::generic_category(), "cannot read standard input");
  return n > 0;
}

}  // namespace coview::tool
