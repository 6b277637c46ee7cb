// SPDX-License-Identifier: Apache-2.0
// Handlers of faults stand in front of those that were there before, and leave them as they were.
#include "os/fault_handler.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <gtest/gtest.h>

#include "os/fd.hpp"
#include "support/process.hpp"

namespace coview::os {
namespace {

using coview_test::child;
using coview_test::parent_link;

constinit fault_handler ours;
volatile std::sig_atomic_t ours_ran = 0;
volatile std::sig_atomic_t theirs_ran = 0;

void on_fault(int /*signal*/, siginfo_t* info, void* context) {
  ours_ran = ours_ran + 1;
  ours.pass_on(info, context);
}

constinit fault_handler in_front;

void on_fault_in_front(int /*signal*/, siginfo_t* info, void* context) {
  in_front.pass_on(info, context);
}

void theirs(int /*signal*/) {
  theirs_ran = theirs_ran + 1;
}

void theirs_with_facts(int signal, siginfo_t* info, void* context) {
  if (info->si_signo == signal && context != nullptr) theirs_ran = theirs_ran + 1;
}

/// Touches a page behind the end of its file.
void fault() {
  unique_fd const file(::memfd_create("empty", MFD_CLOEXEC));
  auto* const page = static_cast<char volatile*>(::mmap(nullptr, 1, PROT_READ, MAP_SHARED, file.get(), 0));
  (void)*page;
}

/// How a child ends that has our handler in front of `before`, and does something.
template <class Act>
int end_of(void (*before)(int), Act const& act) {
  child one([&](parent_link const&) {
    std::signal(SIGBUS, before);
    if (!ours.install(SIGBUS, on_fault)) ::_exit(100);
    act();
    ::_exit(ours_ran * 10 + theirs_ran);
  });
  return one.wait();
}

TEST(FaultHandler, WithoutAnotherOneAFaultEndsTheProcess) {
  EXPECT_EQ(end_of(SIG_DFL, fault), 128 + SIGBUS);
}

TEST(FaultHandler, WithoutAnotherOneASignalThatIsSentEndsTheProcess) {
  EXPECT_EQ(end_of(SIG_DFL, [] { std::raise(SIGBUS); }), 128 + SIGBUS);
}

TEST(FaultHandler, WhatIsIgnoredStaysSoWhereItIsSent) {
  EXPECT_EQ(end_of(SIG_IGN, [] { std::raise(SIGBUS); }), 10);
  EXPECT_EQ(end_of(SIG_IGN, fault), 128 + SIGBUS);
}

TEST(FaultHandler, TheOneBeforeRunsAfterwards) {
  EXPECT_EQ(end_of(theirs, [] { std::raise(SIGBUS); }), 11);
}

TEST(FaultHandler, TheOneBeforeIsToldTheFacts) {
  child one([](parent_link const&) {
    struct ::sigaction before {};
    before.sa_sigaction = theirs_with_facts;
    before.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &before, nullptr);
    ours.install(SIGBUS, on_fault);
    std::raise(SIGBUS);
    ::_exit(ours_ran * 10 + theirs_ran);
  });
  EXPECT_EQ(one.wait(), 11);
}

TEST(FaultHandler, WhatIsIgnoredStaysSoWhateverItsFlagsSay) {
  child one([](parent_link const&) {
    struct ::sigaction before {};
    before.sa_handler = SIG_IGN;
    before.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &before, nullptr);
    ours.install(SIGBUS, on_fault);
    std::raise(SIGBUS);
    ::_exit(ours_ran * 10 + theirs_ran);
  });
  EXPECT_EQ(one.wait(), 10);
}

TEST(FaultHandler, RemovedItGivesTheSignalBack) {
  EXPECT_EQ(end_of(theirs,
                   [] {
                     ours.remove();
                     std::raise(SIGBUS);
                   }),
            1);
}

TEST(FaultHandler, WhoeverTookTheSignalSinceKeepsIt) {
  EXPECT_EQ(end_of(SIG_DFL,
                   [] {
                     std::signal(SIGBUS, theirs);
                     ours.remove();
                     std::raise(SIGBUS);
                   }),
            1);
}

TEST(FaultHandler, RemovedFromBehindAnotherItIsNotPutInFrontOfThatOneToo) {
  auto const again = [] {
    in_front.install(SIGBUS, on_fault_in_front);
    ours.remove();
    if (ours.install(SIGBUS, on_fault)) ::_exit(101);
  };
  EXPECT_EQ(end_of(theirs,
                   [&] {
                     again();
                     std::raise(SIGBUS);
                   }),
            11);
  EXPECT_EQ(end_of(SIG_DFL,
                   [&] {
                     again();
                     fault();
                   }),
            128 + SIGBUS);
}

TEST(FaultHandler, RemovedWhereTheSignalLostItsHandlerItCanBeInstalledAgain) {
  EXPECT_EQ(end_of(theirs,
                   [] {
                     std::signal(SIGBUS, SIG_DFL);
                     ours.remove();
                     std::signal(SIGBUS, SIG_IGN);
                     if (!ours.install(SIGBUS, on_fault)) ::_exit(101);
                     std::raise(SIGBUS);
                   }),
            10);
}

TEST(FaultHandler, RemovedFromBehindAnotherThatHasGoneItIsInPlaceAgain) {
  auto const again = [] {
    in_front.install(SIGBUS, on_fault_in_front);
    ours.remove();
    in_front.remove();
    if (!ours.install(SIGBUS, on_fault)) ::_exit(101);
  };
  EXPECT_EQ(end_of(theirs,
                   [&] {
                     again();
                     std::raise(SIGBUS);
                   }),
            11);
  EXPECT_EQ(end_of(theirs,
                   [&] {
                     again();
                     ours.remove();
                     std::raise(SIGBUS);
                   }),
            1);
}

}  // namespace
}  // namespace coview::os
