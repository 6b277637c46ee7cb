// SPDX-License-Identifier: Apache-2.0
// Searches and sorts as Microsoft's C library has them. Bad arguments go to the handler of invalid parameters.
#define COVIEW_WIN32_NATIVE_STDIO
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <coview/win32/msvcrt_search.h>

#include "win32/compatibility/crt/invalid.hpp"

using namespace coview::win32;

namespace {

/// glibc hands the context over last, Microsoft first.
struct ordered {
  _CoreCrtSecureSearchSortCompareFunction compare;
  void* context;
};

int compare_in_order(void const* a, void const* b, void* with) {
  auto const& how = *static_cast<ordered const*>(with);
  return how.compare(how.context, a, b);
}

bool unsound(void const* base, std::size_t count, std::size_t width, bool has_compare) {
  return (base == nullptr && count != 0) || width == 0 || !has_compare;
}

}  // namespace

void qsort_s(void* base, size_t count, size_t width, _CoreCrtSecureSearchSortCompareFunction compare, void* context) {
  if (unsound(base, count, width, compare != nullptr)) {
    invalid_parameter(EINVAL);
    return;
  }
  ordered how{compare, context};
  if (count > 1) ::qsort_r(base, count, width, compare_in_order, &how);
}

void* bsearch_s(void const* key, void const* base, size_t count, size_t width,
                _CoreCrtSecureSearchSortCompareFunction compare, void* context) {
  if (unsound(base, count, width, compare != nullptr)) {
    invalid_parameter(EINVAL);
    return nullptr;
  }
  auto const* low = static_cast<std::byte const*>(base);
  while (count != 0) {
    auto const* const middle = low + (count / 2) * width;
    int const order = compare(context, key, middle);
    if (order == 0) return const_cast<std::byte*>(middle);
    if (order > 0) {
      low = middle + width;
      count -= count / 2 + 1;
    } else {
      count /= 2;
    }
  }
  return nullptr;
}

void* _lfind(void const* key, void const* base, unsigned* count, unsigned width,
             _CoreCrtNonSecureSearchSortCompareFunction compare) {
  if (key == nullptr || count == nullptr || unsound(base, *count, width, compare != nullptr)) {
    invalid_parameter(EINVAL);
    return nullptr;
  }
  auto const* at = static_cast<std::byte const*>(base);
  for (unsigned i = 0; i < *count; ++i, at += width) {
    if (compare(key, at) == 0) return const_cast<std::byte*>(at);
  }
  return nullptr;
}

void* _lsearch(void const* key, void* base, unsigned* count, unsigned width,
               _CoreCrtNonSecureSearchSortCompareFunction compare) {
  if (void* const found = _lfind(key, base, count, width, compare)) return found;
  if (key == nullptr || base == nullptr || count == nullptr || width == 0 || compare == nullptr) return nullptr;
  auto* const end = static_cast<std::byte*>(base) + std::size_t{*count} * width;
  ++*count;
  return std::memcpy(end, key, width);
}
