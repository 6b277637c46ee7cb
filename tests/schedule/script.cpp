// SPDX-License-Identifier: Apache-2.0
#include "script.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <span>
#include <utility>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "campaign/naive.hpp"
#include "object/reaper.hpp"
#include "puppet.hpp"

namespace schedule {
namespace {

constexpr std::uint64_t payload_bytes = 100;

struct held {
  std::uint16_t name = 0;
  std::uint64_t object = 0;
  std::string path{};
  coview::mapping handle{};
  campaign::naive_handle naive{};
};

void copy_text(std::span<char> to, std::string const& text) {
  std::size_t const length = std::min(text.size(), to.size() - 1);
  std::memcpy(to.data(), text.data(), length);
  to[length] = '\0';
}

/// What a cleaner does that knows half of the protocol.
void sweep_carelessly(std::string const& path) {
  int const fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  struct ::flock asked {};
  asked.l_type = F_WRLCK;
  asked.l_len = 1;
  ::fcntl(fd, F_OFD_GETLK, &asked);
  ::close(fd);
  if (asked.l_type == F_UNLCK) ::unlink(path.c_str());
}

class actor {
 public:
  actor(setting const& around, word& told) : around_(around), told_(told) {}

  void perform(step const& what) {
    told_ = word{.now = what};
    if (what.what == act::close) {
      if (held_.empty()) return;
      told_.now.name = held_.front().name;
      told_.object = held_.front().object;
    }
    mark();
    try {
      do_it(what);
    } catch (coview::error const& e) {
      told_.error = e.code().value();
      copy_text(told_.text, e.what());
    }
    told_.done = true;
    mark();
  }

 private:
  void do_it(step const& what) {
    std::string const& name = around_.names[what.name];
    switch (what.what) {
      case act::create:
        return got(what.name, coview::mapping::create(name, payload_bytes, {.mode = 0666}));
      case act::create_permanent:
        return got(what.name, coview::mapping::create(name, payload_bytes, {.mode = 0666, .permanent = true}));
      case act::open_or_create:
        return got(what.name, coview::mapping::open_or_create(name, payload_bytes, {.mode = 0666}));
      case act::open:
        if (around_.fault == defect::careless_open) return got(what.name, {}, campaign::open_naively(name));
        return got(what.name, coview::mapping::open(name));
      case act::close:
        return close();
      case act::remove:
        coview::remove(name);
        return;
      case act::remove_by_force:
        coview::remove(name, {.force = true});
        return;
      case act::list:
        return list();
      case act::reclaim:
        coview::reclaim();
        return;
      case act::reap:
        return coview::reap(around_.stop_reaper, [](coview::reaper_event const&) {});
      case act::leave:
        return;
    }
  }

  void got(std::uint16_t name, coview::mapping handle, campaign::naive_handle naive = {}) {
    begin_private();
    int const fd = naive ? naive.get() : handle.native_handle();
    struct ::stat status {};
    if (fd < 0) {
      told_.error = ENOENT;
    } else if (::fstat(fd, &status) == 0) {
      std::array<char, 200> path{};
      auto const length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size() - 1);
      told_.object = status.st_ino;
      told_.made = handle && handle.created();
      copy_text(told_.path, std::string(path.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))));
      held_.push_back({name, status.st_ino, told_.path.data(), std::move(handle), std::move(naive)});
    }
    end_private();
  }

  void close() {
    held old = std::move(held_.front());
    held_.pop_front();
    old.handle.close();
    old.naive = {};
    if (around_.fault == defect::careless_close) sweep_carelessly(old.path);
  }

  void list() {
    for (auto const& info : coview::list()) {
      for (std::size_t n = 0; n < around_.names.size(); ++n) {
        if (info.name == around_.names[n]) told_.listed |= std::uint64_t{1} << n;
      }
    }
  }

  setting const& around_;
  word& told_;
  std::deque<held> held_{};
};

}  // namespace

char const* name_of(act what) {
  static constexpr std::array names{"create", "create permanent", "open", "open or create", "close",
                                    "remove", "remove by force",  "list", "reclaim",        "reap",
                                    "leave"};
  return names.at(static_cast<std::size_t>(what));
}

void perform(script const& what, setting const& around, word& told) {
  if (around.finds_places_first) {
    begin_private();
    coview::mapping::create("found by " + std::to_string(::getpid()), 1).close();
    (void)coview::mapping::try_open("Global\\nothing");
    end_private();
  }
  actor one(around, told);
  for (auto const& next : what.steps) one.perform(next);
  ::_exit(0);  // with whatever it holds, as a crash would
}

script random_script(campaign::random_numbers& random, uid_t user, std::size_t names) {
  constexpr std::array usual{act::create, act::create, act::open, act::open,    act::open_or_create,   act::close,
                             act::close,  act::close,  act::list, act::reclaim, act::create_permanent, act::remove};
  script out{.user = user, .steps = {}};
  std::size_t const length = 1 + random.below(4);
  for (std::size_t i = 0; i < length; ++i) {
    auto what = usual.at(random.below(usual.size()));
    if (random.one_in(40)) what = act::remove_by_force;
    out.steps.push_back({what, static_cast<std::uint16_t>(random.below(names))});
  }
  if (random.one_in(2)) out.steps.push_back({act::close, 0});
  out.steps.push_back({act::leave, 0});
  return out;
}

}  // namespace schedule
