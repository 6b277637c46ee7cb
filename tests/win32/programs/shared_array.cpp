// SPDX-License-Identifier: Apache-2.0
// An array in shared memory as a class template of the first years, and threads that add to it.
#include <assert.h>
#include <crtdbg.h>
#include <stdio.h>
#include <tchar.h>
#include <windows.h>

#include <exception>
#include <list>
#include <map>
#include <string>
#include <vector>

#define ASSERT _ASSERTE
#define VERIFY(f) ((void)(f))
#ifdef _DEBUG
#define TRACE _tprintf
#else
#define TRACE (void)sizeof
#endif
class CCriticalSection {
 public:
  CCriticalSection() { InitializeCriticalSectionAndSpinCount(&m_cs, 4000); }
  ~CCriticalSection() { DeleteCriticalSection(&m_cs); }
  void Lock() { EnterCriticalSection(&m_cs); }
  void Unlock() { LeaveCriticalSection(&m_cs); }
  operator LPCRITICAL_SECTION() { return &m_cs; }

 private:
  CRITICAL_SECTION m_cs;
};
template <class T>
class CAutoLock {
  T& m_l;

 public:
  CAutoLock(T& l) : m_l(l) { m_l.Lock(); }
  ~CAutoLock() { m_l.Unlock(); }
};
class CNamedMutex {
  HANDLE m_h;
  DWORD m_dwErr;

 public:
  CNamedMutex(LPCTSTR name, BOOL own = FALSE, LPSECURITY_ATTRIBUTES sa = NULL) {
    m_h = ::CreateMutex(sa, own, name);
    m_dwErr = ::GetLastError();
  }
  ~CNamedMutex() { ::CloseHandle(m_h); }
  void Lock() {
    DWORD dw = ::WaitForSingleObject(m_h, INFINITE);
    if (dw == WAIT_FAILED) throw(int)::GetLastError();
  }
  void Unlock() { ::ReleaseMutex(m_h); }
  bool Existed() const { return m_dwErr == ERROR_ALREADY_EXISTS; }
};
#pragma pack(push)
#pragma pack(1)
template <typename T, int nMax>
struct SharedArray {
  LONG nCount;
  T aData[nMax];
};
struct POD {
  char tag;
  __int64 value;
  double d;
};
#pragma pack(pop)
template <typename T, int nMax = 100>
class CSharedArray {
 public:
  typedef SharedArray<T, nMax> DATA;
  CSharedArray(const TCHAR* pszName) : m_mutex((std::basic_string<TCHAR>(pszName) + _T("_mutex")).c_str()) {
    m_hMap = ::CreateFileMapping(INVALID_HANDLE_VALUE, 0, PAGE_READWRITE, 0, sizeof(DATA), pszName);
    ASSERT(m_hMap != NULL);
    m_bExisted = ::GetLastError() == ERROR_ALREADY_EXISTS;
    m_pData = static_cast<DATA*>(::MapViewOfFile(m_hMap, FILE_MAP_ALL_ACCESS, 0, 0, 0));
    if (m_pData == 0) {
      ::CloseHandle(m_hMap);
      throw std::exception();
    }
  }
  ~CSharedArray() {
    VERIFY(::UnmapViewOfFile(m_pData));
    VERIFY(::CloseHandle(m_hMap));
  }
  int Add(const T& t) {
    CAutoLock<CNamedMutex> lock(m_mutex);
    if (m_pData->nCount >= nMax) return -1;
    m_pData->aData[m_pData->nCount] = t;
    return m_pData->nCount++;
  }
  T& operator[](int i) { return m_pData->aData[i]; }
  LONG GetCount() const { return ::InterlockedExchangeAdd(&m_pData->nCount, 0); }
  bool Existed() const { return m_bExisted; }
  size_t Bytes() const {
    MEMORY_BASIC_INFORMATION mbi = {0};
    ::VirtualQuery(m_pData, &mbi, sizeof(mbi));
    return mbi.RegionSize;
  }

 private:
  HANDLE m_hMap;
  DATA* m_pData;
  CNamedMutex m_mutex;
  bool m_bExisted;
  CSharedArray(CSharedArray const&);
  CSharedArray& operator=(CSharedArray const&);
};
struct Ctx {
  CSharedArray<POD>* arr;
  int base;
};
static DWORD WINAPI Adder(LPVOID pv) {
  Ctx* c = reinterpret_cast<Ctx*>(pv);
  for (int i = 0; i < 30; i++) {
    POD p = {'a', c->base + i, 1.5};
    c->arr->Add(p);
  }
  return 0;
}
int _tmain(int argc, TCHAR* argv[], TCHAR* envp[]) {
  CSharedArray<POD> a(_T("Array")), b(_T("Array"));
  Ctx c[3] = {{&a, 0}, {&b, 100}, {&a, 200}};
  std::vector<HANDLE> h;
  for (int i = 0; i < 3; i++) h.push_back(::CreateThread(NULL, 0, Adder, &c[i], 0, NULL));
  ::WaitForMultipleObjects((DWORD)h.size(), &h[0], TRUE, INFINITE);
  __int64 sum = 0;
  for (int i = 0; i < b.GetCount(); i++) sum += b[i].value;
  _tprintf(_T("%ld %I64d %d %d %u %u\n"), a.GetCount(), sum, a.Existed(), b.Existed(), (unsigned)a.Bytes(),
           (unsigned)sizeof(CSharedArray<POD>::DATA));
  TRACE(_T("x"));
  CCriticalSection cs;
  {
    CAutoLock<CCriticalSection> l(cs);
    CAutoLock<CCriticalSection> l2(cs);
    _tprintf(_T("recursive\n"));
  }
  for (size_t i = 0; i < h.size(); ++i) ::CloseHandle(h[i]);
  return 0;
}
