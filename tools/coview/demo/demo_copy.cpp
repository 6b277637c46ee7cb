// SPDX-License-Identifier: Apache-2.0
#include "demo/demo_copy.hpp"

#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <system_error>

#include <coview/mapping.hpp>

#include "demo/demo_peer.hpp"
#include "os/memory.hpp"
#include "shared/scratch_directory.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr std::uint64_t files = 3;
constexpr std::uint64_t reserve = std::uint64_t{256} << 20U;  // for everybody else

/// Why there is no room; empty where there is.
std::string no_room_in(fs::path const& where) {
  std::uint64_t const needed = files * demo_copy_size + reserve;
  struct ::statvfs space {};
  struct ::statfs kind {};
  if (::statvfs(where.c_str(), &space) != 0 || ::statfs(where.c_str(), &kind) != 0) {
    return fmt::format("{} cannot be looked at: {}", where.string(), std::generic_category().message(errno));
  }
  auto free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  // What is kept in memory needs memory.
  if (static_cast<std::uint64_t>(kind.f_type) == TMPFS_MAGIC)
    free = std::min(free, os::available_memory().value_or(0));
  if (free >= needed) return {};
  return fmt::format("there are {} free in {}, and it takes {}", human_size(free), where.string(),
                     human_size(needed));
}

void stop_if_asked(signal_reader& signals) {
  if (auto const came = signals.wait_for(std::chrono::nanoseconds(0))) {
    throw interrupted{static_cast<int>(came->ssi_signo)};
  }
}

/// Bytes that differ from page to page.
void write_source(fs::path const& path, signal_reader& signals) {
  std::vector<std::uint64_t> block((1U << 20U) / sizeof(std::uint64_t));
  std::ofstream file(path, std::ios::binary);
  std::uint64_t word = 1;
  for (std::uint64_t done = 0; done < demo_copy_size; done += block.size() * sizeof word) {
    // Every eighth word is enough to tell blocks apart.
    for (std::size_t i = 0; i < block.size(); i += 8)
      block[i] = word = word * 6364136223846793005U + 1442695040888963407U;
    file.write(reinterpret_cast<char const*>(block.data()), static_cast<std::streamsize>(block.size() * sizeof word));
    stop_if_asked(signals);
  }
  file.close();
  if (!file) {
    throw std::system_error(ENOSPC, std::generic_category(), fmt::format("cannot write {}", path.string()));
  }
}

/// The classic sample, in a few lines: both files mapped whole.
std::chrono::nanoseconds copy_mapped_whole(fs::path const& source, fs::path const& target) {
  auto const begin = clock::now();
  {
    auto const from = mapping::file(source, access::read_only);
    auto const to = mapping::file(target, access::read_write, {.size = from.size()});
    std::memcpy(to.map().data(), from.map().data(), static_cast<std::size_t>(from.size()));
  }
  return clock::now() - begin;
}

}  // namespace

demo_copies copy_both_ways(signal_reader& signals) {
  demo_copies done;
  std::error_code unusable;
  auto const parent = fs::temp_directory_path(unusable);
  done.refusal =
      unusable ? "the directory that TMPDIR names cannot be used: " + unusable.message() : no_room_in(parent);
  if (!done.refusal.empty()) return done;
  done.bytes = demo_copy_size;
  scratch_directory const here(parent);
  auto const source = here.path() / "source";
  auto const mapped = here.path() / "mapped";
  auto const automatic = here.path() / "automatic";
  write_source(source, signals);
  done.mapped = copy_mapped_whole(source, mapped);
  stop_if_asked(signals);
  auto const begin = clock::now();
  // Neither waits for the device.
  auto const report = copy_file(source, automatic, {.durable = false});
  done.automatic = clock::now() - begin;
  done.method = report.method;
  stop_if_asked(signals);
  done.mapped_same = compare_files(source, mapped).same;
  done.automatic_same = compare_files(source, automatic).same;
  stop_if_asked(signals);
  return done;
}

}  // namespace coview::tool
