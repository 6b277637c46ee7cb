// SPDX-License-Identifier: Apache-2.0
// The way of the work: from the sources to tasks (step 1), and each entry to what copies its kind (step 3).
#include "copy/tree/tree_copy.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "copy/shared/failure.hpp"
#include "copy/tree/count.hpp"
#include "copy/tree/filter.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

std::size_t workers_for(tree_options const& options) {
  if (options.file.limit_rate != 0) return 1;  // the rate is that of all
  if (options.jobs != 0) return std::min(options.jobs, 256U);
  // More than processors: what waits for a disk needs none.
  return std::clamp(2 * std::thread::hardware_concurrency(), 4U, 16U);
}

/// Finds sources that are named more than once. Only those of one name in the target are looked at.
class repeated_sources {
 public:
  bool is_one(std::string const& path, std::string const& name) {
    auto const [at, is_first] = known_.try_emplace(name, known{path, {}});
    if (is_first) return false;
    if (at->second.entries.empty()) note(at->second.entries, at->second.first);
    return note(at->second.entries, path);
  }

 private:
  using entries_type = std::set<std::pair<dev_t, ino_t>>;
  struct known {
    std::string first;
    entries_type entries;
  };
  /// Whether it was noted before.
  static bool note(entries_type& all, std::string const& path) {
    auto const found = os::status_at(AT_FDCWD, path.c_str());
    return found && !all.insert({found->st_dev, found->st_ino}).second;
  }
  std::map<std::string, known> known_;
};

}  // namespace

tree_copy::tree_copy(tree_options const& options, node_pointer root, os::unique_fd target)
    : options_(options), progress_(options), root_(std::move(root)) {
  root_->pending.store(1);
  directories_.put(root_, open_pair{os::unique_fd(AT_FDCWD), std::move(target)});
}

tree_report tree_copy::run(std::vector<std::pair<std::string, std::string>> const& sources) {
  std::jthread counting;
  std::jthread flushing;
  // Whatever ends this function early, the others stop.
  struct stopper {
    progress_record& progress;
    bool armed = true;
    ~stopper() {
      if (armed) progress.stop();
    }
  } guard{progress_};
  if (must_flush()) will_write_to(directories_.get(root_)->target.get());
  if (options_.count_ahead && options_.on_progress)
    counting = std::jthread([&] { count_trees(sources, options_, progress_); });
  if (must_flush()) flushing = std::jthread([this](std::stop_token const& going) { flush_while(going); });
  begin(sources);
  progress_.tell();
  workers_.start(workers_for(options_));
  while (!workers_.wait_for(telling)) progress_.tell();
  guard.armed = false;
  if (counting.joinable()) counting.join();  // which has less to do than the copy had
  if (flushing.joinable()) {
    flushing.request_stop();
    flushing.join();
  }
  auto const flushed = must_flush() && !progress_.stopped();
  if (flushed) {
    progress_.enter(copy_stage::flushing);
    progress_.tell();
    if (int const failure = flush(); failure != 0) find_lost(failure);
    progress_.flushed(progress_.written());
    if (options_.file.verify == verify::read_back) read_back();
  }
  progress_.enter(copy_stage::done);
  progress_.tell();
  auto report = progress_.report();
  report.durable = flushed && options_.file.durable && failed_flush_.load() == 0;
  // What was kept was looked at, and not read.
  report.verified =
      flushed && options_.file.verify == verify::read_back && report.failures.empty() && report.kept_files == 0;
  return report;
}

/// Step 1.
void tree_copy::begin(std::vector<std::pair<std::string, std::string>> const& sources) {
  places batch;
  if (options_.parents) return begin_with_parents(sources);
  repeated_sources repeated;
  for (auto const& [path, name] : sources) {
    if (repeated.is_one(path, name)) {
      progress_.warn({"'" + path + "' was named more than once, and is copied once"});
      continue;
    }
    tree_place place(root_, directory_entry{path, 0, DT_UNKNOWN}, name);
    auto const [others, is_first] = later_.try_emplace(name);
    if (!is_first) {
      others->second.push_back(std::move(place));
      continue;
    }
    batch.push_back(std::move(place));
    if (batch.size() == batch_size) put_batch(std::exchange(batch, {}));
  }
  if (!batch.empty()) put_batch(std::move(batch));
}

