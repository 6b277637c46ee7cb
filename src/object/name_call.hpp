// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "object/fail.hpp"
#include "object/name.hpp"
#include "object/patience.hpp"
#include "object/place.hpp"
#include "object/probe.hpp"

/// What the calls that go to a name have in common (opening, creating, finding): how they wait, what they fail with,
/// and which files a name can have.
namespace coview::inline object {

/// What one attempt came to.
enum class outcome : std::uint8_t {
  done,   ///< what was asked for
  no,     ///< the answer is no: nobody holds the name (open), or somebody does (create)
  again,  ///< somebody else is about to decide: ask again after a pause
};

/// One call, from its first attempt to its last.
class name_call {
 public:
  name_call(object_name const& name, operation_context const& context) noexcept : name_(name), context_(context) {}

  [[nodiscard]] object_name const& name() const noexcept { return name_; }
  [[nodiscard]] operation_context const& context() const noexcept { return context_; }

  /// Before the next attempt. Fails with "busy" once nothing has moved for as long as patience lasts.
  void pause(place const& where);
  /// Something that is being made, or removed, is so far.
  void saw(probe const& seen) { patience_.saw(memory_of(seen.status)); }

  /// A file that stands in the way of an answer, and is neither live nor stale for whoever may open it: `no` where it
  /// can be passed over, or `again`. Fails where it cannot be either.
  outcome pass(place const& where, probe const& seen);

  /// "busy", with the process that has the file, or the directory itself ("."), locked.
  [[noreturn]] void fail_busy(place const& where, std::string const& file) const;
  [[noreturn]] void fail_alien(place const& where, probe const& seen) const;

 private:
  [[noreturn]] void fail_hidden(probe const& seen) const;

  object_name const& name_;
  operation_context const& context_;
  patience patience_;
  bool refused_before_ = false;
};

/// The slots of a global name that need evidence and in which a file stands, in order. It reads the directory: there
/// is no bound to the number of users whose files may stand in a name's way. 0 or the errno. `fresh`: a description
/// of the directory that was never read from, or -1.
int slots_behind(place const& where, object_name const& name, int fresh, std::vector<unsigned>& out);

}  // namespace coview::inline object
