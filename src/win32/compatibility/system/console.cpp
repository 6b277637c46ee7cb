// SPDX-License-Identifier: Apache-2.0
// Standard handles and the console. Where standard output is no terminal, the calls that need one fail as they do on
// Windows with redirected output (ERROR_INVALID_HANDLE); where it is, colours and the cursor are escape sequences.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <coview/win32/consoleapi.h>
#include <coview/win32/winbase.h>

#include "os/process_wide.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;
namespace os = coview::os;

namespace {

constexpr WORD usual_colours = FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE;

struct console_state {
  std::array<HANDLE, 3> standard{};
  std::array<bool, 3> known{};
  std::string title;
  WORD colours = usual_colours;
  UINT input_page = 65001;
  UINT output_page = 65001;
  std::vector<PHANDLER_ROUTINE> handlers;
  int wake_pipe = -1;  // the signal handler's end
};
using console = os::process_wide<console_state>;
[[gnu::constructor]] void make_console() {
  console::make();
}

std::size_t index_of(DWORD which) {
  switch (which) {
    case STD_INPUT_HANDLE:
      return 0;
    case STD_OUTPUT_HANDLE:
      return 1;
    case STD_ERROR_HANDLE:
      return 2;
    default:
      return 3;
  }
}

/// A handle to descriptor 0, 1 or 2, which stays open whatever becomes of the handle. Inheritable, as it is there.
HANDLE standard_handle(int fd) {
  struct ::stat status {};
  if (::fstat(fd, &status) != 0) return nullptr;
  int const flags = ::fcntl(fd, F_GETFL);
  int const mode = flags & O_ACCMODE;
  ACCESS_MASK granted = SYNCHRONIZE | FILE_READ_ATTRIBUTES;
  if (mode != O_WRONLY) granted |= FILE_GENERIC_READ;
  if (mode != O_RDONLY) granted |= FILE_GENERIC_WRITE;
  auto const file = make_object<file_object>(os::unique_fd(fd), std::string(), DWORD{0}, status.st_mode);
  file->lend();
  return make_handle(file, granted, true);
}

/// The file of a console; null with ERROR_INVALID_HANDLE where it is anything else.
object_ptr<file_object> terminal(HANDLE handle) {
  auto file = handle_guard(handle).pin_as<file_object>();
  if (file && ::isatty(file->fd()) == 1) return file;
  set_error(ERROR_INVALID_HANDLE);
  return {};
}

BOOL write_all(file_object const& file, std::string_view text) {
  std::fflush(stdout);  // what the program printed before comes before
  while (!text.empty()) {
    ssize_t const n = ::write(file.fd(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return refuse(error_from_errno(errno));
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return TRUE;
}

BOOL write_escape(HANDLE handle, std::string const& sequence) noexcept {
  return guarded(
      [&] {
        auto const file = terminal(handle);
        return file ? write_all(*file, sequence) : FALSE;
      },
      FALSE);
}

std::string position(COORD at) {
  return "\033[" + std::to_string(at.Y + 1) + ";" + std::to_string(at.X + 1) + "H";
}

/// Bits of red, green and blue the other way round, as terminals number colours.
int terminal_colour(unsigned attribute) {
  return static_cast<int>(((attribute & 1U) << 2U) | (attribute & 2U) | ((attribute & 4U) >> 2U));
}

std::string colours(WORD attributes) {
  if (attributes == usual_colours) return "\033[0m";
  int const front = ((attributes & FOREGROUND_INTENSITY) != 0 ? 90 : 30) + terminal_colour(attributes & 7U);
  int const back = ((attributes & BACKGROUND_INTENSITY) != 0 ? 100 : 40) + terminal_colour((attributes >> 4U) & 7U);
  std::string made = "\033[0;";
  made.append(std::to_string(front));
  if ((attributes & 0xF0U) != 0) made.append(";").append(std::to_string(back));
  return made.append("m");
}

COORD window_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {80, 25};
  return {static_cast<SHORT>(size.ws_col), static_cast<SHORT>(size.ws_row)};
}

BOOL fill(HANDLE handle, std::string const& one, DWORD count, COORD at, LPDWORD written) noexcept {
  return guarded(
      [&] {
        auto const file = terminal(handle);
        if (!file) return FALSE;
        std::string text = "\033[s" + position(at);
        constexpr DWORD most = 1U << 16U;
        for (DWORD i = 0; i < std::min(count, most); ++i) text += one;
        text += "\033[u";
        if (written != nullptr) *written = std::min(count, most);
        return write_all(*file, text);
      },
      FALSE);
}

// --- Ctrl+C: the signal's handler writes one byte, and a thread calls the program's routines, as on Windows.

volatile sig_atomic_t wake_descriptor = -1;

void on_signal(int number) {
  int const failure = errno;
  auto const event = static_cast<char>(number == SIGINT    ? CTRL_C_EVENT
                                       : number == SIGQUIT ? CTRL_BREAK_EVENT
                                                           : CTRL_CLOSE_EVENT);
  if (wake_descriptor >= 0) (void)!::write(wake_descriptor, &event, 1);
  errno = failure;
}

void call_handlers(DWORD event) {
  std::vector<PHANDLER_ROUTINE> now;  // the one that came last is asked first
  {
    console::access state;
    now.assign(state->handlers.rbegin(), state->handlers.rend());
  }
  for (auto const routine : now) {
    if (routine(event) != FALSE) return;
  }
  ::_exit(static_cast<int>(STATUS_CONTROL_C_EXIT & 0xFFU));
}

void start_listening(console_state& state) {
  if (state.wake_pipe >= 0) return;
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_code(error_from_errno(errno));
  state.wake_pipe = ends[1];
  wake_descriptor = ends[1];
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread([from = ends[0]] {
    for (char event = 0; ::read(from, &event, 1) == 1 || errno == EINTR;) call_handlers(static_cast<DWORD>(event));
  }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (int const number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
}

template <class Char>
std::string characters(void const* buffer, DWORD count) {
  auto const* const text = static_cast<Char const*>(buffer);
  if constexpr (sizeof(Char) > 1) {
    return to_narrow({text, count});
  } else {
    return {text, count};
  }
}

template <class Char>
BOOL write_console(HANDLE handle, void const* buffer, DWORD count, LPDWORD written) noexcept {
  if (written != nullptr) *written = 0;
  return guarded(
      [&] {
        auto const file = terminal(handle);
        if (!file || write_all(*file, characters<Char>(buffer, count)) == FALSE) return FALSE;
        if (written != nullptr) *written = count;
        return TRUE;
      },
      FALSE);
}

template <class Char>
BOOL read_console(HANDLE handle, void* buffer, DWORD count, LPDWORD read) noexcept {
  if (read != nullptr) *read = 0;
  return guarded(
      [&] {
        auto const file = terminal(handle);
        if (!file) return FALSE;
        std::string line(count, '\0');
        ssize_t n = 0;
        do {
          n = ::read(file->fd(), line.data(), line.size());
        } while (n < 0 && errno == EINTR);
        if (n < 0) return refuse(error_from_errno(errno));
        line.resize(static_cast<std::size_t>(n));
        // A line of a console ends with both characters.
        if (!line.empty() && line.back() == '\n' && line.size() < count) line.insert(line.size() - 1, 1, '\r');
        auto* const out = static_cast<Char*>(buffer);
        DWORD length = 0;
        if constexpr (sizeof(Char) > 1) {
          auto const wide = to_wide(line);
          std::copy(wide.begin(), wide.end(), out);
          length = static_cast<DWORD>(wide.size());
        } else {
          std::copy(line.begin(), line.end(), out);
          length = static_cast<DWORD>(line.size());
        }
        if (read != nullptr) *read = length;
        return TRUE;
      },
      FALSE);
}

BOOL set_title(std::string const& title) {
  console::access state;
  state->title = title;
  if (::isatty(STDOUT_FILENO) == 1) {
    std::string const sequence = "\033]0;" + title + "\007";
    (void)!::write(STDOUT_FILENO, sequence.data(), sequence.size());
  }
  return TRUE;
}

}  // namespace

HANDLE GetStdHandle(DWORD nStdHandle) {
  return guarded(
      [&]() -> HANDLE {
        std::size_t const index = index_of(nStdHandle);
        if (index > 2) throw_code(ERROR_INVALID_HANDLE);
        console::access state;
        if (!state->known.at(index)) {
          state->standard.at(index) = standard_handle(static_cast<int>(index));
          state->known.at(index) = true;
        }
        return state->standard.at(index);
      },
      INVALID_HANDLE_VALUE);
}

BOOL SetStdHandleEx(DWORD nStdHandle, HANDLE hHandle, PHANDLE phPrevValue) {
  std::size_t const index = index_of(nStdHandle);
  if (index > 2) return refuse(ERROR_INVALID_HANDLE);
  HANDLE const before = phPrevValue == nullptr ? nullptr : GetStdHandle(nStdHandle);
  if (phPrevValue != nullptr) *phPrevValue = before;
  console::access state;
  state->standard.at(index) = hHandle;
  state->known.at(index) = true;
  return TRUE;
}
BOOL SetStdHandle(DWORD nStdHandle, HANDLE hHandle) {
  return SetStdHandleEx(nStdHandle, hHandle, nullptr);
}

BOOL AllocConsole() {
  return refuse(ERROR_ACCESS_DENIED);  // a process has one already
}
BOOL FreeConsole() {
  return TRUE;
}
BOOL AttachConsole(DWORD /*dwProcessId*/) {
  return refuse(ERROR_ACCESS_DENIED);
}
HWND GetConsoleWindow() {
  return nullptr;
}

BOOL GetConsoleMode(HANDLE hConsoleHandle, LPDWORD lpMode) {
  auto const file = terminal(hConsoleHandle);
  if (!file) return FALSE;
  if (lpMode == nullptr) return refuse(ERROR_NOACCESS);
  termios settings{};
  if (::tcgetattr(file->fd(), &settings) != 0) return refuse(error_from_errno(errno));
  bool const is_input = (::fcntl(file->fd(), F_GETFL) & O_ACCMODE) != O_WRONLY && file->fd() == STDIN_FILENO;
  if (!is_input) {
    *lpMode = ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING;
    return TRUE;
  }
  *lpMode = ENABLE_INSERT_MODE | ENABLE_EXTENDED_FLAGS;
  if ((settings.c_lflag & ICANON) != 0) *lpMode |= ENABLE_LINE_INPUT;
  if ((settings.c_lflag & ECHO) != 0) *lpMode |= ENABLE_ECHO_INPUT;
  if ((settings.c_lflag & ISIG) != 0) *lpMode |= ENABLE_PROCESSED_INPUT;
  return TRUE;
}

BOOL SetConsoleMode(HANDLE hConsoleHandle, DWORD dwMode) {
  auto const file = terminal(hConsoleHandle);
  if (!file) return FALSE;
  if (file->fd() != STDIN_FILENO) return TRUE;
  termios settings{};
  if (::tcgetattr(file->fd(), &settings) != 0) return refuse(error_from_errno(errno));
  auto const set = [&settings](tcflag_t flag, bool on) {
    settings.c_lflag = on ? settings.c_lflag | flag : settings.c_lflag & ~flag;
  };
  set(ICANON, (dwMode & ENABLE_LINE_INPUT) != 0);
  set(ECHO, (dwMode & ENABLE_ECHO_INPUT) != 0);
  set(ISIG, (dwMode & ENABLE_PROCESSED_INPUT) != 0);
  return ::tcsetattr(file->fd(), TCSANOW, &settings) == 0 ? TRUE : refuse(error_from_errno(errno));
}

UINT GetConsoleCP() {
  return console::access()->input_page;
}
UINT GetConsoleOutputCP() {
  return console::access()->output_page;
}
BOOL SetConsoleCP(UINT wCodePageID) {
  console::access()->input_page = wCodePageID;  // remembered; text is UTF-8 all the same
  return TRUE;
}
BOOL SetConsoleOutputCP(UINT wCodePageID) {
  console::access()->output_page = wCodePageID;
  return TRUE;
}

BOOL SetConsoleCtrlHandler(PHANDLER_ROUTINE HandlerRoutine, BOOL Add) {
  return guarded(
      [&] {
        if (HandlerRoutine == nullptr) {
          ::signal(SIGINT, Add != FALSE ? SIG_IGN : SIG_DFL);
          return TRUE;
        }
        console::access state;
        auto& all = state->handlers;
        if (Add != FALSE) {
          all.push_back(HandlerRoutine);
          start_listening(*state);
          return TRUE;
        }
        auto const found = std::find(all.begin(), all.end(), HandlerRoutine);
        if (found == all.end()) return refuse(ERROR_INVALID_PARAMETER);
        all.erase(found);
        return TRUE;
      },
      FALSE);
}

BOOL GenerateConsoleCtrlEvent(DWORD dwCtrlEvent, DWORD dwProcessGroupId) {
  if (dwCtrlEvent > CTRL_BREAK_EVENT) return refuse(ERROR_INVALID_PARAMETER);
  // 1 would be every process that there is, and what is negative one that is no group.
  if (dwProcessGroupId == 1 || dwProcessGroupId > INT32_MAX) return refuse(ERROR_INVALID_PARAMETER);
  int const number = dwCtrlEvent == CTRL_C_EVENT ? SIGINT : SIGQUIT;
  return ::kill(-static_cast<pid_t>(dwProcessGroupId), number) == 0 ? TRUE : refuse(error_from_errno(errno));
}

BOOL WriteConsoleA(HANDLE hConsoleOutput, VOID const* lpBuffer, DWORD nNumberOfCharsToWrite,
                   LPDWORD lpNumberOfCharsWritten, LPVOID /*lpReserved*/) {
  return write_console<char>(hConsoleOutput, lpBuffer, nNumberOfCharsToWrite, lpNumberOfCharsWritten);
}
BOOL WriteConsoleW(HANDLE hConsoleOutput, VOID const* lpBuffer, DWORD nNumberOfCharsToWrite,
                   LPDWORD lpNumberOfCharsWritten, LPVOID /*lpReserved*/) {
  return write_console<wchar_t>(hConsoleOutput, lpBuffer, nNumberOfCharsToWrite, lpNumberOfCharsWritten);
}
BOOL ReadConsoleA(HANDLE hConsoleInput, LPVOID lpBuffer, DWORD nNumberOfCharsToRead, LPDWORD lpNumberOfCharsRead,
                  LPVOID /*pInputControl*/) {
  return read_console<char>(hConsoleInput, lpBuffer, nNumberOfCharsToRead, lpNumberOfCharsRead);
}
BOOL ReadConsoleW(HANDLE hConsoleInput, LPVOID lpBuffer, DWORD nNumberOfCharsToRead, LPDWORD lpNumberOfCharsRead,
                  LPVOID /*pInputControl*/) {
  return read_console<wchar_t>(hConsoleInput, lpBuffer, nNumberOfCharsToRead, lpNumberOfCharsRead);
}
BOOL FlushConsoleInputBuffer(HANDLE hConsoleInput) {
  auto const file = terminal(hConsoleInput);
  if (!file) return FALSE;
  return ::tcflush(file->fd(), TCIFLUSH) == 0 ? TRUE : refuse(error_from_errno(errno));
}
BOOL GetNumberOfConsoleInputEvents(HANDLE hConsoleInput, LPDWORD lpNumberOfEvents) {
  auto const file = terminal(hConsoleInput);
  if (!file) return FALSE;
  int available = 0;
  ::ioctl(file->fd(), FIONREAD, &available);
  *lpNumberOfEvents = static_cast<DWORD>(available);
  return TRUE;
}
BOOL GetConsoleScreenBufferInfo(HANDLE hConsoleOutput, PCONSOLE_SCREEN_BUFFER_INFO lpConsoleScreenBufferInfo) {
  auto const file = terminal(hConsoleOutput);
  if (!file) return FALSE;
  auto& out = *lpConsoleScreenBufferInfo;
  out = {};
  out.dwSize = window_of(file->fd());
  out.wAttributes = console::access()->colours;
  out.srWindow = {0, 0, static_cast<SHORT>(out.dwSize.X - 1), static_cast<SHORT>(out.dwSize.Y - 1)};
  out.dwMaximumWindowSize = out.dwSize;
  return TRUE;
}
BOOL SetConsoleCursorPosition(HANDLE hConsoleOutput, COORD dwCursorPosition) {
  return write_escape(hConsoleOutput, position(dwCursorPosition));
}
BOOL SetConsoleTextAttribute(HANDLE hConsoleOutput, WORD wAttributes) {
  if (write_escape(hConsoleOutput, colours(wAttributes)) == FALSE) return FALSE;
  console::access()->colours = wAttributes;
  return TRUE;
}
BOOL GetConsoleCursorInfo(HANDLE hConsoleOutput, PCONSOLE_CURSOR_INFO lpConsoleCursorInfo) {
  if (!terminal(hConsoleOutput)) return FALSE;
  constexpr DWORD usual_size = 25;
  *lpConsoleCursorInfo = {usual_size, TRUE};
  return TRUE;
}
BOOL SetConsoleCursorInfo(HANDLE hConsoleOutput, CONSOLE_CURSOR_INFO const* lpConsoleCursorInfo) {
  return write_escape(hConsoleOutput, lpConsoleCursorInfo->bVisible != FALSE ? "\033[?25h" : "\033[?25l");
}
BOOL SetConsoleScreenBufferSize(HANDLE hConsoleOutput, COORD /*dwSize*/) {
  return terminal(hConsoleOutput) ? TRUE : FALSE;
}
BOOL FillConsoleOutputAttribute(HANDLE hConsoleOutput, WORD /*wAttribute*/, DWORD nLength, COORD /*dwWriteCoord*/,
                                LPDWORD lpNumberOfAttrsWritten) {
  if (!terminal(hConsoleOutput)) return FALSE;
  if (lpNumberOfAttrsWritten != nullptr) *lpNumberOfAttrsWritten = nLength;
  return TRUE;
}
BOOL FillConsoleOutputCharacterA(HANDLE hConsoleOutput, CHAR cCharacter, DWORD nLength, COORD dwWriteCoord,
                                 LPDWORD lpNumberOfCharsWritten) {
  return fill(hConsoleOutput, std::string(1, cCharacter), nLength, dwWriteCoord, lpNumberOfCharsWritten);
}
BOOL FillConsoleOutputCharacterW(HANDLE hConsoleOutput, WCHAR cCharacter, DWORD nLength, COORD dwWriteCoord,
                                 LPDWORD lpNumberOfCharsWritten) {
  return fill(hConsoleOutput, to_narrow({&cCharacter, 1}), nLength, dwWriteCoord, lpNumberOfCharsWritten);
}
BOOL SetConsoleTitleA(LPCSTR lpConsoleTitle) {
  return guarded([&] { return set_title(lpConsoleTitle == nullptr ? "" : lpConsoleTitle); }, FALSE);
}
BOOL SetConsoleTitleW(LPCWSTR lpConsoleTitle) {
  return guarded([&] { return set_title(lpConsoleTitle == nullptr ? std::string() : to_narrow(lpConsoleTitle)); },
                 FALSE);
}
DWORD GetConsoleTitleA(LPSTR lpConsoleTitle, DWORD nSize) {
  return guarded([&] { return give(console::access()->title, lpConsoleTitle, nSize); }, 0U);
}
DWORD GetConsoleTitleW(LPWSTR lpConsoleTitle, DWORD nSize) {
  return guarded([&] { return give(console::access()->title, lpConsoleTitle, nSize); }, 0U);
}
