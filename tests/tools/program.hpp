// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The coview program as a child process, seen through pipes or through a terminal.
namespace coview_test {

using argument_texts = std::vector<std::string>;

/// Where this build's program is, and the folder of the completion scripts. In a source of their own: what else the
/// tests are compiled from is the same in every build folder.
extern char const* const program_path;
extern char const* const completions_path;

/// How a program is started beside its arguments.
struct start {
  std::string input;                    ///< what it reads; then the end of its input
  bool keep_input = false;              ///< its input does not end before this object does
  argument_texts environment;           ///< "NAME=value", added to this process's
  argument_texts wrapper;               ///< a program and arguments in front of it, such as {"/usr/bin/env", "-i"}
  int output = -1;                      ///< its standard output instead of a pipe
  bool close_output = false;            ///< starts without standard output
  uid_t user = static_cast<uid_t>(-1);  ///< as this user (only root can)
};

/// One that reads this.
inline start fed(std::string input) {
  start with;
  with.input = std::move(input);
  return with;
}

/// What became of it.
struct outcome {
  int status = -1;  ///< exit status, or 128 + the signal
  std::string out;
  std::string err;
};

/// Runs it to its end.
outcome coview(argument_texts const& arguments, start const& how = {});

/// Runs it, expects status 0 and one JSON document on standard output.
nlohmann::json coview_json(argument_texts const& arguments);

/// One that goes on while the test does something else. The destructor kills it.
class running {
 public:
  explicit running(argument_texts const& arguments, start const& how = {});
  running(running const&) = delete;
  running& operator=(running const&) = delete;
  ~running();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Waits for a line on standard output or standard error; what came when it ended, at its end.
  std::string line() { return line_of(out_, out_text_); }
  std::string error_line() { return line_of(err_, err_text_); }
  void signal(int number) const;
  /// The reader of its standard output goes away.
  void close_output();
  /// SIGKILL, and waits until it is gone.
  void kill();
  /// Waits for its end; what it wrote and no `line` took is in the outcome.
  outcome wait();

 private:
  static std::string line_of(int fd, std::string& pending);
  int reap();

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string out_text_;
  std::string err_text_;
};

/// One at a terminal of 80 columns: standard input, output and error.
class at_terminal {
 public:
  explicit at_terminal(argument_texts const& arguments, argument_texts const& environment = {"TERM=xterm"});
  at_terminal(at_terminal const&) = delete;
  at_terminal& operator=(at_terminal const&) = delete;
  ~at_terminal();

  /// Reads on until this stands in what it wrote, or it ended; all that was read so far.
  std::string const& until(std::string const& text);
  /// Types something.
  void type(std::string const& text) const;
  void signal(int number) const;
  /// Whether the terminal is as a shell wants it: lines, and what is typed is shown.
  [[nodiscard]] bool echoes() const;
  /// Reads to its end; exit status as in `outcome`, all text in `text()`.
  int wait();
  [[nodiscard]] std::string const& text() const noexcept { return text_; }

 private:
  bool read_more();

  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string text_;
};

/// `coview create NAME --size SIZE`, there when this returns.
class holding : public running {
 public:
  explicit holding(std::string const& name, std::string const& size = "4096", argument_texts const& more = {});
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace coview_test
