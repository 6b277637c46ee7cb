// SPDX-License-Identifier: Apache-2.0
#include "crash/scenarios.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

#include <coview/object.hpp>

#include "campaign/payload.hpp"
#include "object/place.hpp"
#include "support/process.hpp"
#include "support/shared_by_forks.hpp"

namespace coview_test {
namespace {

using coview::mapping;

constexpr char const* local_name = "crash/thing";
constexpr char const* global_name = "Global\\crash/thing";
constexpr char const* data_file = "data.bin";
constexpr std::uint64_t size = 5000;
constexpr uid_t one_user = 1000;
constexpr uid_t another_user = 2000;

// Arrangements.

/// The object is created and held by this process.
std::function<void(world&)> held(char const* name, coview::create_options options = {}) {
  return [=](world& around) {
    around.holder = mapping::create(name, size, options);
    around.holder_view = around.holder.map();
    std::memcpy(around.holder_view.data(), holder_text, sizeof holder_text);
  };
}

/// The object's last holder was killed.
std::function<void(world&)> stale(char const* name, uid_t user = 0) {
  return [=](world&) {
    auto const leave = [=](parent_link const&) {
      auto const left = mapping::create(name, size);
      std::memset(left.map().data(), 0xab, size);
      ::_exit(0);
    };
    child dead(user != 0 ? user : ::geteuid(), leave);
    ASSERT_EQ(dead.wait(), 0);
  };
}

void permanent_object(world&) {
  mapping::create(local_name, size, {.permanent = true}).close();
}

void two_stale_and_a_live_one(world& around) {
  stale("crash/one")(around);
  stale("crash/two")(around);
  held(local_name)(around);
}

// Preparations of the process itself.

void has_it(world&, hands& mine) {
  mine.mapping = mapping::create(local_name, size);
}

void has_it_too(world&, hands& mine) {
  mine.mapping = mapping::open(local_name);
}

void makes_a_pipe(world& around) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  around.heir_waits = ends[0];
  around.heir_lives = ends[1];
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // the heir outlives its parent, and is waited for here
}

/// A forked child holds the object as well, until the test lets it go, whatever becomes of its parent.
void has_it_and_an_heir(world& around, hands& mine) {
  mine.mapping = mapping::create(local_name, size);
  std::memcpy(mine.mapping.map().data(), holder_text, sizeof holder_text);
  if (::fork() != 0) return;
  ::close(around.heir_lives);
  char nothing = 0;
  while (::read(around.heir_waits, &nothing, 1) > 0) {
  }
  ::_exit(0);
}

// Acts.

auto create(char const* name, coview::create_options options = {}) {
  return [=](world&, hands& mine) { mine.mapping = mapping::create(name, size, options); };
}
auto open(char const* name) {
  return [=](world&, hands& mine) { mine.mapping = mapping::open(name); };
}
auto open_or_create(char const* name) {
  return [=](world&, hands& mine) { mine.mapping = mapping::open_or_create(name, size); };
}
void close(world&, hands& mine) {
  mine.mapping.close();
}
void remove(world&, hands&) {
  coview::remove(local_name);
}
void remove_by_force(world&, hands&) {
  coview::remove(local_name, {.force = true});
}
void reclaim(world&, hands&) {
  coview::reclaim();
}
/// The live object is there exactly once: by its name, or, where the very call failed that looks at it, as what could
/// not be looked at. A stale one only where the call failed that asks for its locks; it is never said to be held.
void list(world&, hands&) {
  using coview::object_state;
  std::size_t live = 0;
  std::size_t others = 0;
  std::size_t failures = 0;
  for (auto const& each : coview::list()) {
    bool const told = each.state == object_state::unreadable || each.state == object_state::incompatible;
    if (told && each.problem.empty()) throw std::runtime_error("list() says nothing of why it cannot tell");
    failures += told ? 1 : 0;
    if (each.file.find("crash_thing-") != std::string::npos) {
      ++live;
      if (!told && each.name != local_name) throw std::runtime_error("list() shows the object as " + each.name);
    } else {
      ++others;
      if (each.state != object_state::unreadable) throw std::runtime_error("list() shows a stale one: " + each.file);
    }
  }
  if (live != 1) throw std::runtime_error("list() shows the object " + std::to_string(live) + " times");
  if (others > failures || failures > 1) throw std::runtime_error("list() shows more failures than there were");
}
void look(world&, hands&) {
  auto const info = coview::stat(local_name);
  bool const unknown =
      info.state == coview::object_state::incompatible && !info.problem.empty();  // its header could not be read
  if (info.size != size && !unknown) throw std::runtime_error("stat() shows another size");
}
void map_a_file(world& around, hands& mine) {
  mine.mapping =
      mapping::file(around.root.path() / data_file, coview::access::read_write, {.size = 3000, .name = local_name});
}

std::vector<scenario> make_scenarios() {
  constexpr auto not_found = std::errc::no_such_file_or_directory;
  std::vector<scenario> all = {
      {.title = "CreateFree", .name = local_name, .act = create(local_name)},
      {.title = "CreateInAFreshRoot", .name = local_name, .act = create(local_name), .fresh_root = true},
      {.title = "CreateReserved", .name = local_name, .act = create(local_name, {.mode = 0640, .reserve = true})},
      {.title = "CreateLive",
       .name = local_name,
       .arrange = held(local_name),
       .act = create(local_name),
       .expected = std::errc::file_exists},
      {.title = "CreateStale", .name = local_name, .arrange = stale(local_name), .act = create(local_name)},
      {.title = "OpenFree", .name = local_name, .act = open(local_name), .expected = not_found},
      {.title = "OpenLive", .name = local_name, .arrange = held(local_name), .act = open(local_name)},
      {.title = "OpenStale",
       .name = local_name,
       .arrange = stale(local_name),
       .act = open(local_name),
       .expected = not_found},
      {.title = "OpenOrCreateFree", .name = local_name, .act = open_or_create(local_name)},
      {.title = "OpenOrCreateLive",
       .name = local_name,
       .arrange = held(local_name),
       .act = open_or_create(local_name)},
      {.title = "OpenOrCreateStale",
       .name = local_name,
       .arrange = stale(local_name),
       .act = open_or_create(local_name)},
      {.title = "LastClose", .name = local_name, .prepare = has_it, .act = close},
      {.title = "NotLastClose", .name = local_name, .arrange = held(local_name), .prepare = has_it_too, .act = close},
      {.title = "CloseWithAForkedHeir",
       .name = local_name,
       .arrange = makes_a_pipe,
       .prepare = has_it_and_an_heir,
       .act = close},
      {.title = "CreatePermanent",
       .name = local_name,
       .act = create(local_name, {.permanent = true}),
       .may_stay = true},
      {.title = "OpenPermanent",
       .name = local_name,
       .arrange = permanent_object,
       .act = open(local_name),
       .may_stay = true},
      {.title = "RemovePermanent", .name = local_name, .arrange = permanent_object, .act = remove, .may_stay = true},
      {.title = "RemoveByForce",
       .name = local_name,
       .arrange = held(local_name),
       .act = remove_by_force,
       .takes_name_away = true},
      {.title = "Reclaim", .name = local_name, .arrange = two_stale_and_a_live_one, .act = reclaim},
      {.title = "List", .name = local_name, .arrange = two_stale_and_a_live_one, .act = list},
      {.title = "Stat", .name = local_name, .arrange = held(local_name), .act = look},
      {.title = "MapAFileByName", .name = local_name, .act = map_a_file},
      {.title = "CreateGlobal", .name = global_name, .act = create(global_name, {.mode = 0666})},
      {.title = "OpenGlobal", .name = global_name, .arrange = held(global_name), .act = open(global_name)},
      {.title = "CreateGlobalStale", .name = global_name, .arrange = stale(global_name), .act = create(global_name)},
  };
  if (::geteuid() == 0) {
    std::vector<scenario> const with_users = {
        {.title = "CreateOverAStrangersStaleObject",
         .name = global_name,
         .arrange = stale(global_name, one_user),
         .act = create(global_name),
         .user = another_user},
        {.title = "OpenAStrangersStaleObject",
         .name = global_name,
         .arrange = stale(global_name, one_user),
         .act = open(global_name),
         .expected = not_found,
         .user = another_user},
        {.title = "OpenAStrangersLiveObject",
         .name = global_name,
         .arrange = held(global_name, {.mode = 0666}),
         .act = open(global_name),
         .user = another_user},
        {.title = "CreateOverAStrangersClosedObject",
         .name = global_name,
         .arrange = held(global_name),
         .act = create(global_name),
         .expected = std::errc::permission_denied,
         .user = another_user},
    };
    all.insert(all.end(), with_users.begin(), with_users.end());
  }
  return all;
}

// The process that is interfered with.

int open_descriptors() {
  constexpr int more_than_any = 256;
  int count = 0;
  for (int fd = 0; fd < more_than_any; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) ++count;
  }
  return count;
}

