// SPDX-License-Identifier: Apache-2.0
#include "copy/tree.hpp"

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

#include "copy/engine.hpp"
#include "copy/failure.hpp"
#include "copy/metadata.hpp"
#include "copy/tree_count.hpp"
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
    : options_(options), ledger_(options), root_(std::move(root)) {
  root_->pending.store(1);
  directories_.put(root_, open_pair{os::unique_fd(AT_FDCWD), std::move(target)});
}

tree_report tree_copy::run(std::vector<std::pair<std::string, std::string>> const& sources) {
  std::jthread counting;
  std::jthread flushing;
  // Whatever ends this function early, the others stop.
  struct stopper {
    tree_ledger& ledger;
    bool armed = true;
    ~stopper() {
      if (armed) ledger.stop();
    }
  } guard{ledger_};
  if (must_flush()) will_write_to(directories_.get(root_)->target.get());
  if (options_.count_ahead && options_.on_progress)
    counting = std::jthread([&] { count_trees(sources, options_, ledger_); });
  if (must_flush()) flushing = std::jthread([this](std::stop_token const& going) { flush_while(going); });
  begin(sources);
  ledger_.tell();
  crew_.start(workers_for(options_));
  while (!crew_.wait_for(telling)) ledger_.tell();
  guard.armed = false;
  if (counting.joinable()) counting.join();  // which has less to do than the copy had
  if (flushing.joinable()) {
    flushing.request_stop();
    flushing.join();
  }
  auto const flushed = must_flush() && !ledger_.stopped();
  if (flushed) {
    ledger_.enter(copy_stage::flushing);
    ledger_.tell();
    if (int const failure = flush(); failure != 0) find_lost(failure);
    ledger_.flushed(ledger_.written());
    if (options_.file.verify == verify::read_back) read_back();
  }
  ledger_.enter(copy_stage::done);
  ledger_.tell();
  auto report = ledger_.report();
  report.durable = flushed && options_.file.durable && failed_flush_.load() == 0;
  report.verified = flushed && options_.file.verify == verify::read_back && report.failures.empty();
  return report;
}

/// Step 1.
void tree_copy::begin(std::vector<std::pair<std::string, std::string>> const& sources) {
  places batch;
  for (auto const& [path, name] : sources) {
    batch.emplace_back(root_, directory_entry{path, 0, DT_UNKNOWN}, name);
    if (batch.size() == batch_size) put_batch(std::exchange(batch, {}));
  }
  if (!batch.empty()) put_batch(std::move(batch));
}

void tree_copy::put_batch(places&& batch) {
  batch.front().node->pending.fetch_add(1);
  crew_.put([this, batch = std::move(batch)] { do_batch(batch); });
}

