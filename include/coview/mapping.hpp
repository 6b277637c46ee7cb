// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <coview/access.hpp>
#include <coview/error.hpp>
#include <coview/export.hpp>
#include <coview/shareable.hpp>
#include <coview/timeout.hpp>

/// Named memory that several processes see at once.
///
///     auto m = coview::mapping::create("MySharedMem", 4096);   // one process
///     auto v = coview::mapping::open("MySharedMem").map();     // any other
///     std::memcpy(v.data(), "hello", 6);
///
/// Caveats, before anything else:
/// - The name lives exactly as long as somebody holds a handle. A `mapping` is a handle, and a `view` keeps
///   the handle it was mapped through. The last one that closes, exits or is killed takes the name along;
///   see docs/lifetime.md.
/// - A child made by `fork` holds what its parent held, until it calls exec or exits.
/// - Everybody who may write can also shrink the object's file from outside; a load beyond the new end is a SIGBUS.
///   Processes of one user trust one another; give other users write permission only if you trust them that far
///   (docs/security.md).
/// - Memory is committed when it is created, so "no space" is an error here and not a SIGBUS later, unless `reserve`
///   is asked for.
///
/// Thread safety: `const` functions may be called from several threads at once; others need one thread at a time per
/// object. Different objects are independent, also where they lead to the same memory.
namespace coview {

/// A length that means: from the offset to the end.
inline constexpr std::uint64_t to_end = std::numeric_limits<std::uint64_t>::max();

/// How an object is created.
struct create_options {
  mode_t mode = 0600;  ///< permission bits (0 ... 0777), set exactly, whatever the umask; 0600 is this user only
  bool reserve =
      false;  ///< take memory page by page at the first touch instead of now; a touch without memory left is a SIGBUS
  /// Keep the name without a handle, until `coview::remove`. errc::operation_not_permitted for a global name where
  /// what two other users' killed processes left takes its places.
  bool permanent = false;
  bool huge_pages = false;  ///< align for huge pages and ask for them; the system decides (see `coview doctor`)
};

/// How a file is mapped.
struct file_options {
  std::uint64_t size = 0;  ///< bytes to map; 0: the file's length. With read-write access a shorter file grows to it,
                           ///< and a missing one is made, with the permissions that the umask leaves of 0666
  std::string name = {};   ///< give the mapping this name; empty: none
  mode_t mode = 0600;      ///< who may open the name, as in create_options, but nobody else may write it: what others
                           ///< may do with the file is what its own permissions say (docs/security.md)
  bool reserve = false;    ///< let the file grow sparse instead of taking disk blocks now
};

/// How a view is placed.
struct map_options {
  void* address =
      nullptr;  ///< map here and nowhere else; fails where the range is taken (V-16, V-17). nullptr: anywhere
  bool prefault = false;  ///< bring every page in now; "no memory" becomes an error here
  bool keeps_name =
      true;  ///< false: a view that does not count as a handle; the name can go while it is mapped (L-01)
};

/// What the program is going to do with a range, as in madvise(2).
enum class advice : std::uint8_t { normal, sequential, random, will_need, huge_pages, no_dump };

namespace detail {
struct handle;  // a process's open reference to an object: src/memory/handle.hpp
}  // namespace detail

class mapping;

/// A range of a mapping in this process's address space. Owns it: the destructor unmaps. Move only; a moved-from or
/// default view is empty. Keeps the mapping's handle, and so the name, alive (unless `map_options::keeps_name` is
/// false).
class COVIEW_EXPORT view {
 public:
  view() noexcept = default;
  view(view&& other) noexcept;
  view& operator=(view&& other) noexcept;
  view(view const&) = delete;
  view& operator=(view const&) = delete;
  ~view();

  /// First byte of the range asked for; nullptr for an empty view.
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  /// Length of the range asked for, in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }
  [[nodiscard]] access rights() const noexcept { return rights_; }
  /// True where there is a range.
  explicit operator bool() const noexcept { return data_ != nullptr; }