/// The same, each source below directories like those that lead to it. What they are is in the node of each, which
/// lives until the last source below it is done.
void tree_copy::begin_with_parents(std::vector<std::pair<std::string, std::string>> const& sources) {
  std::map<std::string, node_pointer> known;
  for (auto const& [written, name] : sources) {
    auto path = written;
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    tree_place place(root_, directory_entry{path, 0, DT_UNKNOWN}, name);
    guarded(place, [&] {
      node_pointer above = root_;
      std::string so_far;
      auto const directories = std::filesystem::path(path).parent_path();
      for (auto const& part : directories) {
        if (part == "." || part.empty()) continue;
        if (part == "..") fail("copy", path, EINVAL, "with --parents its path may not have '..' in it");
        so_far += (so_far.empty() || so_far.back() == '/' ? "" : "/") + part.native();
        if (part == "/") continue;
        auto& node = known[so_far];
        if (!node) {
          entry_directory const directory(above, directories_);
          tree_place const step(above, directory_entry{above->is_root() ? so_far : part.native(), 0, DT_DIR},
                                part.native());
          node = open_both(directory, step, true);
          above->pending.fetch_add(1);
        }
        above = node;
      }
      auto const last = std::filesystem::path(path).filename().native();
      if (last.empty() || last == "..") fail("copy", path, EINVAL, "with --parents it has to end with a name");
      place = tree_place(above, directory_entry{above->is_root() ? path : last, 0, DT_UNKNOWN}, last);
      put_batch({place});
    });
  }
  for (auto& [path, node] : known)
    if (node) release(node);
}

/// Nothing is left to do of a source: the next one that gets the same name may begin.
void tree_copy::source_done(std::string const& target_name) {
  std::unique_lock guard(lock_);
  auto const others = later_.find(target_name);
  if (others == later_.end() || others->second.empty()) return;
  places next{std::move(others->second.front())};
  others->second.pop_front();
  guard.unlock();
  put_batch(std::move(next));
}

void tree_copy::put_batch(places&& batch) {
  batch.front().node->pending.fetch_add(1);
  workers_.put([this, batch = std::move(batch)] { do_batch(batch); });
}

void tree_copy::note_failure(tree_place const& place, std::error_code code, char const* text) {
  progress_.failed(place.node->source_path(place.entry.name), place.node->target_path(place.target_name), code, text);
}

/// Step 3.
void tree_copy::do_batch(places const& batch) {
  auto const& node = batch.front().node;
  if (!progress_.stopped()) {
    guarded(batch.front(), [&] {
      entry_directory const directory(node, directories_);
      for (auto const& place : batch) {
        if (progress_.stopped()) return;
        bool const goes_on = do_entry(directory, place);
        if (node->is_root() && !goes_on) source_done(place.target_name);
      }
    });
  }
  release(node);
}

/// Whether it is a directory, which goes on in a task of its own.
bool tree_copy::do_entry(entry_directory const& directory, tree_place const& place) {
  bool goes_on = false;
  guarded(place, [&] { goes_on = dispatch(directory, place); });
  return goes_on;
}

bool tree_copy::follows(tree_node const& node) const noexcept {
  return options_.follow == follow_links::always || (options_.follow == follow_links::named && node.is_root());
}

/// The path that patterns are compared with.
std::string tree_copy::filter_path_of(tree_place const& place) {
  auto const& above = place.node->filter_path;
  if (place.node->is_root()) return name_for_filters(place.entry.name);
  return above.empty() ? place.entry.name : above + '/' + place.entry.name;
}

bool tree_copy::is_left_out(tree_place const& place, bool is_directory) const {
  if (options_.filters.empty()) return false;
  auto const path = filter_path_of(place);
  return !path.empty() && is_excluded(options_.filters, path, is_directory);
}

bool tree_copy::dispatch(entry_directory const& directory, tree_place const& place) {
  auto const& name = place.entry.name;
  if (place.entry.type == DT_REG && is_left_out(place, false)) return false;
  if (place.entry.type == DT_REG) {
    copy_regular(directory, place, false, names_are::one_file);
    return false;
  }
  auto found = os::status_at(directory.source(), name.c_str());
  if (!found) fail("look at", directory.source_path(name), found.error());
  bool const through_link = S_ISLNK(found->st_mode) && follows(*directory.node);
  if (through_link) {
    struct ::stat behind {};
    if (::fstatat(directory.source(), name.c_str(), &behind, 0) != 0)
      fail("look at", directory.source_path(name), errno, errno == ENOENT ? "it is a link that leads nowhere" : "");
    *found = behind;
  }
  if (is_left_out(place, S_ISDIR(found->st_mode))) return false;
  if (S_ISDIR(found->st_mode)) {
    if (!options_.recursive) {
      fail("copy", directory.source_path(name), EISDIR, "it is a directory",
           "use --recursive (tree_options::recursive)");
    }
    directory.node->pending.fetch_add(1);
    workers_.put([this, place, through_link] { enter_directory(place, through_link); });
    return true;
  }
  bool const special = !S_ISREG(found->st_mode) && !S_ISLNK(found->st_mode);
  if (S_ISREG(found->st_mode) || (special && options_.file.read_special)) {
    copy_regular(directory, place, through_link, names_are::one_file);
  } else {
    copy_other(directory, place, *found, names_are::one_file);
  }
  return false;
}

}  // namespace coview::copying
