/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the compiler and of the C library that sources for Windows are full of. */
/* odd words of the compiler */
#include <process.h>
#include <stddef.h>
#include <stdio.h>
#include <windows.h>

#ifdef _MSC_VER
#define INLINE __forceinline
#else
#define INLINE static __inline
#endif
INLINE int add(int a, int b) {
  return a + b;
}
__declspec(thread) int tls_value = 3;
__declspec(noinline) int CDECL cdeclFn(int x) {
  return x;
}
int __stdcall stdFn(int x) {
  return x + 1;
}
int WINAPIV va(int n, ...) {
  va_list ap;
  int s = 0;
  va_start(ap, n);
  while (n--) s += va_arg(ap, int);
  va_end(ap);
  return s;
}
typedef int(CALLBACK* CB)(int);
typedef VOID(APIENTRY* VCB)(VOID);
static unsigned WINAPI run(void* p) {
  *(__int64*)p = 9223372036854775807LL;
  return 0;
}
typedef struct tagP {
  BYTE b;
  WORD w;
  DWORD d;
  UCHAR uc;
  USHORT us;
  ULONG ul;
  LONGLONG ll;
  ULONGLONG ull;
  UINT ui;
  INT i;
  FLOAT f;
} P;

int main(int argc, CHAR* argv[]) {
  CB cb = stdFn;
  __int64 v = 0;
  unsigned __int32 u32 = 5;
  __int16 i16 = -3;
  __int8 i8 = 7;
  HANDLE h;
  unsigned id;
  int i;
  printf("%d %d %d %d %d\n", add(1, 2), cdeclFn(4), cb(5), va(3, 1, 2, 3), tls_value);
  h = (HANDLE)_beginthreadex(NULL, 0, run, &v, 0, &id);
  WaitForSingleObject(h, INFINITE);
  CloseHandle(h);
  printf("%I64d %u %d %d\n", v, u32, i16, i8);
  printf("%u %u %u\n", (unsigned)sizeof(P), (unsigned)offsetof(P, ll), (unsigned)FIELD_OFFSET(P, ui));
  printf("%d %d %d\n", MAX_PATH, (int)MAXDWORD == -1, (int)(MAXLONG > 0));
  printf("%lu %lu\n", (DWORD)0xFFFFFFFF, (DWORD)HandleToUlong((HANDLE)16));
  for (i = 0; i < 3; i++) YieldProcessor();
  MemoryBarrier();
  printf("%d %d\n", TRUE, FALSE);
  printf("%s\n", __FILE__ ? "file" : "");
  printf("%d\n", (int)_rotl(1, 4));
  printf("%lx\n", _byteswap_ulong(0x11223344));
  {
    LONG l = 5;
    LONGLONG ll = 1;
    SHORT s = 1;
    printf("%ld\n", InterlockedIncrement(&l));
    printf("%ld\n", InterlockedAnd(&l, 3));
    printf("%ld\n", InterlockedOr(&l, 8));
    printf("%ld\n", InterlockedXor(&l, 1));
    printf("%I64d\n", InterlockedExchange64(&ll, 9));
    printf("%d\n", InterlockedBitTestAndSet(&l, 4));
    printf("%ld\n", l);
    (void)s;
  }
  printf("%lu\n", GetLastError());
  SetLastError(5);
  printf("%lu\n", GetLastError());
  return 0;
}
