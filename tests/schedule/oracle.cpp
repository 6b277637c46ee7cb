// SPDX-License-Identifier: Apache-2.0
#include "oracle.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace schedule {
namespace {

bool obtains(act what) {
  return what == act::create || what == act::create_permanent || what == act::open || what == act::open_or_create;
}
bool removes(act what) {
  return what == act::remove || what == act::remove_by_force;
}
std::uint64_t bit(std::uint16_t name) {
  return std::uint64_t{1} << name;
}

}  // namespace

oracle::oracle(std::vector<uid_t> const& users, bool strangers)
    : users_(users), strangers_(strangers), calls_(users.size()) {}

void oracle::fail(std::string const& rule) {
  if (wrong_.empty()) wrong_ = rule;
}

void oracle::said(std::size_t process, word const& what) {
  what.done ? end(process, what) : begin(process, what);
  note_who_may_hold();
  bury();
}

void oracle::begin(std::size_t process, word const& what) {
  call& its = calls_[process];
  its = {.runs = true, .what = what.now, .first_number = next_number_, .sure_before = {}, .may = 0};
  if (what.now.what == act::close) {
    for (hold& h : holds_) {
      if (h.process == process && h.object == what.object) {
        h.sure = false;
        break;
      }
    }
  }
  note_removals();
  if (removes(what.now.what)) doubt(what.now.name, what.now.what == act::remove);
  for (hold const& h : holds_) {
    if (h.sure) its.sure_before.push_back(h.number);
  }
}

/// What each call that runs meets of removals that run.
void oracle::note_removals() {
  for (call& its : calls_) {
    for (call const& other : calls_) {
      if (!its.runs || !other.runs || !removes(other.what.what)) continue;
      its.removed |= bit(other.what.name);
      if (other.what.what == act::remove_by_force) its.forced |= bit(other.what.name);
    }
  }
}

/// From now on a name may be taken away: from what is permanent, or by force from all.
void oracle::doubt(std::uint16_t name, bool permanent_only) {
  for (hold& h : holds_) {
    if (h.name == name && (h.process == nobody || !permanent_only)) h.sure = false;
  }
}

void oracle::end(std::size_t process, word const& what) {
  note_who_may_hold();
  if (what.error != 0) {
    failed(process, what);
  } else if (obtains(what.now.what)) {
    got(process, what);
  } else if (what.now.what == act::close) {
    auto const it = std::ranges::find_if(
        holds_, [&](hold const& h) { return h.process == process && !h.sure && h.object == what.object; });
    if (it != holds_.end()) holds_.erase(it);
  } else if (removes(what.now.what)) {
    removed(process, what);
  } else if (what.now.what == act::list) {
    listed(process, what);
  }
  calls_[process].runs = false;
}

void oracle::got(std::size_t process, word const& what) {
  std::uint64_t const object = what.object;
  ++checks_;
  if (dead_.contains(object)) fail("S3: a dead object was opened");
  if (!what.made && !known_.contains(object) && (calls_[process].may & bit(what.now.name)) == 0)
    fail("S3: an object was opened that nobody had made");
  known_.insert(object);
  bool const forced = (calls_[process].forced & bit(what.now.name)) != 0;
  for (hold const& h : holds_) {
    if (h.name == what.now.name && h.sure && h.object != object && !forced) fail("S2: two live objects of one name");
  }
  holds_.push_back({process, what.now.name, object, what.path.data(), !forced, next_number_++});
  if (what.made && what.now.what == act::create_permanent) {
    bool const removing = (calls_[process].removed & bit(what.now.name)) != 0;
    holds_.push_back({nobody, what.now.name, object, what.path.data(), !removing, next_number_++});
  }
  look_at_names();
}

