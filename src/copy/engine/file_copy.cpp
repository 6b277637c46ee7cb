// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/file_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "copy/engine/failure.hpp"
#include "copy/engine/file_size_signal.hpp"
#include "copy/engine/journal.hpp"
#include "copy/engine/metadata.hpp"
#include "copy/engine/plan.hpp"
#include "copy/engine/read_back.hpp"
#include "copy/methods/transfer.hpp"
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

bool is_newer(struct ::timespec const& a, struct ::timespec const& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
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
      case way::replace:
        replace();
        break;
    }
    report_.cancelled = meter_.cancelled() && !placed_;
    report_.seconds = meter_.seconds();
    return std::move(report_);
  }

 private:
  enum class way : std::uint8_t { replace, write_to_it, skip };

  /// Step 1.
  way look_at_target() const {
    auto const entry = os::status_at(target_.directory, target_.name.c_str());
    if (!entry) {
      if (entry.error() == ENOENT) return way::replace;
      fail("look at", target_.shown, entry.error());
    }
    struct ::stat resolved = *entry;
    // A link to the source is the source, for who wrote the command.
    bool const is_link = S_ISLNK(entry->st_mode);
    bool const leads = !is_link || ::fstatat(target_.directory, target_.name.c_str(), &resolved, 0) == 0;
    if (leads && os::same_file(resolved, source_.before)) {
      fail("copy", source_.shown, EINVAL, "it and '" + target_.shown.string() + "' are the same file",
           "remove the target first, if it shall be a file of its own");
    }
    mode_t const mode = entry->st_mode;
    if (S_ISDIR(mode)) fail("replace", target_.shown, EISDIR, "it is a directory", "name a file in it");
    if (S_ISSOCK(mode)) fail("replace", target_.shown, EINVAL, "it is a socket", "remove it first, if you mean it");
    if (S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode)) return way::write_to_it;
    // Replacing /dev/stdout and its like is never meant, and writing through a link is only meant when it is said.
    if (is_link && leads && !S_ISREG(resolved.st_mode)) {
      fail("replace", target_.shown, EINVAL,
           S_ISDIR(resolved.st_mode) ? "it is a symbolic link to a directory"
                                     : "it is a symbolic link to a device, FIFO or socket",
           "name what it leads to, or ask for the link to be followed");
    }
    switch (options_.existing) {
      case existing_target::replace:
        return way::replace;
      case existing_target::keep:
        return way::skip;
      case existing_target::refuse:
        fail("create", target_.shown, EEXIST, "it is there already", "ask for it to be replaced, if you mean it");
      case existing_target::update:
        return is_newer(source_.before.st_mtim, entry->st_mtim) ? way::replace : way::skip;
    }
    return way::replace;
  }

  /// Steps 2 to 8.
  void replace() {
    // Where zeros become holes, a block does not tell what of it was written.
    bool const resumable = options_.resume && source_.sized && options_.holes != holes::make;
    temporary file(target_, resumable ? temporary::left_over::take : temporary::left_over::clear);
    std::optional<journal> notes;
    if (resumable) begin_journal(file, notes);
    try {
      if (!fill(file, notes ? &*notes : nullptr)) {
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
    placed_ = file.put_in_place(may_replace);
    if (!placed_) {  // somebody made it meanwhile
      if (options_.existing == existing_target::refuse)
        fail("create", target_.shown, EEXIST, "somebody else has created it meanwhile");
      report_.skipped = true;
      return;
    }
    if (report_.durable) {
      if (int const failure = flush_name(file.fd()); failure != 0) {
        fail("flush the directory of", target_.shown, failure,
             "the copy is in place, but its name may not be durable");
      }
      report_.flush_seconds += lap_();
      meter_.shown().on_device = meter_.shown().written;
    }
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
  bool fill(temporary& file, journal* notes) {
    if (!move_bytes(file.fd(), notes)) return false;
    report_.copy_seconds = lap_();
    // Step 4. What was cloned is the source at one moment, whatever happened to it afterwards.
    if (report_.method != copy_method::reflink) {
      check_unchanged(source_);
      if (source_.sized && report_.bytes != source_.size()) {
        fail("read", source_.shown, EIO,
             "it ended after " + std::to_string(report_.bytes) + " of " + std::to_string(source_.size()) + " bytes");
      }
    }
    copy_metadata(source_.fd.get(), source_.before, file.fd(), options_.preserve, target_.shown, report_.warnings);
    if (!flush(file.fd())) return false;
    report_.flush_seconds = lap_();
    if (options_.verify != verify::read_back) return true;
    meter_.enter(copy_stage::verifying);
    auto const there = hash_of_what_is_there(file.fd(), target_.shown, hash_to_use(), meter_);
    if (meter_.cancelled()) return false;
    if (there != report_.hash) {
      fail("verify", target_.shown, EIO,
           "what was read back is not what was written: its hash is " + there + " and should be " + report_.hash,
           "do not trust this device; test its memory and its disk");
    }
    report_.verified = true;
    report_.verify_seconds = lap_();
    return true;
  }

  [[nodiscard]] hash_maker hash_to_use() const { return options_.hash ? options_.hash : hash_maker(xxh3); }

  /// Step 3. False: cancelled.
  bool move_bytes(int fd, journal* notes) {
    auto const from = source_.sized ? storage_of(source_.fd.get()) : storage::made_up;
    auto const to = storage_of(fd);
    memory_target_ = to == storage::memory;
    auto const planned = make_plan(source_, from, to, options_);
    auto& flushing = flushing_.emplace(source_.fd.get(), fd, planned.flushing);
    if (!meter_.enter(copy_stage::copying)) return false;
    // Data on its way to the disk was seen to be called a hole there (ZFS).
    if (from == storage::doubtful && is_sparse(source_)) ::fdatasync(source_.fd.get());
    for (auto const method : planned.methods) {
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
      return settle();
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
  bool settle() {
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

  /// A device or FIFO as target: its own bytes are replaced, from the beginning.
  void write_to_special() {
    auto const name = target_.name.c_str();
    auto to = os::open_at(target_.directory, name, O_WRONLY | O_NOFOLLOW | O_NOCTTY);
    if (!to) fail("open", target_.shown, to.error());
    std::unique_ptr<hasher> const hash = options_.verify == verify::none ? nullptr : hash_to_use()();
    write_back nothing(source_.fd.get(), to->get(), {});
    transfer job{source_, to->get(), target_.shown, options_, meter_, nothing, hash.get()};
    report_.method = meter_.shown().method = copy_method::buffered;
    if (!meter_.enter(copy_stage::copying) || copy_to_stream(job) == moved::cancelled) return;
    check_unchanged(source_);
    report_.bytes = job.length;
    report_.data_bytes = job.data_bytes;
    if (hash) report_.hash = hash->finish();
    report_.copy_seconds = lap_();
    if (!flush(to->get())) return;
    report_.flush_seconds = lap_();
    placed_ = true;
    meter_.enter(copy_stage::done);
  }

  source_file const& source_;
  target_place const& target_;
  copy_options const& options_;
  file_size_signal_blocked const quiet_;
  progress_meter meter_;
  lap_timer lap_;
  copy_report report_;
  std::optional<write_back> flushing_;
  bool failed_flush_ = false;
  bool memory_target_ = false;
  bool placed_ = false;
};

}  // namespace

copy_report copy_open_file(source_file const& source, target_place const& target, copy_options const& options) {
  return file_copy(source, target, options).run();
}

}  // namespace coview::copying
