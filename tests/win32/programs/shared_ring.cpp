// SPDX-License-Identifier: Apache-2.0
// A class for a ring of messages between processes, as projects carry it around.
#include <windows.h>

#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>
class CSharedRing {
 public:
  struct Header {
    volatile LONG magic;
    LONG head, tail;
    DWORD slots, slotSize;
  };
  CSharedRing(std::string const& name, DWORD slots, DWORD slotSize) : m_hMap(NULL), m_p(NULL) {
    m_hMap = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_COMMIT, 0,
                                sizeof(Header) + slots * slotSize, (name + ".map").c_str());
    if (!m_hMap) throw std::runtime_error("CreateFileMapping");
    m_first = GetLastError() != ERROR_ALREADY_EXISTS;
    m_p = static_cast<Header*>(MapViewOfFile(m_hMap, FILE_MAP_ALL_ACCESS, 0, 0, 0));
    if (!m_p) throw std::runtime_error("MapViewOfFile");
    m_lock = CreateMutexA(NULL, FALSE, (name + ".lock").c_str());
    m_full = CreateSemaphoreA(NULL, 0, slots, (name + ".full").c_str());
    m_free = CreateSemaphoreA(NULL, slots, slots, (name + ".free").c_str());
    if (InterlockedCompareExchange(&m_p->magic, 1, 0) == 0) {
      m_p->slots = slots;
      m_p->slotSize = slotSize;
      m_p->head = m_p->tail = 0;
      InterlockedExchange(&m_p->magic, 2);
    }
    while (m_p->magic != 2) Sleep(0);
  }
  ~CSharedRing() {
    UnmapViewOfFile(m_p);
    CloseHandle(m_hMap);
    CloseHandle(m_lock);
    CloseHandle(m_full);
    CloseHandle(m_free);
  }
  bool push(void const* data, DWORD size, DWORD ms = INFINITE) {
    if (WaitForSingleObject(m_free, ms) != WAIT_OBJECT_0) return false;
    WaitForSingleObject(m_lock, INFINITE);
    char* at = reinterpret_cast<char*>(m_p + 1) + (m_p->tail++ % m_p->slots) * m_p->slotSize;
    CopyMemory(at, &size, sizeof size);
    CopyMemory(at + sizeof size, data, size);
    ReleaseMutex(m_lock);
    return ReleaseSemaphore(m_full, 1, NULL) != FALSE;
  }
  bool pop(std::string& out, DWORD ms = INFINITE) {
    if (WaitForSingleObject(m_full, ms) != WAIT_OBJECT_0) return false;
    WaitForSingleObject(m_lock, INFINITE);
    char* at = reinterpret_cast<char*>(m_p + 1) + (m_p->head++ % m_p->slots) * m_p->slotSize;
    DWORD size;
    CopyMemory(&size, at, sizeof size);
    out.assign(at + sizeof size, size);
    ReleaseMutex(m_lock);
    LONG before = 0;
    ReleaseSemaphore(m_free, 1, &before);
    return true;
  }
  bool first() const { return m_first; }

 private:
  HANDLE m_hMap, m_lock, m_full, m_free;
  Header* m_p;
  bool m_first;
};
int main(int argc, char* argv[]) {
  try {
    CSharedRing ring("a_ring_test", 4, 64);
    if (argc > 1) {
      for (int i = 0; i < 1000; ++i) {
        std::string s = "item " + std::to_string(i);
        ring.push(s.data(), DWORD(s.size()));
      }
      ring.push("end", 3);
      return 0;
    }
    std::cout << "first " << ring.first() << std::endl;
    std::string cmd = std::string("\"") + argv[0] + "\" produce";
    std::vector<char> line(cmd.begin(), cmd.end());
    line.push_back(0);
    STARTUPINFOA si = {sizeof(si)};
    PROCESS_INFORMATION pi = {};
    if (!CreateProcessA(NULL, line.data(), NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) {
      std::cout << "CreateProcess " << GetLastError() << std::endl;
      return 1;
    }
    std::string got;
    int n = 0;
    size_t total = 0;
    while (ring.pop(got) && got != "end") {
      if (got != "item " + std::to_string(n)) std::cout << "wrong " << got << std::endl;
      ++n;
      total += got.size();
    }
    std::cout << n << " items, " << total << " bytes, empty " << !ring.pop(got, 0) << std::endl;
    WaitForSingleObject(pi.hProcess, INFINITE);
    DWORD code = 77;
    GetExitCodeProcess(pi.hProcess, &code);
    std::cout << "exit " << code << std::endl;
    CloseHandle(pi.hThread);
    CloseHandle(pi.hProcess);
  } catch (std::exception const& e) {
    std::cout << e.what() << " " << GetLastError() << std::endl;
  }
}
