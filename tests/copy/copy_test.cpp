// SPDX-License-Identifier: Apache-2.0
// What a copy promises, on whatever filesystem the temporary folder is on: bytes, attributes, holes, and what is left
// when it fails. What needs filesystems of its own is in faults.cpp.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <array>
#include <gtest/gtest.h>
#include <thread>

#include <coview/copy.hpp>

#include "copy/copy_calls.hpp"
#include "copy/folder.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"

namespace {

using namespace coview_test;
using coview::copy_method;
using coview::copy_options;
using coview::copy_progress;
using coview::copy_stage;

using names = std::vector<std::string>;

// ---- bytes

class EveryMethod : public testing::TestWithParam<copy_method> {};
std::array constexpr methods{copy_method::automatic, copy_method::reflink, copy_method::in_kernel,
                             copy_method::mapped,    copy_method::direct,  copy_method::buffered};

TEST_P(EveryMethod, CopiesEverySizeAndHashesIt) {
  folder const here;
  for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4096},
                                 std::size_t{4097}, 256 * std::size_t{1024}, 5 * mebi + 12345, 17 * mebi}) {
    auto const bytes = noise(size, size);
    put(here / "a", bytes);
    coview::copy_report report;
    try {
      report =
          coview::copy_file(here / "a", here / "b", {.verify = coview::verify::inline_hash, .method = GetParam()});
    } catch (coview::error const& e) {
      // What these two files do not allow is said, and leaves nothing.
      ASSERT_EQ(e.code(), std::errc::operation_not_supported) << e.what();
      ASSERT_NE(GetParam(), copy_method::automatic);
      EXPECT_EQ(here.names(), names({"a"}));
      continue;
    }
    EXPECT_EQ(contents(here / "b"), bytes) << size;
    EXPECT_EQ(report.bytes, size);
    EXPECT_EQ(report.hash, xxh3_of(bytes)) << size;
    if (GetParam() != copy_method::automatic) {
      EXPECT_EQ(report.method, GetParam());
    }
    EXPECT_EQ(here.names(), names({"a", "b"}));
    fs::remove(here / "b");
  }
}

TEST_P(EveryMethod, KeepsHoles) {
  folder const here;
  auto const data = noise(200000);
  put(here / "a", "");
  fs::resize_file(here / "a", 40 * mebi + 7);
  overwrite(here / "a", 8192, data);
  overwrite(here / "a", 30 * mebi, data);
  try {
    auto const report =
        coview::copy_file(here / "a", here / "b", {.verify = coview::verify::inline_hash, .method = GetParam()});
    EXPECT_EQ(report.hash, coview::sum_file(here / "a").hash);
    EXPECT_LE(report.data_bytes, 2 * mebi);
  } catch (coview::error const& e) {
    ASSERT_EQ(e.code(), std::errc::operation_not_supported) << e.what();
    return;
  }
  EXPECT_TRUE(coview::compare_files(here / "a", here / "b").same);
  EXPECT_LE(status_of(here / "b").st_blocks, status_of(here / "a").st_blocks + 64);
}

TEST_P(EveryMethod, SaysThatTheSourceShrank_H1) {
  if (GetParam() == copy_method::reflink) return;  // a clone is the source at one moment
  folder const here;
  put(here / "a", noise(16 * mebi));
  put(here / "b", "old");
  copy_options options = quick({.method = GetParam()});
  options.limit_rate = 100 * mebi;  // so that there is a moment in the middle
  options.may_reflink = false;
  options.on_progress = [&](copy_progress const& p) {
    if (p.stage == copy_stage::copying && p.written > 0) fs::resize_file(here / "a", mebi);
    return true;
  };
  try {
    coview::copy_file(here / "a", here / "b", options);
    FAIL() << "no error";
  } catch (coview::error const& e) {
    if (e.code() == std::errc::operation_not_supported) return;
    EXPECT_EQ(e.code(), std::errc::resource_unavailable_try_again) << e.what();
    EXPECT_NE(std::string(e.what()).find("changed while it was copied"), std::string::npos) << e.what();
  }
  EXPECT_EQ(contents(here / "b"), "old");
  EXPECT_EQ(here.names(), names({"a", "b"}));
}

