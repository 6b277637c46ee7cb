// SPDX-License-Identifier: Apache-2.0
#include "waiter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "sync_bare.hpp"

namespace bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr useconds_t a_moment = 20;

double at(std::vector<double>& values, double share) {
  auto const rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

constexpr double half = 0.5;

}  // namespace

waiter::waiter(std::function<std::function<void()>()> prepare, std::function<void()> set)
    : set_(std::move(set)), shared_(in_shared_memory<exchange>()), process_([this, prepare = std::move(prepare)] {
        auto const wait = prepare();
        for (std::uint32_t turn = 1;; ++turn) {
          shared_->began.store(turn);
          wait();
          shared_->woken_at.store(clock::now().time_since_epoch().count());
          shared_->answered.store(turn);
        }
      }) {
  auto const path = "/proc/" + std::to_string(process_.pid()) + "/stat";
  stat_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (stat_ < 0) throw std::runtime_error("no " + path);
}

waiter::~waiter() {
  ::close(stat_);
}

double waiter::wake() {
  ++turn_;
  while (shared_->began.load() != turn_) ::usleep(a_moment);
  while (!sleeps()) ::usleep(a_moment);
  ::usleep(a_moment);
  auto const begin = clock::now().time_since_epoch().count();
  set_();
  while (shared_->answered.load() != turn_) bare::relax();
  return static_cast<double>(shared_->woken_at.load() - begin);
}

/// The state is the letter behind the command's parenthesis.
bool waiter::sleeps() const {
  std::array<char, 128> text{};
  if (::pread(stat_, text.data(), text.size() - 1, 0) <= 0) throw std::runtime_error("the waiter is gone");
  char const* const end = std::strrchr(text.data(), ')');
  return end != nullptr && end[1] == ' ' && end[2] == 'S';
}

measured wake_times(std::string title, std::vector<named_waiter> waiters, std::uint32_t rounds) {
  constexpr std::uint32_t operations = 50;
  constexpr double microsecond = 1000;
  struct times {
    std::vector<double> all;
    std::vector<double> medians;
  };
  std::vector<times> taken(waiters.size());
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < waiters.size(); ++i) {
      auto const turn = (i + round) % waiters.size();
      std::vector<double> times;
      for (std::uint32_t n = 0; n < operations; ++n) times.push_back(waiters[turn].who->wake() / microsecond);
      taken[turn].all.insert(taken[turn].all.end(), times.begin(), times.end());
      taken[turn].medians.push_back(at(times, half));
    }
  }

  measured out{std::move(title), "us", operations, {}};
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    auto& one = taken[i];
    std::vector<double> ratios;
    for (std::uint32_t round = 0; round < rounds; ++round) {
      ratios.push_back(one.medians[round] / taken.front().medians[round]);
    }
    auto const smallest = *std::min_element(one.all.begin(), one.all.end());
    constexpr double nearly_all = 0.99;
    auto const p99 = at(one.all, nearly_all);
    // The first one's own medians are needed until the last ratio is made.
    auto medians = one.medians;
    out.results.push_back({std::move(waiters[i].name), at(medians, half), p99, smallest, at(ratios, half)});
  }
  return out;
}

}  // namespace bench
