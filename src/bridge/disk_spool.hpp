// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coview/bridge.hpp>

#include "bridge/local_topic.hpp"
#include "os/fd.hpp"

/// Messages that wait on a disk while no server is there: docs/beyond-one-machine.md, "The spool on disk".
namespace coview::inline bridging {

/// The bytes of a spool's file: a head, and from `records_begin` on records one after the other, each at a multiple
/// of 8. Little-endian.
struct spool_layout {
  static constexpr std::uint64_t magic = 0x6c6f6f7073766f63;  // "covspool"
  static constexpr std::uint32_t version = 1;
  static constexpr std::uint64_t records_begin = 4096;
  static constexpr std::uint64_t alignment = 8;
  static constexpr std::uint64_t place_at = 64;

  /// At 0; written once.
  struct head {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t zeros;
    std::uint64_t channel;  ///< hash of its kind and name
    std::uint64_t mark;     ///< a random number, with which each record of this file begins
    std::uint64_t hash;     ///< of what stands before it, as in the others
  };
  /// At `place_at`; written by one call, within one sector.
  struct place {
    std::uint64_t first;  ///< where the first record begins that was not handed over
    std::uint64_t hash;
  };
  /// In front of the type's name, the message, and zeros up to a multiple of 8.
  struct record {
    std::uint64_t mark;
    std::uint64_t at;  ///< where it stands: what has another number was written elsewhere
    std::uint64_t stream;
    std::uint64_t sequence;
    std::uint64_t size;  ///< of the message
    std::uint64_t type_size;
    std::uint32_t type_version;
    std::uint32_t type_name_size;
    std::uint64_t body_hash;
    std::uint64_t hash;
  };
};
static_assert(sizeof(spool_layout::head) == 40);
static_assert(sizeof(spool_layout::place) == 16);
static_assert(sizeof(spool_layout::record) == 72);

/// Numbers of messages, by stream: memory for each run of them, not for each.
class sequence_runs {
 public:
  void add(std::uint64_t stream, std::uint64_t sequence);
  [[nodiscard]] bool has(std::uint64_t stream, std::uint64_t sequence) const noexcept;

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> runs_;  // stream and first; the one after the last
};

/// A file of messages in their order, for one channel and one process at a time, which has a lock on it. For one
/// thread.
///
/// Invariants:
/// 1. What `sync` has returned for is on the disk until it is handed over.
/// 2. What a kill -9 or a power cut leaves half written is behind everything else, and is dropped when it is opened.
/// 3. What was handed over is not read again, unless noting that was cut short; the ID of a message is the same then.
/// 4. Between `append` and `sync` nothing else is called.
class disk_spool {
 public:
  struct message {
    std::uint64_t stream = 0;
    std::uint64_t sequence = 0;
    local_type type;
    std::vector<std::byte> bytes;
    std::uint64_t end = 0;   ///< where it ends in the file
    std::uint64_t lost = 0;  ///< how many before it were damaged
  };

  /// `most`: bytes that the records may take. Errors: errc::no_such_file_or_directory (the directory);
  /// errc::too_many_symbolic_link_levels (a symbolic link); errc::device_or_resource_busy (another process has it);
  /// errc::bad_message (no spool, or of another version or channel); errc::permission_denied (no regular file of this
  /// user); those of the file system.
  disk_spool(std::string const& directory, bridge_channel const& channel, std::uint64_t most);
  disk_spool(disk_spool const&) = delete;
  disk_spool& operator=(disk_spool const&) = delete;
  ~disk_spool() = default;

  /// Where the spool of a channel is.
  [[nodiscard]] static std::string path_for(std::string const& directory, carried what, std::string_view name);
  /// Bytes that a message takes.
  [[nodiscard]] static std::uint64_t size_of(std::uint64_t message, std::string_view type_name) noexcept;

  /// Takes it up for the next `sync`. False where there is no room for it.
  [[nodiscard]] bool append(std::uint64_t stream, std::uint64_t sequence, local_type const& type,
                            std::span<std::byte const> bytes);
  /// What `sync` would write now.
  [[nodiscard]] std::uint64_t pending() const noexcept { return pending_.size(); }
  /// Writes what was taken up, and waits until the disk has it. Throws what the file system says (errc::no_space_on_
  /// device and others): nothing of it is in the spool then.
  void sync();

  /// The next one that was not returned yet. Errors: those of reading.
  [[nodiscard]] std::optional<message> next();
  /// From the first one again that is not handed over.
  void rewind() noexcept { cursor_ = first_; }
  /// All up to the end of one, and so many: the server has them. What cannot be noted on the disk is handed over
  /// once more by the next process, under the same IDs.
  void handed_over(std::uint64_t end, std::uint64_t count) noexcept;

  /// Messages that are not handed over yet.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Bytes of the file that they take.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return end_ - first_; }
  /// Whether it stood there when this was opened.
  [[nodiscard]] bool had(std::uint64_t stream, std::uint64_t sequence) const noexcept {
    return found_.has(stream, sequence);
  }
  /// How many of those that stood there were damaged, at least; and bytes at the end that were no whole message.
  [[nodiscard]] std::uint64_t damaged() const noexcept { return damaged_; }
  [[nodiscard]] std::uint64_t torn() const noexcept { return torn_; }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }

 private:
  struct found {
    std::uint64_t at = 0;
    std::uint64_t next = 0;
    std::uint64_t damaged = 0;
    spool_layout::record head{};
  };

  void open();
  void begin();
  void check(spool_layout::head const& head) const;
  void recover();
  void write_place() noexcept;
  void give_back() noexcept;
  void start_again() noexcept;
  [[nodiscard]] bool is_record(spool_layout::record const& head, std::uint64_t at) const noexcept;
  [[nodiscard]] std::optional<found> find(std::uint64_t from);
  [[nodiscard]] std::span<std::byte const> read(std::uint64_t at, std::uint64_t size);
  [[noreturn]] void fail(int code, char const* operation, std::string cause, std::string remedy) const;

  std::string const path_;
  std::uint64_t const most_;
  std::uint64_t const channel_;
  os::unique_fd file_;
  std::uint64_t mark_ = 0;
  std::uint64_t first_ = spool_layout::records_begin;
  std::uint64_t end_ = spool_layout::records_begin;
  std::uint64_t cursor_ = spool_layout::records_begin;
  std::uint64_t freed_ = spool_layout::records_begin;  // up to here the disk has its blocks back
  std::uint64_t count_ = 0;
  std::uint64_t damaged_ = 0;
  std::uint64_t torn_ = 0;
  std::uint64_t pending_count_ = 0;
  std::vector<std::byte> pending_;
  std::vector<std::byte> seen_;  // what was read last, from `seen_at_` on
  std::uint64_t seen_at_ = 0;
  sequence_runs found_;
};

}  // namespace coview::inline bridging
