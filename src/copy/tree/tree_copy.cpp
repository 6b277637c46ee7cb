// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/tree_copy.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <new>
#include <thread>
#include <utility>

#include "copy/engine/backup.hpp"
#include "copy/engine/failure.hpp"
#include "copy/engine/file_copy.hpp"
#include "copy/engine/metadata.hpp"
#include "copy/tree/count.hpp"
#include "copy/tree/filter.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

using namespace std::chrono_literals;

constexpr auto telling = 100ms;
constexpr auto between_flushes = 250ms;
constexpr std::uint64_t worth_flushing = 64U << 20U;
constexpr std::size_t batch_size = 32;
/// From this size on a file is flushed by itself, because that starts while it is copied.
constexpr std::uint64_t large_file = 64U << 20U;

std::size_t workers_for(tree_options const& options) {
  if (options.file.limit_rate != 0) return 1;  // the rate is that of all
  if (options.jobs != 0) return std::min(options.jobs, 256U);
  // More than processors: what waits for a disk needs none.
  return std::clamp(2 * std::thread::hardware_concurrency(), 4U, 16U);
}

bool may_hold_files(unsigned char type) {
  return type == DT_DIR;
}

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
  report.verified = flushed && options_.file.verify == verify::read_back && report.failures.empty();
  return report;
}

