// SPDX-License-Identifier: Apache-2.0
// Names as subjects: no two meet, and each can be read back.
#include "bridge/subject.hpp"

#include <gtest/gtest.h>
#include <random>
#include <set>
#include <string>

#include "bridge/secrets.hpp"
#include "support/expect_error.hpp"

namespace coview {
namespace {

constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=";

TEST(Subject, PlainNamesStayReadable) {
  EXPECT_EQ(subject_for("coview", carried::topic, "pose"), "coview.topic.pose");
  EXPECT_EQ(subject_for("coview", carried::queue, "cam/front"), "coview.queue.cam=2Ffront");
  EXPECT_EQ(subject_for("site 1", carried::mapping, "Global\\Board"), "site=201.map.Global=5CBoard");
}

TEST(Subject, EveryByteIsReversible) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string const name(1, static_cast<char>(byte));
    auto const token = subject_token(name);
    EXPECT_EQ(token.find_first_not_of(allowed), std::string::npos) << byte;
    EXPECT_EQ(name_of_token(token), name) << byte;
  }
}

TEST(Subject, NoTwoNamesMeet) {
  std::mt19937 random(7);  // NOLINT: the same in every run
  std::string const letters = "aA=_.-/ *>2F";
  std::set<std::string> names;
  std::set<std::string> subjects;
  std::set<std::string> streams;
  for (int i = 0; i < 20000; ++i) {
    std::string name;
    for (auto length = 1 + random() % 5; length != 0; --length) name += letters[random() % letters.size()];
    auto const subject = subject_for("p", carried::topic, name);
    auto const parts = parts_of_subject(subject);
    ASSERT_TRUE(parts) << subject;
    EXPECT_EQ(parts->name, name);
    names.insert(name);
    subjects.insert(subject);
    streams.insert(stream_for(subject));
  }
  EXPECT_EQ(subjects.size(), names.size());
  EXPECT_EQ(streams.size(), names.size());
}

TEST(Subject, PrefixKindAndNameStayApart) {
  std::set<std::string> subjects;
  std::set<std::string> streams;
  std::set<std::string> buckets;
  std::size_t count = 0;
  for (auto const* prefix : {"a", "a.b", "a+b", "a_", "a__parts", "a=2E"}) {
    for (auto const* use : {"parts", "latest"}) buckets.insert(bucket_for(prefix, use));
    for (auto const what : {carried::topic, carried::log, carried::queue, carried::latest, carried::mapping}) {
      for (auto const* name : {"b", "topic", "a.b", "log.b", "b+c"}) {
        auto const subject = subject_for(prefix, what, name);
        subjects.insert(subject);
        streams.insert(stream_for(subject));
        auto const parts = parts_of_subject(subject);
        ASSERT_TRUE(parts) << subject;
        EXPECT_EQ(parts->prefix, prefix);
        EXPECT_EQ(parts->what, what);
        EXPECT_EQ(parts->name, name);
        ++count;
      }
    }
  }
  EXPECT_EQ(subjects.size(), count);
  EXPECT_EQ(streams.size(), count);
  EXPECT_EQ(buckets.size(), 12U);
  for (auto const& bucket : buckets) {
    EXPECT_EQ(bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
              std::string::npos)
        << bucket;
  }
}

TEST(Subject, WhatWasNotMadeHereIsNoName) {
  for (auto const* token : {"", "=", "=4", "=4g", "=41", "a b", "a.b", "=2f", "a=", "*", ">"}) {
    EXPECT_FALSE(name_of_token(token)) << token;
  }
  for (auto const* subject : {"", "a", "a.b", "a.topic", "a.topic.", ".topic.b", "a.tropic.b", "a.topic.b.c"}) {
    EXPECT_FALSE(parts_of_subject(subject)) << subject;
  }
}

TEST(Subject, NamesThatAreTooLongAreRefusedWithARemedy) {
  std::string const longest(longest_token, 'x');
  EXPECT_EQ(subject_for("c", carried::queue, longest), "c.queue." + longest);
  EXPECT_ERROR(std::errc::filename_too_long, "--as NAME", (void)subject_for("c", carried::queue, longest + "x"));
  EXPECT_ERROR(std::errc::filename_too_long, "prefix", (void)subject_for(longest, carried::queue, "x"));
  EXPECT_ERROR(std::errc::invalid_argument, "empty", (void)subject_for("c", carried::queue, ""));
}

TEST(ServerAddresses, AreShownWithoutWhatSaysWhoThisIs) {
  EXPECT_EQ(without_secrets("nats://a:1"), "nats://a:1");
  EXPECT_EQ(without_secrets("nats://ann:se@cret@a:1,tls://token@b,c:2"), "nats://***@a:1,tls://***@b,c:2");
  EXPECT_EQ(without_secrets("ann:secret@a:1"), "***@a:1");
  EXPECT_EQ(without_secrets("no address ('nats://ann:secret@a')"), "no address ('nats://***@a')");
  EXPECT_EQ(without_secrets(""), "");
}

}  // namespace
}  // namespace coview
