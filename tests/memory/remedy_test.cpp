// SPDX-License-Identifier: Apache-2.0
// What an error advises is what helps.
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <gtest/gtest.h>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>

#include "object/reaper.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

constexpr uid_t stranger = 4711;
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/// Sanitizers lock no memory, and need more addresses than any limit leaves.
void not_under_a_sanitizer() {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  throw std::runtime_error("a sanitizer has memory of its own");
#endif
#endif
}

struct situation {
  char const* name;
  std::function<void(std::filesystem::path const& root)>
      make;  ///< in a process of its own, as root where it is run so
  std::function<void(std::filesystem::path const& root)> fails;
  std::errc code;
  std::vector<std::string> says;
  bool needs_root = false;
};
/// How googletest shows one.
[[maybe_unused]] void PrintTo(situation const& which, std::ostream* out) {
  *out << which.name;
}

void limit(__rlimit_resource what, rlim_t value) {
  rlimit const all{value, value};
  ::setrlimit(what, &all);
}

void become(uid_t user) {
  if (::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) throw std::runtime_error("setresuid");
}

/// A filesystem over the root, whose options are these.
std::function<void(std::filesystem::path const&)> mounted(char const* type, char const* options) {
  return [type, options](std::filesystem::path const& root) {
    if (::mount("coview-test", root.c_str(), type, 0, options) != 0) throw std::runtime_error("cannot mount");
  };
}

void nothing(std::filesystem::path const& /*root*/) {}

void file_of(std::filesystem::path const& path, mode_t mode) {
  std::ofstream(path) << std::string(100, 'x');
  ::chmod(path.c_str(), mode);
}

std::vector<situation> const situations = {
    {"ATmpfsThatIsFull",
     mounted("tmpfs", "size=1m,mode=1777"),
     [](auto const&) { (void)mapping::create("x", mebibyte - 1); },
     std::errc::no_space_on_device,
     {"is full", "coview ls --long", "remount,size="},
     true},
    {"ATmpfsThatIsTooSmall",
     mounted("tmpfs", "size=1m,mode=1777"),
     [](auto const&) { (void)mapping::create("Global\\x", 2 * mebibyte); },
     std::errc::no_space_on_device,
     {"has 1", "left", "remount,size="},
     true},
    {"ATmpfsWithoutFilesLeft",
     mounted("tmpfs", "nr_inodes=3,mode=1777"),
     [](auto const&) {
       auto const one = event::create("one", reset::manual);
       auto const two = event::create("two", reset::manual);
     },
     std::errc::no_space_on_device,
     {"inodes", "nr_inodes="},
     true},
    {"AHugetlbfs",
     mounted("hugetlbfs", "mode=1777"),
     [](auto const&) { (void)mapping::create("x", 1); },
     std::errc::not_supported,
     {"hugetlbfs", "tmpfs"},
     true},
    {"ObjectsOnAReadOnlyFilesystem",
     [](auto const& root) {
       mounted("tmpfs", "mode=1777")(root);
       ::mount("", root.c_str(), "", MS_REMOUNT | MS_RDONLY, "");
     },
     [](auto const&) { (void)mutex::create("x"); },
     std::errc::read_only_file_system,
     {"COVIEW_ROOT"},
     true},
    {"APermanentObjectOnAReadOnlyFilesystem",
     [](auto const& root) {
       mounted("tmpfs", "mode=1777")(root);
       child maker([](parent_link const&) { (void)mapping::create("x", 1, {.permanent = true}); });
       maker.wait();
       ::mount("", root.c_str(), "", MS_REMOUNT | MS_RDONLY, "");
     },
     [](auto const&) { (void)mapping::open("x"); },
     std::errc::read_only_file_system,
     {"access::read_only"},
     true},
    {"AFileOnAReadOnlyFilesystem",
     [](auto const& root) {
       mounted("tmpfs", "mode=1777")(root);
       file_of(root / "data", 0666);
       ::mount("", root.c_str(), "", MS_REMOUNT | MS_RDONLY, "");
     },
     [](auto const& root) { (void)mapping::file(root / "data"); },
     std::errc::read_only_file_system,
     {"access::read_only"},
     true},
    {"AFileThatMayBeReadOnly",
     [](auto const& root) {
       file_of(root / "data", 0644);
       become(stranger);
     },
     [](auto const& root) { (void)mapping::file(root / "data"); },
     std::errc::permission_denied,
     {"access::read_only"},
     true},
    {"AFileThatMayNotBeRead",
     [](auto const& root) {
       file_of(root / "data", 0600);
       become(stranger);
     },
     [](auto const& root) { (void)mapping::file(root / "data"); },
     std::errc::permission_denied,
     {"ls -ld"},
     true},
    {"AFileThatIsNotThere",
     nothing,
     [](auto const& root) { (void)mapping::file(root / "data"); },
     std::errc::no_such_file_or_directory,
     {"spelt"}},
    {"NoRoomForAFile",
     mounted("tmpfs", "size=1m,mode=1777"),
     [](auto const& root) { (void)mapping::file(root / "data", access::read_write, {.size = 4 * mebibyte}); },
     std::errc::no_space_on_device,
     {"make room in its filesystem"},
     true},
    {"NoPlaceForGlobalNames",
     [](auto const& root) {
       ::chmod(root.c_str(), 0755);
       become(stranger);
     },
     [](auto const&) { (void)semaphore::create("Global\\x", 0, 1); },
     std::errc::permission_denied,
     {"mode 1777"},
     true},
    {"AFewDescriptors",
     [](auto const&) { limit(RLIMIT_NOFILE, 3); },
     [](auto const&) { (void)mapping::create("x", 1); },
     std::errc::too_many_files_open,
     {"ulimit -n"}},
    {"AFewDescriptorsForTheReaper",
     [](auto const&) { limit(RLIMIT_NOFILE, 3); },
     [](auto const&) { reap(-1, [](auto const&) {}); },
     std::errc::too_many_files_open,
     {"ulimit -n", "max_user_instances"}},
    {"SmallFilesForAMapping",
     [](auto const&) { limit(RLIMIT_FSIZE, 1000); },
     [](auto const&) { (void)mapping::create("x", 1); },
     std::errc::file_too_large,
     {"1000 bytes", "ulimit -f"}},
    {"SmallFilesForAReservedMapping",
     [](auto const&) { limit(RLIMIT_FSIZE, 1000); },
     [](auto const&) { (void)mapping::create("x", 1, {.reserve = true}); },
     std::errc::file_too_large,
     {"ulimit -f"}},
    {"SmallFilesForAMutex",
     [](auto const&) { limit(RLIMIT_FSIZE, 1000); },
     [](auto const&) { (void)mutex::open_or_create("Global\\x"); },
     std::errc::file_too_large,
     {"ulimit -f"}},
    {"SmallFilesForAnEvent",
     [](auto const&) { limit(RLIMIT_FSIZE, 0); },
     [](auto const&) { (void)event::create("x", reset::manual); },
     std::errc::file_too_large,
     {"ulimit -f"}},
    {"SmallFilesForASemaphore",
     [](auto const&) { limit(RLIMIT_FSIZE, 1000); },
     [](auto const&) { (void)semaphore::create("x", 0, 1); },
     std::errc::file_too_large,
     {"ulimit -f"}},
    {"SmallFilesForMemoryWithoutAName",
     [](auto const&) { limit(RLIMIT_FSIZE, 1000); },
     [](auto const&) { (void)mapping::anonymous(1); },
     std::errc::file_too_large,
     {"ulimit -f"}},
    {"SmallFilesForAFile",
     [](auto const&) { limit(RLIMIT_FSIZE, 1000); },
     [](auto const& root) { (void)mapping::file(root / "data", access::read_write, {.size = 1001}); },
     std::errc::file_too_large,
     {"ulimit -f"}},
    {"FewAddresses",
     [](auto const&) {
       not_under_a_sanitizer();
       limit(RLIMIT_AS, std::uint64_t{1} << 30U);
     },
     [](auto const&) {
       auto const memory = mapping::create("x", std::uint64_t{1} << 40U, {.reserve = true});
       (void)memory.map();
     },
     std::errc::not_enough_memory,
     {"map a part of it", "ulimit -v"}},
    {"LockedMemory",
     [](auto const&) {
       not_under_a_sanitizer();
       limit(RLIMIT_MEMLOCK, 64 * mebibyte);
       become(stranger);
       if (::mlockall(MCL_FUTURE) != 0) throw std::runtime_error("cannot lock memory");
     },
     [](auto const&) {
       auto const memory = mapping::create("x", 128 * mebibyte, {.reserve = true});
       (void)memory.map();
     },
     std::errc::resource_unavailable_try_again,
     {"mlockall", "ulimit -l"},
     true},
};

