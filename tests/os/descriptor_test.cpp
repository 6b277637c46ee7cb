// SPDX-License-Identifier: Apache-2.0
// No descriptor of the library is ever 0, 1 or 2.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "os/directory_watch.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

using coview_test::child;
using coview_test::parent_link;

void close_standard_streams() {
  for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
}

bool nothing_below(int first) {
  for (int fd = 0; fd < first; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) return false;
  }
  return true;
}

TEST(Descriptor, IsAboveTheStandardStreams) {
  child const closed([](parent_link const& parent) {
    close_standard_streams();
    auto const file = open("/proc/self/status", O_RDONLY);
    auto const memory = anonymous_file("coview-test");
    directory_watch watch;
    bool const started = watch.start() == 0;
    bool const above = file && file->get() > 2 && memory && memory->get() > 2 && started && watch.fd() > 2;
    bool const private_ones = (::fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0;
    parent.say(above && private_ones && nothing_below(3) ? "above" : "not above");
  });
  EXPECT_EQ(closed.hear(), "above");
}

TEST(Descriptor, OfAnObjectDoesNotBecomeAStandardStream) {
  coview_test::scoped_root const root;
  child const closed([](parent_link const& parent) {
    close_standard_streams();
    auto memory = mapping::create("x", 4096);
    auto const view = memory.map();
    auto const loose = memory.map(access::read_write, 0, to_end, {.keeps_name = false});
    auto const opened = mapping::open("x");
    auto const nameless = mapping::anonymous(4096);
    auto const signal = event::open_or_create("e", reset::automatic);
    (void)list();
    parent.say(nothing_below(3) ? "above" : "not above");
  });
  EXPECT_EQ(closed.hear(), "above");
}

TEST(Descriptor, IsAnErrorWhereNoOtherIsLeft) {
  child const closed([](parent_link const& parent) {
    close_standard_streams();
    struct ::rlimit limit {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    auto const failed = open("/proc/self/status", O_RDONLY);
    parent.say(!failed && failed.error() != 0 && nothing_below(3) ? "error" : "no error");
  });
  EXPECT_EQ(closed.hear(), "error");
}

TEST(Descriptor, ErrorsAreTheCalls) {
  errno = ENFILE;
  EXPECT_EQ(new_descriptor(-1).error(), ENFILE);
}

}  // namespace
}  // namespace coview::os