INSTANTIATE_TEST_SUITE_P(Copy, EveryMethod, testing::ValuesIn(methods), [](auto const& each) {
  std::string name(coview::to_string(each.param));
  std::erase(name, '-');
  return name;
});

TEST(Copy, ReadsFilesThatDoNotKnowTheirSizeToTheEnd_H4) {
  folder const here;
  auto const report = coview::copy_file("/proc/cpuinfo", here / "b", quick());
  EXPECT_EQ(contents(here / "b").substr(0, 9), contents("/proc/cpuinfo").substr(0, 9));
  EXPECT_GT(report.bytes, 0U);
  EXPECT_EQ(report.method, copy_method::buffered);
  coview::copy_file("/sys/kernel/mm/transparent_hugepage/enabled", here / "c", quick());
  EXPECT_EQ(contents(here / "c"), contents("/sys/kernel/mm/transparent_hugepage/enabled"));
  EXPECT_ERROR(std::errc::operation_not_supported, "automatic",
               coview::copy_file("/proc/cpuinfo", here / "d", quick({.method = copy_method::in_kernel})));
}

TEST(Copy, MakesAndFillsHoles) {
  folder const here;
  put(here / "a", std::string(4 * mebi, '\0') + noise(5000) + std::string(mebi, '\0'));
  copy_options options = quick();
  options.holes = coview::holes::make;
  coview::copy_file(here / "a", here / "b", options);
  EXPECT_TRUE(coview::compare_files(here / "a", here / "b").same);
  EXPECT_LT(status_of(here / "b").st_blocks * 512, 65536);
  options.holes = coview::holes::fill;
  coview::copy_file(here / "b", here / "c", options);
  EXPECT_TRUE(coview::compare_files(here / "a", here / "c").same);
  EXPECT_GE(status_of(here / "c").st_blocks * 512, static_cast<off_t>(5 * mebi));
}

TEST(Copy, ReadsAFifoWhenAsked_H9) {
  folder const here;
  auto const fifo = here / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_ERROR(std::errc::invalid_argument, "it is a FIFO", coview::copy_file(fifo, here / "b"));
  std::thread writer([&] { put(fifo, noise(mebi)); });
  copy_options options = quick({.verify = coview::verify::inline_hash});
  options.read_special = true;
  auto const report = coview::copy_file(fifo, here / "b", options);
  writer.join();
  EXPECT_EQ(contents(here / "b"), noise(mebi));
  EXPECT_EQ(report.hash, xxh3_of(noise(mebi)));
}

// ---- what is refused

TEST(Copy, RefusesOneFileUnderTwoNames_H5) {
  folder const here;
  put(here / "a", "bytes");
  fs::create_hard_link(here / "a", here / "hard");
  fs::create_symlink("a", here / "soft");
  for (auto const* const target : {"a", "hard", "soft"})
    EXPECT_ERROR(std::errc::invalid_argument, "are the same file", coview::copy_file(here / "a", here / target));
  EXPECT_ERROR(std::errc::invalid_argument, "are the same file", coview::copy_file(here / "soft", here / "a"));
  EXPECT_EQ(contents(here / "a"), "bytes");
  EXPECT_EQ(here.names(), names({"a", "hard", "soft"}));
}

