/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, which has uses of its own for the word __try (coview_cpp_begin.h). */
#pragma GCC system_header
/* clang-format off */
#include "coview_cpp_begin.h"
#include_next <math.h>
#include "coview_cpp_end.h"
