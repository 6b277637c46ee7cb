/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes: named ones (docs/pipes.md) and those without a name. Safe to call from any thread; a handle may be used by
   several at once. */
#ifndef COVIEW_WIN32_NAMEDPIPEAPI_H
#define COVIEW_WIN32_NAMEDPIPEAPI_H
#include "minwinbase.h"
#pragma GCC system_header

#define PIPE_ACCESS_INBOUND 0x00000001
#define PIPE_ACCESS_OUTBOUND 0x00000002
#define PIPE_ACCESS_DUPLEX 0x00000003
#define PIPE_CLIENT_END 0x00000000
#define PIPE_SERVER_END 0x00000001
#define PIPE_WAIT 0x00000000
#define PIPE_NOWAIT 0x00000001
#define PIPE_READMODE_BYTE 0x00000000
#define PIPE_READMODE_MESSAGE 0x00000002
#define PIPE_TYPE_BYTE 0x00000000
#define PIPE_TYPE_MESSAGE 0x00000004
#define PIPE_ACCEPT_REMOTE_CLIENTS 0x00000000
#define PIPE_REJECT_REMOTE_CLIENTS 0x00000008
#define PIPE_UNLIMITED_INSTANCES 255
#define NMPWAIT_USE_DEFAULT_WAIT 0x00000000
#define NMPWAIT_NOWAIT 0x00000001
#define NMPWAIT_WAIT_FOREVER 0xFFFFFFFFU

COVIEW_WIN32_BEGIN
/* One more instance of the pipe \\.\pipe\NAME (of \\.\pipe\Global\NAME in the global scope). INVALID_HANDLE_VALUE
   with 3, 123 (the name is none of a pipe), 87 (an argument), 5 (made otherwise, or the first instance was asked for
   and there is one), 231 (as many as there may be). */
COVIEW_WIN32_API HANDLE WINAPI CreateNamedPipeA(LPCSTR lpName, DWORD dwOpenMode, DWORD dwPipeMode,
                                                DWORD nMaxInstances, DWORD nOutBufferSize, DWORD nInBufferSize,
                                                DWORD nDefaultTimeOut, LPSECURITY_ATTRIBUTES lpSecurityAttributes);
COVIEW_WIN32_API HANDLE WINAPI CreateNamedPipeW(LPCWSTR lpName, DWORD dwOpenMode, DWORD dwPipeMode,
                                                DWORD nMaxInstances, DWORD nOutBufferSize, DWORD nInBufferSize,
                                                DWORD nDefaultTimeOut, LPSECURITY_ATTRIBUTES lpSecurityAttributes);
/* Waits for a client. FALSE with 535 where there is one already, 536 (PIPE_NOWAIT) where there is none, 997 where it
   goes on, 232 where the last one has left and DisconnectNamedPipe was not called. */
COVIEW_WIN32_API BOOL WINAPI ConnectNamedPipe(HANDLE hNamedPipe, LPOVERLAPPED lpOverlapped);
COVIEW_WIN32_API BOOL WINAPI DisconnectNamedPipe(HANDLE hNamedPipe);
/* Until an instance can be opened. FALSE with 2 (no such pipe) or 121 (milliseconds were over). */
COVIEW_WIN32_API BOOL WINAPI WaitNamedPipeA(LPCSTR lpNamedPipeName, DWORD nTimeOut);
COVIEW_WIN32_API BOOL WINAPI WaitNamedPipeW(LPCWSTR lpNamedPipeName, DWORD nTimeOut);
COVIEW_WIN32_API BOOL WINAPI CallNamedPipeA(LPCSTR lpNamedPipeName, LPVOID lpInBuffer, DWORD nInBufferSize,
                                            LPVOID lpOutBuffer, DWORD nOutBufferSize, LPDWORD lpBytesRead,
                                            DWORD nTimeOut);