  /// The T that lies `offset` bytes into the view; `T const` for one that is not to be written. T must be
  /// `shareable`. The reference is good as long as the view is, so a view that is gone at the end of the
  /// expression gives none. Errors: errc::result_out_of_range where it does not fit, errc::invalid_argument where
  /// it would be misaligned.
  template <class T>
  [[nodiscard]] T& as(std::uint64_t offset = 0) const& {
    static_assert(shareable<T>, "this type cannot live in shared memory; see coview::shareable");
    check(offset, sizeof(T), alignof(T));
    return *reinterpret_cast<T*>(data_ + offset);
  }
  template <class T>
  T& as(std::uint64_t offset = 0) const&& = delete;  // the view would be unmapped first: give it a name

  /// `count` of them in a row from there on, or as many as fit. Errors: as `as`.
  template <class T>
  [[nodiscard]] std::span<T> as_span(std::uint64_t offset = 0, std::uint64_t count = to_end) const& {
    static_assert(shareable<T>, "this type cannot live in shared memory; see coview::shareable");
    if (count == to_end) count = offset < size_ ? (size_ - offset) / sizeof(T) : 0;
    constexpr auto most = std::numeric_limits<std::size_t>::max() / sizeof(T);
    check(offset, static_cast<std::size_t>(count < most ? count : most) * sizeof(T), alignof(T));
    return {reinterpret_cast<T*>(data_ + offset), static_cast<std::size_t>(count)};
  }
  template <class T>
  std::span<T> as_span(std::uint64_t offset = 0, std::uint64_t count = to_end) const&& = delete;  // likewise

  /// The T at the beginning of the view, constructed from the arguments by exactly one process; all others wait until
  /// it is there, for ten seconds at most. Where the one that constructs it is killed, or its constructor throws,
  /// another constructs it anew. Once per mapping, whatever T is; the types must agree. Not for mapped files, whose
  /// bytes are the file's. Any thread of any process may call it; not in a signal handler. Errors: as `as`;
  /// errc::permission_denied for a view that is not read-write; errc::not_supported for a mapped file, or a view that
  /// does not keep its name; errc::device_or_resource_busy where ten seconds were not enough, or the shared bytes
  /// name a constructing thread that does not exist (whoever may write the mapping can store one there);
  /// errc::bad_file_descriptor as `mapping::map`; what the constructor throws.
  template <class T, class... Arguments>
  T& construct_once(Arguments&&... arguments) const& {
    T& object = as<T>();
    auto construct = [&] { std::construct_at(&object, std::forward<Arguments>(arguments)...); };
    construct_once_with([](void* it) { (*static_cast<decltype(construct)*>(it))(); }, &construct);
    return object;
  }
  template <class T, class... Arguments>
  T& construct_once(Arguments&&... arguments) const&& = delete;  // likewise

  /// The same for constructors that take longer, or callers who cannot wait: nullptr where another one still
  /// constructs it when the time is up. Once it is there it is returned whatever the time. `timeout{}` waits for as
  /// long as the thread exists that the shared bytes name. Errors: the others of `construct_once`.
  template <class T, class... Arguments>
  [[nodiscard]] T* construct_once_until(timeout until, Arguments&&... arguments) const& {
    T& object = as<T>();
    auto construct = [&] { std::construct_at(&object, std::forward<Arguments>(arguments)...); };
    bool const there = construct_once_by(
        until, [](void* it) { (*static_cast<decltype(construct)*>(it))(); }, &construct);
    return there ? &object : nullptr;
  }
  template <class T, class... Arguments>
  T* construct_once_until(timeout until, Arguments&&... arguments) const&& = delete;  // likewise

