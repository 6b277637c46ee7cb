// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <node_api.h>

#include <memory>
#include <set>

namespace coview_node {

struct wait_call;

/// What there is once for each environment (the main thread's, and each worker's).
struct environment {
  std::set<std::shared_ptr<wait_call>> waits;  ///< those whose thread has not been heard of yet
  bool ending = false;                         ///< nothing new is given to the event loop

  static void make(napi_env env);
  static environment& of(napi_env env);
  /// Cancels all waits, and waits for their threads.
  void end();
};

}  // namespace coview_node
