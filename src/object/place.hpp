// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include <coview/object.hpp>

#include "object/fail.hpp"
#include "os/own_descriptor.hpp"
#include "os/visibility.hpp"

/// Where object files stand: a directory per scope, verified before it is used.
///
///     <root>/coview-<uid>/<file>.0           local scope: mode 0700, of this user
///     <root>/coview-global-<file>.<slot>     global scope: in the root itself, which must be sticky and root's
///
/// Where a stranger has taken `coview-<uid>`, the local directory is `coview-<uid>.<16 hexadecimal digits>`
/// (local_directory.hpp).
///
/// <root> is /dev/shm, or what COVIEW_ROOT names where that may be obeyed. Directories are found once and kept open;
/// changing COVIEW_ROOT or the effective user leads to other ones. Thread-safe; a fork in one thread does not
/// disturb another's search.
namespace coview::inline object {

/// A verified directory. Paths below it are resolved relative to the descriptor, so nobody can exchange it under us.
struct place {
  os::own_descriptor directory;
  std::string path;
  name_scope scope = name_scope::local;
  uid_t user = 0;       ///< effective user who verified it
  uid_t owner = 0;      ///< owner of the directory
  bool sticky = false;  ///< only a file's owner, the directory's owner and root may unlink

  /// Whether this thread may unlink a file of that owner here.
  [[nodiscard]] bool may_unlink(uid_t file_owner) const noexcept;
  /// Somebody removed the directory, so that what is created in it would be lost; or the descriptor does not lead
  /// there any more.
  [[nodiscard]] bool gone() const noexcept;
};

using place_ptr = std::shared_ptr<place const>;

enum class if_missing : std::uint8_t { create, leave };

/// When to look whether the descriptor of a directory that was found before still leads there. A program can close
/// what it does not know, or let another file have its number.
enum class descriptor_check : std::uint8_t {
  now,
  later,  ///< the caller does so, before it believes what it found there, or that it found nothing
};

/// The directory of a scope; null where there is none yet and it is to be left so.
/// Errors: errc::no_such_file_or_directory (no root), errc::operation_not_permitted (wrong mode, default ACL, not
/// sticky; global: not root's), errc::permission_denied, errc::not_supported (kernel too old) and what mkdir(2) says.
COVIEW_PRIVATE place_ptr find_place(name_scope scope, if_missing missing, operation_context const& context,
                                    descriptor_check check = descriptor_check::now);

/// The same for whoever looks through all that there is: null also where the root is not fit for global names, as in
/// a user namespace where /dev/shm is not root's. Nobody can have made any there.
place_ptr find_place_of_many(name_scope scope, operation_context const& context);

/// Forgets the directories that were found, so that the next search looks again.
void forget_places() noexcept;

/// The same place on a descriptor that leads there, also where the program closed the old one (a daemon closes all
/// that it does not know), or another file has its number. Nullptr where it cannot be opened any more.
place_ptr usable(place_ptr const& where);

/// COVIEW_ROOT or /dev/shm.
std::string root_path();
/// "coview-1000", as this user's local directory is called where nobody else has taken that name.
std::string local_directory_name(uid_t user);

}  // namespace coview::inline object
