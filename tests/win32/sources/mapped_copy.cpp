// SPDX-License-Identifier: Apache-2.0
// 用两个内存映射文件复制一个文件，并打印所用的时间。（文件名、对象名和输出都是中文。）
#include <mmsystem.h>
#include <stdio.h>
#include <stdlib.h>
#include <tchar.h>
#include <windows.h>
#pragma comment(lib, "winmm.lib")

int _tmain(int argc, TCHAR* argv[]) {
  const TCHAR* szSource = _T("源文件.dat");
  const TCHAR* szTarget = _T("目标文件.dat");
  HANDLE hFile = CreateFile(szSource, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  if (hFile == INVALID_HANDLE_VALUE) {
    _tprintf(_T("创建文件失败，错误代码：%lu\n"), GetLastError());
    return 1;
  }
  DWORD dwWritten = 0;
  for (DWORD i = 0; i < 100000; i++) WriteFile(hFile, &i, sizeof(i), &dwWritten, NULL);
  CloseHandle(hFile);

  DWORD dwStart = timeGetTime();  // 开始计时
  HANDLE hSrc =
      CreateFile(szSource, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
  HANDLE hDst = CreateFile(szTarget, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  DWORD dwSize = GetFileSize(hSrc, NULL);
  HANDLE hSrcMap = CreateFileMapping(hSrc, NULL, PAGE_READONLY, 0, 0, NULL);
  HANDLE hDstMap = CreateFileMapping(hDst, NULL, PAGE_READWRITE, 0, dwSize, _T("复制映射"));
  LPVOID pSrc = MapViewOfFile(hSrcMap, FILE_MAP_READ, 0, 0, 0);
  LPVOID pDst = MapViewOfFile(hDstMap, FILE_MAP_WRITE, 0, 0, 0);
  if (pSrc == NULL || pDst == NULL) {
    _tprintf(_T("映射失败，错误代码：%lu\n"), GetLastError());
    return 1;
  }
  CopyMemory(pDst, pSrc, dwSize);
  HANDLE hAgain = OpenFileMapping(FILE_MAP_READ, FALSE, _T("复制映射"));
  _tprintf(_T("对象“复制映射”%s\n"), hAgain != NULL ? _T("存在") : _T("不存在"));
  CloseHandle(hAgain);
  int nSame = memcmp(pDst, pSrc, dwSize) == 0;
  UnmapViewOfFile(pSrc);
  UnmapViewOfFile(pDst);
  CloseHandle(hSrcMap);
  CloseHandle(hDstMap);
  CloseHandle(hSrc);
  CloseHandle(hDst);
  _tprintf(_T("复制了%lu字节，%s，用时%lu毫秒\n"), dwSize, nSame ? _T("内容相同") : _T("内容不同"),
           timeGetTime() - dwStart);
  return DeleteFile(szSource) && DeleteFile(szTarget) && nSame ? 0 : 1;
}