/// Runs one piece of work for an entry; what goes wrong is noted.
template <class Work>
bool tree_copy::guarded(tree_place const& place, Work const& work) {
  auto const note_failure = [&](std::error_code code, char const* text) {
    ledger_.failed(place.node->source_path(place.entry.name), place.node->target_path(place.target_name), code, text);
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
  if (!ledger_.stopped()) {
    guarded(batch.front(), [&] {
      tree_desk const desk(node, directories_);
      for (auto const& place : batch) {
        if (ledger_.stopped()) return;
        do_entry(desk, place);
      }
    });
  }
  release(node);
}

void tree_copy::do_entry(tree_desk const& desk, tree_place const& place) {
  guarded(place, [&] { dispatch(desk, place); });
}

bool tree_copy::follows(tree_node const& node) const noexcept {
  return options_.follow == follow_links::always || (options_.follow == follow_links::named && node.is_root());
}

void tree_copy::dispatch(tree_desk const& desk, tree_place const& place) {
  auto const& name = place.entry.name;
  if (place.entry.type == DT_REG) return copy_regular(desk, place, false, names_are::one_file);
  auto found = os::status_at(desk.source(), name.c_str());
  if (!found) refuse("look at", desk.source_path(name), found.error());
  bool const through_link = S_ISLNK(found->st_mode) && follows(*desk.node);
  if (through_link) {
    struct ::stat behind {};
    if (::fstatat(desk.source(), name.c_str(), &behind, 0) != 0)
      refuse("look at", desk.source_path(name), errno, errno == ENOENT ? "it is a link that leads nowhere" : "");
    *found = behind;
  }
  if (S_ISDIR(found->st_mode)) {
    if (!options_.recursive) refuse("copy", desk.source_path(name), EISDIR, "it is a directory", "copy recursively");
    desk.node->pending.fetch_add(1);
    crew_.put([this, place, through_link] { enter_directory(place, through_link); });
    return;
  }
  bool const special = !S_ISREG(found->st_mode) && !S_ISLNK(found->st_mode);
  if (S_ISREG(found->st_mode) || (special && options_.file.read_special))
    return copy_regular(desk, place, through_link, names_are::one_file);
  copy_other(desk, place, *found, names_are::one_file);
}

// Directories

/// Step 2.
void tree_copy::enter_directory(tree_place const& place, bool through_link) {
  node_pointer node;
  if (!ledger_.stopped()) {
    guarded(place, [&] {
      tree_desk const desk(place.node, directories_);
      node = open_both(desk, place, through_link);
    });
  }
  if (!node) return release(place.node);
  bool const mounted = options_.one_file_system && !node->parent->is_root() &&
                       node->source_status.st_dev != node->parent->source_status.st_dev;
  if (!mounted) guarded(place, [&] { scan(node); });
  release(node);
}

node_pointer tree_copy::open_both(tree_desk const& desk, tree_place const& place, bool through_link) {
  auto const& name = place.entry.name;
  auto const shown = desk.source_path(name);
  auto opened = open_directory(desk.source(), name.c_str(), through_link ? through_links::yes : through_links::no);
  if (!opened) refuse("open", shown, opened.error());
  auto const status = os::status(opened->get());
  if (!status) refuse("look at", shown, status.error());
  auto node = std::make_shared<tree_node>();
  node->parent = desk.node;
  node->source_name = name;
  node->target_name = place.target_name;
  node->source_status = *status;
  node->through_link = through_link;
  refuse_loops(*node, shown);
  open_pair both{std::move(*opened), {}};
  make_target(desk, *node, both);
  directories_.put(node, std::move(both));
  return node;
}

/// A directory in itself has no end.
void tree_copy::refuse_loops(tree_node const& node, std::filesystem::path const& shown) {
  {
    std::lock_guard const guard(lock_);
    if (targets_.contains({node.source_status.st_dev, node.source_status.st_ino}))
      refuse("copy", shown, EINVAL, "it is where this copy goes to", "copy to a place outside the source");
  }
  if (options_.follow != follow_links::always) return;
  for (auto const* above = node.parent.get(); !above->is_root(); above = above->parent.get()) {
    if (os::same_file(above->source_status, node.source_status))
      refuse("copy", shown, ELOOP, "a link leads back to a directory above it", "copy links as links");
  }
}

void tree_copy::make_target(tree_desk const& desk, tree_node& node, open_pair& opened) {
  auto const shown = desk.target_path(node.target_name);
  node.missing_target = desk.node->missing_target;
  if (node.missing_target) return;
  // For nobody else until it is finished; its own permissions may not even let us in.
  if (!options_.dry_run) {
    node.fresh = ::mkdirat(desk.target(), node.target_name.c_str(), S_IRWXU) == 0;
    if (!node.fresh && errno != EEXIST) refuse("make directory", shown, errno);
  }
  auto target = open_directory(desk.target(), node.target_name.c_str(), through_links::no);
  if (!target && target.error() == ENOENT && options_.dry_run) {
    node.missing_target = true;
    return;
  }
  if (!target && (target.error() == ENOTDIR || target.error() == ELOOP))
    refuse("make directory", shown, ENOTDIR, "something else has this name", "move it away first");
  if (!target) refuse("open", shown, target.error());
  auto const status = os::status(target->get());
  if (!status) refuse("look at", shown, status.error());
  if (os::same_file(*status, node.source_status))
    refuse("copy", shown, EINVAL, "source and target are the same directory", "name another target");
  node.target_status = *status;
  opened.target = std::move(*target);
  if (options_.dry_run) return;
  if (must_flush() && status->st_dev != desk.node->target_status.st_dev) will_write_to(opened.target.get());
  if (!desk.node->is_root()) return;
  std::lock_guard const guard(lock_);
  targets_.insert({status->st_dev, status->st_ino});
}

void tree_copy::scan(node_pointer const& node) {
  auto const open = directories_.get(node);
  auto entries = read_directory(open->source.get());
  if (!entries) refuse("read directory", node->source_path("."), entries.error());
  places batch;
  // The pile is worked off from its end: put what shall come first last.
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
    node = node->parent;
  }
}

