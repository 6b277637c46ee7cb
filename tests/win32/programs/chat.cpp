// SPDX-License-Identifier: Apache-2.0
// Two processes talk through one message in memory, with an event for each direction.
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#define _CRT_SECURE_NO_WARNINGS
#include <stdio.h>
#include <string.h>
#include <tchar.h>
#include <windows.h>

#include <string>

#pragma warning(disable : 4996)
#pragma warning(push)
#pragma warning(pop)
#pragma region Constants
#define MAX_MSG 64
#include <strsafe.h>
#pragma endregion
typedef enum tagMSGTYPE { MT_TEXT = 1, MT_QUIT } MSGTYPE;
#pragma pack(push, 1)
typedef struct tagMESSAGE {
  BYTE bType;
  WORD wLen;
  DWORD dwSeq;
  CHAR szText[MAX_MSG];
} MESSAGE_T, *PMESSAGE_T, FAR* LPMESSAGE_T;
#pragma pack(pop)
C_ASSERT(sizeof(MESSAGE_T) == 7 + MAX_MSG);
class CSharedChannel {
 public:
  CSharedChannel() : m_hMap(NULL), m_pMsg(NULL), m_hReady(NULL), m_hAck(NULL) {}
  virtual ~CSharedChannel() { Close(); }
  BOOL Create(IN LPCSTR lpszName) {
    char sz[MAX_PATH];
    StringCchPrintfA(sz, ARRAYSIZE(sz), "Local\\%s.map", lpszName);
    m_hMap = ::CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_COMMIT, 0, sizeof(MESSAGE_T), sz);
    if (NULL == m_hMap) return FALSE;
    m_bFirst = (ERROR_ALREADY_EXISTS != ::GetLastError());
    m_pMsg = reinterpret_cast<LPMESSAGE_T>(::MapViewOfFile(m_hMap, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(MESSAGE_T)));
    StringCbPrintfA(sz, sizeof(sz), "Local\\%s.%s", lpszName, "ready");
    m_hReady = ::CreateEventA(NULL, FALSE, FALSE, sz);
    StringCchPrintfA(sz, ARRAYSIZE(sz), "Local\\%s.ack", lpszName);
    m_hAck = ::CreateEventA(NULL, FALSE, FALSE, sz);
    return m_pMsg && m_hReady && m_hAck;
  }
  VOID Close(VOID) {
    if (m_pMsg) {
      UnmapViewOfFile(m_pMsg);
      m_pMsg = nullptr;
    }
    if (m_hMap) {
      CloseHandle(m_hMap);
      m_hMap = nullptr;
    }
    if (m_hReady) CloseHandle(m_hReady);
    if (m_hAck) CloseHandle(m_hAck);
    m_hReady = m_hAck = NULL;
  }
  bool Send(MSGTYPE t, std::string const& s) {
    m_pMsg->bType = (BYTE)t;
    m_pMsg->wLen = LOWORD(s.size());
    m_pMsg->dwSeq++;
    lstrcpynA(m_pMsg->szText, s.c_str(), MAX_MSG);
    return SignalObjectAndWait(m_hReady, m_hAck, INFINITE, FALSE) == WAIT_OBJECT_0;
  }
  bool Receive(std::string& s) {
    if (WaitForSingleObject(m_hReady, 10000) != WAIT_OBJECT_0) return false;
    s.assign(m_pMsg->szText, m_pMsg->wLen);
    bool go = m_pMsg->bType != MT_QUIT;
    SetEvent(m_hAck);
    return go;
  }
  BOOL IsFirst() const { return m_bFirst; }
  DWORD Seq() const { return m_pMsg->dwSeq; }

 private:
  HANDLE m_hMap;
  LPMESSAGE_T m_pMsg;
  HANDLE m_hReady, m_hAck;
  BOOL m_bFirst;
};
int __cdecl main(int argc, char** argv) {
  CSharedChannel ch;
  if (!ch.Create("chat")) {
    printf("create %lu\n", GetLastError());
    return 1;
  }
  if (!ch.IsFirst()) {
    std::string s;
    int n = 0;
    while (ch.Receive(s)) {
      printf("got: %s\n", s.c_str());
      fflush(stdout);
      n++;
    }
    return n;
  }
  STARTUPINFOA si;
  PROCESS_INFORMATION pi;
  memset(&si, 0, sizeof si);
  si.cb = sizeof si;
  TCHAR cmd[MAX_PATH];
  GetModuleFileName(NULL, cmd, MAX_PATH);
  if (!CreateProcess(cmd, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) return 2;
  ch.Send(MT_TEXT, "hello");
  ch.Send(MT_TEXT, "how are you");
  ch.Send(MT_TEXT, "");
  ch.Send(MT_QUIT, "");
  DWORD c;
  do {
    GetExitCodeProcess(pi.hProcess, &c);
    Sleep(1);
  } while (c == STILL_ACTIVE);
  printf("peer %lu seq %lu\n", c, ch.Seq());
  CloseHandle(pi.hProcess);
  CloseHandle(pi.hThread);
}
