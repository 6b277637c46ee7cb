// SPDX-License-Identifier: Apache-2.0
// A program that uses both faces in one thread: what it owns by one it owns by the other.
#include <windows.h>

#include <coview/mutex.hpp>

int main() {
  auto const cpp = coview::mutex::open_or_create("mixed");
  HANDLE const win32 = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "mixed");
  if (win32 == nullptr) return 1;
  cpp.lock();
  if (WaitForSingleObject(win32, 0) != WAIT_OBJECT_0) return 2;
  if (!ReleaseMutex(win32) || !ReleaseMutex(win32)) return 3;
  return CloseHandle(win32) ? 0 : 4;
}
