// SPDX-License-Identifier: Apache-2.0
// Kills copiers with SIGKILL at random moments and looks at the target after each: it is the old file or the whole
// new one, never anything else; a copy that is resumed after any number of deaths is bit-identical; and when a copy
// is left in peace, nothing stays beside its target.
//
//     build/release/tests/campaign/copy_campaign --kills 1000
//     build/release/tests/campaign/copy_campaign --kills 1000 --resume
//
// A thousand kills take about half a minute. --break copies as many programs do, into the target itself, which must
// be noticed. Exit status: 0 where nothing was found.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <thread>

#include <coview/copy.hpp>

#include "copy/folder.hpp"

namespace {

using namespace coview_test;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t mebi = std::size_t{1} << 20U;

struct request {
  unsigned kills = 1000;
  unsigned seconds = 600;
  std::uint64_t seed = 1;
  bool resume = false;
  bool naive = false;
};

/// A version of the file, and how it is recognised.
struct version {
  fs::path path;
  std::string hash;
};

void copy_naively(fs::path const& source, fs::path const& target) {
  int const in = ::open(source.c_str(), O_RDONLY | O_CLOEXEC);
  int const out = ::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::array<char, 65536> some;
  for (;;) {
    auto const n = ::read(in, some.data(), some.size());
    if (n <= 0 || ::write(out, some.data(), static_cast<std::size_t>(n)) != n) return;
  }
}

class campaign {
 public:
  explicit campaign(request const& wanted) : wanted_(wanted), random_(wanted.seed) {
    for (std::size_t i = 0; i < versions_.size(); ++i) {
      auto& each = versions_[i];
      each.path = sources_ / ("version" + std::to_string(i));
      put(each.path, noise((6 + 5 * i) * mebi + i * 1000, i + 1));
      if (i == 1) fs::resize_file(each.path, 40 * mebi);  // a hole at the end
      if (i == 2) overwrite(each.path, 60 * mebi, "far away");
      each.hash = coview::sum_file(each.path).hash;
    }
    coview::copy_file(versions_[0].path, target_);
  }

  int run() {
    auto const end = clock_type::now() + std::chrono::seconds(wanted_.seconds);
    while (killed_ < wanted_.kills && clock_type::now() < end && found_ == 0) strike();
    if (found_ == 0) end_in_peace();
    std::printf(
        "%u killed in the middle, %u ended before; after a kill, the old file %u times and the new one %u; %u "
        "temporaries "
        "left by the dead; %u copies resumed, %llu MiB taken over; %u faults\n",
        killed_, ended_, old_, new_, temporaries_, resumed_, resumed_bytes_ / mebi, found_);
    return found_ == 0 && killed_ > 0 ? 0 : 1;
  }

 private:
  coview::copy_options options() {
    constexpr std::array methods{coview::copy_method::automatic, coview::copy_method::automatic,
                                 coview::copy_method::buffered, coview::copy_method::in_kernel,
                                 coview::copy_method::mapped};
    coview::copy_options chosen;
    chosen.durable = random_() % 8 == 0;
    chosen.method = methods[random_() % methods.size()];
    chosen.may_reflink = random_() % 2 == 0;
    chosen.resume = wanted_.resume && random_() % 8 != 0;  // now and then one that clears
    if (random_() % 4 == 0) chosen.verify = coview::verify::inline_hash;
    return chosen;
  }