TEST(Copy, NamesWhatIsWrong) {
  folder const here;
  put(here / "a", "bytes");
  fs::create_directory(here / "d");
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "none'", coview::copy_file(here / "none", here / "b"));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "b'", coview::copy_file(here / "a", here / "none/b"));
  EXPECT_ERROR(std::errc::is_a_directory, "d'", coview::copy_file(here / "d", here / "b"));
  EXPECT_ERROR(std::errc::is_a_directory, "d'", coview::copy_file(here / "a", here / "d"));
  EXPECT_ERROR(std::errc::is_a_directory, "names a directory", coview::copy_file(here / "a", here / "d/"));
  EXPECT_ERROR(std::errc::invalid_argument, "it is a device", coview::copy_file("/dev/zero", here / "b"));
  fs::create_symlink("/dev/null", here / "null");
  EXPECT_ERROR(std::errc::invalid_argument, "link to a device", coview::copy_file(here / "a", here / "null"));
  int const listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct ::sockaddr_un address {};
  address.sun_family = AF_UNIX;
  (here / "s").string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<struct ::sockaddr*>(&address), sizeof address), 0);
  EXPECT_ERROR(std::errc::invalid_argument, "it is a socket", coview::copy_file(here / "s", here / "b"));
  ::close(listener);
  copy_options options;
  options.follow_source = false;
  fs::create_symlink("a", here / "link");
  EXPECT_ERROR(std::errc::too_many_symbolic_link_levels, "symbolic link",
               coview::copy_file(here / "link", here / "b", options));
  EXPECT_EQ(here.names(), names({"a", "d", "link", "null", "s"}));
}

TEST(Copy, LeavesOrRefusesOrUpdatesAnExistingTarget) {
  folder const here;
  put(here / "a", "new!");
  put(here / "b", "old");
  copy_options options = quick();
  options.existing = coview::existing_target::keep;
  EXPECT_TRUE(coview::copy_file(here / "a", here / "b", options).skipped);
  options.existing = coview::existing_target::refuse;
  EXPECT_ERROR(std::errc::file_exists, "is there already", coview::copy_file(here / "a", here / "b", options));
  EXPECT_EQ(contents(here / "b"), "old");
  EXPECT_FALSE(coview::copy_file(here / "a", here / "c", options).skipped);
  options.existing = coview::existing_target::update;
  auto const at = [&](char const* name, time_t seconds, long nanoseconds) {
    std::array<struct ::timespec, 2> const times{{{seconds, nanoseconds}, {seconds, nanoseconds}}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (here / name).c_str(), times.data(), 0), 0);
  };
  // Somebody's newer file is theirs, whatever its size.
  at("a", 1000, 5);
  at("b", 1000, 6);
  EXPECT_TRUE(coview::copy_file(here / "a", here / "b", options).skipped);
  EXPECT_EQ(contents(here / "b"), "old");
  at("b", 1000, 4);
  EXPECT_FALSE(coview::copy_file(here / "a", here / "b", options).skipped);
  EXPECT_TRUE(coview::copy_file(here / "a", here / "b", options).skipped);  // times are kept, so it is as new
  EXPECT_EQ(contents(here / "b"), "new!");
}

// ---- attributes

TEST(Copy, KeepsModeTimesAndAttributes) {
  folder const here;
  put(here / "a", "bytes");
  ASSERT_EQ(::chmod((here / "a").c_str(), 0751), 0);
  bool const attributes = ::setxattr((here / "a").c_str(), "user.colour", "blue", 4, 0) == 0;
  std::array<struct ::timespec, 2> const times{{{1000000001, 123456789}, {1000000002, 987654321}}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (here / "a").c_str(), times.data(), 0), 0);
  auto const report = coview::copy_file(here / "a", here / "b", quick());
  auto const is = status_of(here / "b");
  EXPECT_EQ(is.st_mode & 07777U, 0751U);
  EXPECT_EQ(is.st_mtim.tv_sec, 1000000002);
  EXPECT_EQ(is.st_mtim.tv_nsec, 987654321);
  EXPECT_EQ(is.st_atim.tv_nsec, 123456789);
  EXPECT_TRUE(report.warnings.empty());
  if (attributes) {
    std::array<char, 8> value{};
    EXPECT_EQ(::getxattr((here / "b").c_str(), "user.colour", value.data(), value.size()), 4);
  }
}

