// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include <coview/error.hpp>

/// What the campaigns that kill copiers have in common.
namespace coview_test {

inline constexpr std::size_t mebi = std::size_t{1} << 20U;

struct copy_campaign_request {
  unsigned kills = 1000;
  unsigned seconds = 600;
  std::uint64_t seed = 1;
  bool resume = false;  ///< whoever comes after a killed copier goes on from what it left
  bool naive = false;   ///< a copier that is wrong, and must be found
};

/// Runs copiers in processes of their own, and kills each at a random moment of the time that they usually take.
class copy_killer {
 public:
  using clock_type = std::chrono::steady_clock;

  explicit copy_killer(copy_campaign_request const& wanted)
      : wanted_(wanted), end_(clock_type::now() + std::chrono::seconds(wanted.seconds)), random_(wanted.seed) {}

  [[nodiscard]] bool goes_on() const { return killed_ < wanted_.kills && clock_type::now() < end_ && found_ == 0; }
  [[nodiscard]] std::uint64_t random(std::uint64_t below) { return random_() % below; }

  /// Does it in peace, so that it is known how long it takes.
  template <class Work>
  void measure(Work const& work) {
    auto const begin = clock_type::now();
    work();
    usual_ = clock_type::now() - begin;
  }

  /// Whether it was killed; else it had ended before. `work` is done in a process of its own; what it throws is a
  /// fault unless these files cannot be copied in that way.
  template <class Work>
  bool strike(Work const& work) {
    std::fflush(stdout);
    auto const begin = clock_type::now();
    pid_t const copier = ::fork();
    if (copier == 0) {
      try {
        work();
        ::_exit(0);
      } catch (coview::error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        ::_exit(e.code() == std::errc::operation_not_supported ? 0 : 2);
      }
    }
    std::this_thread::sleep_for(usual_ * std::uniform_real_distribution(0.0, 1.1)(random_));
    ::kill(copier, SIGKILL);
    int status = 0;
    while (::waitpid(copier, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
      ++killed_;
      usual_ *= 1.01;  // too few ends, and the kills all fall early
      return true;
    }
    ++ended_;
    usual_ = usual_ * 0.8 + std::chrono::duration<double>(clock_type::now() - begin) * 0.2;
    if (WEXITSTATUS(status) != 0) fault("a copier failed by itself");
    return false;
  }

  void fault(char const* what, char const* where = "") {
    ++found_;
    std::printf("after %u kills: %s%s%s\n", killed_, what, *where != 0 ? ": " : "", where);
  }
  /// The exit status.
  [[nodiscard]] int status() const { return found_ == 0 && killed_ > 0 ? 0 : 1; }
  [[nodiscard]] unsigned killed() const { return killed_; }
  [[nodiscard]] unsigned ended() const { return ended_; }
  [[nodiscard]] unsigned found() const { return found_; }

 private:
  copy_campaign_request wanted_;
  clock_type::time_point end_;
  std::mt19937_64 random_;
  std::chrono::duration<double> usual_{0.02};
  unsigned killed_ = 0;
  unsigned ended_ = 0;
  unsigned found_ = 0;
};

/// One file over another, in one step. Each returns the exit status.
int kill_copiers_of_a_file(copy_campaign_request const& wanted);
/// Into the file that is there.
int kill_copiers_in_place(copy_campaign_request const& wanted);
/// Several sources, trees among them, of which patterns leave some out.
int kill_copiers_of_trees(copy_campaign_request const& wanted);

}  // namespace coview_test