void become(uid_t user) {
  if (user == 0 || user == ::geteuid()) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0)
    ::_exit(2);
  ::prctl(PR_SET_DUMPABLE, 1);
}

void write_text(report& told, char const* text) {
  std::size_t const length = std::min(std::strlen(text), sizeof told.text - 1);
  std::memcpy(told.text, text, length);
  told.text[length] = '\0';
}

/// The library keeps a directory open for each scope; it finds them before anything is counted, but where finding
/// them is the point.
void find_directories(scenario const& what) {
  if (what.fresh_root) return;
  mapping::create("crash/before", 1).close();
  mapping::create("Global\\crash/before", 1).close();
}

/// Memory to allocate from, so that the C library does not ask the kernel for more while calls are counted.
void warm_the_heap() {
  constexpr std::size_t plenty = std::size_t{64} << 10U;
  std::vector<char> const some(plenty, 'x');
  asm volatile("" : : "r"(some.data()) : "memory");
}

int live_through(scenario const& what, world& around, report& told) {
  become(what.user);
  find_directories(what);
  int const before = open_descriptors();
  hands mine;
  if (what.prepare) what.prepare(around, mine);
  warm_the_heap();
  begin_counting();
  try {
    what.act(around, mine);
    end_counting();
  } catch (coview::error const& e) {
    end_counting();
    told.code = e.code().value();
    write_text(told, e.what());
  } catch (std::exception const& e) {
    end_counting();
    told.foreign = true;
    write_text(told, e.what());
  }
  bool const has = static_cast<bool>(mine.mapping);
  if (has && mine.mapping.map().size() != mine.mapping.size()) told.foreign = true;
  mine.mapping.close();
  if (what.fresh_root) coview::forget_places();
  told.descriptors_more = open_descriptors() - before;
  told.ended = true;
  return 0;
}

