// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdarg>

/// What the printf and the scanf family share in handing on the arguments of a "...".
namespace coview::win32 {

/// A copy of a va_list, in a class so that it can be handed on by reference and ends by itself.
class arguments_left {
 public:
  explicit arguments_left(va_list arguments) { va_copy(list, arguments); }
  arguments_left(arguments_left const&) = delete;
  arguments_left& operator=(arguments_left const&) = delete;
  ~arguments_left() { va_end(list); }

  va_list list;
};

}  // namespace coview::win32

/// In a function with "...": returns the answer of `call`, which uses `arguments`.
#define WITH_ARGUMENTS(last, call) \
  va_list arguments;               \
  va_start(arguments, last);       \
  int const answer = (call);       \
  va_end(arguments);               \
  return answer
