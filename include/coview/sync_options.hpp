// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

namespace coview {

/// How a mutex, event, semaphore or timer is created.
struct sync_options {
  mode_t mode = 0600;      ///< who may use it, as in create_options; using it needs both reading and writing
  bool permanent = false;  ///< keep the name without a handle, until `coview::remove`
};

}  // namespace coview
