// SPDX-License-Identifier: Apache-2.0
#include "os/environment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include <coview/mutex.hpp>

#include "object/place.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

using coview_test::alice;
using coview_test::child;
using coview_test::parent_link;

constexpr char const* variable = "COVIEW_TEST_VARIABLE";

std::string seen() {
  char const* const value = environment(variable);
  return value == nullptr ? "none" : value;
}

class Environment : public testing::Test {
 protected:
  Environment() { ::setenv(variable, "text", 1); }
  ~Environment() override { ::unsetenv(variable); }
};

TEST_F(Environment, IsReadWhereNobodyElseChoseIt) {
  EXPECT_FALSE(privileged());
  EXPECT_EQ(seen(), "text");
  ::setenv(variable, "", 1);
  EXPECT_EQ(seen(), "none");
  EXPECT_EQ(environment("COVIEW_NO_SUCH_VARIABLE"), nullptr);
}

TEST_F(Environment, IsNotObeyedWhereIDsDiffer) {
  NEEDS_ROOT();
  struct ids {
    uid_t real, effective, saved;
  };
  for (auto const& as : {ids{alice, 0, 0}, ids{0, alice, 0}, ids{alice, alice, 0}}) {
    child const user([&](parent_link const& parent) {
      bool const changed = ::setresuid(as.real, as.effective, as.saved) == 0;
      parent.say(changed ? seen() : "setresuid");
    });
    EXPECT_EQ(user.hear(), "none") << as.real << " " << as.effective << " " << as.saved;
    child const group([&](parent_link const& parent) {
      bool const changed = ::setresgid(as.real, as.effective, as.saved) == 0;
      parent.say(changed ? seen() : "setresgid");
    });
    EXPECT_EQ(group.hear(), "none") << as.real << " " << as.effective << " " << as.saved;
  }
  child const whole(alice, [](parent_link const& parent) { parent.say(seen()); });
  EXPECT_EQ(whole.hear(), "text");
}

TEST_F(Environment, DoesNotChooseTheRootOfAPrivilegedProcess) {
  NEEDS_ROOT();
  coview_test::scoped_root const root(01777);
  EXPECT_EQ(root_path(), root.path().string());
  child const service([](parent_link const& parent) {
    bool const changed = ::setresuid(alice, 0, 0) == 0;
    parent.say(changed ? root_path() : "setresuid");
  });
  EXPECT_EQ(service.hear(), "/dev/shm");
}

/// This very program, as a set-user-ID program that an unprivileged user starts. Run alone, and by itself, it says
/// nothing: the test below starts it and reads its exit status.
TEST(SetUserID, DISABLED_Program) {
  constexpr int obeyed = 3;
  constexpr int not_obeyed = 4;
  // All IDs the same: only the kernel still knows how this process began.
  if (::setresuid(0, 0, 0) != 0) std::_Exit(1);
  std::_Exit(environment(variable) == nullptr ? not_obeyed : obeyed);
}

TEST_F(Environment, IsNotObeyedBySetUserIDPrograms) {
  NEEDS_ROOT();
  coview_test::scoped_root const root(01777);
  auto const program = root.path() / "set-user-id";
  std::filesystem::copy_file("/proc/self/exe", program);
  ASSERT_EQ(::chmod(program.c_str(), 04755), 0);
  child starter(alice, [&](parent_link const& /*parent*/) {
    ::execl(program.c_str(), program.c_str(), "--gtest_also_run_disabled_tests", "--gtest_filter=SetUserID.*",
            static_cast<char*>(nullptr));
    std::_Exit(126);
  });
  int const status = starter.wait();
  if (status == 1 || status == 126) GTEST_SKIP() << "no set-user-ID programs in " << root.path();
  EXPECT_EQ(status, 4);
}

}  // namespace
}  // namespace coview::os
