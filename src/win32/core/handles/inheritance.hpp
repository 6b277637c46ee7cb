// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "object/lifetime.hpp"
#include "os/fd.hpp"
#include "os/own_descriptor.hpp"
#include "win32/core/handles/object.hpp"

/// Handles in a child process: each inheritable one under the value that it has in its parent (H-11).
///
///  1. The parent asks each object for what another process needs to have it: descriptors and a few numbers
///  (an object_transfer).
///  2. It writes all of them into a memory file, whose descriptor's number is in the environment.
///  3. The child is forked; it clears the close-on-exec flag of these descriptors, and executes the program.
///  4. There, before main, the library reads the memory file, makes the objects anew and puts them into its table.
///
/// An object_transfer carries locks of its own, so that parent and child hold an object independently of each other
/// (L-04).
///
/// Whoever starts a program chooses its environment, and the memory file may say anything. So it is believed only as
/// far as the descriptors prove it (descriptor_facts.hpp): what an object is, how big it is, what it is called and
/// who made it is asked of the descriptor and of the header in the file that it leads to. No path stands in it;
/// nothing is opened, removed or written because it says so; a descriptor that is not what it is said to be stays as
/// it was. A privileged process reads nothing of it (os/environment.hpp).
namespace coview::win32 {

/// One object, on its way into a child, or by DuplicateHandle into any other process
/// (win32/core/handles/message.hpp).
struct object_transfer {
  object::kind what = object::kind::other;
  std::vector<os::unique_fd> fds;
  std::string bytes;

  /// In the parent: a duplicate of the descriptor, out of the way of 0, 1 and 2. Throws a code where there is none
  /// left.
  void add_duplicate(int fd);
  /// The same; throws ERROR_INVALID_HANDLE where the descriptor is not what it was any more.
  void add_duplicate(os::own_descriptor const& fd);
  /// A descriptor made for the child. Likewise.
  void add(os::unique_fd fd);
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(T const& value) { bytes.append(reinterpret_cast<char const*>(&value), sizeof value); }
  /// Another handle to a named object, with locks of its own, or, where it has lost its name, a duplicate of this
  /// one.
  void add_held(held_file const& from, bool writable);

  /// In the child: the next descriptor, in the order of adding; empty where there is none.
  os::unique_fd take_fd() noexcept;
  /// The named object whose file the next descriptor leads to (`open_received_object`), and what it is called. Empty
  /// where it is no object's file.
  std::optional<open_object> take_object(object_name& name);
  /// A zero value where the bytes have come to an end.
  template <class T>
  requires std::is_trivially_copyable_v<T> T take()
  noexcept {
    // Another process's byte need not be one of a bool's two.
    if constexpr (std::is_same_v<T, bool>) return take<std::uint8_t>() != 0;
    T value{};
    if (bytes.size() - read_ >= sizeof value) {
      __builtin_memcpy(&value, bytes.data() + read_, sizeof value);
      read_ += sizeof value;
    }
    return value;
  }

 private:
  std::size_t read_ = 0;
  std::size_t fds_taken_ = 0;
  std::vector<held_file> kept_;  // until the child has their descriptions
};

/// Everything for one child. Keep it until the child is forked.
struct inheritance {
  std::vector<object_transfer> objects;
  os::unique_fd table;
  /// All descriptors that the child must have, `table` among them. None is 0, 1 or 2.
  std::vector<int> fds;
  /// "COVIEW_WIN32_HANDLES=7": to be put into the child's environment, in the place of one that is there.
  std::string variable;
};
inline constexpr char const* inheritance_variable = "COVIEW_WIN32_HANDLES";

/// Steps 1 and 2 for all inheritable handles, or only those chosen (PROC_THREAD_ATTRIBUTE_HANDLE_LIST). Throws a
/// code.
inheritance prepare_inheritance();
inheritance prepare_inheritance(std::span<HANDLE const> chosen);

/// Step 4. Runs before main; once.
void adopt_inherited_handles() noexcept;

/// The object that an object_transfer describes; null where that cannot be, or its descriptors are none of such an
/// object. Throws what its maker throws.
object_ptr<> adopt_object(object_transfer& from);

}  // namespace coview::win32