TEST(Copy, WithoutOwnerNoSetUserIdAndWithoutModeTheUmask) {
  folder const here;
  put(here / "a", "bytes");
  ASSERT_EQ(::chmod((here / "a").c_str(), 04777), 0);
  coview::copy_file(here / "a", here / "b", quick());
  EXPECT_EQ(status_of(here / "b").st_mode & 07777U, 0777U);
  copy_options options = quick();
  options.preserve.owner = true;
  coview::copy_file(here / "a", here / "c", options);
  EXPECT_EQ(status_of(here / "c").st_mode & 07777U, 04777U);
  options = quick();
  options.preserve = {.mode = false, .times = false};
  child copier([&](parent_link const&) {
    ::umask(027);
    coview::copy_file(here / "a", here / "d", options);
  });
  ASSERT_EQ(copier.wait(), 0);
  EXPECT_EQ(status_of(here / "d").st_mode & 07777U, 0750U);
}

TEST(Copy, IsForNobodyElseUntilItIsDone_H6) {
  folder const here;
  put(here / "a", "secret");
  ASSERT_EQ(::chmod((here / "a").c_str(), 0600), 0);
  put(here / "b", "public");
  ASSERT_EQ(::chmod((here / "b").c_str(), 0644), 0);
  copy_options options = quick();
  bool looked = false;
  options.on_progress = [&](copy_progress const& p) {
    if (p.stage != copy_stage::copying) return true;
    EXPECT_EQ(status_of(here.temporary()).st_mode & 07777U, 0600U);
    return looked = true;
  };
  coview::copy_file(here / "a", here / "b", options);
  EXPECT_TRUE(looked);
  EXPECT_EQ(status_of(here / "b").st_mode & 07777U, 0600U);
}

TEST(Copy, ReplacesALinkAndFollowsItWhenAsked_H7) {
  folder const here;
  put(here / "a", "new");
  put(here / "victim", "old");
  fs::create_symlink("victim", here / "link");
  copy_options options = quick();
  options.follow_target = true;
  coview::copy_file(here / "a", here / "link", options);
  EXPECT_TRUE(fs::is_symlink(here / "link"));
  EXPECT_EQ(contents(here / "victim"), "new");
  put(here / "victim", "old");
  coview::copy_file(here / "a", here / "link", quick());
  EXPECT_FALSE(fs::is_symlink(here / "link"));
  EXPECT_EQ(contents(here / "link"), "new");
  EXPECT_EQ(contents(here / "victim"), "old");
}

// ---- changing, cancelling, verifying

TEST(Copy, SaysThatTheSourceWasWrittenTo_H11) {
  folder const here;
  put(here / "a", noise(mebi));
  auto const before = status_of(here / "a");
  copy_options options = quick();
  options.may_reflink = false;
  options.limit_rate = 4 * mebi;  // so that there is a moment in the middle
  options.on_progress = [&](copy_progress const& p) {
    if (p.stage != copy_stage::copying || p.written == 0) return true;
    overwrite(here / "a", 1000, "another");
    std::array<struct ::timespec, 2> const times{before.st_atim, before.st_mtim};  // and hides it
    return ::utimensat(AT_FDCWD, (here / "a").c_str(), times.data(), 0) == 0;
  };
  EXPECT_ERROR(std::errc::resource_unavailable_try_again, "changed while",
               coview::copy_file(here / "a", here / "b", options));
  EXPECT_EQ(here.names(), names({"a"}));
}

TEST(Copy, TakesASourceWhoseBytesStayedTheSame) {
  folder const here;
  put(here / "a", noise(mebi));
  copy_options options = quick({.verify = coview::verify::inline_hash});
  options.may_reflink = false;
  options.on_progress = [&](copy_progress const& p) {
    if (p.stage != copy_stage::copying) return true;
    std::error_code ignored;
    fs::create_hard_link(here / "a", here / "another name", ignored);
    fs::rename(here / "a", here / "moved", ignored);
    fs::permissions(here / "moved", fs::perms::owner_read, ignored);
    return true;
  };
  EXPECT_EQ(coview::copy_file(here / "a", here / "b", options).hash, xxh3_of(noise(mebi)));
  EXPECT_EQ(contents(here / "b"), noise(mebi));
}

