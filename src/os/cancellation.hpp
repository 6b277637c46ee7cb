// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

/// pthread_cancel(3): many of the C library's calls end the thread where it was cancelled, by unwinding its stack.
/// Waits let that happen. What must be finished, or may not throw (a close), keeps it away meanwhile.
namespace coview::os {

/// While it lives, this thread is not cancelled; a cancellation that came meanwhile acts at the next cancellation
/// point after it.
class not_cancelled {
 public:
  not_cancelled() noexcept { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~not_cancelled() { ::pthread_setcancelstate(before_, nullptr); }
  not_cancelled(not_cancelled const&) = delete;
  not_cancelled& operator=(not_cancelled const&) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace coview::os
