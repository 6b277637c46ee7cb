// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copy/copy_line.hpp"
#include "shared/arguments.hpp"

/// What `coview copy` was asked for: the options that people know from cp, and its own, as options of the library.
namespace coview::tool {

struct copy_wish {
  std::vector<std::filesystem::path> sources;
  std::filesystem::path target;
  tree_options tree;
  std::string hash = "xxh3";
  progress_line::when progress = progress_line::when::at_terminal;
  bool ask = false;
  bool verbose = false;
  bool quiet = false;
  bool as_json = false;
};

/// The words of the command line, before they are made sense of together.
struct copy_words {
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
  bool recursive = false;
  bool archive = false;
  bool keep_owner = false;
  bool no_clobber = false;
  bool update = false;
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

void add_copy_options(argument_list& takes, copy_words& words);

/// Throws `failure` where the words contradict each other.
[[nodiscard]] copy_wish make_sense_of(copy_words const& words);

}  // namespace coview::tool
