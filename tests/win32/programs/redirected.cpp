// SPDX-License-Identifier: Apache-2.0
// A child with redirected input and output, which are pipes.
#include <stdio.h>
#include <tchar.h>
#include <windows.h>

#define BUFSIZE 4096
#include <strsafe.h>
HANDLE g_hChildStd_IN_Rd = NULL;
HANDLE g_hChildStd_IN_Wr = NULL;
HANDLE g_hChildStd_OUT_Rd = NULL;
HANDLE g_hChildStd_OUT_Wr = NULL;
HANDLE g_hInputFile = NULL;
void ErrorExit(PCTSTR lpszFunction) {
  LPVOID lpMsgBuf;
  LPVOID lpDisplayBuf;
  DWORD dw = GetLastError();
  FormatMessage(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, dw,
                MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPTSTR)&lpMsgBuf, 0, NULL);
  lpDisplayBuf = (LPVOID)LocalAlloc(
      LMEM_ZEROINIT, (lstrlen((LPCTSTR)lpMsgBuf) + lstrlen((LPCTSTR)lpszFunction) + 40) * sizeof(TCHAR));
  StringCchPrintf((LPTSTR)lpDisplayBuf, LocalSize(lpDisplayBuf) / sizeof(TCHAR), TEXT("%s failed with error %d: %s"),
                  lpszFunction, dw, lpMsgBuf);
  _tprintf(_T("%s\n"), (LPTSTR)lpDisplayBuf);
  LocalFree(lpMsgBuf);
  LocalFree(lpDisplayBuf);
  ExitProcess(1);
}
int child() {
  CHAR chBuf[BUFSIZE];
  DWORD dwRead, dwWritten;
  HANDLE hStdin = GetStdHandle(STD_INPUT_HANDLE), hStdout = GetStdHandle(STD_OUTPUT_HANDLE);
  if ((hStdout == INVALID_HANDLE_VALUE) || (hStdin == INVALID_HANDLE_VALUE)) ExitProcess(1);
  WriteFile(hStdout, "\n ** child says ** \n", 20, &dwWritten, NULL);
  for (;;) {
    BOOL ok = ReadFile(hStdin, chBuf, BUFSIZE, &dwRead, NULL);
    if (!ok || dwRead == 0) break;
    ok = WriteFile(hStdout, chBuf, dwRead, &dwWritten, NULL);
    if (!ok) break;
  }
  return 0;
}
int _tmain(int argc, TCHAR* argv[]) {
  if (argc > 1) return child();
  SECURITY_ATTRIBUTES saAttr;
  saAttr.nLength = sizeof(SECURITY_ATTRIBUTES);
  saAttr.bInheritHandle = TRUE;
  saAttr.lpSecurityDescriptor = NULL;
  if (!CreatePipe(&g_hChildStd_OUT_Rd, &g_hChildStd_OUT_Wr, &saAttr, 0)) ErrorExit(TEXT("StdoutRd CreatePipe"));
  if (!SetHandleInformation(g_hChildStd_OUT_Rd, HANDLE_FLAG_INHERIT, 0))
    ErrorExit(TEXT("Stdout SetHandleInformation"));
  if (!CreatePipe(&g_hChildStd_IN_Rd, &g_hChildStd_IN_Wr, &saAttr, 0)) ErrorExit(TEXT("Stdin CreatePipe"));
  if (!SetHandleInformation(g_hChildStd_IN_Wr, HANDLE_FLAG_INHERIT, 0)) ErrorExit(TEXT("Stdin SetHandleInformation"));
  TCHAR szCmdline[MAX_PATH + 10];
  TCHAR me[MAX_PATH];
  GetModuleFileName(NULL, me, MAX_PATH);
  StringCchPrintf(szCmdline, _countof(szCmdline), TEXT("\"%s\" child"), me);
  PROCESS_INFORMATION piProcInfo;
  STARTUPINFO siStartInfo;
  ZeroMemory(&piProcInfo, sizeof(PROCESS_INFORMATION));
  ZeroMemory(&siStartInfo, sizeof(STARTUPINFO));
  siStartInfo.cb = sizeof(STARTUPINFO);
  siStartInfo.hStdError = g_hChildStd_OUT_Wr;
  siStartInfo.hStdOutput = g_hChildStd_OUT_Wr;
  siStartInfo.hStdInput = g_hChildStd_IN_Rd;
  siStartInfo.dwFlags |= STARTF_USESTDHANDLES;
  if (!CreateProcess(NULL, szCmdline, NULL, NULL, TRUE, 0, NULL, NULL, &siStartInfo, &piProcInfo))
    ErrorExit(TEXT("CreateProcess"));
  CloseHandle(piProcInfo.hThread);
  CloseHandle(g_hChildStd_OUT_Wr);
  CloseHandle(g_hChildStd_IN_Rd);
  DWORD dwWritten, dwRead;
  CHAR chBuf[BUFSIZE];
  WriteFile(g_hChildStd_IN_Wr, "through the pipe\n", 17, &dwWritten, NULL);
  if (!CloseHandle(g_hChildStd_IN_Wr)) ErrorExit(TEXT("StdInWr CloseHandle"));
  for (;;) {
    BOOL ok = ReadFile(g_hChildStd_OUT_Rd, chBuf, BUFSIZE, &dwRead, NULL);
    if (!ok || dwRead == 0) {
      printf("end %d %lu\n", ok, GetLastError());
      break;
    }
    fwrite(chBuf, 1, dwRead, stdout);
  }
  WaitForSingleObject(piProcInfo.hProcess, INFINITE);
  DWORD c;
  GetExitCodeProcess(piProcInfo.hProcess, &c);
  printf("%lu\n", c);
  return 0;
}
