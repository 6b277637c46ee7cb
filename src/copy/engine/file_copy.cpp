// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/file_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "copy/engine/backup.hpp"
#include "copy/engine/file_size_signal.hpp"
#include "copy/engine/metadata.hpp"
#include "copy/engine/method_choice.hpp"
#include "copy/engine/read_back.hpp"
#include "copy/engine/time.hpp"
#include "copy/methods/transfer.hpp"
#include "copy/shared/descriptor_link.hpp"
#include "copy/shared/failure.hpp"
#include "copy/shared/journal.hpp"
#include "copy/shared/stream.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

int flush_to_device(int fd) {
  for (;;) {
    if (::fsync(fd) == 0) return 0;
    if (errno != EINTR) return errno;
  }
}

/// Of a flush: a filesystem that has nothing to flush to may say so; any other error means that bytes are lost, and
/// asking again would be answered "fine".
bool means_loss(int failure) {
  return failure != 0 && failure != EINVAL && failure != ENOSYS && failure != EOPNOTSUPP;
}

/// Errors of making a file next to the target that leave the one that is there to be written to.
bool leaves_the_file(int errno_value) {
  switch (errno_value) {
    case EACCES:  // a directory of somebody else's, or one of /proc
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOSYS:
    case EOPNOTSUPP:
      return true;
    default:
      return false;
  }
}

