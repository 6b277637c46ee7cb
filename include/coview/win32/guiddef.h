/* SPDX-License-Identifier: Apache-2.0 */
/* GUID, and how one is told from another. */
#ifndef COVIEW_WIN32_GUIDDEF_H
#define COVIEW_WIN32_GUIDDEF_H
#include "minwindef.h"
#pragma GCC system_header

typedef GUID IID;
typedef GUID CLSID;
typedef GUID* LPGUID;
typedef IID* LPIID;
typedef CLSID* LPCLSID;
#ifdef __cplusplus
#define REFGUID GUID const&
#define REFIID IID const&
#define REFCLSID CLSID const&
extern "C++" {
inline int IsEqualGUID(GUID const& a, GUID const& b) {
  return __builtin_memcmp(&a, &b, sizeof(GUID)) == 0;
}
inline bool operator==(GUID const& a, GUID const& b) {
  return IsEqualGUID(a, b) != 0;
}
inline bool operator!=(GUID const& a, GUID const& b) {
  return IsEqualGUID(a, b) == 0;
}
}
#else
#define REFGUID GUID const*
#define REFIID IID const*
#define REFCLSID CLSID const*
#define IsEqualGUID(a, b) (__builtin_memcmp((a), (b), sizeof(GUID)) == 0)
#endif
#define DEFINE_GUID(name, a, b, c, d0, d1, d2, d3, d4, d5, d6, d7) \
  static GUID const name __attribute__((unused)) = {a, b, c, {d0, d1, d2, d3, d4, d5, d6, d7}}

#endif
