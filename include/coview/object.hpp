// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coview/debug_mode.hpp>
#include <coview/export.hpp>

/// Looking at objects from outside: what exists, who holds it, and giving back what the dead left.
///
/// All functions may be called from any thread at any time. None of them changes what a holder sees, except
/// `remove` with `force`.
namespace coview {

/// What an object is. One namespace holds all kinds: a name leads to one object, whatever its kind (NM-01).
enum class object_kind : std::uint8_t {
  mapping = 1,
  mutex = 2,
  event = 3,
  semaphore = 4,
  queue = 5,
  topic = 6,
  timer = 7
};

/// Who can see a name.
enum class name_scope : std::uint8_t {
  local,   ///< this user only; what a plain name and `Local\name` mean (NM-03)
  global,  ///< every user whom the object's permissions let in: `Global\name` (NM-04)
};

/// Why an object is in the list.
enum class object_state : std::uint8_t {
  held,        ///< somebody holds a handle
  permanent,   ///< nobody holds a handle; the name stays because it was asked to
  unreadable,  ///< nobody can tell this user what it is: its permissions keep this user out, a process has a lease on
               ///< its file, or looking at it failed; see `problem`. Permissions: somebody holds it, or it is
               ///< permanent. Otherwise it may be what a dead process left: it is listed because it may stand in a
               ///< name's way
  incompatible  ///< held, but written by another layout version, or damaged; see `problem`
};

/// What is known of an object. Fields that an `unreadable` or `incompatible` object does not tell are empty or 0.
struct object_info {
  std::string name;          ///< as it was created, UTF-8, with `Global\` in front for the global scope;
                             ///< for an unreadable object the readable part of its file's name and U+2026
  object_kind kind{};        ///< what it is
  name_scope scope{};        ///< who can see the name
  object_state state{};      ///< why it is in the list
  std::uint64_t size{};      ///< bytes, as asked for when it was created; of a file mapping, of the file
  std::uint64_t resident{};  ///< bytes of memory it occupies now, its header included
  std::optional<std::uint64_t>
      handles;                   ///< open handles in all processes, a forked one counted once; empty where that
                                 ///< is not known: without /proc, and in a pid namespace that hides processes
  std::uint64_t handles_seen{};  ///< open handles, at least
  uid_t owner{};                 ///< user ID of its creator
  mode_t mode{};                 ///< permission bits, as in chmod
  bool permanent{};              ///< keeps its name without a handle
  std::chrono::system_clock::time_point created;  ///< when
  pid_t creator{};                                ///< process ID of its creator, who may be gone
  std::string file;                               ///< path of the object's file
  std::string target;                             ///< of a file mapping: path of the file it leads to
  std::string problem;                            ///< of one that is incompatible or unreadable: why
};

/// A process that holds an object.
struct holder {
  pid_t pid{};                ///< its process ID, as seen from here
  std::string command;        ///< its command line, arguments separated by spaces; empty where /proc hides it
  std::optional<uid_t> user;  ///< the user it runs as; empty where /proc hides it
};

/// The holders that can be seen, and what is known of others.
struct holders_seen {
  std::vector<holder> processes;  ///< ordered by process ID
  bool held{};                    ///< somebody has a handle, seen or not; false of a permanent object without any
  bool complete{};  ///< `processes` accounts for every handle. False where a pid namespace hides processes, where who
                    ///< took a handle is gone and who inherited it is not seen, and where it is among `processes` but
                    ///< cannot be looked into (another user's, hidepid): it may have closed it, and a child have it
};

/// Every object that exists in this user's local scope and in the global scope, ordered by name.
/// Never shows a stale object: what nobody holds is given back on the way (bounded work, see `reclaim`).
/// Where the root is not fit for global names (not sticky, not root's), nobody can have made any, and the local ones
/// are all. Errors: errc::permission_denied and errc::operation_not_permitted where this user's directory is not to
/// be trusted.
[[nodiscard]] COVIEW_EXPORT std::vector<object_info> list();

/// One object in full.
/// Errors: errc::no_such_file_or_directory where nobody holds it; errc::invalid_argument for an impossible name;
/// errc::permission_denied where an unreadable object has that name.
[[nodiscard]] COVIEW_EXPORT object_info stat(std::string_view name);

/// The processes that hold an object; other users' included (/proc/locks shows every holder to every user). A process
/// that inherited its handle by fork is found where /proc lets this user look. A process that only has a view of the
/// kind that keeps no name is none. A snapshot.
/// Errors: as `stat`, except that an unreadable object has holders too; errc::function_not_supported where /proc is
/// not mounted; errc::too_many_files_open and the like where there is nothing left to look with.
[[nodiscard]] COVIEW_EXPORT holders_seen find_holders(std::string_view name);

/// Just the processes of `find_holders`: empty for a permanent object that nobody holds, and where none can be seen.
[[nodiscard]] COVIEW_EXPORT std::vector<holder> holders(std::string_view name);

/// What `remove` did.
enum class removed : std::uint8_t {
  now,                   ///< the name is gone
  with_the_last_handle,  ///< somebody holds it: a permanent object is no longer permanent, and the name goes with the
                         ///< last handle
};

struct remove_options {
  bool force =
      false;  ///< take the name away now, though others hold it: they keep their memory but nobody finds it any more
};

/// Ends a permanent object, or any object by force.
/// Errors: errc::no_such_file_or_directory, errc::permission_denied (only the owner and root may),
/// errc::invalid_argument.
COVIEW_EXPORT removed remove(std::string_view name, remove_options options = {});

/// What `reclaim` gave back.
struct reclaimed {
  std::size_t objects{};  ///< names
  std::uint64_t bytes{};  ///< memory
};

/// Gives back what killed holders left behind, in this user's local scope and in the global one (there, only what
/// this user may remove; as root, everything). Objects that somebody holds, and permanent ones, are never touched.
/// Errors: as `list`.
COVIEW_EXPORT reclaimed reclaim();

}  // namespace coview
