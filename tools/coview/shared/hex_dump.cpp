// SPDX-License-Identifier: Apache-2.0
// Hex dumps. Bytes that a terminal might obey are shown as dots.
#include "shared/hex_dump.hpp"

#include <algorithm>
#include <optional>

namespace coview::tool {

namespace {

/// Colour codes are set only where the look changes: a page of bytes would otherwise be mostly codes.
class painter {
 public:
  explicit painter(console const& out) : out_(out) {}

  void add(std::optional<style> look, std::string_view text) {
    if (look != look_) end_run();
    look_ = look;
    run_ += text;
  }
  /// Blanks look the same in every style but a highlighted one.
  void add_blanks(std::string_view text) {
    if (look_ == style::highlight) {
      end_run();
      look_.reset();
    }
    run_ += text;
  }
  std::string take() {
    end_run();
    return std::move(text_);
  }

 private:
  void end_run() {
    if (!run_.empty()) text_ += look_ ? out_.in(*look_, run_) : run_;
    run_.clear();
  }

  console const& out_;
  std::string text_;
  std::string run_;
  std::optional<style> look_;
};

}  // namespace

std::string hex_line(console const& out, std::uint64_t offset, std::span<std::byte const> bytes,
                     std::function<bool(std::size_t)> const& marked) {
  auto const look = [&](std::size_t i) -> std::optional<style> {
    if (marked && marked(i)) return style::highlight;
    if (bytes[i] == std::byte{}) return style::dim;
    return {};
  };
  painter line(out);
  line.add(style::dim, fmt::format("{:08x}", offset));
  for (std::size_t i = 0; i < hex_dump::bytes_a_line; ++i) {
    line.add_blanks(i % 8 == 0 ? "  " : " ");
    if (i < bytes.size()) {
      line.add(look(i), fmt::format("{:02x}", std::to_integer<unsigned>(bytes[i])));
    } else {
      line.add_blanks("  ");
    }
  }
  line.add({}, "  |");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto const c = std::to_integer<char>(bytes[i]);
    line.add(look(i), std::string(1, c >= ' ' && c <= '~' ? c : '.'));
  }
  line.add({}, "|");
  return line.take();
}

void hex_dump::add(std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    auto const count = std::min(bytes.size(), bytes_a_line - line_.size());
    line_.insert(line_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (line_.size() == bytes_a_line) flush_line();
  }
}

void hex_dump::flush_line() {
  if (line_ == last_) {
    if (!skipping_) out_.write(out_.in(style::dim, "*") + "\n");
    skipping_ = true;
  } else {
    out_.write(hex_line(out_, offset_, line_) + "\n");
    skipping_ = false;
    last_ = line_;
  }
  offset_ += line_.size();
  line_.clear();
}

void hex_dump::finish() {
  if (!line_.empty()) flush_line();
  out_.write(out_.in(style::dim, fmt::format("{:08x}", offset_)) + "\n");
}

}  // namespace coview::tool
