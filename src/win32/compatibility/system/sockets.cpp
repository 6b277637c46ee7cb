// SPDX-License-Identifier: Apache-2.0
// What Windows' sockets have beyond Linux' own: start and end, their numbers of errors, and the calls of other names.
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include <coview/win32/winsock2.h>
#undef select

namespace {

/// Windows' numbers are those of BSD, with 10000 added; Linux' are its own.
constexpr std::array numbers = {
    std::pair{EINTR, WSAEINTR},
    std::pair{EBADF, WSAENOTSOCK},  // a SOCKET that is closed
    std::pair{EACCES, WSAEACCES},
    std::pair{EPERM, WSAEACCES},
    std::pair{EFAULT, WSAEFAULT},
    std::pair{EINVAL, WSAEINVAL},
    std::pair{EMFILE, WSAEMFILE},
    std::pair{ENFILE, WSAEMFILE},
    std::pair{EAGAIN, WSAEWOULDBLOCK},
    std::pair{EINPROGRESS, WSAEWOULDBLOCK},  // a connect that does not wait
    std::pair{EALREADY, WSAEALREADY},
    std::pair{ENOTSOCK, WSAENOTSOCK},
    std::pair{EDESTADDRREQ, WSAEDESTADDRREQ},
    std::pair{EMSGSIZE, WSAEMSGSIZE},
    std::pair{EPROTOTYPE, WSAEPROTOTYPE},
    std::pair{ENOPROTOOPT, WSAENOPROTOOPT},
    std::pair{EPROTONOSUPPORT, WSAEPROTONOSUPPORT},
    std::pair{EOPNOTSUPP, WSAEOPNOTSUPP},
    std::pair{EAFNOSUPPORT, WSAEAFNOSUPPORT},
    std::pair{EADDRINUSE, WSAEADDRINUSE},
    std::pair{EADDRNOTAVAIL, WSAEADDRNOTAVAIL},
    std::pair{ENETDOWN, WSAENETDOWN},
    std::pair{ENETUNREACH, WSAENETUNREACH},
    std::pair{ECONNABORTED, WSAECONNABORTED},
    std::pair{ECONNRESET, WSAECONNRESET},
    std::pair{EPIPE, WSAECONNRESET},
    std::pair{ENOBUFS, WSAENOBUFS},
    std::pair{ENOMEM, WSAENOBUFS},
    std::pair{EISCONN, WSAEISCONN},
    std::pair{ENOTCONN, WSAENOTCONN},
    std::pair{ESHUTDOWN, WSAESHUTDOWN},
    std::pair{ETIMEDOUT, WSAETIMEDOUT},
    std::pair{ECONNREFUSED, WSAECONNREFUSED},
    std::pair{EHOSTUNREACH, WSAEHOSTUNREACH},
};

int descriptor(SOCKET socket) {
  return static_cast<int>(static_cast<std::intptr_t>(socket));
}

}  // namespace

int WSAGetLastError() {
  auto const* const found = std::find_if(numbers.begin(), numbers.end(), [](auto one) { return one.first == errno; });
  return found != numbers.end() ? found->second : errno == 0 ? 0 : WSABASEERR + errno;
}

void WSASetLastError(int iError) {
  auto const* const found =
      std::find_if(numbers.begin(), numbers.end(), [=](auto one) { return one.second == iError; });
  errno = found != numbers.end() ? found->first : iError;
}

int WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData) {
  if (lpWSAData == nullptr) return WSAEFAULT;
  if (LOBYTE(wVersionRequested) == 0) return WSAVERNOTSUPPORTED;
  *lpWSAData = {};
  lpWSAData->wVersion = wVersionRequested > 0x0202 ? WORD{0x0202} : wVersionRequested;
  lpWSAData->wHighVersion = 0x0202;
  std::string_view("Sockets of Linux").copy(static_cast<char*>(lpWSAData->szDescription), WSADESCRIPTION_LEN);
  std::string_view("Running").copy(static_cast<char*>(lpWSAData->szSystemStatus), WSASYS_STATUS_LEN);
  return 0;
}

int WSACleanup() {
  return 0;
}

int closesocket(SOCKET s) {
  return ::close(descriptor(s));
}

int coview_ioctlsocket(SOCKET s, long command, void* value) {
  if (value == nullptr) {
    errno = EFAULT;
    return SOCKET_ERROR;
  }
  return ::ioctl(descriptor(s), static_cast<unsigned long>(command), value);
}

int coview_select(int /*ignored*/, fd_set* read, fd_set* write, fd_set* except, timeval const* timeout) {
  timeval left = timeout != nullptr ? *timeout : timeval{};  // Linux counts it down, Windows does not touch it
  return ::select(FD_SETSIZE, read, write, except, timeout != nullptr ? &left : nullptr);
}
