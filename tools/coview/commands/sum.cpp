// SPDX-License-Identifier: Apache-2.0
// coview sum: the hash of files, in the lines that xxhsum and sha256sum print and check.
#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <coview/copy.hpp>

#include "command.hpp"
#include "copying/copy_failures.hpp"
#include "copying/hashes.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

using json = nlohmann::ordered_json;

struct sum_arguments {
  std::vector<std::string> files;
  std::string hash;
  std::string check;
  bool as_json = false;
};

std::string path_of(std::string const& name) {
  return name == "-" ? "/dev/stdin" : name;
}

/// A line that a name cannot break: with a backslash in front, where backslashes and line ends in it are written out.
std::string line_of(std::string const& hash, std::string const& name) {
  std::string written;
  bool escaped = false;
  for (char const c : name) {
    char const* const instead = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\\' ? "\\\\" : nullptr;
    escaped = escaped || instead != nullptr;
    if (instead != nullptr) {
      written += instead;
    } else {
      written += c;
    }
  }
  return fmt::format("{}{}  {}\n", escaped ? "\\" : "", hash, written);
}

struct claim {
  std::string hash;
  std::string name;
  std::string kind = {};  ///< which hash, where the line says so
};

/// Which hash has so many digits; empty: none that is known.
std::string kind_by_length(std::string const& hash) {
  return hash.size() == 32 ? "xxh3" : hash.size() == 64 ? "sha256" : "";
}

bool is_hash(std::string const& text) {
  return !kind_by_length(text).empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// "SHA256 (NAME) = HASH", as BSD's programs and --tag print it. Empty where it is no such line.
std::optional<claim> parse_tagged(std::string const& line) {
  auto const open = line.find(" (");
  auto const close = line.rfind(") = ");
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  auto const tag = line.substr(0, open);
  std::string const kind = tag == "SHA256" || tag == "SHA2-256"   ? "sha256"
                           : tag == "BLAKE3"                      ? "blake3"
                           : tag == "XXH128" || tag == "XXH3_128" ? "xxh3"
                                                                  : "";
  if (kind.empty()) return {};
  return claim{line.substr(close + 4), line.substr(open + 2, close - open - 2), kind};
}

/// The other way round. Throws where it is no such line.
claim parse_line(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  if (auto tagged = parse_tagged(line); tagged && is_hash(tagged->hash)) return std::move(*tagged);
  bool const escaped = line.starts_with('\\');
  if (escaped) line.erase(0, 1);
  auto const gap = line.find(' ');
  if (gap == std::string::npos || gap == 0 || gap + 2 >= line.size() || !is_hash(line.substr(0, gap)))
    throw std::invalid_argument("no hash and name");
  auto const rest = line.substr(gap + 2);  // a blank, and a blank or a star
  if (!escaped) return {line.substr(0, gap), rest};
  std::string name;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != '\\' || i + 1 == rest.size()) {
      name += rest[i];
      continue;
    }
    ++i;
    name += rest[i] == 'n' ? '\n' : rest[i] == 'r' ? '\r' : rest[i];
  }
  return {line.substr(0, gap), name};
}

int sum(console& out, sum_arguments const& given) {
  std::string const kind = given.hash.empty() ? "xxh3" : given.hash;
  auto const maker = hash_named(kind);
  failures failed;
  json files = json::array();
  for (auto const& name : given.files) {
    try {
      auto const found = sum_file(path_of(name), maker);
      if (given.as_json) {
        files.push_back({{"file", name}, {"hash", found.hash}, {"bytes", found.bytes}, {"seconds", found.seconds}});
      } else {
        out.write(line_of(found.hash, name));
      }
    } catch (coview::error const& e) {
      failed.add(name, "", e.code(), e.what());
    }
  }
  if (given.as_json) {
    out.write_json({{"schema", "coview.sum/1"},
                    {"ok", failed.none()},
                    {"hash", kind},
                    {"files", files},
                    {"failures", failed.as_json()}});
  }
  failed.complain(out);
  return failed.status();
}

/// Compares with lines that `sum` and its like wrote.
int check(console& out, sum_arguments const& given) {
  std::ifstream list(path_of(given.check));
  if (!list) {
    throw failure(exit_not_found, fmt::format("cannot read '{}'", escape(given.check)), "look at how it is spelt");
  }
  failures failed;
  json files = json::array();
  json bad_lines = json::array();
  std::size_t different = 0;
  std::size_t lines = 0;
  std::size_t claims = 0;
  for (std::string line; std::getline(list, line);) {
    ++lines;
    if (line.empty() || line.front() == '#') continue;
    claim said;
    try {
      said = parse_line(line);
    } catch (std::invalid_argument const&) {
      bad_lines.push_back(lines);
      out.complain(fmt::format("line {} of '{}' is no hash and a name: '{}'", lines, escape(given.check),
                               escape(line.substr(0, 80))));
      continue;
    }
    ++claims;
    auto const kind = !given.hash.empty() ? given.hash : !said.kind.empty() ? said.kind : kind_by_length(said.hash);
    std::transform(said.hash.begin(), said.hash.end(), said.hash.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto const maker = hash_named(kind);
    try {
      bool const same = sum_file(path_of(said.name), maker).hash == said.hash;
      if (!same) ++different;
      files.push_back({{"file", said.name}, {"same", same}, {"hash", kind}});
      if (!given.as_json) out.print("{}: {}\n", escape(said.name), same ? "ok" : out.in(style::red, "different"));
    } catch (coview::error const& e) {
      failed.add(said.name, "", e.code(), e.what());
    }
  }
  if (given.as_json) {
    out.write_json({{"schema", "coview.sum/1"},
                    {"ok", failed.none() && different == 0 && bad_lines.empty()},
                    {"hash", given.hash},
                    {"files", files},
                    {"bad_lines", bad_lines},
                    {"failures", failed.as_json()}});
  }
  failed.complain(out);
  if (different > 0) out.say("{} of {} files differ from their hash", different, claims);
  if (different > 0) return exit_failed;
  if (!failed.none()) return failed.status();
  return bad_lines.empty() && claims > 0 ? exit_ok : exit_incompatible;
}

action prepare_sum(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<sum_arguments>();
  takes.option("FILE", given->files, "Files; - is standard input").type_name("");
  add_hash(takes, given->hash,
           "Which hash: xxh3 (default; with --check, the one that a line looks like), sha256, blake3");
  takes
      .option("-c,--check", given->check,
              "Compare with the lines in this file, as 'coview sum', xxhsum and sha256sum print them")
      .type_name("FILE");
  add_json(takes, given->as_json);
  return [given](console& out) {
    if (given->files.empty() == given->check.empty()) {
      throw failure(exit_usage, "name files, or a list of hashes with --check",
                    "'coview sum --help' shows how it goes");
    }
    return given->check.empty() ? sum(out, *given) : check(out, *given);
  };
}

}  // namespace

constinit command const sum_command = {
    .name = "sum",
    .summary = "Print the hash of files, or check it",
    .examples =
        "coview sum big.iso\n"
        "coview sum --hash sha256 *.iso > sums  as sha256sum prints it\n"
        "coview sum --check sums",
    .details =
        "xxh3 is XXH3 with 128 bits, as 'xxhsum -H2' prints it: it finds every accident at the speed of memory.\n"
        "Where somebody might mean harm, take sha256. A file that shrinks while it is read, or that cannot be\n"
        "read, is a failure; the others are printed all the same.",
    .prepare = prepare_sum};

}  // namespace coview::tool
