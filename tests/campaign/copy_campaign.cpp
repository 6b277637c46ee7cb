// SPDX-License-Identifier: Apache-2.0
// Kills copiers with SIGKILL at random moments and looks at the target after each: it is the old file or the whole
// new one, never anything else; a copy that is resumed after any number of deaths is bit-identical; and when a copy
// is left in peace, nothing stays beside its target. --inplace and --tree: see copy_campaign_in_place.cpp and
// copy_campaign_tree.cpp.
//
//     build/release/tests/campaign/copy_campaign --kills 1000 [--resume]
//     build/release/tests/campaign/copy_campaign --kills 1000 --inplace [--resume]
//     build/release/tests/campaign/copy_campaign --kills 1000 --tree [--resume]
//
// A thousand kills take about half a minute. --break copies as many programs do, into the target itself, or, in
// place, by renaming, which must be noticed. Exit status: 0 where nothing was found.
#include "campaign/copy_campaign.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <coview/copy.hpp>

#include "copy/folder.hpp"
#include "support/tally.hpp"

namespace coview_test {
namespace {

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

class file_campaign {
 public:
  explicit file_campaign(copy_campaign_request const& wanted) : wanted_(wanted), killer_(wanted) {
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
    while (killer_.goes_on()) strike();
    if (killer_.found() == 0) end_in_peace();
    std::printf(
        "%u killed in the middle, %u ended before; after a kill, the old file %u times and the new one %u; %u "
        "temporaries "
        "left by the dead; %u copies resumed, %llu MiB taken over; %u faults\n",
        killer_.killed(), killer_.ended(), old_, new_, temporaries_, resumed_, resumed_bytes_ / mebi,
        killer_.found());
    print({.kills = killer_.killed(), .checks = killer_.killed() + killer_.ended(), .findings = killer_.found()});
    return killer_.status();
  }

 private:
  coview::copy_options options() {
    constexpr std::array methods{coview::copy_method::automatic, coview::copy_method::automatic,
                                 coview::copy_method::buffered, coview::copy_method::in_kernel,
                                 coview::copy_method::mapped};
    coview::copy_options chosen;
    chosen.durable = killer_.random(8) == 0;
    chosen.method = methods[killer_.random(methods.size())];
    chosen.may_reflink = killer_.random(2) == 0;
    chosen.resume = wanted_.resume && killer_.random(8) != 0;  // now and then one that clears
    if (killer_.random(4) == 0) chosen.verify = coview::verify::inline_hash;
    return chosen;
  }

  /// One copier, and its death.
  void strike() {
    // The same source for a while, so that there is something to go on from.
    if (next_ == there_ || !wanted_.resume || killer_.random(6) == 0)
      next_ = (there_ + 1 + killer_.random(versions_.size() - 1)) % versions_.size();
    auto const& source = versions_[next_];
    auto const how = options();
    std::array<int, 2> told{};
    if (::pipe2(told.data(), O_CLOEXEC) != 0) std::abort();
    bool const killed = killer_.strike([&] {
      if (wanted_.naive) return copy_naively(source.path, target_);
      auto const report = coview::copy_file(source.path, target_, how);
      if (::write(told[1], &report.resumed, sizeof report.resumed) != sizeof report.resumed) ::_exit(3);
    });
    ::close(told[1]);
    std::uint64_t taken_over = 0;
    if (::read(told[0], &taken_over, sizeof taken_over) == sizeof taken_over && taken_over > 0) {
      ++resumed_;
      resumed_bytes_ += taken_over;
    }
    ::close(told[0]);
    judge(source, killed);
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
      killer_.fault("the target is neither the old file nor the new one");
    }
  }

  void end_in_peace() {
    for (bool const resume : {wanted_.resume, false}) {
      coview::copy_options how;
      how.resume = resume;
      how.may_reflink = false;
      coview::copy_file(versions_[next_].path, target_, how);
      if (!coview::compare_files(versions_[next_].path, target_).same) killer_.fault("the last copy has other bytes");
    }
    if (folder_.names().size() != 1) killer_.fault("something is left beside the target");
  }

  copy_campaign_request wanted_;
  copy_killer killer_;
  folder sources_;
  folder folder_;
  fs::path target_ = folder_ / "target";
  std::array<version, 3> versions_;
  std::size_t next_ = 0;
  std::size_t there_ = 0;
  unsigned old_ = 0;
  unsigned new_ = 0;
  unsigned temporaries_ = 0;
  unsigned resumed_ = 0;
  unsigned long long resumed_bytes_ = 0;
};

}  // namespace

int kill_copiers_of_a_file(copy_campaign_request const& wanted) {
  return file_campaign(wanted).run();
}

}  // namespace coview_test

namespace {

template <class Number>
Number number(char const* text) {
  Number value{};
  std::string_view const all = text == nullptr ? "" : text;
  auto const [end, failure] = std::from_chars(all.data(), all.data() + all.size(), value);
  if (failure != std::errc{} || end != all.data() + all.size()) std::exit(2);
  return value;
}

}  // namespace

int main(int count, char** arguments) {
  coview_test::copy_campaign_request wanted;
  auto run = coview_test::kill_copiers_of_a_file;
  for (int i = 1; i < count; ++i) {
    std::string_view const word = arguments[i];
    char const* const next = i + 1 < count ? arguments[i + 1] : nullptr;
    if (word == "--resume") {
      wanted.resume = true;
    } else if (word == "--break") {
      wanted.naive = true;
    } else if (word == "--inplace") {
      run = coview_test::kill_copiers_in_place;
    } else if (word == "--tree") {
      run = coview_test::kill_copiers_of_trees;
    } else if (word == "--kills") {
      wanted.kills = number<unsigned>(next), ++i;
    } else if (word == "--seconds") {
      wanted.seconds = number<unsigned>(next), ++i;
    } else if (word == "--seed") {
      wanted.seed = number<std::uint64_t>(next), ++i;
    } else {
      std::fprintf(stderr,
                   "usage: copy_campaign [--inplace|--tree] [--kills N] [--seconds LIMIT] [--seed S] [--resume] "
                   "[--break]\n");
      return 2;
    }
  }
  return run(wanted);
}
