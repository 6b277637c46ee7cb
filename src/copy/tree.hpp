// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copy/tree_crew.hpp"
#include "copy/tree_desk.hpp"
#include "copy/tree_file.hpp"
#include "copy/tree_ledger.hpp"
#include "copy/tree_links.hpp"
#include "copy/tree_node.hpp"

/// The copy of a tree, while it goes on.
///
///   1  the sources are the entries of a root node, and a pile of work begins with them
///   2  a directory is opened on both sides (made where it is not there) and read; its entries go onto the pile, in
///      batches, subdirectories last, so that they are done first and the pile stays small
///   3  a batch is gone through entry by entry: what fails is noted, and the rest goes on
///   4  a directory is finished when nothing below it is left: attributes and times, which all that went on inside
///      would have changed; then its parent may be
///   5  when the pile is empty, one flush for all that is new
namespace coview::copying {

class tree_copy {
 public:
  tree_copy(tree_options const& options, node_pointer root, os::unique_fd target);
  tree_copy(tree_copy const&) = delete;
  tree_copy& operator=(tree_copy const&) = delete;

  /// All of it. `sources` are paths, with the names they get.
  tree_report run(std::vector<std::pair<std::string, std::string>> const& sources);

 private:
  using places = std::vector<tree_place>;

  void begin(std::vector<std::pair<std::string, std::string>> const& sources);
  void put_batch(places&& batch);
  void do_batch(places const& batch);
  void do_entry(tree_desk const& desk, tree_place const& place);
  void dispatch(tree_desk const& desk, tree_place const& place);

  void enter_directory(tree_place const& place, bool through_link);
  void scan(node_pointer const& node);
  node_pointer open_both(tree_desk const& desk, tree_place const& place, bool through_link);
  void make_target(tree_desk const& desk, tree_node& node, open_pair& opened);
  void refuse_loops(tree_node const& node, std::filesystem::path const& shown);
  void release(node_pointer node);
  void finish(tree_node& node, node_pointer const& pointer);

  /// What several names of one file become.
  enum class names_are : bool { one_file, several_files };
  [[nodiscard]] bool is_shared(struct ::stat const& status, names_are rule) const noexcept;
  void copy_regular(tree_desk const& desk, tree_place const& place, bool through_link, names_are rule);
  bool copy_bytes(tree_desk const& desk, tree_place const& place, source_file const& source, standing const& target);
  template <class Copy>
  void copy_once(tree_desk const& desk, tree_place const& place, struct ::stat const& status, Copy const& copy);
  void link_to(tree_desk const& desk, tree_place const& place, tree_place const& first);
  void copy_other(tree_desk const& desk, tree_place const& place, struct ::stat const& status, names_are rule);
  bool copy_by_name(tree_desk const& desk, tree_place const& place, struct ::stat const& status);

  [[nodiscard]] bool follows(tree_node const& node) const noexcept;
  void note(tree_desk const& desk, tree_place const& place, entry_kind kind, entry_outcome outcome,
            copy_report const& report = {});
  template <class Work>
  bool guarded(tree_place const& place, Work const& work);
  void will_write_to(int directory);
  void remember(tree_desk const& desk, std::string const& name, copy_report const& report);
  [[nodiscard]] bool must_flush() const noexcept;
  void flush_while(std::stop_token const& going);
  [[nodiscard]] int flush();
  void find_lost(int failure);
  void read_back();

  tree_options const& options_;
  tree_ledger ledger_;
  open_directories directories_;
  link_table links_;
  tree_skills skills_;
  node_pointer root_;

  /// A new file that is not known to be on the device yet.
  struct unflushed {
    node_pointer node;
    std::string name;
    std::string hash;  ///< to be compared with what the device has; empty: not wanted, or done
    std::uint64_t bytes;
  };
  void lose(unflushed const& file, tree_desk const& desk, char const* operation, int failure, std::string cause);

  std::mutex lock_;                            // what follows
  std::set<std::pair<dev_t, ino_t>> targets_;  // directories that the sources became: not to be copied again
  std::set<std::string> taken_;                // names in the target directory that a source got
  std::vector<unflushed> unflushed_;
  // One descriptor on each filesystem written to, opened before: only such a one hears of every failed write-back.
  std::map<dev_t, os::unique_fd> filesystems_;

  std::atomic<int> failed_flush_{0};  // the first errno of a filesystem that could not write all it was given

  tree_crew crew_;  // last: its threads use all of the above
};

}  // namespace coview::copying