/// Step 1.
void tree_copy::begin(std::vector<std::pair<std::string, std::string>> const& sources) {
  places batch;
  if (options_.parents) return begin_with_parents(sources);
  for (auto const& [path, name] : sources) {
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

/// The same, each source below directories like those that lead to it. What they are is in the node of each, which lives
/// until the last source below it is done.
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

/// Runs one piece of work for an entry; what goes wrong is noted.
template <class Work>
bool tree_copy::guarded(tree_place const& place, Work const& work) {
  auto const note_failure = [&](std::error_code code, char const* text) {
    progress_.failed(place.node->source_path(place.entry.name), place.node->target_path(place.target_name), code,
                     text);
  };
  try {
    work();
    return true;
  } catch (std::system_error const& e) {
    note_failure(e.code(), e.what());
  } catch (std::bad_alloc const&) {
    note_failure(std::make_error_code(std::errc::not_enough_memory), "not enough memory");
  } catch (std::exception const& e) {  // a callback's
    note_failure(std::make_error_code(std::errc::operation_canceled), e.what());
  }
  return false;
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
    if (!options_.recursive)
      fail("copy", directory.source_path(name), EISDIR, "it is a directory",
           "use --recursive (tree_options::recursive)");
    directory.node->pending.fetch_add(1);
    workers_.put([this, place, through_link] { enter_directory(place, through_link); });
    return true;
  }
  bool const special = !S_ISREG(found->st_mode) && !S_ISLNK(found->st_mode);
  if (S_ISREG(found->st_mode) || (special && options_.file.read_special))
    copy_regular(directory, place, through_link, names_are::one_file);
  else
    copy_other(directory, place, *found, names_are::one_file);
  return false;
}

// Directories

/// Step 2.
void tree_copy::enter_directory(tree_place const& place, bool through_link) {
  node_pointer node;
  if (!progress_.stopped()) {
    guarded(place, [&] {
      entry_directory const directory(place.node, directories_);
      node = open_both(directory, place, through_link);
    });
  }
  if (!node) {
    if (place.node->is_root()) source_done(place.target_name);
    return release(place.node);
  }
  bool const mounted = options_.one_file_system && !node->parent->is_root() &&
                       node->source_status.st_dev != node->parent->source_status.st_dev;
  if (!mounted) guarded(place, [&] { scan(node); });
  release(node);
}

node_pointer tree_copy::open_both(entry_directory const& directory, tree_place const& place, bool through_link) {
  auto const& name = place.entry.name;
  auto const shown = directory.source_path(name);
  auto opened =
      open_directory(directory.source(), name.c_str(), through_link ? through_links::yes : through_links::no);
  if (!opened) fail("open", shown, opened.error());
  auto const status = os::status(opened->get());
  if (!status) fail("look at", shown, status.error());
  auto node = std::make_shared<tree_node>();
  node->parent = directory.node;
  node->source_name = name;
  node->target_name = place.target_name;
  node->source_status = *status;
  node->order = directory.node->is_root() ? sources_begun_.fetch_add(1) : directory.node->order;
  node->through_link = through_link;
  node->filter_path = filter_path_of(place);
  check_loops(*node, shown);
  open_pair both{std::move(*opened), {}};
  make_target(directory, *node, both);
  directories_.put(node, std::move(both));
  return node;
}

/// A directory in itself has no end.
void tree_copy::check_loops(tree_node const& node, std::filesystem::path const& shown) {
  {
    std::lock_guard const guard(lock_);
    if (targets_.contains({node.source_status.st_dev, node.source_status.st_ino}))
      fail("copy", shown, EINVAL, "it is where this copy goes to", "copy to a place outside the source");
  }
  if (options_.follow != follow_links::always) return;
  for (auto const* above = node.parent.get(); !above->is_root(); above = above->parent.get()) {
    if (os::same_file(above->source_status, node.source_status))
      fail("copy", shown, ELOOP, "a link leads back to a directory above it", "copy links as links");
  }
}

void tree_copy::make_target(entry_directory const& directory, tree_node& node, open_pair& opened) {
  auto const shown = directory.target_path(node.target_name);
  node.missing_target = directory.node->missing_target;
  if (node.missing_target) return;
  // For nobody else until it is finished; its own permissions may not even let us in.
  if (!options_.dry_run) {
    node.fresh = ::mkdirat(directory.target(), node.target_name.c_str(), S_IRWXU) == 0;
    if (!node.fresh && errno != EEXIST) fail("make directory", shown, errno);
  }
  auto target = open_directory(directory.target(), node.target_name.c_str(), through_links::no);
  if (!target && (target.error() == ENOTDIR || target.error() == ELOOP) && options_.keep_directory_links) {
    target = open_directory(directory.target(), node.target_name.c_str(), through_links::yes);
    node.target_through_link = static_cast<bool>(target);
  }
  if (!target && target.error() == ENOENT && options_.dry_run) {
    node.missing_target = true;
    return;
  }
  if (!target && (target.error() == ENOTDIR || target.error() == ELOOP))
    fail("make directory", shown, ENOTDIR, "something else has this name",
         "move it away first; a link to a directory is entered with --keep-directory-symlink");
  if (!target) fail("open", shown, target.error());
  auto const status = os::status(target->get());
  if (!status) fail("look at", shown, status.error());
  if (os::same_file(*status, node.source_status))
    fail("copy", shown, EINVAL, "source and target are the same directory", "name another target");
  node.target_status = *status;
  opened.target = std::move(*target);
  if (options_.dry_run) return;
  if (must_flush() && status->st_dev != directory.node->target_status.st_dev) will_write_to(opened.target.get());
  check_meeting(node, shown);
  if (!directory.node->is_root()) return;
  std::lock_guard const guard(lock_);
  targets_.insert({status->st_dev, status->st_ino});
}

/// Directories of one name, from several sources, become one. Those of two names that the filesystem holds for the same
/// are two, and what is in them would be mixed up.
void tree_copy::check_meeting(tree_node& node, std::filesystem::path const& shown) {
  auto const& above = node.parent->target_status;
  std::lock_guard const guard(lock_);
  auto const [at, is_first] =
      merged_.try_emplace({node.target_status.st_dev, node.target_status.st_ino},
                          merged_directory{{above.st_dev, above.st_ino}, node.target_name, node.fresh, node.order});
  if (is_first || node.target_name == ".") return;
  auto const& other = at->second;
  if (other.name != node.target_name && other.name != "." && other.parent == std::pair(above.st_dev, above.st_ino)) {
    fail("copy to", shown, EEXIST, "the filesystem holds that name and '" + other.name + "' for the same",
         "give one of them another name, or copy to another filesystem");
  }
  node.fresh = other.fresh;
  node.merged = true;
}

void tree_copy::scan(node_pointer const& node) {
  auto const open = directories_.get(node);
  auto entries = read_directory(open->source.get());
  if (!entries) fail("read directory", node->source_path("."), entries.error());
  places batch;
  // Tasks are done from the end: put what shall come first last.
  std::reverse(entries->begin(), entries->end());
  for (auto const subdirectories : {true, false}) {
    for (auto const& each : *entries) {
      if (may_hold_files(each.type) != subdirectories) continue;
      batch.emplace_back(node, each, each.name);
      if (batch.size() < (subdirectories ? 1 : batch_size)) continue;
      std::reverse(batch.begin(), batch.end());
      put_batch(std::exchange(batch, {}));
    }
  }
  if (batch.empty()) return;
  std::reverse(batch.begin(), batch.end());
  put_batch(std::move(batch));
}

/// Step 4. Something that kept the node from being finished is done.
void tree_copy::release(node_pointer node) {
  while (node && node->pending.fetch_sub(1) == 1) {
    if (node->is_root()) return;
    tree_place const place(node->parent, directory_entry{node->source_name, 0, DT_DIR}, node->target_name);
    guarded(place, [&] { finish(*node, node); });
    directories_.drop(*node);
    if (node->parent->is_root()) source_done(node->target_name);
    node = node->parent;
  }
}

/// Whether no later source has given the directory its attributes.
bool tree_copy::is_last_to_say(tree_node const& node) {
  std::lock_guard const guard(lock_);
  auto const at = merged_.find({node.target_status.st_dev, node.target_status.st_ino});
  if (at == merged_.end() || at->second.order > node.order) return at == merged_.end();
  at->second.order = node.order;
  return true;
}

void tree_copy::finish(tree_node& node, node_pointer const& pointer) {
  bool const made = !options_.dry_run && !progress_.stopped();
  if (made) {
    auto rules = options_.file.preserve;
    auto const open = directories_.get(pointer);
    auto const shown = node.parent->target_path(node.target_name);
    std::vector<std::string> warnings;
    metadata_target target;
    if (!node.fresh) {
      rules = options_.existing_directories;
      target.is = metadata_target::kind::was_there;
    }
    bool const wanted =
        node.fresh || rules.mode || rules.owner || rules.times || rules.attributes || rules.acl || rules.security;
    if (wanted && is_last_to_say(node))
      copy_metadata(open->source.get(), node.source_status, open->target.get(), rules, shown, warnings, target);
    progress_.warn(std::move(warnings));
  }
  tree_entry entry;
  entry.kind = entry_kind::directory;
  entry.outcome = options_.dry_run ? entry_outcome::planned : entry_outcome::copied;
  if (progress_.told()) {
    entry.source = node.parent->source_path(node.source_name);
    entry.target = node.parent->target_path(node.target_name);
  }
  progress_.done(std::move(entry));
}

// Entries

void tree_copy::note(entry_directory const& directory, tree_place const& place, entry_kind kind,
                     entry_outcome outcome, copy_report const& report) {
  tree_entry entry;
  entry.kind = kind;
  entry.outcome = outcome;
  entry.bytes = report.bytes;
  entry.method = report.method;
  if (progress_.told()) {
    entry.source = directory.source_path(place.entry.name);
    entry.target = directory.target_path(place.target_name);
    entry.hash = report.hash;
  }
  progress_.done(std::move(entry));
}

/// Whether it is to be one file with others that are the same one in the source.
bool tree_copy::is_shared(struct ::stat const& status, names_are rule) const noexcept {
  return rule == names_are::one_file && options_.hard_links && !options_.dry_run && status.st_nlink > 1;
}

void tree_copy::copy_regular(entry_directory const& directory, tree_place const& place, bool through_link,
                             names_are rule) {
  if (options_.files != tree_files::copied) return link_to_source(directory, place, through_link);
  auto const source =
      open_source(directory.source(), place.entry.name.c_str(), directory.source_path(place.entry.name),
                  {through_link, options_.file.read_special, options_.file.changing});
  auto const copy = [&] {
    return copy_bytes(directory, place, source, look_at_target(directory, place.target_name));
  };
  if (is_shared(source.before, rule)) return copy_once(directory, place, source.before, copy);
  copy();
}

/// A link instead of a copy.
void tree_copy::link_to_source(entry_directory const& directory, tree_place const& place, bool through_link) {
  auto const& name = place.entry.name;
  struct ::stat source {};
  if (::fstatat(directory.source(), name.c_str(), &source, through_link ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    fail("look at", directory.source_path(name), errno);
  bool const hard = options_.files == tree_files::hard_links;
  auto const kind = hard ? entry_kind::hard_link : entry_kind::symbolic_link;
  auto const target = look_at_target(directory, place.target_name);
  if (hard && target.there && os::same_file(source, target.status))
    return note(directory, place, kind, entry_outcome::skipped);
  check_not_placed(directory, place.target_name, target, placed_);
  if (!may_put(directory, name, place.target_name, source, target, options_, progress_))
    return note(directory, place, kind, entry_outcome::skipped);
  if (options_.dry_run) return note(directory, place, kind, entry_outcome::planned);
  back_up(directory, place, source, target);
  auto const shown = directory.target_path(place.target_name);
  if (!hard) {
    auto const text = std::filesystem::absolute(directory.source_path(name)).native();
    int const failure = put_link_with_text(text, directory, place.target_name, target, placed_);
    if (failure != 0) fail("make link", shown, failure);
  } else {
    int const failure = put_hard_link(directory.source(), name, directory, place.target_name, target, placed_);
    if (failure == EXDEV) fail("link", shown, failure, "the source is on another filesystem", "copy it instead");
    if (failure != 0) fail("link", shown, failure);
  }
  note(directory, place, kind, entry_outcome::copied);
}

void tree_copy::back_up(entry_directory const& directory, tree_place const& place, struct ::stat const& source,
                        existing_entry const& target) const {
  if (!target.there) return;
  keep_backup({directory.target(), place.target_name, directory.target_path(place.target_name)}, source,
              options_.file.backup);
}

/// Whether the target is there now.
bool tree_copy::copy_bytes(entry_directory const& directory, tree_place const& place, source_file const& source,
                           existing_entry const& target) {
  check_not_placed(directory, place.target_name, target, placed_);
  if (!may_put(directory, place.entry.name, place.target_name, source.before, target, options_, progress_)) {
    note(directory, place, entry_kind::file, entry_outcome::skipped);
    return options_.file.existing == existing_target::update;
  }
  if (options_.dry_run) {
    copy_report planned;
    planned.bytes = source.size();
    note(directory, place, entry_kind::file, entry_outcome::planned, planned);
    return false;
  }
  if (!target.there) {
    if (auto small = copy_small_file(source, directory, place.target_name, options_.file, abilities_, placed_)) {
      progress_.written(small->bytes);
      progress_.warn(std::move(small->warnings));
      if (must_flush()) remember(directory, place.target_name, *small);
      note(directory, place, entry_kind::file, entry_outcome::copied, *small);
      return true;
    }
  }
  progress_.now_copying(source.shown);
  auto how = options_.file;
  how.existing = existing_target::replace;
  // A file that replaces another must be on the device before it does; new ones are flushed together.
  how.durable = options_.file.durable && (target.there || source.size() >= large_file);
  // Bytes that are shown while the file is on its way count only once it is there.
  struct on_its_way {
    progress_record& progress;
    std::uint64_t bytes = 0;
    void is(std::uint64_t now) {
      progress.taken_back(bytes);
      progress.written(bytes = now);
    }
    ~on_its_way() {
      progress.taken_back(bytes);
      progress.now_copying({});
    }
  };
  auto report = [&] {
    on_its_way shown{progress_};
    how.on_progress = nullptr;
    if (options_.on_progress) {
      how.on_progress = [&](copy_progress const& now) {
        shown.is(now.written);
        return !progress_.stopped();
      };
    }
    return copy_open_file(
        source, {directory.target(), place.target_name, directory.target_path(place.target_name), &placed_}, how);
  }();
  if (report.cancelled) return false;
  progress_.written(report.bytes);
  progress_.warn(std::move(report.warnings));
  if (options_.file.durable && !report.durable) remember(directory, place.target_name, report);
  note(directory, place, entry_kind::file, entry_outcome::copied, report);
  return true;
}

/// A file with several names: the first of them is copied, and the others are linked to the copy.
template <class Copy>
void tree_copy::copy_once(entry_directory const& directory, tree_place const& place, struct ::stat const& status,
                          Copy const& copy) {
  std::optional<tree_place> copied;
  // Whoever has to wait keeps its directory from being finished.
  directory.node->pending.fetch_add(1);
  auto const turn = links_.take(status, place, copied);
  if (turn == link_table::turn::wait) return;
  directory.node->pending.fetch_sub(1);
  if (turn == link_table::turn::link) return link_to(directory, place, *copied);
  bool there = false;
  bool const done = guarded(place, [&] { there = copy(); });
  if (done && there) {
    for (auto const& each : links_.placed(status, place)) {
      guarded(each, [&] {
        entry_directory const other(each.node, directories_);
        link_to(other, each, place);  // NOLINT(readability-suspicious-call-argument): place is the first
      });
      release(each.node);
    }
    return;
  }
  // Again from the beginning, for each of the others: the next one takes the place of the first.
  for (auto& each : links_.not_placed(status)) {
    auto const node = each.node;
    put_batch({std::move(each)});
    release(node);
  }
}

void tree_copy::link_to(entry_directory const& directory, tree_place const& place, tree_place const& first) {
  auto const& name = place.entry.name;
  auto const target = look_at_target(directory, place.target_name);
  auto const from = directories_.get(first.node);
  auto const copied = os::status_at(from->target.get(), first.target_name.c_str());
  bool const linked = target.there && copied && os::same_file(*copied, target.status);
  if (linked) return note(directory, place, entry_kind::hard_link, entry_outcome::skipped);
  struct ::stat source {};
  bool const follow = follows(*directory.node);
  if (::fstatat(directory.source(), name.c_str(), &source, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    fail("look at", directory.source_path(name), errno);
  if (!may_put(directory, name, place.target_name, source, target, options_, progress_))
    return note(directory, place, entry_kind::hard_link, entry_outcome::skipped);
  check_not_placed(directory, place.target_name, target, placed_);
  back_up(directory, place, source, target);
  int const failure =
      put_hard_link(from->target.get(), first.target_name, directory, place.target_name, target, placed_);
  if (failure == 0) return note(directory, place, entry_kind::hard_link, entry_outcome::copied);
  // Another filesystem, or more names than this one allows: then it is a file of its own.
  if (failure != EXDEV && failure != EMLINK && failure != EPERM && failure != EOPNOTSUPP && failure != ENOSYS &&
      failure != EINVAL && failure != EACCES)
    fail("link", directory.target_path(place.target_name), failure);
  progress_.warn({"'" + directory.target_path(place.target_name).string() +
                  "' could not be linked to the copy of its other name and is a file of its own: " +
                  std::generic_category().message(failure)});
  if (S_ISREG(source.st_mode)) return copy_regular(directory, place, follow, names_are::several_files);
  copy_other(directory, place, source, names_are::several_files);
}

void tree_copy::copy_other(entry_directory const& directory, tree_place const& place, struct ::stat const& status,
                           names_are rule) {
  if (!S_ISLNK(status.st_mode) && !options_.special) {
    fail("copy", directory.source_path(place.entry.name), EINVAL,
         S_ISFIFO(status.st_mode)   ? "it is a FIFO"
         : S_ISSOCK(status.st_mode) ? "it is a socket"
                                    : "it is a device",
         "use --special (tree_options::special) to make it anew, or --copy-contents to read it");
  }
  auto const copy = [&] { return copy_by_name(directory, place, status); };
  if (is_shared(status, rule)) return copy_once(directory, place, status, copy);
  copy();
}

/// What has no bytes. Whether the target is there now.
bool tree_copy::copy_by_name(entry_directory const& directory, tree_place const& place, struct ::stat const& status) {
  auto const& name = place.entry.name;
  auto const kind = S_ISLNK(status.st_mode) ? entry_kind::symbolic_link : entry_kind::special;
  auto const target = look_at_target(directory, place.target_name);
  check_not_placed(directory, place.target_name, target, placed_);
  if (!may_put(directory, name, place.target_name, status, target, options_, progress_)) {
    note(directory, place, kind, entry_outcome::skipped);
    return options_.file.existing == existing_target::update;
  }
  if (options_.dry_run) {
    note(directory, place, kind, entry_outcome::planned);
    return false;
  }
  back_up(directory, place, status, target);
  std::vector<std::string> warnings;
  if (kind == entry_kind::symbolic_link) {
    put_symbolic_link(directory, name, place.target_name, status, target, options_.file.preserve, warnings, placed_);
  } else {
    put_special(directory, name, place.target_name, status, target, options_.file.preserve, warnings, placed_);
  }
  progress_.warn(std::move(warnings));
  note(directory, place, kind, entry_outcome::copied);
  return true;
}

// Step 5

void tree_copy::will_write_to(int directory) {
  auto const status = os::status(directory);
  auto again = open_directory(directory, ".", through_links::no);
  std::lock_guard const guard(lock_);
  if (status && again) filesystems_.emplace(status->st_dev, std::move(*again));
}

void tree_copy::remember(entry_directory const& directory, std::string const& name, copy_report const& report) {
  bool const to_be_read = options_.file.verify == verify::read_back && !report.verified;
  std::lock_guard const guard(lock_);
  unflushed_.push_back({directory.node, name, to_be_read ? report.hash : std::string(), report.bytes});
}

bool tree_copy::must_flush() const noexcept {
  return (options_.file.durable || options_.file.verify == verify::read_back) && !options_.dry_run;
}

/// Flushes while the copy goes on, so that little is left at the end, and what is shown as being on the device is.
void tree_copy::flush_while(std::stop_token const& going) {
  std::mutex alone;
  std::condition_variable_any wake;
  std::uint64_t before = 0;
  std::unique_lock guard(alone);
  while (!wake.wait_for(guard, going, between_flushes, [&] { return going.stop_requested(); })) {
    auto const written = progress_.written();
    if (written - std::min(before, written) < worth_flushing) continue;
    before = written;
    if (flush() == 0) progress_.flushed(written);
  }
}

/// 0, or the errno of a filesystem that could not write all it was given, now or before.
int tree_copy::flush() {
  std::vector<int> all;
  {
    std::lock_guard const guard(lock_);
    for (auto const& [device, fd] : filesystems_) all.push_back(fd.get());
  }
  for (int const fd : all) {
    int none = 0;
    if (::syncfs(fd) != 0) failed_flush_.compare_exchange_strong(none, errno);
  }
  return failed_flush_.load();
}

/// Which files it was. A filesystem reports a failed write-back to whoever asks first for a file; nobody did yet.
void tree_copy::find_lost(int failure) {
  bool found = false;
  for (auto& each : unflushed_) {
    tree_place const place(each.node, directory_entry{each.name, 0, DT_REG}, each.name);
    bool const written = guarded(place, [&] {
      entry_directory const directory(each.node, directories_);
      auto const file = os::open_at(directory.target(), each.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if (!file) fail("open", directory.target_path(each.name), file.error());
      if (::fsync(file->get()) != 0) lose(each, directory, "flush", errno, "the device did not take all of it");
    });
    if (!written) each.hash.clear();
    found = found || !written;
  }
  if (!found) {
    progress_.failed({}, root_->target_shown, {failure, std::generic_category()},
                     "the filesystem of '" + root_->target_shown.string() +
                         "' could not write everything to the device: " + std::generic_category().message(failure));
  }
}

/// What turned out to be no copy does not stay, where it can be removed.
void tree_copy::lose(unflushed const& file, entry_directory const& directory, char const* operation, int failure,
                     std::string cause) {
  progress_.lost(file.bytes);
  bool const removed = os::unlink_at(directory.target(), file.name.c_str()) == 0;
  cause += removed ? "; the bad copy was removed" : "; the bad copy could not even be removed";
  fail(operation, directory.target_path(file.name), failure, std::move(cause));
}

/// The small files, whose hashes were made on the way; large ones were read back one by one.
void tree_copy::read_back() {
  progress_.enter(copy_stage::verifying);
  for (std::size_t first = 0; first < unflushed_.size(); first += batch_size) {
    workers_.put([this, first] {
      auto const end = std::min(first + batch_size, unflushed_.size());
      for (auto at = first; at < end && !progress_.stopped(); ++at) {
        auto const& each = unflushed_[at];
        if (each.hash.empty()) continue;
        guarded({each.node, directory_entry{each.name, 0, DT_REG}, each.name}, [&] {
          entry_directory const directory(each.node, directories_);
          auto const shown = directory.target_path(each.name);
          if (hash_from_device(directory.target(), each.name, shown, options_.file.hash) != each.hash)
            lose(each, directory, "verify", EIO, "the device gave other bytes than were written");
        });
      }
    });
  }
  while (!workers_.wait_for(telling)) progress_.tell();
}

}  // namespace coview::copying
