// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "object/fail.hpp"
#include "object/place.hpp"
#include "os/fd.hpp"

/// The directory of one user's local names, which all processes of the user must agree on, though everybody can make
/// entries beside it. It is called `coview-<uid>`, as a rule. Somebody else can have taken that name: with bad will,
/// or because a user namespace showed him another user ID. Then it is `coview-<uid>.<16 hexadecimal digits>`: the
/// digits are random, so nobody can take them first, and whose it is tells its owner, which nobody can forge.
///
/// At most one of them exists: it is made under D of the root, after a look for all others. A stranger who keeps D
/// away delays that a little, and then it is made all the same. Only somebody who keeps D away *and* makes and
/// removes a `coview-<uid>` just between the steps of two processes of one user could part these two.
namespace coview::inline object {

struct local_directory {
  os::unique_fd fd;  ///< for reading; empty where there is none
  std::string path;
};

/// Errors: errc::operation_not_permitted where the user's own directory is not to be trusted, and what mkdir(2) and
/// open(2) say.
local_directory find_local_directory(int root, std::string const& root_name, uid_t user, if_missing missing,
                                     operation_context const& context);

/// Whether an entry of the root is called as one of this user's directories.
bool is_local_directory_name(std::string_view entry, uid_t user);

}  // namespace coview::inline object
