/* SPDX-License-Identifier: Apache-2.0 */
/* Behind a header of the C++ library: __try is what it was before. */
#pragma GCC system_header
#pragma pop_macro("__try")
