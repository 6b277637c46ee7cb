// SPDX-License-Identifier: Apache-2.0
// `ulimit -f` is an error, and never the signal that ends the process.
#include "os/file_size_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <gtest/gtest.h>

#include <coview/error.hpp>
#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>

#include "os/file.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

using coview_test::child;
using coview_test::parent_link;

void limit_file_size(std::uint64_t bytes) {
  struct ::rlimit const limit{bytes, RLIM_INFINITY};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// What a child that may only make files of so many bytes says of it.
std::string said_with_limit(std::uint64_t bytes, std::function<void()> const& act) {
  child limited([&](parent_link const& parent) {
    limit_file_size(bytes);
    try {
      act();
      parent.say("done");
    } catch (error const& e) {
      parent.say(e.code() == std::errc::file_too_large ? e.what() : std::string("another error: ") + e.what());
    }
  });
  auto const said = limited.hear();
  int const status = limited.wait();
  return status == 0 ? said : "ended with " + std::to_string(status);
}

TEST(FileSizeLimit, IsAnErrorForEveryKindOfObject) {
  coview_test::scoped_root const root;
  struct kind {
    char const* what;
    std::function<void()> make;
  };
  std::array const kinds{
      kind{"mapping", [] { (void)mapping::create("x", 1U << 20U); }},
      kind{"reserved mapping", [] { (void)mapping::create("x", 1U << 20U, {.reserve = true}); }},
      kind{"huge pages", [] { (void)mapping::create("x", 1U << 20U, {.huge_pages = true}); }},
      kind{"mutex", [] { (void)mutex::open_or_create("x"); }},
      kind{"event", [] { (void)event::open_or_create("x", reset::manual); }},
      kind{"semaphore", [] { (void)semaphore::open_or_create("x", 1, 1); }},
      kind{"anonymous mapping", [] { (void)mapping::anonymous(1U << 20U); }},
      kind{"reserved anonymous mapping", [] { (void)mapping::anonymous(1U << 20U, {.reserve = true}); }},
      kind{"file", [&] { (void)mapping::file(root.path() / "f", access::read_write, {.size = 1U << 20U}); }},
  };
  for (auto const& one : kinds) {
    SCOPED_TRACE(one.what);
    auto const said = said_with_limit(1024, one.make);
    EXPECT_NE(said.find("ulimit -f"), std::string::npos) << said;
    EXPECT_FALSE(mapping::try_open("x"));
  }
  ::unlink((root.path() / "f").c_str());
  EXPECT_TRUE(root.files().empty());
}

TEST(FileSizeLimit, LetsThroughWhatFits) {
  coview_test::scoped_root const root;
  EXPECT_EQ(said_with_limit(8192, [] { (void)mapping::create("x", 4096); }), "done");
  EXPECT_NE(said_with_limit(8191, [] { (void)mapping::create("x", 4096); }).find("ulimit -f"), std::string::npos);
}

TEST(FileSizeLimit, WritesAreErrors) {
  coview_test::scoped_root const root;
  child limited([&](parent_link const& parent) {
    auto const fd = std::move(*open((root.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
    limit_file_size(16);
    std::array<std::byte, 32> const bytes{};
    bool const all = write_at(fd.get(), bytes, 0) == EFBIG && write_on(fd.get(), bytes) == EFBIG &&
                     resize(fd.get(), 17) == EFBIG && commit(fd.get(), 0, 17) == EFBIG && resize(fd.get(), 16) == 0;
    parent.say(all ? "errors" : "no errors");
  });
  EXPECT_EQ(limited.hear(), "errors");
  EXPECT_EQ(limited.wait(), 0);
}

TEST(FileSizeLimit, LeavesTheProgramsOwnHandlingAsItIs) {
  coview_test::scoped_root const root;
  child limited([&](parent_link const& parent) {
    static volatile sig_atomic_t seen = 0;
    struct ::sigaction act {};
    act.sa_handler = [](int) { seen = seen + 1; };
    ::sigaction(SIGXFSZ, &act, nullptr);
    auto const fd = std::move(*open((root.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
    limit_file_size(16);
    {
      file_size_signal_block const outer;
      (void)resize(fd.get(), 17);
      (void)resize(fd.get(), 18);
    }
    bool const quiet = seen == 0;
    bool const refused = ::ftruncate(fd.get(), 17) == -1;
    ::sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);  // a sanitizer hands a signal on at such a call, not at once
    bool const own = refused && seen == 1;
    parent.say(quiet && own && ::sigismember(&blocked, SIGXFSZ) == 0 ? "as it was" : "changed");
  });
  EXPECT_EQ(limited.hear(), "as it was");
}

}  // namespace
}  // namespace coview::os
