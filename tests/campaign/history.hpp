// SPDX-License-Identifier: Apache-2.0
// What the logs of a kill campaign say about each name: who had a handle when, and what the calls answered.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "board.hpp"
#include "oracle.hpp"

namespace campaign {

/// The time during which one process had one handle, or may have had it.
struct hold {
  std::uint64_t generation = 0;  // 0: the call never returned, it could be any object of the name
  std::uint16_t name = 0;
  stamp may_from = 0;
  stamp may_to = 0;
  stamp sure_from = 0;  // 0: never for sure
  stamp sure_to = 0;
  pid_t pid = 0;
  uid_t process_user = 0;
  uid_t owner = 0;
  unsigned mode = 0;
  bool made_it = false;  // this call created the object; where generation is 0: it may have
  bool may_have_opened =
      false;  // the call was not a plain create: where generation is 0, it may be an object of another mode
  bool inherited = false;

  [[nodiscard]] bool sure() const { return sure_from != 0 && sure_from < sure_to; }
  [[nodiscard]] std::string text() const;
};

/// What a call said about a name.
struct observation {
  event_kind what{};
  stamp from = 0;
  stamp to = 0;
  pid_t pid = 0;
  uid_t user = 0;
  std::vector<pid_t> holders{};

  [[nodiscard]] std::string text() const;
};

struct name_history {
  std::vector<hold> holds;
  std::vector<observation> observations;

  /// Everything known of the time around a call, for the text of a violation.
  [[nodiscard]] std::string around(stamp from, stamp to) const;
};

/// What happened in one period, by name.
struct history {
  std::vector<name_history> names;
  std::vector<observation> scans;  // calls of holders(), cut short or not: see R2
};

/// Adds one process's log, and counts its calls in `counts`.
void read_log(life const& who, history& to, findings& counts);

}  // namespace campaign
