// SPDX-License-Identifier: Apache-2.0
// structured_exceptions.c as C++.
#include "structured_exceptions.c"
