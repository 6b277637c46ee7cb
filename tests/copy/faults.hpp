// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// What goes wrong while files are copied, done on purpose to ours and to other copiers (rules H1
/// to H18 and F1 to F18).
///
/// A case prepares a source and a target, lets a copier run, stops it in the middle where it has to, breaks
/// something, lets it go on, and looks at what it did. Nothing here waits on time: a copier is in the middle when the
/// target's folder holds some of the bytes, and is stopped there.
namespace faults {

namespace fs = std::filesystem;

/// What a copier is asked to do.
struct operation_context {
  fs::path source;
  fs::path target;
  std::uint64_t rate;                  ///< bytes per second at most, for those that can be held back
  std::vector<fs::path> sources = {};  ///< instead of one: trees, to put into the target
  std::uint64_t stop_at = 0;           ///< stops with SIGSTOP once it has copied so many bytes, where it can
};

struct copier {
  std::string name;
  /// Runs in a child: copies, and returns the exit status; or executes a program.
  std::function<int(operation_context const&)> copy;
  /// How many bytes it needs so that it can be caught in the middle.
  std::uint64_t enough_bytes;
  bool copies_trees = false;
  /// Whether it stops by itself in the middle. Others are looked at meanwhile, which may be too late.
  bool stops_itself = false;
  /// What was seen of its runs, for whoever wants to know why an answer is wrong.
  std::shared_ptr<std::string> seen = std::make_shared<std::string>();
};

/// So that ours has a middle in little time: it tells how far it is ten times a second.
inline constexpr std::uint64_t usual_rate = std::uint64_t{100} << 20U;

/// Ours first, then those that are installed. `program` is the coview program; empty: without it.
std::vector<copier> copiers(fs::path const& program);

/// How a copier ended.
struct ending {
  bool killed = false;  ///< by a signal
  int status = 0;       ///< exit status, or the signal
  std::string said;     ///< the beginning of what it printed
  [[nodiscard]] bool ok() const noexcept { return !killed && status == 0; }
};

/// A copier at work. Killed and reaped by the destructor.
class at_work {
 public:
  at_work(copier const& who, operation_context const& what, std::function<void()> const& prepare = {});
  at_work(copier const& who, fs::path const& source, fs::path const& target)
      : at_work(who, {source, target, usual_rate}) {}
  at_work(at_work const&) = delete;
  at_work& operator=(at_work const&) = delete;
  ~at_work();

  /// Stops it as soon as the folder has that many bytes on top of what it had. False: it ended before. Whoever looks
  /// is not always quick, so it may be farther than that, and even have put the target in place.
  bool stop_in_the_middle(fs::path const& folder, std::uint64_t bytes);
  /// Waits for one that stops by itself. False: it ended before.
  bool has_stopped();
  void go_on() const;
  void kill() const;
  ending wait();

 private:
  void gone(int status);

  pid_t pid_ = -1;
  int output_ = -1;
  ending ending_;
  std::shared_ptr<std::string> seen_;
};

/// Where cases run: folders of their own on filesystems that may be broken.
struct places {
  fs::path work;         ///< on the filesystem under test
  fs::path tiny;         ///< a tmpfs of 16 MiB; empty: none
  fs::path full_device;  ///< an ext4 whose device has less space than it says; empty: none
};

struct verdict {
  enum class kind : std::uint8_t { right, wrong, skipped } what;
  std::string how;
};

inline constexpr std::uint64_t mebi = std::uint64_t{1} << 20U;

inline verdict right(std::string how) {
  return {verdict::kind::right, std::move(how)};
}
inline verdict wrong(std::string how) {
  return {verdict::kind::wrong, std::move(how)};
}
inline verdict skipped(std::string why) {
  return {verdict::kind::skipped, std::move(why)};
}

struct fault_case {
  std::string rule;
  std::string name;
  std::function<verdict(copier const&, places const&)> run;
};

std::vector<fault_case> const& cases();
/// Those of them that filesystems and places make.
std::vector<fault_case> filesystem_cases();

}  // namespace faults