TEST(Copy, TakesAGrowingSourceUpToItsSizeWhereThatIsAccepted) {
  folder const here;
  for (auto const method : methods) {
    put(here / "a", noise(mebi));
    copy_options options = quick({.method = method});
    options.changing = coview::changing_source::accept;
    options.on_progress = [&](copy_progress const&) {
      std::ofstream(here / "a", std::ios::app) << "more";
      return true;
    };
    try {
      coview::copy_file(here / "a", here / "b", options);
    } catch (coview::error const& e) {
      ASSERT_EQ(e.code(), std::errc::operation_not_supported) << e.what();
      continue;
    }
    EXPECT_EQ(contents(here / "b").substr(0, mebi), noise(mebi)) << coview::to_string(method);
    fs::remove(here / "b");
  }
  put(here / "a", noise(mebi));
  copy_options options = quick();
  options.may_reflink = false;
  options.changing = coview::changing_source::accept;
  options.on_progress = [&](copy_progress const&) {
    fs::resize_file(here / "a", 1000);
    return true;
  };
  EXPECT_ERROR(std::errc::resource_unavailable_try_again, "bytes and has",
               coview::copy_file(here / "a", here / "b", options));
}

TEST(Copy, EndsThoughTheSourceGrows_H15) {
  folder const here;
  put(here / "a", noise(mebi));
  copy_options options = quick();
  options.may_reflink = false;
  options.on_progress = [&](copy_progress const&) {
    std::ofstream(here / "a", std::ios::app) << noise(mebi);
    return true;
  };
  EXPECT_ERROR(std::errc::resource_unavailable_try_again, "bytes and has",
               coview::copy_file(here / "a", here / "b", options));
}

TEST(Copy, CanBeCancelledAtEveryStage) {
  folder const here;
  put(here / "a", noise(9 * mebi));
  put(here / "b", "old");
  for (auto const stage : {copy_stage::copying, copy_stage::flushing, copy_stage::verifying}) {
    copy_options options{.verify = coview::verify::read_back};
    options.on_progress = [&](copy_progress const& p) { return p.stage != stage; };
    auto const report = coview::copy_file(here / "a", here / "b", options);
    EXPECT_TRUE(report.cancelled);
    EXPECT_EQ(contents(here / "b"), "old");
    EXPECT_EQ(here.names(), names({"a", "b"}));
  }
}

TEST(Copy, TellsHowFarItIs) {
  folder const here;
  put(here / "a", noise(9 * mebi));
  std::vector<copy_progress> told;
  copy_options options{.verify = coview::verify::read_back};
  options.on_progress = [&](copy_progress const& p) {
    told.push_back(p);
    return true;
  };
  auto const report = coview::copy_file(here / "a", here / "b", options);
  EXPECT_TRUE(report.verified);
  ASSERT_GE(told.size(), 4U);
  EXPECT_EQ(told.front().stage, copy_stage::copying);
  EXPECT_EQ(told.back().stage, copy_stage::done);
  EXPECT_EQ(told.back().written, 9 * mebi);
  EXPECT_EQ(told.back().on_device, report.durable ? 9 * mebi : 0);
  for (auto const& p : told) {
    EXPECT_LE(p.on_device, p.written);
    EXPECT_LE(p.written, p.total);
    EXPECT_EQ(p.target, here / "b");
  }
}

TEST(Copy, ReadingBackFindsADamagedCopy) {
  folder const here;
  put(here / "a", noise(9 * mebi));
  put(here / "b", "old");
  copy_options options{.verify = coview::verify::read_back};
  options.on_progress = [&](copy_progress const& p) {
    if (p.stage == copy_stage::verifying && p.verified == 0) overwrite(here.temporary(), 5 * mebi, "?");
    return true;
  };
  EXPECT_ERROR(std::errc::io_error, "not what was written", coview::copy_file(here / "a", here / "b", options));
  EXPECT_EQ(contents(here / "b"), "old");
  EXPECT_EQ(here.names(), names({"a", "b"}));
}

TEST(Copy, GivesOtherHashesTheBytes) {
  struct counter final : coview::hasher {
    void update(std::span<std::byte const> bytes) override { sum += bytes.size(); }
    std::string finish() override { return std::to_string(sum); }
    std::size_t sum = 0;
  };
  folder const here;
  put(here / "a", noise(3 * mebi + 1));
  copy_options options = quick({.verify = coview::verify::read_back});
  options.hash = [] { return std::make_unique<counter>(); };
  EXPECT_EQ(coview::copy_file(here / "a", here / "b", options).hash, std::to_string(3 * mebi + 1));
}

