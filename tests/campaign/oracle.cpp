// SPDX-License-Identifier: Apache-2.0
// The rules R1 to R6 of oracle.hpp, each a pass over the sorted intervals of one name.
#include "oracle.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "history.hpp"

namespace campaign {
namespace {

constexpr std::size_t shown_violations = 20;

/// Answers quickly whether one of many intervals reaches over a given one.
class intervals {
 public:
  void add(stamp from, stamp to) { items_.emplace_back(from, to); }

  void prepare() {
    std::ranges::sort(items_);
    stamp furthest = 0;
    for (auto& [from, to] : items_) to = furthest = std::max(furthest, to);
  }

  /// Some interval has a moment in common with from … to.
  [[nodiscard]] bool touch(stamp from, stamp to) const { return reach(to) >= from; }
  /// Some interval contains from … to.
  [[nodiscard]] bool contain(stamp from, stamp to) const { return reach(from) >= to; }

  /// How far those intervals reach that begin at `from` or earlier; 0 where there is none.
  [[nodiscard]] stamp reach(stamp from) const {
    auto const it = std::ranges::upper_bound(items_, from, {}, &std::pair<stamp, stamp>::first);
    return it == items_.begin() ? 0 : std::prev(it)->second;
  }

 private:
  std::vector<std::pair<stamp, stamp>> items_{};
};

/// Judges one name.
class judgement {
 public:
  judgement(std::size_t name, history const& all, intervals const& scans, findings& out)
      : name_(name), what_(all.names[name]), scans_(scans), out_(out) {
    for (hold const& h : what_.holds) {
      if (h.generation == 0) {
        unknown_.push_back(&h);
      } else {
        objects_[h.generation].push_back(&h);
      }
    }
    std::ranges::sort(unknown_, {}, &hold::may_from);
  }

  void all() {
    one_object_at_a_time();
    for (auto& [generation, holds] : objects_) without_a_gap(generation, holds);
    out_.objects += objects_.size();
    answers();
  }

 private:
  /// `from` and `to` are the call at which it shows; what is known of that time is told for the first few.
  void fail(std::string const& text, stamp from, stamp to) {
    constexpr std::size_t told_in_full = 3;
    out_.violation("name " + std::to_string(name_) + ": " + text +
                   (out_.violations < told_in_full ? what_.around(from, to) : ""));
  }
  void fail(std::string const& text, hold const& h) {
    fail(text + ": " + h.text(), h.may_from, h.sure_from != 0 ? h.sure_from : h.may_from);
  }
  void fail(std::string const& text, observation const& o) { fail(text + ": " + o.text(), o.from, o.to); }

  // R1
  void one_object_at_a_time() {
    std::vector<hold const*> sure;
    for (hold const& h : what_.holds) {
      if (h.sure()) sure.push_back(&h);
    }
    std::ranges::sort(sure, {}, &hold::sure_from);
    hold const* furthest = nullptr;
    for (hold const* h : sure) {
      if (furthest != nullptr && furthest->sure_to > h->sure_from && furthest->generation != h->generation) {
        fail("two live objects at once, so a live one was removed: " + furthest->text() + "; and", *h);
      }
      if (furthest == nullptr || h->sure_to > furthest->sure_to) furthest = h;
    }
  }

  // R2
  void without_a_gap(std::uint64_t generation, std::vector<hold const*>& holds) {
    std::ranges::sort(holds, {}, &hold::may_from);
    hold const* maker = maker_of(generation, holds);
    if (maker == nullptr) return;
    stamp until = maker->may_to;
    for (hold const* h : holds) {
      if (h->sure_from != 0 && h->sure_from < maker->may_from) fail("opened before it was made", *h);
      if (h->may_from > until) {
        until = bridge(until);
        if (h->may_from > until) {
          fail("a stale object was revived; it was last held, if at all, until " + std::to_string(until), *h);
        } else {
          ++out_.doubtful;
        }
      }
      until = std::max(until, h->may_to);
    }
  }

  /// Who created the object: a call that says so, else one that never returned.
  hold const* maker_of(std::uint64_t generation, std::vector<hold const*> const& holds) {
    hold const* maker = nullptr;
    for (hold const* h : holds) {
      if (!h->made_it) continue;
      if (maker != nullptr) fail("object " + std::to_string(generation) + " was made twice", *h);
      maker = h;
    }
    if (maker != nullptr) return maker;
    auto const first = std::ranges::min_element(
        holds, {}, [](hold const* h) { return h->sure_from != 0 ? h->sure_from : h->may_from; });
    for (hold const* u : unknown_) {
      if (!u->made_it || u->may_from > (*first)->sure_from) continue;
      if (maker == nullptr || u->may_to > maker->may_to) maker = u;
    }
    if (maker == nullptr) fail("opened an object that nobody made", **first);
    return maker;
  }

