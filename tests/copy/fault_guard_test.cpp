// SPDX-License-Identifier: Apache-2.0
// A guard beside others who want the same signal: those that come while one is there, stay, and pass on what is not
// theirs.
#include "copy/methods/fault_guard.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <gtest/gtest.h>
#include <span>
#include <utility>

#include "os/fd.hpp"
#include "os/virtual_memory.hpp"
#include "support/process.hpp"

namespace coview::copying {
namespace {

using coview_test::child;
using coview_test::parent_link;

volatile std::sig_atomic_t theirs_ran = 0;
std::array<struct ::sigaction, 8> behind_theirs{};

template <std::size_t i>
void theirs(int signal, siginfo_t* info, void* context) {
  theirs_ran = theirs_ran + 1;
  auto const& next = behind_theirs[i];
  if ((next.sa_flags & SA_SIGINFO) != 0) return next.sa_sigaction(signal, info, context);
  ::signal(signal, next.sa_handler);
}

/// While a guard is there that goes before it.
template <std::size_t i>
void put_theirs_in_front() {
  fault_guard const guard;
  struct ::sigaction one {};
  one.sa_sigaction = theirs<i>;
  one.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGBUS, &one, &behind_theirs[i]);
}

template <std::size_t... i>
void put_in_front(std::index_sequence<i...> /*which*/) {
  (put_theirs_in_front<i>(), ...);
}

/// A page behind the end of its file.
std::span<std::byte const> out_of_reach() {
  os::unique_fd const file(::memfd_create("empty", MFD_CLOEXEC));
  auto* const page = ::mmap(nullptr, os::page_size(), PROT_READ, MAP_SHARED, file.get(), 0);
  return {static_cast<std::byte const*>(page), 1};
}

bool is_told() {
  std::byte there{};
  fault_guard const guard;
  return fault_guard::copy({&there, 1}, out_of_reach()) == fault_guard::outcome::faulted;
}

template <std::size_t others>
int end_by_a_fault_of_nobodys() {
  child one([](parent_link const&) {
    ::signal(SIGBUS, SIG_DFL);  // a sanitizer has a handler of its own there, which is not what is asked about
    put_in_front(std::make_index_sequence<others>());
    fault_guard const guard;
    auto const* const nowhere = reinterpret_cast<char const volatile*>(out_of_reach().data());
    (void)*nowhere;
    ::_exit(0);
  });
  return one.wait();
}

TEST(FaultGuard, IsToldOfAFaultThoughAnotherHandlerCameAndStayed) {
  child one([](parent_link const&) {
    put_in_front(std::make_index_sequence<2>());
    ::_exit(is_told() && is_told() ? theirs_ran : 100);
  });
  EXPECT_EQ(one.wait(), 0);
}

TEST(FaultGuard, IsToldOfAFaultByThoseInFrontWhereTheyAreMany) {
  child one([](parent_link const&) {
    put_in_front(std::make_index_sequence<8>());
    ::_exit(is_told() && is_told() ? 1 : 100);
  });
  EXPECT_EQ(one.wait(), 1);
}

TEST(FaultGuard, WhatNobodyWantsEndsTheProcessHoweverManyCameAndStayed) {
  EXPECT_EQ(end_by_a_fault_of_nobodys<0>(), 128 + SIGBUS);
  EXPECT_EQ(end_by_a_fault_of_nobodys<1>(), 128 + SIGBUS);
  EXPECT_EQ(end_by_a_fault_of_nobodys<2>(), 128 + SIGBUS);
  EXPECT_EQ(end_by_a_fault_of_nobodys<8>(), 128 + SIGBUS);
}

}  // namespace
}  // namespace coview::copying
