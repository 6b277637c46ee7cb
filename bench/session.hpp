// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness.hpp"

/// One run of a benchmark program: its options, the groups it measured, and what was promised of them.
namespace bench {

struct options {
  std::uint32_t rounds = 41;
  bool json = false;
  bool check = false;
  std::string only;
  std::string among;  ///< of each group, beside its first contender, those with this in their names
};

class session {
 public:
  explicit session(options wanted);

  [[nodiscard]] bool wants(std::string const& title) const;
  [[nodiscard]] std::uint32_t rounds() const { return options_.rounds; }

  /// Measures a group, if it is wanted.
  void run(group const& g);
  /// Takes over what was measured elsewhere.
  void add(measured what);

  // What is expected is expected of the group before it; nothing, where that one was not wanted.

  /// `who` costs at most `limit` times the group's first contender. Empty `what`: the title and who it is.
  void expect(std::string const& who, double limit, std::string what = {});
  /// `who` costs at most, or at least, `limit` times what `other` does.
  void expect_against(std::string what, std::string const& who, std::string const& other, double limit);
  void expect_faster(std::string what, std::string const& who, std::string const& other, double limit);
  /// `who` takes at most `limit` more than the group's first contender, in the group's unit: for what a layer adds to
  /// calls that take almost no time.
  void expect_at_most_more(std::string what, std::string const& who, double limit);
  /// `who` takes at most `limit`, in the group's unit.
  void expect_at_most(std::string const& who, double limit);
  /// What is not a matter of time.
  void expect_that(std::string what, bool kept);

  /// Prints everything; the program's exit status.
  [[nodiscard]] int report() const;

 private:
  struct promise {
    std::string what;
    std::string limit;
    std::string found;
    bool kept;
  };
  [[nodiscard]] result const* find(std::string const& who) const;

  options options_;
  bool last_ran_ = false;
  std::vector<measured> done_;
  std::vector<promise> promises_;
};

/// What `main` does: reads the options and measures. The exit status; 2 for wrong usage. `rounds`: where none are
/// asked for.
int run_session(int argc, char** argv, int (*measure)(options const&), std::uint32_t rounds = options{}.rounds);

}  // namespace bench