  /// Writes changes back: of a file mapping, all of the range is on disk when this returns. Nothing to do for memory,
  /// for a read-only or a copy-on-write view (F-03, W-05). Errors: errc::io_error and what else msync(2) reports,
  /// errc::result_out_of_range.
  void flush(std::uint64_t offset = 0, std::uint64_t length = to_end) const;

  /// Brings every page of the range in now, writable ones ready to be written.
  /// Errors: errc::not_enough_memory or errc::bad_address where there is no memory or no file behind a page (no
  /// signal); errc::result_out_of_range.
  void prefault(std::uint64_t offset = 0, std::uint64_t length = to_end) const;

  /// Tells the kernel what comes. Advice the kernel does not support is ignored.
  /// Errors: errc::result_out_of_range.
  void advise(advice what, std::uint64_t offset = 0, std::uint64_t length = to_end) const;

  /// Changes what this view may do, within what it was mapped for: a read-write or copy-on-write view can become
  /// read-only and back.
  /// Errors: errc::permission_denied where more, or another kind of writing, is asked for than at mapping time
  /// (P-01).
  void protect(access rights);

  /// Unmaps now; the view is empty afterwards.
  void unmap() noexcept;

 private:
  friend class mapping;
  struct span_of_pages {
    std::byte* first;
    std::size_t length;
  };
  void check(std::uint64_t offset, std::size_t length, std::size_t alignment) const;
  void construct_once_with(void (*construct)(void*), void* argument) const;
  [[nodiscard]] bool construct_once_by(timeout const& until, void (*construct)(void*), void* argument) const;
  [[nodiscard]] span_of_pages pages_of(char const* operation, std::uint64_t offset, std::uint64_t length) const;

  std::byte* data_ = nullptr;  // first byte asked for, not page aligned
  std::size_t size_ = 0;       // bytes asked for
  std::byte* base_ = nullptr;  // what was mapped: whole pages
  std::size_t mapped_ = 0;
  access rights_ = access::read_only;
  access mapped_rights_ = access::read_only;
  std::shared_ptr<detail::handle> handle_;  // keeps the name; empty where keeps_name is false
};

/// A handle to named, file-backed or anonymous memory. Owns it: the destructor closes. Move only; a moved-from or
/// default mapping is empty.
class COVIEW_EXPORT mapping {
 public:
  mapping() noexcept = default;
  mapping(mapping&& other) noexcept = default;
  mapping& operator=(mapping&& other) noexcept = default;
  mapping(mapping const&) = delete;
  mapping& operator=(mapping const&) = delete;
  ~mapping() = default;

  /// Creates memory of `size` bytes, all zero, under a name that must be free.
  ///
  /// Names: 1 to 32 766 UTF-16 units of UTF-8, case-sensitive, any character but NUL and, beyond the prefixes
  /// `Local\` and `Global\`, the backslash (NM-01 to NM-17). Errors: errc::file_exists; errc::invalid_argument (name,
  /// size 0, mode); errc::filename_too_long; errc::no_space_on_device; errc::file_too_large and
  /// errc::not_enough_memory (size beyond what can be); errc::permission_denied and errc::operation_not_permitted
  /// (the directory is not to be trusted or not writable); errc::read_only_file_system; errc::device_or_resource_busy
  /// (another process keeps the name's file locked); errc::too_many_files_open.
  [[nodiscard]] static mapping create(std::string_view name, std::uint64_t size, create_options const& options = {});

  /// Opens what somebody holds. A name that leads to a file is followed only where that cannot be an attack: the
  /// name's owner is root, this user, or the owner of the file (docs/security.md). Errors:
  /// errc::no_such_file_or_directory where nobody holds it, or its file is gone; errc::permission_denied;
  /// errc::invalid_argument
  /// (name, or an object of another kind); errc::not_supported (another layout version, word size or byte order);
  /// errc::bad_message (damaged); errc::device_or_resource_busy; errc::too_many_files_open.
  [[nodiscard]] static mapping open(std::string_view name, access rights = access::read_write);

