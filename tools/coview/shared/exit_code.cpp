// SPDX-License-Identifier: Apache-2.0
// The table from errors to exit statuses. Whatever is not listed is a plain failure.
#include "shared/exit_code.hpp"

#include <cerrno>

namespace coview::tool {

exit_code exit_code_of(std::error_code const& code) noexcept {
  if (code.category() != std::generic_category() && code.category() != std::system_category()) return exit_failed;
  switch (code.value()) {
    case EINVAL:
    case ENAMETOOLONG:
      return exit_usage;
    case ENOENT:
      return exit_not_found;
    case EACCES:
    case EPERM:
      return exit_permission;
    case EBUSY:
    case EAGAIN:
    case ETIMEDOUT:
      return exit_busy;
    case ENOTSUP:
    case EBADMSG:
    case ENOSYS:
      return exit_incompatible;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EFBIG:
      return exit_no_space;
    default:
      return exit_failed;
  }
}

}  // namespace coview::tool
