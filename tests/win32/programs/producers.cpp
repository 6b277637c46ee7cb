// SPDX-License-Identifier: Apache-2.0
// 教程：两个进程之间的生产者与消费者。一个有名字的文件映射作缓冲区，两个信号量计数，一个互斥量保护下标，
// 一个手动重置事件宣布结束。命名对象的名字、文件名和消息都用中文。
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define 缓冲区个数 8
#define BUFFER_NAME "教程_共享缓冲区"
#define MUTEX_NAME "教程_互斥"
#define EMPTY_NAME "教程_空位"
#define FULL_NAME "教程_产品"
#define OVER_NAME "教程_结束"
#define LOG_FILE "消费记录.txt"

// 缓冲区的结构，两个进程必须一致
struct SharedBuffer {
  LONG lIn;                      // 下一个写入的位置
  LONG lOut;                     // 下一个取出的位置
  LONG lProduced;                // 一共生产了多少
  char szItems[缓冲区个数][32];  // 产品
};

// 出错时打印原因并退出
static void ErrorExit(LPCSTR lpszWhere) {
  printf("%s失败，错误代码：%lu\n", lpszWhere, GetLastError());
  ExitProcess(1);
}

static int Producer() {
  HANDLE hMap = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, BUFFER_NAME);
  if (hMap == NULL) ErrorExit("打开文件映射");
  SharedBuffer* p = (SharedBuffer*)MapViewOfFile(hMap, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  HANDLE hMutex = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, MUTEX_NAME);
  HANDLE hEmpty = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, EMPTY_NAME);
  HANDLE hFull = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, FULL_NAME);
  HANDLE hOver = OpenEventA(EVENT_MODIFY_STATE, FALSE, OVER_NAME);
  if (!p || !hMutex || !hEmpty || !hFull || !hOver) ErrorExit("打开同步对象");
  for (int i = 1; i <= 100; i++) {
    WaitForSingleObject(hEmpty, INFINITE);
    WaitForSingleObject(hMutex, INFINITE);
    sprintf(p->szItems[p->lIn], "第%d个产品", i);
    p->lIn = (p->lIn + 1) % 缓冲区个数;
    p->lProduced++;
    ReleaseMutex(hMutex);
    ReleaseSemaphore(hFull, 1, NULL);
  }
  SetEvent(hOver);
  return 100;
}

int main(int argc, char* argv[]) {
  if (argc > 1) return Producer();

  // 1. 创建所有对象
  HANDLE hMap = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(SharedBuffer), BUFFER_NAME);
  if (hMap == NULL) ErrorExit("创建文件映射");
  SharedBuffer* p = (SharedBuffer*)MapViewOfFile(hMap, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  HANDLE hMutex = CreateMutexA(NULL, FALSE, MUTEX_NAME);
  HANDLE hEmpty = CreateSemaphoreA(NULL, 缓冲区个数, 缓冲区个数, EMPTY_NAME);
  HANDLE hFull = CreateSemaphoreA(NULL, 0, 缓冲区个数, FULL_NAME);
  HANDLE hOver = CreateEventA(NULL, TRUE, FALSE, OVER_NAME);
  if (!p || !hMutex || !hEmpty || !hFull || !hOver) ErrorExit("创建同步对象");
  HANDLE hAgain = CreateMutexA(NULL, FALSE, MUTEX_NAME);
  printf("互斥量已存在：%s\n", GetLastError() == ERROR_ALREADY_EXISTS ? "是" : "否");
  CloseHandle(hAgain);

  // 2. 启动生产者进程
  char szPath[MAX_PATH], szCommand[MAX_PATH + 16];
  GetModuleFileNameA(NULL, szPath, MAX_PATH);
  sprintf(szCommand, "\"%s\" 生产", szPath);
  STARTUPINFOA si;
  PROCESS_INFORMATION pi;
  ZeroMemory(&si, sizeof(si));
  si.cb = sizeof(si);
  if (!CreateProcessA(NULL, szCommand, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) ErrorExit("创建进程");

  // 3. 消费，把每个产品记到文件里
  HANDLE hLog = CreateFileA(LOG_FILE, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
  if (hLog == INVALID_HANDLE_VALUE) ErrorExit("创建文件");
  HANDLE hWait[2] = {hFull, hOver};  // 先看有没有产品，再看是否结束
  int nCount = 0;
  char szLast[32] = "";
  DWORD dwWritten;
  while (WaitForMultipleObjects(2, hWait, FALSE, INFINITE) == WAIT_OBJECT_0) {
    WaitForSingleObject(hMutex, INFINITE);
    strcpy(szLast, p->szItems[p->lOut]);
    p->lOut = (p->lOut + 1) % 缓冲区个数;
    ReleaseMutex(hMutex);
    ReleaseSemaphore(hEmpty, 1, NULL);
    WriteFile(hLog, szLast, (DWORD)strlen(szLast), &dwWritten, NULL);
    nCount++;
  }
  printf("消费了%d个，最后是“%s”，共生产%ld个\n", nCount, szLast, (long)p->lProduced);
  printf("文件“%s”有%lu字节\n", LOG_FILE, GetFileSize(hLog, NULL));
  WaitForSingleObject(pi.hProcess, INFINITE);
  DWORD dwExit = 0;
  GetExitCodeProcess(pi.hProcess, &dwExit);
  printf("生产者退出代码：%lu\n", dwExit);

  // 4. 释放
  CloseHandle(pi.hThread);
  CloseHandle(pi.hProcess);
  CloseHandle(hLog);
  printf("删除文件：%s\n", DeleteFileA(LOG_FILE) ? "成功" : "失败");
  UnmapViewOfFile(p);
  CloseHandle(hMap);
  CloseHandle(hMutex);
  CloseHandle(hEmpty);
  CloseHandle(hFull);
  CloseHandle(hOver);
  printf("再打开：%s", OpenFileMappingA(FILE_MAP_READ, FALSE, BUFFER_NAME) ? "还在" : "没有了");
  printf("，错误代码%lu\n", GetLastError());
  return 0;
}
