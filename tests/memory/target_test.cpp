// SPDX-License-Identifier: Apache-2.0
// A name that leads to a file: whose header is believed, and whose is not (src/memory/target.hpp).
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "object/header.hpp"
#include "object/name.hpp"
#include "os/file.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::alice;
using coview_test::bob;
using coview_test::child;
using coview_test::parent_link;

constexpr char const* name = "Global\\service";

class Target : public testing::Test {
 protected:
  Target() : root_(01777), path_(root_.path() / "private") {}

  /// A file that only its owner may read and write.
  void make_private(uid_t owner) const {
    std::ofstream(path_) << secret;
    ASSERT_EQ(::chown(path_.c_str(), owner, owner), 0);
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  }
  [[nodiscard]] std::string contents() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::string object_file() const { return root_.path() / slot_file(require_name(name, "").file, 0); }

  /// Rewrites the object's header so that it names the file; whoever may write the object's file can do that.
  void redirect(std::filesystem::path const& target) const { redirect(target, object_file()); }
  static void redirect(std::filesystem::path const& target, std::string const& object) {
    auto const fd = os::open(object.c_str(), O_RDWR);
    ASSERT_TRUE(fd);
    object_header header;
    ASSERT_EQ(read_header(fd->get(), std::filesystem::file_size(object), header), header_answer::ok);
    struct ::stat status {};
    ASSERT_EQ(::stat(target.c_str(), &status), 0);
    header.file_backed = true;
    header.target = target;
    header.target_device = status.st_dev;
    header.target_inode = status.st_ino;
    header.payload_offset = 0;
    header.payload_size = static_cast<std::uint64_t>(status.st_size);
    ASSERT_EQ(write_header(fd->get(), header), 0);
  }

  /// Creates the name and has its header lead to the file; holds it until told.
  [[nodiscard]] child::body planter(mode_t mode) const {
    return [this, mode](parent_link const& parent) {
      auto const memory = mapping::create(name, 4096, {.mode = mode});
      redirect(path_);
      parent.say("planted");
      (void)parent.hear();
    };
  }

  /// Writes into whatever the name leads to; says "written", or the error.
  static std::string written_by(uid_t user) {
    return child(user,
                 [](parent_link const& parent) {
                   try {
                     auto const memory = mapping::open(name);
                     auto const seen = memory.map();
                     std::memcpy(seen.data(), "overwritten", 11);
                     parent.say("written");
                   } catch (error const& e) {
                     EXPECT_EQ(e.code(), std::errc::permission_denied) << e.what();
                     parent.say(e.what());
                   }
                 })
        .hear();
  }
  static std::string read_by(uid_t user) {
    return child(user,
                 [](parent_link const& parent) {
                   try {
                     auto const seen = mapping::open(name, access::read_only).map();
                     parent.say(std::string(reinterpret_cast<char const*>(seen.data()), 6));
                   } catch (error const& e) {
                     parent.say(e.what());
                   }
                 })
        .hear();
  }

  static constexpr char const* secret = "for its owner alone";
  coview_test::scoped_root root_;
  std::filesystem::path path_;
};

/// The child becomes this user, and keeps these of root's capabilities.
void become(uid_t user, std::uint32_t capabilities) {
  ::__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<::__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  sets[0].effective = sets[0].permitted = capabilities;
  bool const done = ::prctl(PR_SET_KEEPCAPS, 1) == 0 && ::setgroups(0, nullptr) == 0 &&
                    ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0 &&
                    ::syscall(SYS_capset, &header, sets.data()) == 0;
  if (!done) throw std::runtime_error("capabilities");
}

/// What `written_by` says, of a process with such capabilities.
std::string written_with(uid_t user, std::uint32_t capabilities) {
  return child([=](parent_link const& parent) {
           become(user, capabilities);
           try {
             std::memcpy(mapping::open(name).map().data(), "overwritten", 11);
             parent.say("written");
           } catch (error const& e) {
             parent.say(e.what());
           }
         })
      .hear();
}

constexpr std::uint32_t override_permissions = 1U << CAP_DAC_OVERRIDE;
constexpr std::uint32_t read_everything = 1U << CAP_DAC_READ_SEARCH;
constexpr std::uint32_t open_ports = 1U << CAP_NET_BIND_SERVICE;

bool says(std::string const& text, char const* part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Target, IsNotOpenedBecauseAStrangersHeaderSaysSo) {
  NEEDS_ROOT();
  for (uid_t const victim : {alice, uid_t{0}}) {
    for (mode_t const mode : {0666U, 0644U}) {
      make_private(victim);
      child const stranger(bob, planter(mode));
      ASSERT_EQ(stranger.hear(), "planted");
      auto const answer = written_by(victim);
      EXPECT_TRUE(says(answer, "is not believed")) << answer;
      EXPECT_TRUE(says(read_by(victim), "is not believed"));
      EXPECT_EQ(contents(), secret);
    }
  }
}

