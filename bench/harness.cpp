// SPDX-License-Identifier: Apache-2.0
// Contenders' processes, the rounds and the statistics. A contender is forked before anything is measured, and told
// by a byte in a pipe to do a round; its times come back through memory that both share.
#include "harness.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>

namespace bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr char ready = 'r';
constexpr char go = 'g';
constexpr char quit = 'q';

struct pipe_pair {
  int read_end = -1;
  int write_end = -1;
};

pipe_pair make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  return {ends[0], ends[1]};
}

timed_operation timed(contender const& who) {
  if (who.prepare_timed) return who.prepare_timed();
  return [one = who.prepare()] {
    auto const begin = clock::now();
    one();
    return std::chrono::duration<double, std::nano>(clock::now() - begin).count();
  };
}

/// A contender in its process.
class worker {
 public:
  worker(contender const& who, std::uint32_t operations) : name_(who.name), operations_(operations) {
    void* const memory =
        ::mmap(nullptr, operations * sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no memory");
    times_ = static_cast<double*>(memory);
    auto const commands = make_pipe();
    auto const answers = make_pipe();
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(commands.write_end);
      ::close(answers.read_end);
      serve(who, commands.read_end, answers.write_end);
    }
    ::close(commands.read_end);
    ::close(answers.write_end);
    commands_ = commands.write_end;
    answers_ = answers.read_end;
  }

  worker(worker const&) = delete;
  worker& operator=(worker const&) = delete;

  ~worker() {
    // The end of the pipe would not do: later contenders have inherited our end of it. Where the process is gone
    // already, the write fails, and that is as good.
    if (::write(commands_, &quit, 1) == 1) static_cast<void>(0);
    ::close(commands_);
    ::close(answers_);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ::munmap(times_, operations_ * sizeof(double));
  }

  void await_ready() const { await(); }

  /// The times of a round, in nanoseconds.
  [[nodiscard]] std::vector<double> round() const {
    if (::write(commands_, &go, 1) != 1) throw std::runtime_error(name_ + " is gone");
    await();
    return {times_, times_ + operations_};
  }

 private:
  void await() const {
    char answer = 0;
    if (::read(answers_, &answer, 1) != 1 || answer != ready) throw std::runtime_error(name_ + " failed");
  }

  [[noreturn]] void serve(contender const& who, int commands, int answers) const {
    int status = EXIT_SUCCESS;
    ::signal(SIGPIPE, SIG_IGN);
    try {
      auto const one = timed(who);
      one();
      char command = ready;
      do {
        if (command == go) {
          for (std::uint32_t i = 0; i < operations_; ++i) times_[i] = one();
        }
        if (::write(answers, &ready, 1) != 1) break;
      } while (::read(commands, &command, 1) == 1 && command != quit);
    } catch (std::exception const& e) {
      std::fprintf(stderr, "bench: %s: %s\n", who.name.c_str(), e.what());
      status = EXIT_FAILURE;
    }
    // The captures of the operation were destroyed above; the parent's state is not ours to destroy.
    ::_exit(status);
  }

  std::string name_;
  std::uint32_t operations_;
  double* times_ = nullptr;
  pid_t pid_ = -1;
  int commands_ = -1;
  int answers_ = -1;
};

double median(std::vector<double> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double percentile(std::vector<double>& values, double share) {
  auto const rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

}  // namespace

result const* measured::find(std::string const& name) const {
  auto const found = std::find_if(results.begin(), results.end(), [&](result const& r) { return r.name == name; });
  return found == results.end() ? nullptr : &*found;
}

measured run(group const& what, std::uint32_t rounds) {
  std::vector<std::unique_ptr<worker>> workers;
  for (auto const& who : what.contenders) {
    workers.push_back(std::make_unique<worker>(who, what.operations));
    workers.back()->await_ready();
  }
  auto const count = workers.size();
  std::vector<std::vector<double>> medians(count);
  std::vector<std::vector<double>> all(count);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    // Another one begins each time, so that nobody always follows the same neighbour out of a warm cache.
    for (std::size_t i = 0; i < count; ++i) {
      auto const turn = (i + round) % count;
      auto const times = workers[turn]->round();
      medians[turn].push_back(median(times));
      all[turn].insert(all[turn].end(), times.begin(), times.end());
    }
  }

  measured out{what.title, what.unit, what.operations, {}};
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> ratios(rounds);
    for (std::uint32_t round = 0; round < rounds; ++round) ratios[round] = medians[i][round] / medians[0][round];
    auto const smallest = *std::min_element(all[i].begin(), all[i].end());
    out.results.push_back({what.contenders[i].name, median(medians[i]) / what.per_unit,
                           percentile(all[i], 0.99) / what.per_unit, smallest / what.per_unit, median(ratios)});
  }
  return out;
}

void print_text(std::vector<fact> const& facts, std::vector<measured> const& all, std::uint32_t rounds) {
  for (auto const& [name, value] : facts) std::printf("%-16s %s\n", name.c_str(), value.c_str());
  for (auto const& [title, unit, operations, results] : all) {
    std::printf("\n%s, %s; %u rounds of %u\n", title.c_str(), unit.c_str(), rounds, operations);
    std::printf("  %-58s %10s %10s %10s %8s\n", "", "median", "p99", "min", "ratio");
    for (auto const& r : results) {
      std::printf("  %-58s %10.3f %10.3f %10.3f %7.2fx\n", r.name.c_str(), r.median, r.p99, r.minimum, r.ratio);
    }
  }
}

namespace {

std::string quoted(std::string const& text) {
  std::string out = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out + '"';
}

}  // namespace

void print_json(std::vector<fact> const& facts, std::vector<measured> const& all, std::uint32_t rounds) {
  std::printf("{\"schema\":\"coview.bench/1\",\"rounds\":%u,\"machine\":{", rounds);
  char const* separator = "";
  for (auto const& [name, value] : facts) {
    std::printf("%s%s:%s", separator, quoted(name).c_str(), quoted(value).c_str());
    separator = ",";
  }
  std::printf("},\"groups\":[");
  separator = "";
  for (auto const& [title, unit, operations, results] : all) {
    std::printf("%s\n{\"title\":%s,\"unit\":%s,\"operations\":%u,\"contenders\":[", separator, quoted(title).c_str(),
                quoted(unit).c_str(), operations);
    separator = "";
    for (auto const& r : results) {
      std::printf("%s\n {\"name\":%s,\"median\":%.4f,\"p99\":%.4f,\"min\":%.4f,\"ratio\":%.4f}", separator,
                  quoted(r.name).c_str(), r.median, r.p99, r.minimum, r.ratio);
      separator = ",";
    }
    std::printf("]}");
    separator = ",";
  }
  std::printf("]}\n");
}

}  // namespace bench
