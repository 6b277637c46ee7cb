// SPDX-License-Identifier: Apache-2.0
// bench_copy: how long copying takes, ours beside what is installed.
//
//   bench_copy [--case TEXT]… [--filesystem here|ext4|xfs|btrfs|tmpfs]… [--size MiB] [--rounds N] [--methods]
//              [--files N] [--directory DIR] [--json]
//
// Cases: warm, cold, "warm, durable", "cold, durable" and "sparse 8 GiB" copy one file; "tree, warm", "tree, cold"
// and "tree, durable" (cold and durable) copy 20 000 small files, or as many as --files says.
//
// In each round every contender runs once, in another order; before it is measured it runs once for nothing, so that
// memory which a virtual machine's host has taken back does not fall on whoever comes first; trees do not. The figure
// is the median. As root, filesystems are made on files in the directory, in a mount namespace of this process's own.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string_view>

#include "copy_contenders.hpp"

namespace {

using namespace bench;

constexpr std::uint64_t mebi = std::uint64_t{1} << 20U;

struct request {
  std::vector<std::string> cases;
  std::vector<std::string> filesystems;
  std::uint64_t size = 512;
  std::uint64_t files = 20'000;
  unsigned rounds = 5;
  bool methods = false;
  bool json = false;
  fs::path directory = fs::temp_directory_path();
};

enum class source_is : std::uint8_t { file, sparse_file, tree };

struct copy_case {
  std::string name;
  bool cold;
  durability how;
  source_is source;
};

std::vector<copy_case> const all_cases{
    {"warm", false, durability::none, source_is::file},
    {"cold", true, durability::none, source_is::file},
    {"warm, durable", false, durability::on_device, source_is::file},
    {"cold, durable", true, durability::on_device, source_is::file},
    {"sparse 8 GiB", false, durability::none, source_is::sparse_file},
    {"tree, warm", false, durability::none, source_is::tree},
    {"tree, cold", true, durability::none, source_is::tree},
    {"tree, durable", true, durability::on_device, source_is::tree},
};

[[noreturn]] void refuse(std::string const& why) {
  std::fprintf(stderr, "bench_copy: %s\n", why.c_str());
  std::exit(2);
}

std::uint64_t number(std::string const& text) {
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) refuse("no number: " + text);
  return value;
}

request parse(int count, char** arguments) {
  request wanted;
  for (int i = 1; i < count; ++i) {
    std::string_view const word = arguments[i];
    auto const value = [&]() -> std::string {
      if (i + 1 == count) refuse("a value is missing at the end");
      return arguments[++i];
    };
    if (word == "--case") {
      auto const name = value();
      if (std::none_of(all_cases.begin(), all_cases.end(), [&](auto const& each) { return each.name == name; }))
        refuse("no case: " + name);
      wanted.cases.push_back(name);
    } else if (word == "--filesystem") {
      wanted.filesystems.push_back(value());
    } else if (word == "--size") {
      wanted.size = number(value());
    } else if (word == "--files") {
      wanted.files = number(value());
    } else if (word == "--rounds") {
      wanted.rounds = static_cast<unsigned>(number(value()));
    } else if (word == "--methods") {
      wanted.methods = true;
    } else if (word == "--json") {
      wanted.json = true;
    } else if (word == "--directory") {
      wanted.directory = value();
    } else {
      refuse("what is '" + std::string(word) + "'?");
    }
  }
  return wanted;
}

