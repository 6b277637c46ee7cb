/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets as Windows names them, over those of Linux: types, errors, and the few calls that differ. A SOCKET is a
   descriptor and no HANDLE: ReadFile and the waits do not take it. There are no overlapped calls, no events of
   sockets (WSAEventSelect), and an address has s_addr only, no S_un. */
#ifndef COVIEW_WIN32_WINSOCK2_H
#define COVIEW_WIN32_WINSOCK2_H
#include "winbase.h"
#pragma GCC system_header

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

typedef UINT_PTR SOCKET;
#define INVALID_SOCKET ((SOCKET)(~0))
#define SOCKET_ERROR (-1)
#define SD_RECEIVE SHUT_RD
#define SD_SEND SHUT_WR
#define SD_BOTH SHUT_RDWR
#define WSADESCRIPTION_LEN 256
#define WSASYS_STATUS_LEN 128
typedef struct WSAData {
  WORD wVersion;
  WORD wHighVersion;
  unsigned short iMaxSockets;
  unsigned short iMaxUdpDg;
  char* lpVendorInfo;
  char szDescription[WSADESCRIPTION_LEN + 1];
  char szSystemStatus[WSASYS_STATUS_LEN + 1];
} WSADATA, *LPWSADATA;
typedef struct sockaddr SOCKADDR;
typedef struct sockaddr* PSOCKADDR;
typedef struct sockaddr* LPSOCKADDR;
typedef struct sockaddr_in SOCKADDR_IN;
typedef struct sockaddr_in* PSOCKADDR_IN;
typedef struct sockaddr_in* LPSOCKADDR_IN;
typedef struct sockaddr_in6 SOCKADDR_IN6;
typedef struct sockaddr_storage SOCKADDR_STORAGE;
typedef struct in_addr IN_ADDR;
typedef struct hostent HOSTENT;
typedef struct hostent* PHOSTENT;
typedef struct addrinfo ADDRINFOA;
typedef struct addrinfo* PADDRINFOA;
typedef struct timeval TIMEVAL;

#define WSABASEERR 10000
#define WSAEINTR 10004
#define WSAEBADF 10009
#define WSAEACCES 10013
#define WSAEFAULT 10014
#define WSAEINVAL 10022
#define WSAEMFILE 10024
#define WSAEWOULDBLOCK 10035
#define WSAEINPROGRESS 10036
#define WSAEALREADY 10037
#define WSAENOTSOCK 10038
#define WSAEDESTADDRREQ 10039
#define WSAEMSGSIZE 10040
#define WSAEPROTOTYPE 10041
#define WSAENOPROTOOPT 10042
#define WSAEPROTONOSUPPORT 10043
#define WSAEOPNOTSUPP 10045
#define WSAEAFNOSUPPORT 10047
#define WSAEADDRINUSE 10048
#define WSAEADDRNOTAVAIL 10049
#define WSAENETDOWN 10050
#define WSAENETUNREACH 10051
#define WSAECONNABORTED 10053
#define WSAECONNRESET 10054
#define WSAENOBUFS 10055
#define WSAEISCONN 10056
#define WSAENOTCONN 10057
#define WSAESHUTDOWN 10058
#define WSAETIMEDOUT 10060
#define WSAECONNREFUSED 10061
#define WSAEHOSTUNREACH 10065
#define WSASYSNOTREADY 10091
#define WSAVERNOTSUPPORTED 10092
#define WSANOTINITIALISED 10093

COVIEW_WIN32_BEGIN
/* The last failure of a call of sockets in this thread, as Windows numbers them. */
COVIEW_WIN32_API int WINAPI WSAGetLastError(void);
COVIEW_WIN32_API void WINAPI WSASetLastError(int iError);
COVIEW_WIN32_API int WINAPI WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData);
COVIEW_WIN32_API int WINAPI WSACleanup(void);
COVIEW_WIN32_API int WINAPI closesocket(SOCKET s);
/* FIONBIO, FIONREAD: the value is 32 bits wide here, whatever type the source gives it. */
COVIEW_WIN32_API int WINAPI coview_ioctlsocket(SOCKET s, long command, void* value);
/* The first argument is ignored, as on Windows: all sockets of the sets are looked at. */
COVIEW_WIN32_API int WINAPI coview_select(int ignored, fd_set* read, fd_set* write, fd_set* except,
                                          struct timeval const* timeout);
COVIEW_WIN32_END
#define ioctlsocket(s, command, value) coview_ioctlsocket((s), (long)(command), (value))
#define select coview_select

#endif