TEST_F(Target, OfAThirdUserIsNotOpenedByRootEither) {
  NEEDS_ROOT();
  make_private(alice);
  child const stranger(bob, planter(0644));
  ASSERT_EQ(stranger.hear(), "planted");
  EXPECT_TRUE(says(written_by(0), "is not believed"));
  EXPECT_EQ(contents(), secret);
}

TEST_F(Target, IsNotOpenedWhereAStrangerCanHaveRewrittenTheOwnersHeader) {
  NEEDS_ROOT();
  for (uid_t const victim : {alice, uid_t{0}}) {
    make_private(victim);
    child const owner(victim, [](parent_link const& parent) {
      auto const memory = mapping::create(name, 4096, {.mode = 0666});
      parent.say("created");
      (void)parent.hear();
    });
    ASSERT_EQ(owner.hear(), "created");
    child stranger(bob, [&](parent_link const&) { redirect(path_); });
    ASSERT_EQ(stranger.wait(), 0);
    EXPECT_TRUE(says(written_by(victim), "others than its owner may write it"));
    EXPECT_TRUE(says(written_by(alice), "others than its owner may write it"));
    EXPECT_EQ(contents(), secret);
  }
}

TEST_F(Target, IsNotOpenedWhereAGroupCanHaveWrittenTheHeader) {
  NEEDS_ROOT();
  make_private(alice);
  child const owner(alice, planter(0660));
  ASSERT_EQ(owner.hear(), "planted");
  EXPECT_TRUE(says(written_by(alice), "others than its owner may write it"));
  EXPECT_EQ(contents(), secret);
}

TEST_F(Target, IsNotOpenedByAProgramThatRunsWithItsOwnersRights) {
  NEEDS_ROOT();
  make_private(alice);
  child const stranger(bob, planter(0666));
  ASSERT_EQ(stranger.hear(), "planted");
  child const program([&](parent_link const& parent) {
    if (::setresuid(bob, alice, alice) != 0) throw std::runtime_error("setresuid");
    try {
      (void)mapping::open(name);
      parent.say("opened");
    } catch (error const& e) {
      parent.say(e.what());
    }
  });
  auto const answer = program.hear();  // such a program obeys no COVIEW_ROOT: it looks elsewhere, and finds nothing
  EXPECT_TRUE(says(answer, "cannot open mapping")) << answer;
  EXPECT_EQ(contents(), secret);
}

TEST_F(Target, IsNotOpenedForItsUserByAProcessThatMayMoreThanHe) {
  NEEDS_ROOT();
  make_private(0);
  child const planting(bob, planter(0600));
  ASSERT_EQ(planting.hear(), "planted");
  for (auto const capabilities : {override_permissions, read_everything, override_permissions | open_ports}) {
    auto const answer = written_with(bob, capabilities);
    EXPECT_TRUE(says(answer, "is not believed")) << answer;
    EXPECT_TRUE(says(answer, "this process may more than that user")) << answer;
  }
  EXPECT_EQ(contents(), secret);
  // Without them the file's own permissions decide, as they do where the process opens it by its path.
  for (auto const capabilities : {0U, open_ports})
    EXPECT_TRUE(says(written_with(bob, capabilities), "Permission denied"));
  EXPECT_EQ(contents(), secret);
}

TEST_F(Target, OfItsOwnerIsOpenedByAProcessThatMayMoreThanHe) {
  NEEDS_ROOT();
  make_private(bob);
  child const owner(bob, [&](parent_link const& parent) {
    auto const file = mapping::file(path_, access::read_write, {.name = name});
    parent.say("named");
    (void)parent.hear();
  });
  ASSERT_EQ(owner.hear(), "named");
  EXPECT_EQ(written_with(bob, override_permissions), "written");
  EXPECT_TRUE(says(contents(), "overwritten"));
}

TEST_F(Target, OfAGroupIsNotOpenedForItsUserByASetGroupIDProgram) {
  NEEDS_ROOT();
  constexpr gid_t group = 3000;
  // Such a program obeys no COVIEW_ROOT: this one's /dev/shm is its own.
  child privileged([&](parent_link const& parent) {
    if (!coview_test::own_mounts()) return parent.say("no mounts");
    coview_test::scoped_tmpfs const shared("/dev/shm", "mode=1777");
    if (!shared.ok()) return parent.say("no mounts");
    ::unsetenv("COVIEW_ROOT");
    std::string const path = "/dev/shm/private";
    std::ofstream(path) << secret;
    if (::chown(path.c_str(), 0, group) != 0 || ::chmod(path.c_str(), 0660) != 0) return parent.say("no file");
    child const planting(bob, [&](parent_link const& plan) {
      auto const memory = mapping::create(name, 4096, {.mode = 0600});
      redirect(path, "/dev/shm/" + slot_file(require_name(name, "").file, 0));
      plan.say("planted");
      (void)plan.hear();
    });
    if (planting.hear() != "planted") return parent.say("not planted");
    child const program([&](parent_link const& outcome) {
      bool const changed =
          ::setgroups(0, nullptr) == 0 && ::setresgid(bob, group, group) == 0 && ::setresuid(bob, bob, bob) == 0;
      if (!changed) return outcome.say("IDs");
      try {
        std::memcpy(mapping::open(name).map().data(), "overwritten", 11);
        outcome.say("written");
      } catch (error const& e) {
        outcome.say(e.what());
      }
    });
    parent.say(program.hear());
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    parent.say(text.str());
  });
  auto const answer = privileged.hear();
  if (answer == "no mounts") GTEST_SKIP() << answer;
  EXPECT_TRUE(says(answer, "this process may more than that user")) << answer;
  EXPECT_EQ(privileged.hear(), secret);
}

