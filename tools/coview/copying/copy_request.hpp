// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copying/copy_line.hpp"
#include "shared/arguments.hpp"

/// What `coview copy` was asked for: the options that people know from cp, and its own, as options of the library.
namespace coview::tool {

struct copy_request {
  std::vector<std::filesystem::path> sources;
  std::filesystem::path target;
  tree_options tree;
  std::string hash = "xxh3";
  progress_line::when progress = progress_line::when::at_terminal;
  bool ask = false;
  bool verbose = false;
  bool quiet = false;
  bool as_json = false;
  bool to_output = false;  ///< the target is standard output: nothing else is printed there
};

/// The arguments of the command line, before they are made sense of together.
struct copy_arguments {
  std::vector<std::string> paths;
  std::string into;
  std::string method = "automatic";
  std::string verify;
  std::string hash;
  std::string sparse = "auto";
  std::string reflink;
  std::string progress = "auto";
  std::string preserve;
  std::string no_preserve;
  std::uint64_t limit_rate = 0;
  unsigned jobs = 0;
  std::string update;
  std::string backup;
  std::string suffix;
  std::string changing = "fail";
  std::vector<std::string> excludes;
  std::vector<std::string> includes;
  std::vector<std::string> exclude_files;
  std::vector<std::string> include_files;
  std::vector<std::string> filter_order;  // of the three above, as they stand on the command line
  bool simple_backup = false;
  bool in_place = false;
  bool parents = false;
  bool hard_links = false;
  bool symbolic_links = false;
  bool strip_slashes = false;
  bool keep_directory_links = false;
  bool recursive = false;
  bool archive = false;
  bool keep_owner = false;
  bool no_clobber = false;
  bool force = false;
  bool ask = false;
  bool verbose = false;
  bool quiet = false;
  bool no_target_directory = false;
  bool never_follow = false;
  bool follow_named = false;
  bool follow_all = false;
  bool links_as_links = false;
  bool remove_destination = false;
  bool one_file_system = false;
  bool special = false;
  bool copy_contents = false;
  bool dry_run = false;
  bool resume = false;
  bool no_durable = false;
  bool as_json = false;
};

/// `takes` has to live as long as `given` does: it tells in which order filters were named.
void add_copy_options(argument_list& takes, copy_arguments& given);

/// Throws `failure` where the arguments contradict each other.
[[nodiscard]] copy_request request_from(copy_arguments const& given);

}  // namespace coview::tool