COVIEW_WIN32_API BOOL WINAPI CallNamedPipeW(LPCWSTR lpNamedPipeName, LPVOID lpInBuffer, DWORD nInBufferSize,
                                            LPVOID lpOutBuffer, DWORD nOutBufferSize, LPDWORD lpBytesRead,
                                            DWORD nTimeOut);
COVIEW_WIN32_API BOOL WINAPI TransactNamedPipe(HANDLE hNamedPipe, LPVOID lpInBuffer, DWORD nInBufferSize,
                                               LPVOID lpOutBuffer, DWORD nOutBufferSize, LPDWORD lpBytesRead,
                                               LPOVERLAPPED lpOverlapped);
COVIEW_WIN32_API BOOL WINAPI PeekNamedPipe(HANDLE hNamedPipe, LPVOID lpBuffer, DWORD nBufferSize, LPDWORD lpBytesRead,
                                           LPDWORD lpTotalBytesAvail, LPDWORD lpBytesLeftThisMessage);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeHandleStateA(HANDLE hNamedPipe, LPDWORD lpState, LPDWORD lpCurInstances,
                                                      LPDWORD lpMaxCollectionCount, LPDWORD lpCollectDataTimeout,
                                                      LPSTR lpUserName, DWORD nMaxUserNameSize);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeHandleStateW(HANDLE hNamedPipe, LPDWORD lpState, LPDWORD lpCurInstances,
                                                      LPDWORD lpMaxCollectionCount, LPDWORD lpCollectDataTimeout,
                                                      LPWSTR lpUserName, DWORD nMaxUserNameSize);
COVIEW_WIN32_API BOOL WINAPI SetNamedPipeHandleState(HANDLE hNamedPipe, LPDWORD lpMode, LPDWORD lpMaxCollectionCount,
                                                     LPDWORD lpCollectDataTimeout);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeInfo(HANDLE hNamedPipe, LPDWORD lpFlags, LPDWORD lpOutBufferSize,
                                              LPDWORD lpInBufferSize, LPDWORD lpMaxInstances);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeClientProcessId(HANDLE Pipe, PULONG ClientProcessId);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeServerProcessId(HANDLE Pipe, PULONG ServerProcessId);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeClientSessionId(HANDLE Pipe, PULONG ClientSessionId);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeServerSessionId(HANDLE Pipe, PULONG ServerSessionId);
/* FALSE with 229: the client is never on another machine. */
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeClientComputerNameA(HANDLE Pipe, LPSTR ClientComputerName,
                                                             ULONG ClientComputerNameLength);
COVIEW_WIN32_API BOOL WINAPI GetNamedPipeClientComputerNameW(HANDLE Pipe, LPWSTR ClientComputerName,
                                                             ULONG ClientComputerNameLength);
/* FALSE with 50: a thread of Linux cannot act as the client's user. */
COVIEW_WIN32_API BOOL WINAPI ImpersonateNamedPipeClient(HANDLE hNamedPipe);
/* A pipe of the kernel, which any program can have as its standard stream. */
COVIEW_WIN32_API BOOL WINAPI CreatePipe(PHANDLE hReadPipe, PHANDLE hWritePipe, LPSECURITY_ATTRIBUTES lpPipeAttributes,
                                        DWORD nSize);
COVIEW_WIN32_END

#ifdef UNICODE
#define CreateNamedPipe CreateNamedPipeW
#define WaitNamedPipe WaitNamedPipeW
#define CallNamedPipe CallNamedPipeW
#define GetNamedPipeHandleState GetNamedPipeHandleStateW
#define GetNamedPipeClientComputerName GetNamedPipeClientComputerNameW
#else
#define CreateNamedPipe CreateNamedPipeA
#define WaitNamedPipe WaitNamedPipeA
#define CallNamedPipe CallNamedPipeA
#define GetNamedPipeHandleState GetNamedPipeHandleStateA
#define GetNamedPipeClientComputerName GetNamedPipeClientComputerNameA
#endif

#endif