TEST(Copy, BeyondTheFileSizeLimitIsAnError_H9) {
  folder const here;
  put(here / "a", noise(3 * mebi));
  child limited([&](parent_link const& parent) {
    struct ::rlimit const limit{mebi, mebi};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (auto const method : methods) {
      copy_options options = quick({.method = method});
      options.may_reflink = false;
      try {
        coview::copy_file(here / "a", here / "b", options);
        parent.say("copied");
        return;
      } catch (coview::error const& e) {
        if (e.code() != std::errc::file_too_large && e.code() != std::errc::operation_not_supported)
          throw;  // said by the child
      }
    }
    parent.say("errors");
  });
  EXPECT_EQ(limited.hear(), "errors");
  EXPECT_EQ(limited.wait(), 0);
  EXPECT_EQ(here.names(), names({"a"}));
}

TEST(Copy, TwoToOneTargetDoNotMix) {
  folder const here;
  put(here / "a", noise(8 * mebi, 1));
  put(here / "c", noise(8 * mebi, 2));
  copy_options inner = quick();
  copy_options outer = quick();
  outer.on_progress = [&](copy_progress const& p) {
    if (p.stage == copy_stage::copying && p.written == 0) coview::copy_file(here / "c", here / "b", inner);
    return true;
  };
  coview::copy_file(here / "a", here / "b", outer);
  EXPECT_EQ(contents(here / "b"), noise(8 * mebi, 1));
  EXPECT_EQ(here.names(), names({"a", "b", "c"}));
}

TEST(Copy, IsNotLedAstrayByWhatLiesInItsWay) {
  folder const here;
  put(here / "a", "bytes");
  put(here / "victim", "old");
  std::string temporary;
  copy_options options = quick();
  options.on_progress = [&](copy_progress const&) {
    temporary = here.temporary().empty() ? temporary : here.temporary().string();
    return true;
  };
  coview::copy_file(here / "a", here / "b", options);
  ASSERT_FALSE(temporary.empty());
  fs::create_symlink("victim", temporary);  // a link where the next temporary would be
  coview::copy_file(here / "a", here / "b", quick());
  EXPECT_EQ(contents(here / "victim"), "old");
  fs::remove(temporary);
  fs::create_hard_link(here / "victim", temporary);  // a name of somebody's file
  coview::copy_file(here / "a", here / "b", quick());
  EXPECT_EQ(contents(here / "victim"), "old");
  fs::remove(temporary);
  fs::create_directory(temporary);
  coview::copy_file(here / "a", here / "b", quick());
  EXPECT_EQ(contents(here / "b"), "bytes");
}

TEST(Copy, NamesOfEveryKindAndLength) {
  folder const here;
  put(here / "a", "bytes");
  for (std::string const& name : {std::string(255, 'x'), std::string("line\nbreak"), std::string("\xff\xfe"),
                                  std::string(" "), std::string("-rf"), std::string("it's")}) {
    coview::copy_file(here / "a", here / name, quick());
    EXPECT_EQ(contents(here / name), "bytes");
  }
}

// ---- sums and comparisons

TEST(Sum, IsThatOfTheBytes) {
  folder const here;
  for (std::size_t const size : {std::size_t{0}, std::size_t{5}, 256 * std::size_t{1024}, 3 * mebi + 1}) {
    put(here / "a", noise(size));
    auto const report = coview::sum_file(here / "a");
    EXPECT_EQ(report.hash, xxh3_of(noise(size)));
    EXPECT_EQ(report.bytes, size);
  }
  EXPECT_EQ(xxh3_of(""), "99aa06d3014798d86001c324468d497f");  // as xxhsum -H2 has it
  EXPECT_GT(coview::sum_file("/proc/cpuinfo").bytes, 0U);
  EXPECT_ERROR(std::errc::is_a_directory, "directory", coview::sum_file(here.path()));
}

}  // namespace
