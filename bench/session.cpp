// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

namespace bench {
namespace {

std::string number(double value, char const* unit) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f%s", value, unit);
  return text.data();
}

int usage(char const* program, std::uint32_t rounds) {
  std::fprintf(stderr,
               "usage: %s [--rounds N] [--only TEXT] [--among NAME] [--json] [--check]\n"
               "  --rounds N   how often each contender has its turn (%u)\n"
               "  --only TEXT  the groups whose title has TEXT in it\n"
               "  --among NAME of each group its first contender, and those with NAME in their names\n"
               "  --json       machine-readable\n"
               "  --check      fail where a promise is missed\n",
               program, rounds);
  return 2;
}

}  // namespace

session::session(options wanted) : options_(std::move(wanted)) {}

bool session::wants(std::string const& title) const {
  return title.find(options_.only) != std::string::npos;
}

void session::run(group const& g) {
  last_ran_ = wants(g.title);
  if (!last_ran_) return;
  std::fprintf(stderr, "bench: %s …\n", g.title.c_str());
  auto compared = g;
  if (!compared.contenders.empty()) {
    auto const rest = compared.contenders.begin() + 1;
    compared.contenders.erase(
        std::remove_if(rest, compared.contenders.end(),
                       [&](contender const& who) { return who.name.find(options_.among) == std::string::npos; }),
        compared.contenders.end());
  }
  done_.push_back(bench::run(compared, options_.rounds));
}

void session::add(measured what) {
  last_ran_ = true;
  done_.push_back(std::move(what));
}

result const* session::find(std::string const& who) const {
  return last_ran_ ? done_.back().find(who) : nullptr;
}

void session::expect(std::string const& who, double limit, std::string what) {
  auto const* const mine = find(who);
  if (mine == nullptr) return;
  if (what.empty()) what = done_.back().title + ": " + who;
  promises_.push_back(
      {std::move(what), "at most " + number(limit, "x"), number(mine->ratio, "x"), mine->ratio <= limit});
}

void session::expect_against(std::string what, std::string const& who, std::string const& other, double limit) {
  auto const* const mine = find(who);
  auto const* const theirs = find(other);
  if (mine == nullptr || theirs == nullptr) return;
  double const ratio = mine->ratio / theirs->ratio;
  promises_.push_back({std::move(what), "at most " + number(limit, "x"), number(ratio, "x"), ratio <= limit});
}

void session::expect_faster(std::string what, std::string const& who, std::string const& other, double limit) {
  auto const* const mine = find(who);
  auto const* const theirs = find(other);
  if (mine == nullptr || theirs == nullptr) return;
  double const ratio = theirs->ratio / mine->ratio;
  promises_.push_back({std::move(what), "at least " + number(limit, "x"), number(ratio, "x"), ratio >= limit});
}

void session::expect_at_most_more(std::string what, std::string const& who, double limit) {
  auto const* const mine = find(who);
  if (mine == nullptr || mine->ratio == 0) return;
  double const more = mine->median - mine->median / mine->ratio;
  std::string const unit = " " + done_.back().unit;
  promises_.push_back(
      {std::move(what), "at most " + number(limit, unit.c_str()), number(more, unit.c_str()), more <= limit});
}

void session::expect_at_most(std::string const& who, double limit) {
  auto const* const mine = find(who);
  if (mine == nullptr) return;
  std::string const unit = " " + done_.back().unit;
  promises_.push_back({done_.back().title + ": " + who, "at most " + number(limit, unit.c_str()),
                       number(mine->median, unit.c_str()), mine->median <= limit});
}

void session::expect_that(std::string what, bool kept) {
  promises_.push_back({std::move(what), "so", kept ? "so" : "not so", kept});
}

int session::report() const {
  auto const facts = machine();
  if (options_.json) {
    print_json(facts, done_, options_.rounds);
  } else {
    print_text(facts, done_, options_.rounds);
  }
  bool all_kept = true;
  std::FILE* const out = options_.json ? stderr : stdout;
  std::fprintf(out, "\n");
  for (auto const& p : promises_) {
    std::fprintf(out, "%-80s %18s, is %9s  %s\n", p.what.c_str(), p.limit.c_str(), p.found.c_str(),
                 p.kept ? "kept" : "MISSED");
    all_kept = all_kept && p.kept;
  }
  return options_.check && !all_kept ? EXIT_FAILURE : EXIT_SUCCESS;
}

int run_session(int argc, char** argv, int (*measure)(options const&), std::uint32_t rounds) {
  options wanted;
  wanted.rounds = rounds;
  for (int i = 1; i < argc; ++i) {
    std::string const argument = argv[i];
    bool const more = i + 1 < argc;
    if (argument == "--json") {
      wanted.json = true;
    } else if (argument == "--check") {
      wanted.check = true;
    } else if (argument == "--rounds" && more) {
      wanted.rounds = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--only" && more) {
      wanted.only = argv[++i];
    } else if (argument == "--among" && more) {
      wanted.among = argv[++i];
    } else {
      return usage(argv[0], rounds);
    }
  }
  if (wanted.rounds == 0) return usage(argv[0], rounds);
  try {
    return measure(wanted);
  } catch (std::exception const& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return EXIT_FAILURE;
  }
}

}  // namespace bench
