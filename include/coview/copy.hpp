// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <coview/debug_mode.hpp>
#include <coview/error.hpp>
#include <coview/export.hpp>

/// Copying files: as fast as the two files allow, with progress, verified when asked, all or nothing.
///
///     coview::copy_report r = coview::copy_file("big.iso", "backup.iso", {.verify = coview::verify::read_back});
///     std::cout << r.bytes << ' ' << r.seconds << ' ' << coview::to_string(r.method) << ' ' << r.hash << '\n';
///
/// Caveats, before anything else:
/// - The target is put in place by rename, when everything is there: a failed, cancelled or killed copy leaves it as
///   it was, and until then both the old and the new file need space. A symbolic link as target is replaced, not
///   followed; but /dev/stdout, /dev/fd/N and other links to open descriptors are written to.
/// - Where the directory, the filesystem or a mount on the file allows no rename, the file that is there is written
///   to, and the report warns: then a copy that fails leaves a part.
/// - A new file comes into being, so other hard links to the old target keep the old bytes; see `in_place`.
/// - A source whose bytes may have changed while it is copied is an error. What no copier can see is a store into a
///   page of the source that another process had mapped and dirtied before.
/// - While a file is copied by mapping, this process's SIGBUS handler is ours for as long as that takes; signals that
///   are not ours are handed on.
///
/// What is chosen when, and how fast it is: docs/copying.md.
///
/// Thread and process safety: all functions may be called at any time from any thread; two copies to one target at a
/// time are in order, and the last rename stays. Callbacks are called in the thread that copies.
namespace coview {

/// How bytes get from one file to the other.
enum class copy_method : std::uint8_t {
  automatic,  ///< the fastest that these two files allow
  reflink,    ///< share the blocks: nothing is copied until one of the two is written (btrfs, xfs ...)
  in_kernel,  ///< copy_file_range, or sendfile between filesystems
  mapped,     ///< both files mapped, a window at a time, and memcpy
  buffered,   ///< read and write
  direct,     ///< read and write past the page cache, at the same time
};

/// How a copy is made sure of.
enum class verify : std::uint8_t {
  none,         ///< what the kernel reports is believed
  inline_hash,  ///< the bytes are hashed on their way; `copy_report::hash` tells
  read_back,    ///< as inline_hash; then the target is read again, from the device and not from memory, and compared
};

/// What becomes of holes: ranges of a file that take no space and read as zeros.
enum class holes : std::uint8_t {
  keep,  ///< where the source has holes, the target does
  make,  ///< and where it has blocks of zeros, too
  fill,  ///< none: zeros are written
};

/// What to do about a target that is there already.
enum class existing_target : std::uint8_t {
  replace,  ///< put the copy in its place, when it is complete
  keep,     ///< leave it; the report says `skipped`
  update,   ///< replace it where the source is newer, else leave it
  refuse,   ///< errc::file_exists
};

/// What to do about a source to which somebody writes while it is copied. A source that is only renamed, linked,
/// read, or given another owner or mode has the same bytes, and is none.
enum class changing_source : std::uint8_t {
  fail,    ///< errc::resource_unavailable_try_again; the target stays as it was
  accept,  ///< take the bytes that are there, up to the size it had at the beginning; one that shrinks is an error
};

/// Under which name a file that is replaced stays.
enum class backup_kind : std::uint8_t {
  none,      ///< it goes
  simple,    ///< its name and the suffix; an older backup goes
  numbered,  ///< its name and .~1~, .~2~ ...
  existing,  ///< numbered where there are numbered ones of it, else simple
};
struct backup_rules {
  backup_kind kind = backup_kind::none;
  std::string suffix = "~";
};

/// Which attributes of the source the copy gets, beside its bytes. A file that is replaced never lets in anybody whom
/// neither the old file nor the source let in.
struct preserved {
  bool mode = true;  ///< permission bits, exactly; else those of the file that is replaced, or, for a new one, those
                     ///< that the umask leaves of the source's
  bool owner = false;  ///< user and group, as far as the process may; without it, or where it may not, the set-user-
                       ///< and set-group-ID bits go
  bool times = true;   ///< time of last change and last read, to the nanosecond
  bool attributes = true;  ///< extended attributes, as far as the process may and the filesystem can
  bool acl = true;         ///< access control lists
  bool security = false;   ///< security.* (capabilities, labels of SELinux) and trusted.*, as far as the process may
  bool inherit = true;     ///< beside that, a new entry gets what its directory gives to new ones: set-group-ID (for
                           ///< directories) and access control lists; false: only what the source has
};

/// A hash being made. Implement it to have another than ours; used from one thread at a time.
class COVIEW_EXPORT hasher {
 public:
  hasher() = default;
  hasher(hasher const&) = delete;
  hasher& operator=(hasher const&) = delete;
  virtual ~hasher();
  virtual void update(std::span<std::byte const> bytes) = 0;
  /// The hash of all bytes so far, in lower-case hexadecimal.
  virtual std::string finish() = 0;
};
using hash_maker = std::function<std::unique_ptr<hasher>()>;

/// XXH3 with 128 bits, as `xxhsum -H2` prints it: faster than memory, for accidents and not against attackers.
COVIEW_EXPORT std::unique_ptr<hasher> xxh3();

/// What a copy is doing.
enum class copy_stage : std::uint8_t {
  checking,   ///< reading what an earlier copy left, to go on from it
  copying,    ///< moving bytes
  flushing,   ///< waiting for the device
  verifying,  ///< reading the target again
  done,
};

/// How far a copy is.
struct copy_progress {
  std::filesystem::path source;
  std::filesystem::path target;
  copy_stage stage = copy_stage::copying;
  copy_method method = copy_method::automatic;  ///< the one in use; automatic until it is chosen
  std::uint64_t total = 0;                      ///< bytes of the source; 0 where it does not say (pipes, /proc)
  std::uint64_t written = 0;    ///< bytes that the target has, holes included, in memory or on the device
  std::uint64_t on_device = 0;  ///< those of them that a power failure would leave
  std::uint64_t verified = 0;   ///< bytes read again so far
  double seconds = 0;           ///< since the copy began
  double rate = 0;              ///< bytes per second, of the last second or so
};

/// How to copy. Members stand in the order in which designated initialisers have to name them.
struct copy_options {
  coview::verify verify = coview::verify::none;
  bool durable = true;  ///< on the device, name included, before the copy counts as done
  copy_method method = copy_method::automatic;
  /// Called at the beginning, at the end, and about ten times a second. False cancels.
  std::function<bool(copy_progress const&)> on_progress = {};
  hash_maker hash = xxh3;  ///< which hash, where one is asked for
  bool resume = false;     ///< keep what is copied where the copy fails, is cancelled or killed, with a journal of
                           ///< verified blocks; and go on from what such a copy left. Needs a source that knows its
                           ///< size; nothing to resume with `holes::make`, nor where blocks are shared
  std::uint64_t limit_rate = 0;  ///< bytes per second; 0: as fast as possible
  coview::holes holes = coview::holes::keep;
  bool may_reflink = true;  ///< automatic may share blocks; false: the copy has its own
  existing_target existing = existing_target::replace;
  coview::preserved preserve = {};
  bool follow_source = true;  ///< a source that is a symbolic link is what the link leads to; false: an error
  bool follow_target =
      false;                  ///< a target that is a symbolic link is what the link leads to; false: replace the link
  bool read_special = false;  ///< read what a FIFO or device gives, to its end; false: an error
  changing_source changing = changing_source::fail;
  bool in_place = false;  ///< write into the file that is there, which stays the same one: inode, owner, permissions,
                          ///< further names. A copy that fails leaves a part of the bytes; nothing is resumed
  backup_rules backup = {};  ///< of what is replaced; then a file may be copied onto itself. Not together with
                             ///< `in_place`, and an error where the target can only be written into
};

/// What was done.
struct copy_report {
  std::uint64_t bytes = 0;       ///< length of the copy
  std::uint64_t data_bytes = 0;  ///< of these, not in holes
  double seconds = 0;            ///< from the call to the end, flush and verification included
  copy_method method = copy_method::automatic;
  std::string hash;                   ///< empty where none was asked for
  bool durable = false;               ///< on the device; false where not asked for, or where the filesystem has none
  bool verified = false;              ///< read back and found the same
  bool cancelled = false;             ///< on_progress said so; the target is as it was
  bool skipped = false;               ///< the target was there, and stays
  std::uint64_t resumed = 0;          ///< bytes taken over from an earlier copy
  double copy_seconds = 0;            ///< of `seconds`, moving the bytes
  double flush_seconds = 0;           ///< of `seconds`, waiting for the device
  double verify_seconds = 0;          ///< of `seconds`, reading back
  std::vector<std::string> warnings;  ///< attributes that could not be kept, one sentence each