/// Whether something is mounted on an entry: it cannot be replaced then.
bool is_mount_point(int directory, char const* name) {
  struct ::statx found {};
  return ::statx(directory, name, AT_SYMLINK_NOFOLLOW, 0, &found) == 0 &&
         (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool is_sparse(source_file const& source) {
  return static_cast<std::uint64_t>(source.before.st_blocks) * 512 < source.size();
}

/// Measures parts of a copy.
class lap_timer {
 public:
  explicit lap_timer(progress_meter const& meter) : meter_(meter), since_(meter.seconds()) {}
  double operator()() {
    auto const now = meter_.seconds();
    return now - std::exchange(since_, now);
  }

 private:
  progress_meter const& meter_;
  double since_;
};

class file_copy {
 public:
  file_copy(source_file const& source, target_place const& target, copy_options const& options)
      : source_(source),
        target_(target),
        options_(options),
        meter_(options, source.shown, target.shown),
        lap_(meter_) {
    meter_.shown().total = source.size();
  }

  copy_report run() {
    switch (look_at_target()) {
      case way::skip:
        report_.skipped = true;
        break;
      case way::write_to_it:
        write_to_special();
        break;
      case way::in_place:
        write_in_place();
        break;
      case way::replace:
        replace();
        break;
    }
    report_.cancelled = meter_.cancelled() && !placed_;
    report_.seconds = meter_.seconds();
    return std::move(report_);
  }

 private:
  enum class way : std::uint8_t { replace, write_to_it, in_place, skip };

  /// Step 1.
  way look_at_target() {
    auto const entry = os::status_at(target_.directory, target_.name.c_str());
    if (!entry) {
      if (entry.error() == ENOENT) return way::replace;
      fail("look at", target_.shown, entry.error());
    }
    there_ = true;
    existing_ = *entry;
    if (target_.placed != nullptr && target_.placed->has(*entry)) {
      fail("replace", target_.shown, EEXIST, "another of the sources was just copied there",
           "copy them to different directories");
    }
    struct ::stat resolved = *entry;
    // A link to the source is the source, for who wrote the command.
    bool const is_link = S_ISLNK(entry->st_mode);
    bool const leads = !is_link || ::fstatat(target_.directory, target_.name.c_str(), &resolved, 0) == 0;
    // With a backup, nothing of it is lost.
    if (leads && os::same_file(resolved, source_.before) && options_.backup.kind == backup_kind::none) {
      fail("copy", source_.shown, EINVAL, "it and '" + target_.shown.string() + "' are the same file",
           "remove the target first, if it shall be a file of its own");
    }
    mode_t const mode = entry->st_mode;
    if (S_ISDIR(mode)) fail("replace", target_.shown, EISDIR, "it is a directory", "name a file in it");
    if (S_ISSOCK(mode)) fail("replace", target_.shown, EINVAL, "it is a socket", "remove it first, if you mean it");
    if (S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode)) return way::write_to_it;
    if (is_link && (descriptor_ = find_descriptor_link(target_.directory, target_.name))) return way::write_to_it;
    // Replacing /dev/stdout and its like is never meant, and writing through a link is only meant when it is said.
    if (is_link && leads && !S_ISREG(resolved.st_mode)) {
      fail("replace", target_.shown, EINVAL,
           S_ISDIR(resolved.st_mode) ? "it is a symbolic link to a directory"
                                     : "it is a symbolic link to a device, FIFO or socket",
           "name what it leads to (copy_options::follow_target follows it)");
    }
    switch (options_.existing) {
      case existing_target::replace:
        break;
      case existing_target::keep:
        return way::skip;
      case existing_target::refuse:
        fail("create", target_.shown, EEXIST, "it is there already",
             "name another target, or allow it to be replaced");
      case existing_target::update:
        if (!is_newer(source_.before, *entry)) return way::skip;
        break;
    }
    if (!S_ISREG(mode)) return way::replace;
    if (options_.in_place && options_.backup.kind != backup_kind::none) {
      fail("back up", target_.shown, EINVAL, "it is to be written into, and would change with its backup",
           "leave out --inplace or --backup");
    }
    if (options_.in_place) return way::in_place;
    if (!is_mount_point(target_.directory, target_.name.c_str())) return way::replace;
    needs_no_backup(EBUSY);
    warn_of_writing_in_place(EBUSY);
    return way::in_place;
  }

  static std::string why_in_place(int errno_value) {
    if (errno_value == EBUSY) return "something is mounted on it";
    if (errno_value == ENOENT) return "no other file can be made there";  // what /proc says to that
    return std::generic_category().message(errno_value);
  }

  void warn_of_writing_in_place(int errno_value) {
    std::string said = "'";
    said.append(target_.shown.string());
    said.append("' could not be put in place in one step and was written directly: ")
        .append(why_in_place(errno_value));
    report_.warnings.push_back(std::move(said));
  }

  /// A file that is written into has no backup: a link to it would change with it.
  void needs_no_backup(int errno_value) const {
    if (!there_ || options_.backup.kind == backup_kind::none) return;
    fail("back up", target_.shown, errno_value,
         "it can only be written into, and its backup would change with it: " + why_in_place(errno_value),
         "leave out --backup (copy_options::backup), or copy to another place");
  }

  /// Steps 2 to 8.
  void replace() {
    // Where zeros become holes, a block does not tell what of it was written.
    bool const resumable = options_.resume && source_.sized && options_.holes != holes::make;
    std::optional<temporary> made;
    try {
      made.emplace(target_, resumable ? temporary::left_over::take : temporary::left_over::clear);
    } catch (error const& met) {
      if (!there_ || !S_ISREG(existing_.st_mode) || !leaves_the_file(met.code().value())) throw;
      needs_no_backup(met.code().value());
      auto direct = open_existing();
      if (!direct) throw;
      warn_of_writing_in_place(met.code().value());
      return write_over(std::move(*direct));
    }
    temporary& file = *made;
    std::optional<journal> notes;
    if (resumable) begin_journal(file, notes);
    try {
      if (!fill(file.fd(), notes ? &*notes : nullptr)) {
        if (resumable) keep(file);
        return;
      }
    } catch (error const& met) {
      // What is copied of a source that changed is worth nothing; nor is what looks whole in memory and is not so on
      // the device.
      bool const changed = met.code() == std::errc::resource_unavailable_try_again;
      if (resumable && !changed && !lost_bytes()) keep(file);
      throw;
    }
    bool const may_replace =
        options_.existing != existing_target::keep && options_.existing != existing_target::refuse;
    if (!file.can_replace()) needs_no_backup(EPERM);
    if (there_ && may_replace) keep_backup(target_, source_.before, options_.backup);
    switch (file.put_in_place(may_replace)) {
      case temporary::outcome::placed:
        placed_ = true;
        break;
      case temporary::outcome::taken:  // somebody made it meanwhile
        if (options_.existing == existing_target::refuse)
          fail("create", target_.shown, EEXIST, "somebody else has created it meanwhile");
        report_.skipped = true;
        return;
      case temporary::outcome::not_possible: {
        int const why = file.why();
        if (os::status_at(target_.directory, target_.name.c_str())) needs_no_backup(why);  // else it was renamed
        made.reset();
        meter_.restart();
        warn_of_writing_in_place(why);
        return write_in_place();
      }
    }
    flush_the_name(file.fd());
    meter_.enter(copy_stage::done);
  }

  void flush_the_name(int fd) {
    if (!report_.durable) return;
    if (int const failure = flush_name(fd); failure != 0) {
      fail("flush the directory of", target_.shown, failure, "the copy is in place, but its name may not be durable");
    }
    report_.flush_seconds += lap_();
    meter_.shown().on_device = meter_.shown().written;
  }

  [[nodiscard]] os::result<os::unique_fd> open_existing() const {
    constexpr int flags = O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    auto opened = os::open_at(target_.directory, target_.name.c_str(), O_RDWR | flags);
    if (!opened && opened.error() == EACCES)  // one that may be written and not read
      opened = os::open_at(target_.directory, target_.name.c_str(), O_WRONLY | flags);
    return opened;
  }

  /// Into the file that is there, or, where no file can be given another name, into a new one under its own.
  void write_in_place() {
    auto opened = open_existing();
    if (!opened && opened.error() == ENOENT) {
      opened = os::open_at(target_.directory, target_.name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
                           S_IRUSR | S_IWUSR);
      made_in_place_ = static_cast<bool>(opened);
    }
    if (!opened) fail("open", target_.shown, opened.error());
    write_over(std::move(*opened));
  }

  void write_over(os::unique_fd file) {
    auto const found = os::status(file.get());
    if (!found) fail("look at", target_.shown, found.error());
    if (!S_ISREG(found->st_mode))
      fail("write", target_.shown, EAGAIN, "something else has taken its place meanwhile");
    if (os::same_file(*found, source_.before)) fail("copy", source_.shown, EINVAL, "it is the target as well");
    if (target_.placed != nullptr) {
      std::lock_guard const one_at_a_time(target_.placed->replacing());
      if (target_.placed->has(*found)) {
        fail("replace", target_.shown, EEXIST, "another of the sources was just copied there",
             "copy them to different directories");
      }
      target_.placed->add(*found);
    }
    kind_ = made_in_place_ ? metadata_target::kind::fresh : metadata_target::kind::was_there;
    write_only_ = (::fcntl(file.get(), F_GETFL) & O_ACCMODE) == O_WRONLY;
    try {
      // Files that are made up by a program have no length to set.
      if (int const failure = os::resize(file.get(), 0); failure != 0 && storage_of(file.get()) != storage::made_up)
        fail("write", target_.shown, failure);
      placed_ = fill(file.get(), nullptr);
    } catch (...) {
      if (made_in_place_) os::unlink_at(target_.directory, target_.name.c_str());
      throw;
    }
    if (!placed_) {
      if (made_in_place_) os::unlink_at(target_.directory, target_.name.c_str());
      return;
    }
    if (made_in_place_) flush_the_name(file.get());
    meter_.enter(copy_stage::done);
  }

  /// For a copy that goes on from here, if there is anything to go on from.
  static void keep(temporary& file) {
    auto const is = os::status(file.fd());
    if (is && is->st_size > 0) file.keep();
  }

  /// 0, or the errno. A directory that may be written but not read has no descriptor to flush.
  [[nodiscard]] int flush_name(int fd) const {
    int const failure = flush_to_device(target_.directory);
    if (failure != EBADF && failure != EINVAL) return failure;
    return ::syncfs(fd) == 0 ? 0 : errno;
  }

  void begin_journal(temporary& file, std::optional<journal>& notes) {
    notes.emplace(target_.directory, file.journal_name(), source_, !file.found(), target_.shown);
    file.has_journal();
    if (!file.found()) return;
    if (!notes->goes_on()) {
      if (int const failure = os::resize(file.fd(), 0); failure != 0) fail("write", target_.shown, failure);
      return;
    }
    // What is taken over must be what the device has: a page that it did not take stays in memory, and looks whole.
    if (must_flush() && means_loss(flush_to_device(file.fd()))) os::resize(file.fd(), 0);
    ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
  }

  /// Steps 3 to 7. False: cancelled.
  bool fill(int fd, journal* notes) {
    if (!move_bytes(fd, notes)) return false;
    report_.copy_seconds = lap_();
    // Step 4. What was cloned is the source at one moment, whatever happened to it afterwards; its
    // hash was read later.
    if (report_.method != copy_method::reflink || !report_.hash.empty()) {
      if (write_only_) {
        check_unchanged(source_);
      } else if (!check_bytes(source_, fd, [this] { return meter_.tick(); })) {
        return false;
      }
    }
    if (report_.method != copy_method::reflink) {
      if (source_.sized && report_.bytes != source_.size()) {
        fail("read", source_.shown, EIO,
             "it ended after " + std::to_string(report_.bytes) + " of " + std::to_string(source_.size()) + " bytes");
      }
    }
    if (!source_.from_position) give_metadata(fd);
    if (!flush(fd)) return false;
    if (int const failure = close_error(fd); failure != 0) {
      failed_flush_ = true;
      fail("close", target_.shown, failure);
    }
    report_.flush_seconds = lap_();
    if (options_.verify != verify::read_back) return true;
    meter_.enter(copy_stage::verifying);
    auto const there = hash_of_what_is_there(fd, target_.shown, hash_to_use(), meter_, {});
    if (meter_.cancelled()) return false;
    fail_unless_same(there);
    report_.verified = true;
    report_.verify_seconds = lap_();
    return true;
  }

  /// Step 5. A file that stays the same one keeps what is its own unless more is asked for than usual.
  void give_metadata(int fd) {
    auto rules = options_.preserve;
    metadata_target target{kind_, existing_, target_.directory, target_.name.c_str()};
    if (kind_ == metadata_target::kind::was_there) {
      if (rules.inherit) rules.mode = rules.owner = rules.acl = false;
    } else if (there_ && S_ISREG(existing_.st_mode) && !made_in_place_) {
      target.is = metadata_target::kind::replaces;
    }
    copy_metadata(source_.fd.get(), source_.before, fd, rules, target_.shown, report_.warnings, target);
  }

  [[nodiscard]] hash_maker hash_to_use() const { return options_.hash ? options_.hash : hash_maker(xxh3); }

  /// Step 3. False: cancelled.
  bool move_bytes(int fd, journal* notes) {
    auto const from = source_.place;
    auto const to = storage_of(fd);
    memory_target_ = to == storage::memory;
    auto const planned = make_plan(source_, from, to, options_);
    auto& flushing = flushing_.emplace(source_.fd.get(), fd, planned.flushing);
    if (!meter_.enter(copy_stage::copying)) return false;
    // Data on its way to the disk was seen to be called a hole there (ZFS).
    if (!tells_the_truth(from) && is_sparse(source_)) ::fdatasync(source_.fd.get());
    for (auto const asked : planned.methods) {
      // What may not be read again can only be written to.
      auto const method = write_only_ ? copy_method::buffered : asked;
      std::unique_ptr<hasher> const hash = options_.verify == verify::none ? nullptr : hash_to_use()();
      transfer job{source_, fd, target_.shown, options_, meter_, flushing, hash.get(), from, to, notes};
      bool const journaled = notes != nullptr && method != copy_method::reflink;
      report_.method = meter_.shown().method = journaled ? copy_method::buffered : method;
      auto const outcome = journaled ? copy_with_journal(job) : by(method, job);
      if (outcome == moved::cancelled) return false;
      if (outcome == moved::not_possible) {
        meter_.restart();
        continue;
      }
      report_.bytes = job.length;
      report_.data_bytes = job.data_bytes;
      report_.resumed = job.resumed;
      if (hash) report_.hash = hash->finish();
      return await_write_back();
    }
    fail("copy", source_.shown, EOPNOTSUPP,
         "these two files cannot be copied by the method '" + std::string(to_string(options_.method)) + "'",
         "leave the choice to the automatic method");
  }

  static moved by(copy_method method, transfer& job) {
    bool const looks = !job.from.sized || job.options.holes != holes::keep;
    if (looks && method != copy_method::buffered) return moved::not_possible;
    switch (method) {
      case copy_method::reflink:
        return copy_by_reflink(job);
      case copy_method::in_kernel:
        return copy_in_kernel(job);
      case copy_method::mapped:
        return copy_mapped(job);
      case copy_method::direct:
        return copy_direct(job);
      case copy_method::automatic:
      case copy_method::buffered:
        break;
    }
    return copy_buffered(job);
  }

  [[nodiscard]] bool must_flush() const { return options_.durable || options_.verify == verify::read_back; }

  /// Waits for the device in steps that can be watched and cancelled, before the fsync that cannot.
  bool await_write_back() {
    if (!must_flush() || !meter_.watched()) return true;
    if (!meter_.enter(copy_stage::flushing)) return false;
    while (flushing_->wait_for_one()) {
      if (int const failure = flushing_->failure(); failure != 0) fail("flush", target_.shown, failure);
      if (meter_.due()) meter_.shown().on_device = flushing_->on_device(report_.bytes);
      if (!meter_.tick()) return false;
    }
    return true;
  }

  /// Whether something did not come to the device: asked again, the kernel would not say so.
  [[nodiscard]] bool lost_bytes() const { return failed_flush_ || (flushing_ && flushing_->failure() != 0); }

  /// Step 6. False: cancelled.
  bool flush(int fd) {
    if (!must_flush()) return true;
    if (!meter_.enter(copy_stage::flushing)) return false;
    int const failure = flush_to_device(fd);
    failed_flush_ = means_loss(failure);
    if (failed_flush_) fail("flush", target_.shown, failure);
    report_.durable = options_.durable && failure == 0 && !memory_target_;
    if (report_.durable) meter_.shown().on_device = meter_.shown().written;
    return meter_.tick();
  }

  /// A device, a FIFO, or what is open already, as target: its own bytes are replaced, from the beginning.
  void write_to_special() {
    keep_waiting const go_on = [this] { return meter_.tick(); };
    if (options_.verify == verify::read_back && (descriptor_ || !S_ISBLK(existing_.st_mode))) {
      fail("verify", target_.shown, EINVAL, "what is written there cannot be read again",
           "--verify=inline (verify::inline_hash) tells the hash of what was sent");
    }
    auto to =
        descriptor_ ? open_to_write(*descriptor_) : open_to_write(target_.directory, target_.name.c_str(), go_on);
    if (to.error() == ECANCELED) return;
    if (!to) fail("open", target_.shown, to.error());
    if (auto const what = os::status(to->get());
        what && S_ISREG(what->st_mode) && os::same_file(*what, source_.before))
      fail("copy", source_.shown, EINVAL, "it and '" + target_.shown.string() + "' are the same file");
    // Whatever is asked for, a source that is touched meanwhile is compared with this.
    bool const wanted = options_.verify != verify::none;
    std::unique_ptr<hasher> const hash = wanted ? hash_to_use()() : source_.sized ? xxh3() : nullptr;
    write_back nothing(source_.fd.get(), to->get(), {});
    transfer job{source_, to->get(), target_.shown, options_, meter_, nothing, hash.get(), source_.place};
    report_.method = meter_.shown().method = copy_method::buffered;
    if (!meter_.enter(copy_stage::copying) || copy_to_stream(job) == moved::cancelled) return;
    report_.bytes = job.length;
    report_.data_bytes = job.data_bytes;
    if (source_.sized && report_.bytes < source_.size()) check_unchanged(source_);
    auto const sum = hash ? hash->finish() : std::string();
    if (wanted) report_.hash = sum;
    struct ::stat now {};
    auto const state = state_of(source_, now);
    bool const same =
        state == source_state::same ||
        (state == source_state::touched && hash_of_source(wanted ? hash_to_use() : hash_maker(xxh3)) == sum);
    if (!same) fail_of_change(source_, now);
    report_.copy_seconds = lap_();
    if (!flush(to->get())) return;
    report_.flush_seconds = lap_();
    if (options_.verify == verify::read_back) {
      meter_.enter(copy_stage::verifying);
      auto const there = hash_of_what_is_there(to->get(), target_.shown, hash_to_use(), meter_, report_.bytes);
      if (meter_.cancelled()) return;
      fail_unless_same(there);
      report_.verified = true;
      report_.verify_seconds = lap_();
    }
    if (::close(to->release()) != 0 && errno != EINTR) fail("close", target_.shown, errno);
    placed_ = true;
    meter_.enter(copy_stage::done);
  }

  /// Read again; empty where that was cancelled.
  std::string hash_of_source(hash_maker const& make) {
    auto const hash = make();
    std::vector<std::byte> some(std::size_t{256} << 10U);
    for (std::uint64_t at = 0; at < source_.size();) {
      auto const want = static_cast<std::size_t>(std::min<std::uint64_t>(some.size(), source_.size() - at));
      auto const got = os::read_at(source_.fd.get(), std::span(some).first(want), at);
      if (!got) fail("read", source_.shown, got.error());
      if (*got == 0 || !meter_.tick()) return {};
      hash->update(std::span(some).first(*got));
      at += *got;
    }
    return hash->finish();
  }

  void fail_unless_same(std::string const& there) const {
    if (there == report_.hash) return;
    fail("verify", target_.shown, EIO,
         "what was read back is not what was written: its hash is " + there + " and should be " + report_.hash,
         "do not trust this device; test its memory and its disk");
  }

  source_file const& source_;
  target_place const& target_;
  copy_options const& options_;
  file_size_signal_blocked const quiet_;
  progress_meter meter_;
  lap_timer lap_;
  copy_report report_;
  std::optional<write_back> flushing_;
  struct ::stat existing_ {};  // the target as it was found, where it was there
  std::optional<descriptor_link> descriptor_;
  metadata_target::kind kind_ = metadata_target::kind::fresh;
  bool there_ = false;
  bool made_in_place_ = false;
  bool write_only_ = false;  // the target may be written and not read
  bool failed_flush_ = false;
  bool memory_target_ = false;
  bool placed_ = false;
};

}  // namespace

copy_report copy_open_file(source_file const& source, target_place const& target, copy_options const& options) {
  return file_copy(source, target, options).run();
}

}  // namespace coview::copying