  /// As `open`, but a name that nobody holds is an ordinary answer: empty.
  [[nodiscard]] static std::optional<mapping> try_open(std::string_view name, access rights = access::read_write);

  /// Opens the name where somebody holds it, and creates it otherwise; `created()` tells. An existing object keeps
  /// its own size, mode and options (C-21). Errors: those of `create` but file_exists, and those of `open` but
  /// no_such_file_or_directory.
  [[nodiscard]] static mapping open_or_create(std::string_view name, std::uint64_t size,
                                              create_options const& options = {});

  /// Maps a file, with its exact size in bytes (C-16). The file may be larger than memory. With a name, other
  /// processes can `open` the name and get the same file, if its permissions let them; a name that already leads to
  /// this file is shared. Errors: what open(2) says of the file; errc::is_a_directory, errc::invalid_argument (a
  /// device, FIFO or socket; a size beyond the end with read-only or copy-on-write access, C-13);
  /// errc::no_space_on_device (C-14); errc::file_exists (the name leads elsewhere); and those of `create` for the
  /// name.
  [[nodiscard]] static mapping file(std::string const& path, access rights = access::read_write,
                                    file_options const& options = {});

  /// Memory without a name, all zero; inherited by fork, and by whoever is given `native_handle()`. Its size is
  /// sealed. Errors: errc::invalid_argument (size 0), errc::not_enough_memory, errc::no_space_on_device,
  /// errc::too_many_files_open.
  [[nodiscard]] static mapping anonymous(std::uint64_t size, create_options const& options = {});

  /// Maps the whole, with the rights that this handle has.
  /// Errors: as below.
  [[nodiscard]] view map() const;

  /// Maps a range. Any offset and length will do; the view covers exactly the bytes asked for.
  /// Errors: errc::permission_denied (more rights than the handle has, V-10); errc::bad_file_descriptor (an empty
  /// mapping, or one whose descriptor the program closed); errc::result_out_of_range (a range
  /// beyond the end, V-05 to V-08; or the file became shorter since); errc::not_enough_memory (address space, or
  /// memory when prefaulting); errc::address_in_use (the address asked for is taken, V-17); errc::invalid_argument
  /// (an address asked for that does not fit the page).
  [[nodiscard]] view map(access rights, std::uint64_t offset = 0, std::uint64_t length = to_end,
                         map_options const& options = {}) const;

  /// Bytes. 0 for an empty mapping, and for a mapped file of length 0.
  [[nodiscard]] std::uint64_t size() const noexcept;
  /// The name it was opened by, without `Local\`; empty for memory without a name.
  [[nodiscard]] std::string const& name() const noexcept;
  /// The most that views of this handle can do.
  [[nodiscard]] access rights() const noexcept;
  /// Whether this call made the object (false: it was there).
  [[nodiscard]] bool created() const noexcept;
  /// Whether the name still leads to this object. False after `remove` with force, or when something else deleted the
  /// object's file, such as a cleaner of /dev/shm or logind's RemoveIPC: the memory stays, but nobody finds it any
  /// more.
  [[nodiscard]] bool still_named() const noexcept;
  /// The descriptor behind the handle; owned by the mapping, which closes it: whoever wants one of his own duplicates
  /// it. -1 for an empty one. The payload begins at
  /// `payload_offset()`. A duplicate of it counts as a handle (L-04).
  [[nodiscard]] int native_handle() const noexcept;
  /// Where the payload begins in the file behind `native_handle()`, in bytes.
  [[nodiscard]] std::uint64_t payload_offset() const noexcept;
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// Gives the handle back now; the mapping is empty afterwards. Views of it keep theirs.
  void close() noexcept { handle_.reset(); }

 private:
  explicit mapping(std::shared_ptr<detail::handle> handle) noexcept : handle_(std::move(handle)) {}
  std::shared_ptr<detail::handle> handle_;
};

}  // namespace coview