void tree_copy::finish(tree_node& node, node_pointer const& pointer) {
  bool const made = !options_.dry_run && !ledger_.stopped();
  if (made) {
    auto rules = options_.file.preserve;
    auto const open = directories_.get(pointer);
    auto const shown = node.parent->target_path(node.target_name);
    std::vector<std::string> warnings;
    if (node.fresh || rules.mode)
      copy_metadata(open->source.get(), node.source_status, open->target.get(), rules, shown, warnings);
    ledger_.warn(std::move(warnings));
  }
  tree_entry entry;
  entry.kind = entry_kind::directory;
  entry.outcome = options_.dry_run ? entry_outcome::planned : entry_outcome::copied;
  if (ledger_.told()) {
    entry.source = node.parent->source_path(node.source_name);
    entry.target = node.parent->target_path(node.target_name);
  }
  ledger_.done(std::move(entry));
}

// Entries

void tree_copy::note(tree_desk const& desk, tree_place const& place, entry_kind kind, entry_outcome outcome,
                     copy_report const& report) {
  tree_entry entry;
  entry.kind = kind;
  entry.outcome = outcome;
  entry.bytes = report.bytes;
  entry.method = report.method;
  if (ledger_.told()) {
    entry.source = desk.source_path(place.entry.name);
    entry.target = desk.target_path(place.target_name);
    entry.hash = report.hash;
  }
  ledger_.done(std::move(entry));
}

/// Whether it is to be one file with others that are the same one in the source.
bool tree_copy::is_shared(struct ::stat const& status, names_are rule) const noexcept {
  return rule == names_are::one_file && options_.hard_links && !options_.dry_run && status.st_nlink > 1;
}

void tree_copy::copy_regular(tree_desk const& desk, tree_place const& place, bool through_link, names_are rule) {
  auto const source = open_source(desk.source(), place.entry.name.c_str(), desk.source_path(place.entry.name),
                                  {through_link, options_.file.read_special});
  auto const copy = [&] { return copy_bytes(desk, place, source, look_at_target(desk, place.target_name)); };
  if (is_shared(source.before, rule)) return copy_once(desk, place, source.before, copy);
  copy();
}

/// Whether the target is there now.
bool tree_copy::copy_bytes(tree_desk const& desk, tree_place const& place, source_file const& source,
                           standing const& target) {
  if (desk.node->is_root()) {
    std::lock_guard const guard(lock_);
    if (!taken_.insert(place.target_name).second) {
      refuse("replace", desk.target_path(place.target_name), EEXIST, "another of the sources was just copied there",
             "copy them to different directories");
    }
  }
  if (!may_put(desk, place.entry.name, place.target_name, source.before, target, options_, ledger_)) {
    note(desk, place, entry_kind::file, entry_outcome::skipped);
    return options_.file.existing == existing_target::update;
  }
  if (options_.dry_run) {
    copy_report planned;
    planned.bytes = source.size();
    note(desk, place, entry_kind::file, entry_outcome::planned, planned);
    return false;
  }
  if (!target.there) {
    if (auto small = copy_small_file(source, desk, place.target_name, options_.file, skills_)) {
      ledger_.written(small->bytes);
      ledger_.warn(std::move(small->warnings));
      if (must_flush()) remember(desk, place.target_name, *small);
      note(desk, place, entry_kind::file, entry_outcome::copied, *small);
      return true;
    }
  }
  ledger_.now_copying(source.shown);
  auto how = options_.file;
  how.existing = existing_target::replace;
  // A file that replaces another must be on the device before it does; new ones are flushed together.
  how.durable = options_.file.durable && (target.there || source.size() >= large_file);
  // Bytes that are shown while the file is on its way count only once it is there.
  struct on_its_way {
    tree_ledger& ledger;
    std::uint64_t bytes = 0;
    void is(std::uint64_t now) {
      ledger.taken_back(bytes);
      ledger.written(bytes = now);
    }
    ~on_its_way() {
      ledger.taken_back(bytes);
      ledger.now_copying({});
    }
  };
  auto report = [&] {
    on_its_way shown{ledger_};
    how.on_progress = nullptr;
    if (options_.on_progress) {
      how.on_progress = [&](copy_progress const& now) {
        shown.is(now.written);
        return !ledger_.stopped();
      };
    }
    return copy_open_file(source, {desk.target(), place.target_name, desk.target_path(place.target_name)}, how);
  }();
  if (report.cancelled) return false;
  ledger_.written(report.bytes);
  ledger_.warn(std::move(report.warnings));
  if (options_.file.durable && !report.durable) remember(desk, place.target_name, report);
  note(desk, place, entry_kind::file, entry_outcome::copied, report);
  return true;
}