/// A filesystem to measure on, gone with this process.
class place {
 public:
  place(std::string const& kind, request const& wanted) {
    std::string name = (wanted.directory / "coview-bench.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) refuse("cannot make a directory in " + wanted.directory.string());
    base_ = name;
    at_ = base_ / "at";
    fs::create_directory(at_);
    if (kind == "here") {
      ok_ = true;
    } else if (::geteuid() == 0) {
      auto const size = std::to_string(wanted.size * 5 + 2048) + "M";
      if (kind == "tmpfs") {
        ok_ = ::mount("coview-bench", at_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
      } else {
        std::string const image = "'" + (base_ / "image").string() + "'";
        std::string const options = kind == "xfs" ? " -q -m reflink=1 " : kind == "ext4" ? " -q -F -i 8192 " : " -q ";
        // Taken in advance, and past the page cache below: the device, and not the file that stands for it.
        ok_ = std::system(("{ fallocate -l " + size + " " + image + " && mkfs." + kind + options + image +
                           " && d=$(losetup --find --show --direct-io=on " + image + ") && mount $d '" +
                           at_.string() + "' && losetup -d $d; } >/dev/null 2>&1")
                              .c_str()) == 0;
      }
      mounted_ = ok_;
    }
  }
  place(place const&) = delete;
  place& operator=(place const&) = delete;
  ~place() {
    if (mounted_) ::umount2(at_.c_str(), 0);
    std::error_code ignored;
    fs::remove_all(base_, ignored);
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] fs::path const& path() const noexcept { return at_; }

 private:
  fs::path base_;
  fs::path at_;
  bool ok_ = false;
  bool mounted_ = false;
};

void make_source(fs::path const& path, std::uint64_t size, bool sparse) {
  int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> some((sparse ? 65536 : mebi) / 8);
  bool ok = fd >= 0;
  auto const step = sparse ? size / 1310 : mebi;
  for (std::uint64_t at = 0; ok && at + some.size() * 8 <= size; at += step / 4096 * 4096) {
    for (auto& word : some) word = random();
    ok = ::pwrite(fd, some.data(), some.size() * 8, static_cast<off_t>(at)) > 0;
  }
  ok = ok && ::ftruncate(fd, static_cast<off_t>(size)) == 0 && ::fsync(fd) == 0;
  ::close(fd);
  if (!ok) refuse("cannot make " + path.string());
}

/// A hundred files a directory, of up to 16 KiB each.
void make_tree(fs::path const& root, std::uint64_t files) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> some(2048);
  for (auto& word : some) word = random();
  for (std::uint64_t i = 0; i < files; ++i) {
    auto const directory = root / std::to_string(i / 100);
    if (i % 100 == 0) fs::create_directories(directory);
    auto const path = directory / ("file" + std::to_string(i));
    int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    auto const size = random() % (some.size() * 8);
    if (fd < 0 || ::write(fd, some.data(), size) != static_cast<ssize_t>(size))
      refuse("cannot make " + path.string());
    ::close(fd);
  }
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct row {
  std::string name;
  bool ours;
  double seconds;
  double best;
  double processor;
  std::uint64_t memory;
};

std::vector<row> measure(copy_case const& what, fs::path const& where, request const& wanted) {
  auto const source = where / "source";
  auto const targets = where / "targets";
  bool const tree = what.source == source_is::tree;
  bool const sparse = what.source == source_is::sparse_file;
  if (tree) {
    make_tree(source, wanted.files);
  } else {
    make_source(source, sparse ? 8192 * mebi : wanted.size * mebi, sparse);
  }
  auto contenders = tree ? tree_copiers() : file_copiers(wanted.methods);
  // Writing out eight GiB of zeros says nothing, and takes a minute.
  if (sparse) std::erase_if(contenders, [](copier const& c) { return !c.ours && c.name.substr(0, 2) != "cp"; });
  std::map<std::string, std::vector<run_cost>> costs;
  std::mt19937 order(wanted.rounds);
  unsigned runs = 0;
  for (unsigned round = 0; round < wanted.rounds; ++round) {
    std::shuffle(contenders.begin(), contenders.end(), order);
    for (auto const& each : contenders)
      for (bool const measured : {false, true}) {
        // For some seconds ext4 looks at every inode that was just deleted before it gives it away again, which costs
        // whoever comes next three times the copying. So trees stay until the end, and run once only.
        if (tree && !measured) continue;
        if (!tree) fs::remove_all(targets);
        fs::create_directory(targets);
        auto const target = targets / std::to_string(runs++);
        ::sync();
        what.cold ? cool(source) : warm(source);
        auto const cost = run_once(each, source, target, what.how);
        if (!cost.ok) break;
        if (measured) costs[each.name].push_back(cost);
      }
  }
  fs::remove_all(source);
  fs::remove_all(targets);
  std::vector<row> rows;
  for (auto const& each : contenders) {
    auto const& all = costs[each.name];
    if (all.empty()) continue;
    std::vector<double> seconds;
    std::vector<double> processor;
    std::uint64_t memory = 0;
    for (auto const& cost : all) {
      seconds.push_back(cost.seconds);
      processor.push_back(cost.processor);
      memory = std::max(memory, cost.memory);
    }
    rows.push_back({each.name, each.ours, median(seconds), *std::min_element(seconds.begin(), seconds.end()),
                    median(processor), memory});
  }
  std::sort(rows.begin(), rows.end(), [](row const& a, row const& b) { return a.seconds < b.seconds; });
  return rows;
}

void print(std::string const& title, std::vector<row> const& rows, double gibi, bool json) {
  double best_of_others = 0;
  for (auto const& each : rows)
    if (!each.ours && (best_of_others == 0 || each.seconds < best_of_others)) best_of_others = each.seconds;
  if (json) {
    for (auto const& each : rows)
      std::printf(R"({"schema": "coview.bench.copy/1", "case": "%s", "copier": "%s", "seconds": %.4f, "best": %.4f, )"
                  R"("processor": %.4f, "memory": %llu})"
                  "\n",
                  title.c_str(), each.name.c_str(), each.seconds, each.best, each.processor,
                  static_cast<unsigned long long>(each.memory));
  } else {
    std::printf(
        "\n%s\n\n| | s | best s | GiB/s | to the fastest other | processor s | memory MiB |\n"
        "|---|---|---|---|---|---|---|\n",
        title.c_str());
    for (auto const& each : rows)
      std::printf("| %s | %.3f | %.3f | %.2f | %.2f | %.2f | %.0f |\n", each.name.c_str(), each.seconds, each.best,
                  gibi / each.seconds, best_of_others > 0 ? each.seconds / best_of_others : 1.0, each.processor,
                  static_cast<double>(each.memory) / static_cast<double>(mebi));
  }
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  auto wanted = parse(count, arguments);
  bool const root = ::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0 &&
                    ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (wanted.filesystems.empty()) {
    wanted.filesystems = {"here"};
    if (root) wanted.filesystems = {"here", "tmpfs", "xfs", "btrfs"};
  }
  struct ::utsname machine {};
  ::uname(&machine);
  if (!wanted.json)
    std::printf("Linux %s, %ld processors, median of %u rounds\n", static_cast<char const*>(machine.release),
                ::sysconf(_SC_NPROCESSORS_ONLN), wanted.rounds);
  for (auto const& kind : wanted.filesystems) {
    place const where(kind, wanted);
    if (!where.ok()) {
      std::fprintf(stderr, "%s: left out, it needs root, a loop device and mkfs.%s\n", kind.c_str(), kind.c_str());
      continue;
    }
    for (auto const& each : all_cases) {
      if (!wanted.cases.empty() &&
          std::find(wanted.cases.begin(), wanted.cases.end(), each.name) == wanted.cases.end())
        continue;
      if (kind == "tmpfs" && (each.cold || each.how == durability::on_device)) continue;  // it has no device
      auto gibi = each.source == source_is::sparse_file ? 8.0 : static_cast<double>(wanted.size) / 1024;
      auto size = each.source == source_is::sparse_file ? "" : ", " + std::to_string(wanted.size) + " MiB";
      if (each.source == source_is::tree) {
        gibi = static_cast<double>(wanted.files) * 8 / 1024 / 1024;  // 8 KiB each, in the middle
        size = ", " + std::to_string(wanted.files) + " files";
      }
      print(kind + ", " + each.name + size, measure(each, where.path(), wanted), gibi, wanted.json);
    }
  }
  return 0;
}