  /// Bytes per second.
  [[nodiscard]] double rate() const noexcept { return seconds > 0 ? static_cast<double>(bytes) / seconds : 0; }
};

/// Copies one file. `target` is the new file itself, not a directory to put it in. A target that is a device or a
/// FIFO is written to; anything else is replaced in one step.
///
/// Errors, each naming the file, the cause and the remedy: errc::no_such_file_or_directory; errc::permission_denied;
/// errc::is_a_directory (source or target); errc::invalid_argument (one file under two names; a source that is a
/// FIFO, device or socket); errc::too_many_symbolic_link_levels; errc::file_exists; errc::no_space_on_device and
/// EDQUOT; errc::file_too_large (also for `ulimit -f`); errc::io_error (reading, writing, flushing; or the target
/// read back was another); errc::resource_unavailable_try_again (the source changed while it was copied);
/// errc::operation_not_supported (the method asked for cannot copy these two files); what else the system calls say.
COVIEW_EXPORT copy_report copy_file(std::filesystem::path const& source, std::filesystem::path const& target,
                                    copy_options const& options = {});

/// What sum_file found.
struct sum_report {
  std::string hash;
  std::uint64_t bytes = 0;
  double seconds = 0;
};

/// The hash of a file's bytes, up to its end; devices and FIFOs as well. A file that shrinks or fails is an error.
/// Errors: as for the source of copy_file.
COVIEW_EXPORT sum_report sum_file(std::filesystem::path const& file, hash_maker const& hash = xxh3);

/// What compare_files found.
struct compare_report {
  bool same = true;
  std::uint64_t first_difference = 0;  ///< offset of the first byte that differs; where one is the beginning of the
                                       ///< other, its length; the length where they are the same
  std::uint64_t first_size = 0;        ///< bytes looked at, in pieces; the whole length where they are the same
  std::uint64_t second_size = 0;
  double seconds = 0;
};

/// Compares two files byte by byte. Errors: as for the source of copy_file.
COVIEW_EXPORT compare_report compare_files(std::filesystem::path const& first, std::filesystem::path const& second);

/// "reflink", "in-kernel" ... as the command line has them.
COVIEW_EXPORT std::string_view to_string(copy_method method) noexcept;
COVIEW_EXPORT std::string_view to_string(copy_stage stage) noexcept;

}  // namespace coview