class Remedy : public testing::TestWithParam<situation> {};

TEST_P(Remedy, IsTheOneThatHelps) {
  auto const& tested = GetParam();
  if (tested.needs_root) NEEDS_ROOT();
  coview_test::scoped_root const root(01777);
  child const unlucky([&](parent_link const& parent) {
    try {
      if (::geteuid() == 0 && !coview_test::own_mounts()) {
        throw std::runtime_error("no mounts of one's own");
      }
      tested.make(root.path());
    } catch (std::runtime_error const& e) {
      return parent.say(std::string("not here: ") + e.what());
    }
    try {
      tested.fails(root.path());
      parent.say("no error");
    } catch (error const& e) {
      parent.say(std::to_string(e.code().value()) + " " + e.what());
    }
  });
  auto const heard = unlucky.hear();
  if (heard.starts_with("not here: ")) GTEST_SKIP() << heard;
  EXPECT_TRUE(heard.starts_with(std::to_string(static_cast<int>(tested.code)) + " ")) << heard;
  for (auto const& part : tested.says) EXPECT_NE(heard.find(part), std::string::npos) << part << "\n" << heard;
}

INSTANTIATE_TEST_SUITE_P(Situations, Remedy, testing::ValuesIn(situations),
                         [](auto const& tested) { return std::string(tested.param.name); });

/// A mapping that a stranger may read.
TEST(RemedyOfAnObject, ThatMayBeReadIsReading) {
  NEEDS_ROOT();
  coview_test::scoped_root const root(01777);
  auto const memory = mapping::create("Global\\x", 1, {.mode = 0644});
  auto const signal = event::create("Global\\e", reset::manual, false, {.mode = 0644});
  child const reader(stranger, [](parent_link const& parent) {
    for (auto const& call : std::vector<std::function<void()>>{
             [] { (void)mapping::open("Global\\x"); }, [] { (void)mapping::try_open("Global\\x"); },
             [] { (void)mapping::open_or_create("Global\\x", 1); }, [] { (void)event::open("Global\\e"); },
             [] { (void)mapping::open_or_create("Global\\e", 1); }}) {
      try {
        call();
        parent.say("no error");
      } catch (error const& e) {
        parent.say(e.remedy());
      }
    }
  });
  for (int i = 0; i < 3; ++i) EXPECT_NE(reader.hear().find("access::read_only"), std::string::npos);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(reader.hear().find("access::read_only"), std::string::npos);
}

}  // namespace
}  // namespace coview