  /// How far scans, and calls that never returned, may have kept an object that was held until `until`.
  [[nodiscard]] stamp bridge(stamp until) const {
    until = std::max(until, scans_.reach(until));
    for (hold const* u : unknown_) {
      if (u->may_from <= until) until = std::max({until, u->may_to, scans_.reach(u->may_to)});
    }
    return until;
  }

  // R3 to R6
  void answers() {
    intervals possible;
    std::map<uid_t, intervals> certain;  // what this user must see
    std::map<uid_t, intervals> closed;   // what may be closed to this user
    intervals certain_for_all;
    for (hold const& h : what_.holds) {
      possible.add(h.may_from, std::max(h.may_to, scans_.reach(h.may_to)));
      if (h.sure()) certain_for_all.add(h.sure_from, h.sure_to);
    }
    possible.prepare();
    certain_for_all.prepare();
    for (observation const& o : what_.observations) {
      if (!certain.contains(o.user)) prepare_for(o.user, certain[o.user], closed[o.user]);
    }
    for (observation const& o : what_.observations) {
      bool const was_possible = possible.touch(o.from, o.to);
      switch (o.what) {
        case event_kind::exists:
          if (!was_possible) fail("a stale name was observed by create, or as another kind", o);
          break;
        case event_kind::listed:
          if (!was_possible) fail("a stale name was observed by list", o);
          break;
        case event_kind::absent:
          if (certain_for_all.contain(o.from, o.to)) fail("a live object was not found", o);
          break;
        case event_kind::list_end:
          if (certain.at(o.user).contain(o.from, o.to)) fail("a live object was not listed", o);
          break;
        case event_kind::denied:
          if (!closed.at(o.user).touch(o.from, o.to)) fail("permission denied though nothing is closed", o);
          break;
        case event_kind::holders_end:
          every_holder_is_shown(o);
          break;
        default:
          break;
      }
    }
  }

  void prepare_for(uid_t user, intervals& certain, intervals& closed) const {
    for (hold const& h : what_.holds) {
      bool const strangers = (h.generation != 0 ? h.owner : h.process_user) != user;
      bool const shut = (h.mode & 0066U) == 0;
      if (h.sure() && !(strangers && shut)) certain.add(h.sure_from, h.sure_to);
      if (strangers && (shut || (h.generation == 0 && h.may_have_opened)))
        closed.add(h.may_from, std::max(h.may_to, scans_.reach(h.may_to)));
    }
    certain.prepare();
    closed.prepare();
  }

  void every_holder_is_shown(observation const& o) {
    for (hold const& h : what_.holds) {
      if (!h.sure() || h.inherited || h.sure_from > o.from || h.sure_to < o.to) continue;
      if (std::ranges::find(o.holders, h.pid) == o.holders.end()) {
        fail("a holder is not shown: " + h.text() + "; by", o);
      }
    }
  }

  std::size_t name_;
  name_history const& what_;
  intervals const& scans_;
  findings& out_;
  std::map<std::uint64_t, std::vector<hold const*>> objects_{};
  std::vector<hold const*> unknown_{};
};

}  // namespace

void findings::violation(std::string text) {
  ++violations;
  if (texts.size() < shown_violations) texts.push_back(std::move(text));
}

findings& findings::operator+=(findings const& other) {
  creates += other.creates;
  opens += other.opens;
  inherits += other.inherits;
  closes += other.closes;
  absents += other.absents;
  taken += other.taken;
  denials += other.denials;
  busies += other.busies;
  lists += other.lists;
  holder_queries += other.holder_queries;
  cut_short += other.cut_short;
  objects += other.objects;
  doubtful += other.doubtful;
  violations += other.violations;
  for (std::string const& text : other.texts) {
    if (texts.size() < shown_violations) texts.push_back(text);
  }
  return *this;
}

findings judge(std::vector<life> const& lives, std::size_t names) {
  findings out;
  history all{.names = std::vector<name_history>(names), .scans = {}};
  for (life const& who : lives) read_log(who, all, out);
  intervals scans;
  for (observation const& scan : all.scans) scans.add(scan.from, scan.to);
  scans.prepare();
  for (std::size_t name = 0; name < names; ++name) judgement(name, all, scans, out).all();
  return out;
}

}  // namespace campaign
