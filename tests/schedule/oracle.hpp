// SPDX-License-Identifier: Apache-2.0
// Judges a scheduled run while it runs. Because only one process moves at a time, it knows at every moment who holds
// what for sure (the call that gave the handle has returned, and its close has not begun) and who may hold it (such a
// call runs, or the close does).
//
// S1  What somebody holds for sure is never unlinked, but by force.
// S2  Of one name, never two objects are held for sure, or permanent, at once.
// S3  An object that nobody may have held at some moment, and that was not permanent, is never opened again.
// S4  "Exists", and being listed, need somebody who may have held the name, or made it permanent, during the call.
// S5  "Not found", and not being listed, are wrong where somebody held the name for sure, or it was permanent, from
//     beginning to end of the call.
// S6  No other error comes, but "permission denied" and "not permitted" for what is another user's, and "not found"
//     of a remove.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "script.hpp"

namespace schedule {

class oracle {
 public:
  oracle(std::vector<uid_t> const& users, bool strangers);

  /// A process said something of a step.
  void said(std::size_t process, word const& what);
  /// A process is gone, reaped; what it held is gone with it.
  void ended(std::size_t process);
  /// An unlink has happened.
  void look_at_names();

  /// The first thing that went wrong; empty: nothing.
  [[nodiscard]] std::string const& wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::size_t checks() const noexcept { return checks_; }

 private:
  static constexpr std::size_t nobody = ~std::size_t{0};  // who holds a permanent object

  struct hold {
    std::size_t process = nobody;
    std::uint16_t name = 0;
    std::uint64_t object = 0;
    std::string path{};
    bool sure = true;
    std::size_t number = 0;
  };
  struct call {
    bool runs = false;
    step what{};
    std::size_t first_number = 0;            // of the holds that came after it began
    std::vector<std::size_t> sure_before{};  // the numbers of the holds that were sure when it began
    std::uint64_t removed = 0;               // a bit for each name that a remove was at work on since,
    std::uint64_t forced = 0;                // and by force
    std::uint64_t may = 0;                   // a bit for each name that somebody else may have held since
  };

  void begin(std::size_t process, word const& what);
  void end(std::size_t process, word const& what);
  void got(std::size_t process, word const& what);
  void failed(std::size_t process, word const& what);
  void removed(std::size_t process, word const& what);
  void listed(std::size_t process, word const& what);
  void not_there(std::size_t process, std::uint16_t name, char const* says);
  void doubt(std::uint16_t name, bool permanent_only);
  void note_who_may_hold();
  void note_removals();
  void bury();
  void fail(std::string const& rule);

  std::vector<uid_t> users_;
  bool strangers_;  // whose files stand in the way, so that no permanent object may be possible
  std::vector<call> calls_;
  std::vector<hold> holds_{};
  std::set<std::uint64_t> known_{};  // objects that were seen
  std::set<std::uint64_t> dead_{};
  std::uint64_t doubtful_ = 0;  // a bit for each name that may have been made permanent, or not, by a killed process
  std::size_t next_number_ = 0;
  std::size_t checks_ = 0;
  std::string wrong_{};
};

}  // namespace schedule