void oracle::failed(std::size_t process, word const& what) {
  ++checks_;
  bool const may = (calls_[process].may & bit(what.now.name)) != 0;
  switch (what.error) {
    case EEXIST:
      if (!may) fail("S4: the name is said to be taken");
      return;
    case ENOENT:
      if (obtains(what.now.what)) not_there(process, what.now.name, "not found");
      return;
    case EACCES:
    case EPERM:
      if (removes(what.now.what) && may) return;
      if (strangers_ && what.now.what == act::create_permanent && what.error == EPERM) return;
      break;
    default:
      break;
  }
  fail(std::string("S6: an unexpected error: ") + what.text.data());
}

void oracle::removed(std::size_t process, word const& what) {
  auto const first = calls_[process].first_number;
  auto const permanent = [&](hold const& h) { return h.process == nobody && h.name == what.now.name && !h.sure; };
  doubtful_ &= ~bit(what.now.name);
  for (hold const& h : holds_) {
    // It was made permanent while the removal ran: before it or after it.
    if (permanent(h) && h.number >= first) doubtful_ |= bit(what.now.name);
  }
  std::erase_if(holds_, [&](hold const& h) { return permanent(h) && h.number < first; });
}

void oracle::not_there(std::size_t process, std::uint16_t name, char const* says) {
  for (hold const& h : holds_) {
    bool const all_the_time =
        h.sure && std::ranges::find(calls_[process].sure_before, h.number) != calls_[process].sure_before.end();
    if (h.name == name && all_the_time)
      fail(std::string("S5: ") + says + ", though " +
           (h.process == nobody ? "it is permanent" : "process " + std::to_string(h.process) + " holds it"));
  }
}

void oracle::listed(std::size_t process, word const& what) {
  constexpr std::uint16_t most = 16;
  ++checks_;
  for (std::uint16_t name = 0; name < most; ++name) {
    bool const shown = (what.listed & bit(name)) != 0;
    if (shown && (calls_[process].may & bit(name)) == 0) fail("S4: a list shows a name that nobody has");
    if (!shown) not_there(process, name, "not listed");
  }
}

void oracle::note_who_may_hold() {
  for (std::size_t p = 0; p < calls_.size(); ++p) {
    if (!calls_[p].runs) continue;
    calls_[p].may |= doubtful_;
    for (hold const& h : holds_) calls_[p].may |= bit(h.name);
    for (std::size_t other = 0; other < calls_.size(); ++other) {
      if (other != p && calls_[other].runs && obtains(calls_[other].what.what))
        calls_[p].may |= bit(calls_[other].what.name);
    }
  }
}

/// Objects that nobody may hold now are dead.
void oracle::bury() {
  for (std::uint64_t const object : known_) {
    if (dead_.contains(object)) continue;
    bool may = doubtful_ != 0;
    for (hold const& h : holds_) may = may || h.object == object;
    for (call const& c : calls_) may = may || (c.runs && obtains(c.what.what));
    if (!may) dead_.insert(object);
  }
}

void oracle::ended(std::size_t process) {
  call& its = calls_[process];
  // Killed within it, the object may be permanent or not; so may one whose removal was cut short.
  if (its.runs && (its.what.what == act::create_permanent || removes(its.what.what))) {
    bool const matters = its.what.what == act::create_permanent || std::ranges::any_of(holds_, [&](hold const& h) {
                           return h.process == nobody && h.name == its.what.name;
                         });
    if (matters) doubtful_ |= bit(its.what.name);
  }
  note_who_may_hold();
  its.runs = false;
  std::erase_if(holds_, [&](hold const& h) { return h.process == process; });
  bury();
}

void oracle::look_at_names() {
  for (hold const& h : holds_) {
    if (!h.sure) continue;
    ++checks_;
    struct ::stat status {};
    if (::stat(h.path.c_str(), &status) != 0 || status.st_ino != h.object)
      fail("S1: a live object was unlinked: " + h.path +
           (h.process == nobody ? ", permanent" : ", held by process " + std::to_string(h.process)));
  }
}

}  // namespace schedule