TEST_F(Target, BehindALinkThatAStrangerTurnedIsNotOpened) {
  NEEDS_ROOT();
  make_private(alice);
  auto const own = root_.path() / "bobs";
  child const stranger(bob, [&](parent_link const& parent) {
    std::ofstream(own) << "hello from bob";
    auto const file = mapping::file(own, access::read_write, {.name = name, .mode = 0644});
    parent.say("named");
    (void)parent.hear();
    std::filesystem::remove(own);
    std::filesystem::create_symlink(path_, own);
    parent.say("turned");
    (void)parent.hear();
  });
  ASSERT_EQ(stranger.hear(), "named");
  EXPECT_EQ(read_by(alice), "hello ");
  stranger.say("go on");
  ASSERT_EQ(stranger.hear(), "turned");
  EXPECT_TRUE(says(written_by(alice), "is not believed"));
  EXPECT_EQ(contents(), secret);
}

TEST_F(Target, ThatIsNoRegularFileIsNotOpened) {
  NEEDS_ROOT();
  child const stranger(bob, [&](parent_link const& parent) {
    if (::mkfifo(path_.c_str(), 0666) != 0) throw std::runtime_error("mkfifo");
    auto const memory = mapping::create(name, 4096, {.mode = 0644});
    redirect(path_);
    parent.say("planted");
    (void)parent.hear();
  });
  ASSERT_EQ(stranger.hear(), "planted");
  EXPECT_TRUE(says(read_by(alice), "was moved or replaced"));
}

TEST_F(Target, OfTheNamesOwnerIsSharedAsItsOwnPermissionsSay) {
  NEEDS_ROOT();
  for (mode_t const file_mode : {0644U, 0666U}) {
    child const owner(bob, [&](parent_link const& parent) {
      std::ofstream(path_) << "hello from bob";
      std::filesystem::permissions(path_, static_cast<std::filesystem::perms>(file_mode));
      auto const file = mapping::file(path_, access::read_write, {.name = name, .mode = 0666});
      parent.say("named");
      (void)parent.hear();
    });
    ASSERT_EQ(owner.hear(), "named");
    EXPECT_EQ(stat(name).mode, 0644U);  // nobody else may rewrite the header
    EXPECT_EQ(read_by(alice), "hello ");
    auto const answer = written_by(alice);
    EXPECT_EQ(answer == "written", file_mode == 0666U) << answer;
    std::filesystem::remove(path_);
  }
}

TEST_F(Target, OfAnotherIsSharedWhereRootGaveItTheName) {
  NEEDS_ROOT();
  make_private(alice);
  auto const file = mapping::file(path_, access::read_write, {.name = name, .mode = 0644});
  EXPECT_EQ(written_by(alice), "written");
  EXPECT_TRUE(says(written_by(bob), "Permission denied"));
  EXPECT_TRUE(says(contents(), "overwritten"));
}

TEST_F(Target, IsTheSameForWhoeverNamesThePathHimself) {
  NEEDS_ROOT();
  std::ofstream(path_) << "shared by root, as its permissions say";
  ASSERT_EQ(::chmod(path_.c_str(), 0666), 0);
  child const owner(bob, [&](parent_link const& parent) {
    auto const file = mapping::file(path_, access::read_write, {.name = name, .mode = 0644});
    parent.say("named");
    (void)parent.hear();
  });
  ASSERT_EQ(owner.hear(), "named");
  EXPECT_TRUE(says(written_by(alice), "open that file by its path"));
  child const user(alice, [&](parent_link const& parent) {
    parent.say(mapping::file(path_, access::read_write, {.name = name}).created() ? "created" : "shared");
  });
  EXPECT_EQ(user.hear(), "shared");
}

TEST_F(Target, MemoryThatMayOnlyBeReadSaysWhatWouldHelp) {
  NEEDS_ROOT();
  auto const memory = mapping::create(name, 4096, {.mode = 0644});
  auto const answer = written_by(alice);
  EXPECT_TRUE(says(answer, "open it with access::read_only")) << answer;
}

}  // namespace
}  // namespace coview