// What must hold afterwards.

void expect_held(scenario const& what, coview::access rights) {
  auto const found = mapping::try_open(what.name, rights);
  ASSERT_TRUE(found) << "a live object is not found";
  auto const view = found->map();
  EXPECT_EQ(std::memcmp(view.data(), holder_text, sizeof holder_text), 0) << "the live object's contents changed";
}

void expect_holder_unharmed(scenario const& what, world& around) {
  EXPECT_EQ(std::memcmp(around.holder_view.data(), holder_text, sizeof holder_text), 0)
      << "the holder's memory changed";
  bool const named = around.holder.still_named();
  if (!what.takes_name_away) {
    EXPECT_TRUE(named) << "a live object was removed";
  }
  if (named) expect_held(what, coview::access::read_only);
  around.holder_view.unmap();
  around.holder.close();
}

void end_heir(scenario const& what, world& around) {
  expect_held(what, coview::access::read_only);
  ::close(around.heir_lives);
  ::close(around.heir_waits);
  around.heir_lives = around.heir_waits = -1;
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
}

void end_permanent(scenario const& what) {
  auto found = mapping::try_open(what.name);
  if (!found) return;
  EXPECT_EQ(found->size(), size) << "a half made permanent object";
  EXPECT_TRUE(campaign::is_zero(found->map().bytes()));
  found->close();
  coview::remove(what.name);
}

void expect_free(char const* name) {
  EXPECT_FALSE(mapping::try_open(name)) << "a stale object is found";
  for (auto const& object : coview::list()) ADD_FAILURE() << "a stale object is listed: " << object.name;
  auto const fresh = mapping::create(name, size + 1);
  EXPECT_EQ(fresh.size(), size + 1);
  EXPECT_TRUE(campaign::is_zero(fresh.map().bytes())) << "a new object is not zero";
}

void expect_free_for(uid_t user, char const* name) {
  child looks(user, [&](parent_link const&) {
    auto const& result = *::testing::UnitTest::GetInstance()->current_test_info()->result();
    int const before = result.total_part_count();
    expect_free(name);
    ::_exit(result.total_part_count() == before ? 0 : 1);
  });
  EXPECT_EQ(looks.wait(), 0) << "as user " << user;
}

}  // namespace

std::vector<scenario> const& scenarios() {
  static std::vector<scenario> const all = make_scenarios();
  return all;
}

traced_run run_scenario(scenario const& what, world& around, interference const& how, report& told) {
  if (what.fresh_root) {
    coview::reclaim();
    std::filesystem::remove(around.root.local());
    coview::forget_places();
  }
  if (what.arrange) what.arrange(around);
  coview_test::shared_by_forks<report> shared;
  auto run = run_traced([&] { return live_through(what, around, *shared); }, how);
  told = *shared;
  return run;
}

void expect_sound(scenario const& what, world& around) {
  try {
    if (around.holder) expect_holder_unharmed(what, around);
    if (around.heir_lives >= 0) end_heir(what, around);
    if (what.may_stay) end_permanent(what);
    if (what.user != 0 && what.user != ::geteuid()) expect_free_for(what.user, what.name);
    expect_free(what.name);
    coview::reclaim();
  } catch (coview::error const& e) {
    ADD_FAILURE() << e.what();
  }
  std::filesystem::remove(around.root.path() / data_file);
  for (auto const& file : around.root.files()) {
    ADD_FAILURE() << "left after reclaim: " << file;
    std::filesystem::remove(around.root.path() / file);
  }
}

}  // namespace coview_test
