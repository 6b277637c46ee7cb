// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <coview/copy.hpp>
#include <coview/debug_mode.hpp>
#include <coview/export.hpp>

/// Copying trees: directories with all that is in them, and lists of files, several at a time.
///
///     coview::tree_report r = coview::copy_tree({"photos"}, "/mnt/backup", {.special = true});
///     for (auto const& each : r.failures) std::cerr << each.text << '\n';
///
/// Caveats, before anything else:
/// - What cannot be copied is a line in `failures`; the rest is copied all the same.
/// - No source takes the place of another: of two that come to one target, the first stays and the second is a
///   failure (but for one that is named twice, which is copied once, with a warning), also where the filesystem
///   ignores case or normalises names. Directories of one name are merged, in the order of the sources.
/// - Directories that were there already keep mode, owner, lists, attributes and times.
/// - Each file appears under its name when it is complete, as with copy_file. The tree as a whole does not: a killed
///   copy leaves the files that were done, and no half ones.
/// - A killed or cancelled copy that is made again, with `file.resume`, keeps the files that are complete and goes on
///   with those that were begun with it; its report tells both apart from what it copied.
/// - A durable copy waits for the device once, at the end, and not for each new file. A file that takes the place of
///   an old one is on the device before it does so.
/// - No symbolic link inside a tree leads anybody astray: directories are entered by name, one component at a time,
///   and never through a link, on either side, unless links are to be followed.
///
/// Thread and process safety: may be called at any time from any thread. Works in threads of its own; `on_progress`
/// is called in the thread that called, `on_entry` and `may_replace` in the others, one at a time.
namespace coview {

/// Which symbolic links stand for what they lead to; all others are copied as links.
enum class follow_links : std::uint8_t {
  never,
  named,   ///< those among the sources
  always,  ///< and all in the trees
};

/// What the target of a list of sources is.
enum class tree_target : std::uint8_t {
  automatic,  ///< a directory to put them in, where it is one already; else the name of the copy
  directory,  ///< a directory to put them in, which must be there
  exact,      ///< the name of the copy, whatever is there; takes one source
};

enum class entry_kind : std::uint8_t { file, directory, symbolic_link, hard_link, special };

enum class entry_outcome : std::uint8_t {
  copied,
  skipped,  ///< the target was there, and stays
  planned,  ///< a dry run: would have been copied
};

/// What becomes of files.
enum class tree_files : std::uint8_t {
  copied,
  hard_links,      ///< further names of the source's
  symbolic_links,  ///< links that lead to the source's, by their whole path
};

/// Leaves entries out, or in. The first rule whose pattern matches decides; what none matches is copied, and what is
/// in a directory that is left out is not looked at. A pattern is compared with the path that begins with the
/// source's own name:
///   - `*.o` matches that name anywhere; `/src/tmp` only there; `build/` only directories
///   - `*` stands for anything but a slash, `**` for slashes too, `?` for one character, `[a-f[:digit:]]` for one of
///     these; `name/***` matches a directory and all that is in it; in a pattern with one of `*?[`, a backslash takes
///     the next character as it is
struct tree_filter {
  enum class kind : std::uint8_t { exclude, include } rule = kind::exclude;
  std::string pattern;
};

/// One entry that is done.
struct tree_entry {
  std::filesystem::path source;
  std::filesystem::path target;
  entry_kind kind = entry_kind::file;
  entry_outcome outcome = entry_outcome::copied;
  std::uint64_t bytes = 0;                      ///< of a file
  copy_method method = copy_method::automatic;  ///< of a file
  std::string hash;                             ///< of a file, where one was asked for
};

/// How far a tree is.
struct tree_progress {
  copy_stage stage = copy_stage::copying;
  std::filesystem::path current;  ///< a file that is being copied; empty between files
  bool counted = false;           ///< whether the totals are those of all
  std::uint64_t files_total = 0;  ///< entries but directories found so far
  std::uint64_t bytes_total = 0;  ///< bytes in them
  std::uint64_t files = 0;        ///< done, skipped and failed ones among them
  std::uint64_t written = 0;      ///< bytes that the targets have, also in kept files, in memory or on the device
  std::uint64_t on_device = 0;    ///< those of them that a power failure would leave
  double seconds = 0;             ///< since the copy began
  double rate = 0;                ///< bytes per second, of the last second or so
};

/// How to copy. Members stand in the order in which designated initialisers have to name them.
struct tree_options {
  copy_options file =
      {};  ///< how to copy each file; its `on_progress`, `follow_source` and `follow_target` are not used
  bool recursive = true;  ///< false: a directory among the sources is a failure
  tree_target target = tree_target::automatic;
  follow_links follow = follow_links::never;
  bool hard_links = true;  ///< files that are one file under several names are so in the copy; false: become several
  bool special = false;    ///< make FIFOs, sockets and devices anew; false: each is a failure
  bool one_file_system = false;  ///< do not copy what is mounted in a tree, only the directory that it is mounted on
  bool dry_run = false;          ///< change nothing; `on_entry` tells what would be done
  /// Attributes of the source that directories get which were there already. Usually none: they stay as they are.
  preserved existing_directories = {.mode = false,
                                    .owner = false,
                                    .times = false,
                                    .attributes = false,
                                    .acl = false,
                                    .security = false,
                                    .inherit = false};
  std::vector<tree_filter> filters = {};  ///< in the order in which they are tried
  bool parents = false;  ///< copy each source under its whole path, with the directories that lead to it
  tree_files files = tree_files::copied;
  bool keep_directory_links =
      false;                 ///< a link to a directory, where a directory is to go, is entered; false: a failure
  bool count_ahead = false;  ///< find the totals for `on_progress` while copying
  unsigned jobs = 0;         ///< how many files at a time; 0: what suits the machine
  /// Called about ten times a second. False cancels.
  std::function<bool(tree_progress const&)> on_progress = {};
  /// Called for each entry that is done.
  std::function<void(tree_entry const&)> on_entry = {};
  /// Asked before the target named is replaced; false keeps it. Not asked where `file.existing` decides.
  std::function<bool(std::filesystem::path const&)> may_replace = {};
};

/// What could not be copied, and why.
struct tree_failure {
  std::filesystem::path source;
  std::filesystem::path target;
  std::error_code code;
  std::string text;  ///< a sentence, as coview::error::what()
};

/// What was done.
struct tree_report {
  std::uint64_t files = 0;        ///< copied
  std::uint64_t directories = 0;  ///< made, or found and gone through
  std::uint64_t symbolic_links = 0;
  std::uint64_t hard_links = 0;  ///< further names of a file that was copied
  std::uint64_t specials = 0;
  std::uint64_t skipped = 0;  ///< the target was there, and stays
  std::uint64_t bytes = 0;    ///< in the files copied
  /// With `file.resume`, what an earlier copy had done: files that were complete, by size and time, and were kept.
  /// They are among the skipped, and no bytes of theirs are in `bytes`.
  std::uint64_t kept_files = 0;
  std::uint64_t kept_bytes = 0;  ///< in these
  std::uint64_t resumed = 0;     ///< of `bytes`: taken over from files that an earlier copy had begun
  double seconds = 0;
  copy_method method = copy_method::automatic;  ///< by which most bytes were copied
  bool durable = false;                         ///< all of it is on the device
  bool verified = false;  ///< every file was read back and found the same; false where one was kept
  bool cancelled = false;
  std::vector<tree_failure> failures;
  std::vector<std::string> warnings;  ///< attributes that could not be kept, one sentence each; the first 1000

  [[nodiscard]] double rate() const noexcept { return seconds > 0 ? static_cast<double>(bytes) / seconds : 0; }
};

/// Copies files and trees. What goes wrong with one of them is in the report.
///
/// Errors, where nothing can be copied at all: errc::invalid_argument (no source, or several and a target that is to
/// be their name); errc::not_a_directory and errc::no_such_file_or_directory (the target is to be a directory);
/// errc::permission_denied (opening the target directory); errc::too_many_files_open.
COVIEW_EXPORT tree_report copy_tree(std::span<std::filesystem::path const> sources,
                                    std::filesystem::path const& target, tree_options const& options = {});
inline tree_report copy_tree(std::initializer_list<std::filesystem::path> sources,
                             std::filesystem::path const& target, tree_options const& options = {}) {
  return copy_tree(std::span(sources.begin(), sources.size()), target, options);
}

}  // namespace coview
