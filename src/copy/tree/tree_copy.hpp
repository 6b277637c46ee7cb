// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copy/tree/entry.hpp"
#include "copy/tree/hard_links.hpp"
#include "copy/tree/node.hpp"
#include "copy/tree/progress_record.hpp"
#include "copy/tree/small_file.hpp"
#include "copy/tree/worker_pool.hpp"

/// The copy of a tree, while it goes on.
///
///   1  the sources are the entries of a root node, and the tasks begin with them; of several that get one name, one
///      after the other
///   2  a directory is opened on both sides (made where it is not there) and read; its entries become tasks, in
///      batches, subdirectories last, so that they are done first and few tasks wait
///   3  a batch is gone through entry by entry: what fails is noted, and the rest goes on
///   4  a directory is finished when nothing below it is left: attributes and times, which all that went on inside
///      would have changed; then its parent may be
///   5  when no task is left, one flush for all that is new
///
/// Steps 1 and 3 are in tree_copy.cpp, 2 and 4 in tree_directories.cpp, 5 in tree_flush.cpp; what becomes of an entry
/// that is no directory, in tree_entries.cpp.
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
  void begin_with_parents(std::vector<std::pair<std::string, std::string>> const& sources);
  void put_batch(places&& batch);
  void source_done(std::string const& target_name);
  void do_batch(places const& batch);
  bool do_entry(entry_directory const& directory, tree_place const& place);
  bool dispatch(entry_directory const& directory, tree_place const& place);

  [[nodiscard]] static std::string filter_path_of(tree_place const& place);
  [[nodiscard]] bool is_left_out(tree_place const& place, bool is_directory) const;

  void enter_directory(tree_place const& place, bool through_link);
  void scan(node_pointer const& node);
  node_pointer open_both(entry_directory const& directory, tree_place const& place, bool through_link);
  void make_target(entry_directory const& directory, tree_node& node, open_pair& opened);
  void check_meeting(tree_node& node, std::filesystem::path const& shown);
  void check_loops(tree_node const& node, std::filesystem::path const& shown);
  void release(node_pointer node);
  bool is_last_to_say(tree_node const& node);
  void finish(tree_node& node, node_pointer const& pointer);

  /// What several names of one file become.
  enum class names_are : bool { one_file, several_files };
  [[nodiscard]] bool is_shared(struct ::stat const& status, names_are rule) const noexcept;
  void copy_regular(entry_directory const& directory, tree_place const& place, bool through_link, names_are rule);
  void link_to_source(entry_directory const& directory, tree_place const& place, bool through_link);
  void back_up(entry_directory const& directory, tree_place const& place, struct ::stat const& source,
               existing_entry const& target) const;
  bool copy_bytes(entry_directory const& directory, tree_place const& place, source_file const& source,
                  existing_entry const& target);
  template <class Copy>
  void copy_once(entry_directory const& directory, tree_place const& place, struct ::stat const& status,
                 Copy const& copy);
  void link_to(entry_directory const& directory, tree_place const& place, tree_place const& first);
  void copy_other(entry_directory const& directory, tree_place const& place, struct ::stat const& status,
                  names_are rule);
  bool copy_by_name(entry_directory const& directory, tree_place const& place, struct ::stat const& status);

  [[nodiscard]] bool follows(tree_node const& node) const noexcept;
  void note(entry_directory const& directory, tree_place const& place, entry_kind kind, entry_outcome outcome,
            copy_report const& report = {});
  /// Runs one piece of work for an entry; what goes wrong is noted.
  template <class Work>
  bool guarded(tree_place const& place, Work const& work);
  void note_failure(tree_place const& place, std::error_code code, char const* text);
  void will_write_to(int directory);
  void remember(entry_directory const& directory, std::string const& name, copy_report const& report);
  [[nodiscard]] bool must_flush() const noexcept;
  void flush_while(std::stop_token const& going);
  [[nodiscard]] int flush();
  void find_lost(int failure);
  void read_back();

  tree_options const& options_;
  progress_record progress_;
  open_directories directories_;
  link_table links_;
  filesystem_abilities abilities_;
  node_pointer root_;

  /// A new file that is not known to be on the device yet.
  struct unflushed {
    node_pointer node;
    std::string name;
    std::string hash;  ///< to be compared with what the device has; empty: not wanted, or done
    std::uint64_t bytes;
  };
  void lose(unflushed const& file, entry_directory const& directory, char const* operation, int failure,
            std::string cause);

  /// A directory of the target, into which more than one of the source's may go.
  struct merged_directory {
    std::pair<dev_t, ino_t> parent;
    std::string name;
    bool fresh;         ///< made by this copy
    std::size_t order;  ///< of the last source that gave it its attributes
  };

  placed_files placed_;
  std::atomic<std::size_t> sources_begun_{0};
  std::mutex lock_;                            // what follows
  std::set<std::pair<dev_t, ino_t>> targets_;  // directories that the sources became: not to be copied again
  std::map<std::string, std::deque<tree_place>> later_;  // sources whose name another one has, until that is done
  std::map<std::pair<dev_t, ino_t>, merged_directory> merged_;  // directories of the target that were entered
  std::vector<unflushed> unflushed_;
  // One descriptor on each filesystem written to, opened before: only such a one hears of every failed write-back.
  std::map<dev_t, os::unique_fd> filesystems_;

  std::atomic<int> failed_flush_{0};  // the first errno of a filesystem that could not write all it was given

  worker_pool workers_;  // last: its threads use all of the above

  static constexpr auto telling = std::chrono::milliseconds(100);
  static constexpr std::size_t batch_size = 32;
};

template <class Work>
bool tree_copy::guarded(tree_place const& place, Work const& work) {
  try {
    work();
    return true;
  } catch (std::system_error const& e) {
    note_failure(place, e.code(), e.what());
  } catch (std::bad_alloc const&) {
    note_failure(place, std::make_error_code(std::errc::not_enough_memory), "not enough memory");
  } catch (std::exception const& e) {  // a callback's
    note_failure(place, std::make_error_code(std::errc::operation_canceled), e.what());
  }
  return false;
}

}  // namespace coview::copying
