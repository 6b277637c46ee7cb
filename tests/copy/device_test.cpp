// SPDX-License-Identifier: Apache-2.0
// Copies to a device that takes less than it says (thin storage): what is lost on the way is told, whoever heard of
// it first.
#include <gtest/gtest.h>

#include <coview/copy.hpp>

#include "copy/folder.hpp"
#include "copy/loop_device.hpp"
#include "support/mount.hpp"

namespace {

using namespace coview_test;
using coview::copy_progress;
using coview::copy_stage;

/// An ext4 of 128 MiB on a file for which there is no space, but for what it has already; until `relieve`.
class ThinDevice : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_ROOT();
    if (!own_mounts()) GTEST_SKIP() << "nothing can be mounted here";
    fs::create_directories(base_ / "below");
    below_.emplace(base_ / "below", "size=64m");
    if (!below_->ok()) GTEST_SKIP() << "nothing can be mounted here";
    // Without a journal, which would be lost as well, and the whole filesystem with it; and with its tables written.
    bool const mounted = mount_loop("ext4", base_ / "below" / "image", device_, "128M",
                                    "-b 4096 -O ^has_journal -E lazy_itable_init=0,nodiscard");
    if (!mounted) GTEST_SKIP() << "needs a loop device and mkfs.ext4";
    put(device_ / "first", "so that the directory is there");
    run("sync -f '" + device_.string() + "'");
    put(base_ / "source", noise(size_));
    std::ofstream filler(base_ / "below" / "filler", std::ios::binary);
    std::string const zeros(std::size_t{1} << 20U, '\0');
    while (filler.write(zeros.data(), static_cast<std::streamsize>(zeros.size())).flush()) {
    }
  }
  void TearDown() override { ::umount2(device_.c_str(), MNT_DETACH); }

  [[nodiscard]] bool nothing_is_left() const {
    fs::directory_iterator const entries(device_);
    return std::all_of(begin(entries), end(entries), [](auto const& each) {
      return each.path().filename() == "first" || each.path().filename() == "lost+found";
    });
  }
  void relieve() const { fs::remove(base_ / "below" / "filler"); }

  static constexpr std::size_t size_ = std::size_t{48} << 20U;
  folder base_;
  fs::path device_ = base_ / "device";
  std::optional<scoped_tmpfs> below_;
};

/// The kernel tells of a failed write-back once for each descriptor. Who waits for a part of the file while somebody
/// watches is told then, and the flush at the end, when the device has space again, is not.
TEST_F(ThinDevice, LossThatIsToldBeforeTheLastFlushIsAFailure_H3) {
  int flushing = 0;
  coview::copy_options options;
  options.on_progress = [&](copy_progress const& now) {
    if (now.stage == copy_stage::flushing && ++flushing == 2) relieve();
    return true;
  };
  try {
    coview::copy_file(base_ / "source", device_ / "target", options);
    ADD_FAILURE() << "a copy that was lost counts as done";
  } catch (coview::error const& e) {
    EXPECT_NE(std::string(e.what()).find("cannot flush"), std::string::npos) << e.what();
  }
  EXPECT_FALSE(fs::exists(device_ / "target"));
  EXPECT_TRUE(nothing_is_left());
}

/// In memory it looks whole, and would be taken over.
TEST_F(ThinDevice, WhatWasLostIsNotResumed_H3) {
  coview::copy_options options;
  options.resume = true;
  EXPECT_THROW(coview::copy_file(base_ / "source", device_ / "target", options), coview::error);
  EXPECT_TRUE(nothing_is_left());
  relieve();
  auto const report = coview::copy_file(base_ / "source", device_ / "target", options);
  EXPECT_EQ(report.resumed, 0U);
  EXPECT_TRUE(report.durable);
  ASSERT_EQ(::umount2(device_.c_str(), 0), 0);
  ASSERT_TRUE(run("PATH=$PATH:/usr/sbin:/sbin mount -o loop '" + (base_ / "below" / "image").string() + "' '" +
                  device_.string() + "'"));
  EXPECT_TRUE(coview::compare_files(base_ / "source", device_ / "target").same);
}

}  // namespace
