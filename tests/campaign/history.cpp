// SPDX-License-Identifier: Apache-2.0
// Turns the log of one process into holds and observations, event by event. What the log leaves open when the process
// was killed stays open until the moment it was reaped.
#include "history.hpp"

#include <cerrno>
#include <map>
#include <set>

namespace campaign {
namespace {

/// What a call answered, in a word.
char const* word_for(event_kind what) {
  switch (what) {
    case event_kind::exists:
      return "taken";
    case event_kind::absent:
      return "not found";
    case event_kind::denied:
      return "permission denied";
    case event_kind::busy:
      return "busy";
    case event_kind::listed:
      return "listed";
    case event_kind::list_end:
      return "not listed";
    case event_kind::holders_begin:
      return "scan of all processes";
    case event_kind::holders_end:
      return "holders shown";
    default:
      return "?";
  }
}

}  // namespace

std::string hold::text() const {
  return "pid " + std::to_string(pid) + (made_it ? " (creator)" : "") + (inherited ? " (by fork)" : "") + ", user " +
         std::to_string(process_user) + ", object " + std::to_string(generation) + ", may " +
         std::to_string(may_from) + "-" + std::to_string(may_to) + ", sure " + std::to_string(sure_from) + "-" +
         std::to_string(sure_to);
}

std::string observation::text() const {
  return "pid " + std::to_string(pid) + ", user " + std::to_string(user) + ", " + word_for(what) + ", call " +
         std::to_string(from) + "-" + std::to_string(to);
}

std::string name_history::around(stamp from, stamp to) const {
  constexpr stamp margin = 40;
  from = from > margin ? from - margin : 0;
  to += margin;
  std::string text;
  for (hold const& h : holds) {
    if (h.may_from <= to && h.may_to >= from) text += "\n    " + h.text();
  }
  for (observation const& o : observations) {
    if (o.from <= to && o.to >= from) text += "\n    " + o.text();
  }
  return text;
}

namespace {

class reader {
 public:
  reader(life const& who, history& to, findings& counts)
      : who_(who), names_(to.names), scans_(to.scans), counts_(counts) {}

  void read() {
    for (event const& e : who_.events) {
      if (e.name < names_.size()) take(e);
    }
    stamp const left = left_ != 0 ? left_ : who_.reaped;
    stamp const end = who_.killed != 0 && who_.killed < left ? who_.killed : left;
    for (auto& [call, h] : open_) {
      if (h.sure_from == 0 && !h.inherited) ++counts_.cut_short;
      if (h.sure_from != 0 && h.sure_to == 0) h.sure_to = end;
      h.may_to = who_.reaped;
      names_[h.name].holds.push_back(h);
    }
    if (scanning_) scans_.push_back({event_kind::holders_begin, query_from_, who_.reaped, who_.pid, who_.uid});
  }

 private:
  void take(event const& e) {
    switch (e.kind) {
      case event_kind::create_begin:
      case event_kind::open_begin:
      case event_kind::either_begin:
        begin(e).made_it = e.kind != event_kind::open_begin;
        break;
      case event_kind::created:
      case event_kind::opened:
        succeed(e);
        break;
      case event_kind::exists:
      case event_kind::absent:
      case event_kind::denied:
      case event_kind::busy:
        refuse(e);
        break;
      case event_kind::inherit:
        inherit(e);
        break;
      case event_kind::inherited:
        open_[e.call].sure_from = e.at;
        break;
      case event_kind::close_begin:
        open_[e.call].sure_to = e.at;
        break;
      case event_kind::closed:
        close(e);
        break;
      case event_kind::list_begin:
      case event_kind::holders_begin:
        scanning_ = e.kind == event_kind::holders_begin;
        query_from_ = e.at;
        found_.clear();
        break;
      case event_kind::listed:
        found_.insert(e.name);
        break;
      case event_kind::holder:
        found_.insert(e.detail);
        break;
      case event_kind::list_end:
        end_list(e);
        break;
      case event_kind::holders_end:
        end_holders(e);
        break;
      case event_kind::leave:
        left_ = e.at;
        break;
    }
  }

  hold& begin(event const& e) {
    hold& h = open_[e.call];
    h = hold{};
    h.name = e.name;
    h.may_from = e.at;
    h.pid = who_.pid;
    h.process_user = who_.uid;
    h.mode = e.mode;
    h.may_have_opened = e.kind != event_kind::create_begin;
    return h;
  }

  void succeed(event const& e) {
    hold& h = open_[e.call];
    h.generation = e.generation;
    h.sure_from = e.at;
    h.owner = e.detail;
    h.mode = e.mode;
    h.made_it = e.kind == event_kind::created;
    ++(h.made_it ? counts_.creates : counts_.opens);
  }

  void inherit(event const& e) {
    hold& h = begin(e);
    h.inherited = true;
    h.generation = e.generation;
    h.owner = e.detail;
    ++counts_.inherits;
  }

  void refuse(event const& e) {
    auto const it = open_.find(e.call);
    if (it == open_.end()) return;
    answer(e.kind, e.name, it->second.may_from, e.at);
    open_.erase(it);
  }

  void answer(event_kind what, std::uint16_t name, stamp from, stamp to) {
    names_[name].observations.push_back({what, from, to, who_.pid, who_.uid});
    switch (what) {
      case event_kind::exists:
        ++counts_.taken;
        break;
      case event_kind::absent:
        ++counts_.absents;
        break;
      case event_kind::denied:
        ++counts_.denials;
        break;
      default:
        ++counts_.busies;
        break;
    }
  }

  void close(event const& e) {
    auto const it = open_.find(e.call);
    if (it == open_.end()) return;
    it->second.may_to = e.at;
    names_[it->second.name].holds.push_back(it->second);
    open_.erase(it);
    ++counts_.closes;
  }

  void end_list(event const& e) {
    for (std::uint32_t name = 0; name < names_.size(); ++name) {
      auto const what = found_.contains(name) ? event_kind::listed : event_kind::list_end;
      names_[name].observations.push_back({what, query_from_, e.at, who_.pid, who_.uid});
    }
    ++counts_.lists;
  }

  void end_holders(event const& e) {
    ++counts_.holder_queries;
    scanning_ = false;
    scans_.push_back({event_kind::holders_begin, query_from_, e.at, who_.pid, who_.uid});
    if (e.detail == EACCES) return answer(event_kind::denied, e.name, query_from_, e.at);
    if (e.detail == ENOENT) return answer(event_kind::absent, e.name, query_from_, e.at);
    if (e.detail != 0) return answer(event_kind::busy, e.name, query_from_, e.at);
    observation seen{event_kind::holders_end, query_from_, e.at, who_.pid, who_.uid};
    for (std::uint32_t const pid : found_) seen.holders.push_back(static_cast<pid_t>(pid));
    names_[e.name].observations.push_back(std::move(seen));
  }

  life const& who_;
  std::vector<name_history>& names_;
  std::vector<observation>& scans_;
  findings& counts_;
  std::map<std::uint32_t, hold> open_{};  // by call
  std::set<std::uint32_t> found_{};       // what the query under way has shown: names or process IDs
  stamp query_from_ = 0;
  bool scanning_ = false;
  stamp left_ = 0;
};

}  // namespace

void read_log(life const& who, history& to, findings& counts) {
  reader(who, to, counts).read();
}

}  // namespace campaign