/// A file with several names: the first of them is copied, and the others are linked to the copy.
template <class Copy>
void tree_copy::copy_once(tree_desk const& desk, tree_place const& place, struct ::stat const& status,
                          Copy const& copy) {
  std::optional<tree_place> copied;
  // Whoever has to wait keeps its directory from being finished.
  desk.node->pending.fetch_add(1);
  auto const turn = links_.take(status, place, copied);
  if (turn == link_table::turn::wait) return;
  desk.node->pending.fetch_sub(1);
  if (turn == link_table::turn::link) return link_to(desk, place, *copied);
  bool there = false;
  bool const done = guarded(place, [&] { there = copy(); });
  if (done && there) {
    for (auto const& each : links_.placed(status, place)) {
      guarded(each, [&] {
        tree_desk const other(each.node, directories_);
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

void tree_copy::link_to(tree_desk const& desk, tree_place const& place, tree_place const& first) {
  auto const& name = place.entry.name;
  auto const target = look_at_target(desk, place.target_name);
  auto const from = directories_.get(first.node);
  auto const copied = os::status_at(from->target.get(), first.target_name.c_str());
  bool const linked = target.there && copied && os::same_file(*copied, target.status);
  if (linked) return note(desk, place, entry_kind::hard_link, entry_outcome::skipped);
  struct ::stat source {};
  bool const follow = follows(*desk.node);
  if (::fstatat(desk.source(), name.c_str(), &source, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    refuse("look at", desk.source_path(name), errno);
  if (!may_put(desk, name, place.target_name, source, target, options_, ledger_))
    return note(desk, place, entry_kind::hard_link, entry_outcome::skipped);
  int const failure = put_hard_link(from->target.get(), first.target_name, desk, place.target_name, target);
  if (failure == 0) return note(desk, place, entry_kind::hard_link, entry_outcome::copied);
  // Another filesystem, or more names than this one allows: then it is a file of its own.
  if (failure != EXDEV && failure != EMLINK && failure != EPERM && failure != EOPNOTSUPP)
    refuse("link", desk.target_path(place.target_name), failure);
  ledger_.warn({"'" + desk.target_path(place.target_name).string() +
                "' could not be linked to the copy of its other name and is a file of its own: " +
                std::generic_category().message(failure)});
  if (S_ISREG(source.st_mode)) return copy_regular(desk, place, follow, names_are::several_files);
  copy_other(desk, place, source, names_are::several_files);
}

void tree_copy::copy_other(tree_desk const& desk, tree_place const& place, struct ::stat const& status,
                           names_are rule) {
  if (!S_ISLNK(status.st_mode) && !options_.special) {
    refuse("copy", desk.source_path(place.entry.name), EINVAL,
           S_ISFIFO(status.st_mode)   ? "it is a FIFO"
           : S_ISSOCK(status.st_mode) ? "it is a socket"
                                      : "it is a device",
           "ask for special files to be copied as such, if you mean it");
  }
  auto const copy = [&] { return copy_by_name(desk, place, status); };
  if (is_shared(status, rule)) return copy_once(desk, place, status, copy);
  copy();
}

/// What has no bytes. Whether the target is there now.
bool tree_copy::copy_by_name(tree_desk const& desk, tree_place const& place, struct ::stat const& status) {
  auto const& name = place.entry.name;
  auto const kind = S_ISLNK(status.st_mode) ? entry_kind::symbolic_link : entry_kind::special;
  auto const target = look_at_target(desk, place.target_name);
  if (!may_put(desk, name, place.target_name, status, target, options_, ledger_)) {
    note(desk, place, kind, entry_outcome::skipped);
    return options_.file.existing == existing_target::update;
  }
  if (options_.dry_run) {
    note(desk, place, kind, entry_outcome::planned);
    return false;
  }
  std::vector<std::string> warnings;
  if (kind == entry_kind::symbolic_link) {
    put_symbolic_link(desk, name, place.target_name, status, target, options_.file.preserve, warnings);
  } else {
    put_special(desk, name, place.target_name, status, target, options_.file.preserve, warnings);
  }
  ledger_.warn(std::move(warnings));
  note(desk, place, kind, entry_outcome::copied);
  return true;
}

// Step 5

void tree_copy::will_write_to(int directory) {
  auto const status = os::status(directory);
  auto again = open_directory(directory, ".", through_links::no);
  std::lock_guard const guard(lock_);
  if (status && again) filesystems_.emplace(status->st_dev, std::move(*again));
}

void tree_copy::remember(tree_desk const& desk, std::string const& name, copy_report const& report) {
  bool const to_be_read = options_.file.verify == verify::read_back && !report.verified;
  std::lock_guard const guard(lock_);
  unflushed_.push_back({desk.node, name, to_be_read ? report.hash : std::string(), report.bytes});
}

bool tree_copy::must_flush() const noexcept {
  return (options_.file.durable || options_.file.verify == verify::read_back) && !options_.dry_run;
}

/// Flushes while the copy goes on, so that little is left at the end, and what is shown as being on the device is.
void tree_copy::flush_while(std::stop_token const& going) {
  std::mutex alone;
  std::condition_variable_any bell;
  std::uint64_t before = 0;
  std::unique_lock guard(alone);
  while (!bell.wait_for(guard, going, between_flushes, [&] { return going.stop_requested(); })) {
    auto const written = ledger_.written();
    if (written - std::min(before, written) < worth_flushing) continue;
    before = written;
    if (flush() == 0) ledger_.flushed(written);
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
      tree_desk const desk(each.node, directories_);
      auto const file = os::open_at(desk.target(), each.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if (!file) refuse("open", desk.target_path(each.name), file.error());
      if (::fsync(file->get()) != 0) lose(each, desk, "flush", errno, "the device did not take all of it");
    });
    if (!written) each.hash.clear();
    found = found || !written;
  }
  if (!found) {
    ledger_.failed({}, root_->target_shown, {failure, std::generic_category()},
                   "the filesystem of '" + root_->target_shown.string() +
                       "' could not write everything to the device: " + std::generic_category().message(failure));
  }
}

/// What turned out to be no copy does not stay, where it can be removed.
void tree_copy::lose(unflushed const& file, tree_desk const& desk, char const* operation, int failure,
                     std::string cause) {
  ledger_.lost(file.bytes);
  bool const removed = os::unlink_at(desk.target(), file.name.c_str()) == 0;
  cause += removed ? "; the bad copy was removed" : "; the bad copy could not even be removed";
  refuse(operation, desk.target_path(file.name), failure, std::move(cause));
}

/// The small files, whose hashes were made on the way; large ones were read back one by one.
void tree_copy::read_back() {
  ledger_.enter(copy_stage::verifying);
  for (std::size_t first = 0; first < unflushed_.size(); first += batch_size) {
    crew_.put([this, first] {
      auto const end = std::min(first + batch_size, unflushed_.size());
      for (auto at = first; at < end && !ledger_.stopped(); ++at) {
        auto const& each = unflushed_[at];
        if (each.hash.empty()) continue;
        guarded({each.node, directory_entry{each.name, 0, DT_REG}, each.name}, [&] {
          tree_desk const desk(each.node, directories_);
          auto const shown = desk.target_path(each.name);
          if (hash_from_device(desk.target(), each.name, shown, options_.file.hash) != each.hash)
            lose(each, desk, "verify", EIO, "the device gave other bytes than were written");
        });
      }
    });
  }
  while (!crew_.wait_for(telling)) ledger_.tell();
}

}  // namespace coview::copying