  /// One copier, and its death.
  void strike() {
    // The same source for a while, so that there is something to go on from.
    if (next_ == there_ || !wanted_.resume || random_() % 6 == 0)
      next_ = (there_ + 1 + random_() % (versions_.size() - 1)) % versions_.size();
    auto const& source = versions_[next_];
    auto const how = options();
    std::array<int, 2> told{};
    if (::pipe2(told.data(), O_CLOEXEC) != 0) std::abort();
    auto const begin = clock_type::now();
    pid_t const copier = ::fork();
    if (copier == 0) {
      if (wanted_.naive) {
        copy_naively(source.path, target_);
        ::_exit(0);
      }
      try {
        auto const report = coview::copy_file(source.path, target_, how);
        ::_exit(::write(told[1], &report.resumed, sizeof report.resumed) == sizeof report.resumed ? 0 : 3);
      } catch (coview::error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        ::_exit(e.code() == std::errc::operation_not_supported ? 0 : 2);
      }
    }
    ::close(told[1]);
    std::this_thread::sleep_for(usual_ * std::uniform_real_distribution(0.0, 1.1)(random_));
    ::kill(copier, SIGKILL);
    int status = 0;
    while (::waitpid(copier, &status, 0) < 0 && errno == EINTR) {
    }
    std::uint64_t taken_over = 0;
    if (::read(told[0], &taken_over, sizeof taken_over) == sizeof taken_over && taken_over > 0) {
      ++resumed_;
      resumed_bytes_ += taken_over;
    }
    ::close(told[0]);
    if (WIFEXITED(status)) {
      ++ended_;
      usual_ = usual_ * 0.8 + std::chrono::duration<double>(clock_type::now() - begin) * 0.2;
      if (WEXITSTATUS(status) != 0) fault("a copier failed by itself");
    } else {
      ++killed_;
      // Too few ends, and the kills all fall early.
      usual_ *= 1.01;
    }
    judge(source, WIFSIGNALED(status));
  }

  void judge(version const& source, bool was_killed) {
    auto const hash = coview::sum_file(target_).hash;
    temporaries_ += folder_.temporary().empty() ? 0 : 1;
    if (hash == source.hash) {
      new_ += was_killed ? 1 : 0;
      there_ = next_;
    } else if (hash == versions_[there_].hash) {
      old_ += was_killed ? 1 : 0;
    } else {
      fault("the target is neither the old file nor the new one");
    }
  }

  void end_in_peace() {
    for (bool const resume : {wanted_.resume, false}) {
      coview::copy_options how;
      how.resume = resume;
      how.may_reflink = false;
      coview::copy_file(versions_[next_].path, target_, how);
      if (!coview::compare_files(versions_[next_].path, target_).same) fault("the last copy has other bytes");
    }
    if (folder_.names().size() != 1) fault("something is left beside the target");
  }

  void fault(char const* what) {
    ++found_;
    std::printf("after %u kills: %s\n", killed_, what);
  }

  request wanted_;
  std::mt19937_64 random_;
  folder sources_;
  folder folder_;
  fs::path target_ = folder_ / "target";
  std::array<version, 3> versions_;
  std::size_t next_ = 0;
  std::size_t there_ = 0;
  std::chrono::duration<double> usual_{0.02};
  unsigned killed_ = 0;
  unsigned ended_ = 0;
  unsigned old_ = 0;
  unsigned new_ = 0;
  unsigned temporaries_ = 0;
  unsigned resumed_ = 0;
  unsigned long long resumed_bytes_ = 0;
  unsigned found_ = 0;
};

template <class Number>
Number number(char const* text) {
  Number value{};
  std::string_view const all = text == nullptr ? "" : text;
  auto const [end, failure] = std::from_chars(all.data(), all.data() + all.size(), value);
  if (failure != std::errc{} || end != all.data() + all.size()) std::exit(2);
  return value;
}

}  // namespace

int main(int count, char** words) {
  request wanted;
  for (int i = 1; i < count; ++i) {
    std::string_view const word = words[i];
    char const* const next = i + 1 < count ? words[i + 1] : nullptr;
    if (word == "--resume") {
      wanted.resume = true;
    } else if (word == "--break") {
      wanted.naive = true;
    } else if (word == "--kills") {
      wanted.kills = number<unsigned>(next), ++i;
    } else if (word == "--seconds") {
      wanted.seconds = number<unsigned>(next), ++i;
    } else if (word == "--seed") {
      wanted.seed = number<std::uint64_t>(next), ++i;
    } else {
      std::fprintf(stderr, "usage: copy_campaign [--kills N] [--seconds LIMIT] [--seed S] [--resume] [--break]\n");
      return 2;
    }
  }
  return campaign(wanted).run();
}
