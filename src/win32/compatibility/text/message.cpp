// SPDX-License-Identifier: Apache-2.0
// Words for people: FormatMessage with its inserts, the message box, words for the debugger, and small utilities.
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coview/win32/winbase.h>
#include <coview/win32/winuser.h>

#include "os/environment.hpp"
#include "os/file.hpp"
#include "win32/compatibility/crt/format.hpp"
#include "win32/compatibility/text/error_texts.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

/// The arguments of FormatMessage: an array of words, or a va_list of which each is taken once, in order.
class inserts {
 public:
  inserts(va_list* given, bool is_array) : given_(given), is_array_(is_array) {}

  [[nodiscard]] bool any() const noexcept { return given_ != nullptr; }
  std::uintptr_t at(std::size_t index) {
    if (is_array_) return reinterpret_cast<std::uintptr_t const*>(given_)[index];
    while (taken_.size() <= index) taken_.push_back(va_arg(*given_, std::uintptr_t));
    return taken_[index];
  }

 private:
  va_list* given_;
  bool is_array_;
  std::vector<std::uintptr_t> taken_;
};

template <class Char>
std::basic_string<Char> print(Char const* format, ...) {
  std::basic_string<Char> made;
  va_list arguments;
  va_start(arguments, format);
  format_into(made, format, arguments);
  va_end(arguments);
  return made;
}

/// "%1!d!" and what follows a percent sign in a message.
template <class Char>
class message_reader {
 public:
  using text = std::basic_string<Char>;
  using view = std::basic_string_view<Char>;

  message_reader(view source, inserts& values, bool leave_inserts, DWORD width)
      : source_(source), values_(values), leave_inserts_(leave_inserts), width_(width) {}

  text run() {
    while (at_ < source_.size()) {
      Char const c = source_[at_];
      if (c == '%' && at_ + 1 < source_.size()) {
        ++at_;
        if (!percent()) break;
      } else if (c == '\r' || c == '\n') {  // each kind of line end is the long one, or a blank
        if (c == '\r' && at_ + 1 < source_.size() && source_[at_ + 1] == '\n') ++at_;
        add(width_ != 0 ? " " : "\r\n");
        ++at_;
      } else {
        made_ += c;
        ++at_;
      }
    }
    return std::move(made_);
  }

 private:
  void add(char const* ascii) {
    for (; *ascii != '\0'; ++ascii) made_ += static_cast<Char>(*ascii);
  }

  /// False at %0, which ends the message without a line end.
  bool percent() {
    Char const c = source_[at_++];
    if (leave_inserts_ && c >= '1' && c <= '9') {  // the other sequences mean the same as ever
      made_ += Char{'%'};
      made_ += c;
      return true;
    }
    switch (c) {
      case '0':
        return false;
      case 'n':
        add("\r\n");
        return true;
      case 'r':
        add("\r");
        return true;
      case 't':
        add("\t");
        return true;
      default:
        if (c >= '1' && c <= '9') {
          insert(static_cast<std::size_t>(c - '0'));
        } else {
          made_ += c;  // %%, %., %!, %space stand for the character itself
        }
        return true;
    }
  }

  void insert(std::size_t number) {
    if (at_ < source_.size() && source_[at_] >= '0' && source_[at_] <= '9')
      number = (number * 10) + static_cast<std::size_t>(source_[at_++] - '0');
    text format{Char{'%'}};
    std::array<int, 2> stars{};
    std::size_t star_count = 0;
    std::size_t index = number - 1;
    if (at_ < source_.size() && source_[at_] == '!') {
      auto const end = source_.find(Char{'!'}, at_ + 1);
      auto const inner = source_.substr(at_ + 1, end == view::npos ? view::npos : end - at_ - 1);
      at_ = end == view::npos ? source_.size() : end + 1;
      for (Char const c : inner) {
        if (c == '*' && star_count < stars.size()) stars[star_count++] = static_cast<int>(values_.at(index++));
        format += c;
      }
    } else {
      format += Char{'s'};
    }
    if (!values_.any()) throw_code(ERROR_INVALID_PARAMETER);
    std::uintptr_t const value = values_.at(index);
    if (star_count == 2) {
      made_ += print(format.c_str(), stars[0], stars[1], value);
    } else if (star_count == 1) {
      made_ += print(format.c_str(), stars[0], value);
    } else {
      made_ += print(format.c_str(), value);
    }
  }

  view source_;
  inserts& values_;
  bool leave_inserts_;
  DWORD width_;
  std::size_t at_ = 0;
  text made_;
};

std::string as(std::string_view ascii, char /*tag*/) {
  return std::string(ascii);
}
std::wstring as(std::string_view ascii, wchar_t /*tag*/) {
  return to_wide(ascii);
}

template <class Char>
std::basic_string<Char> message_source(DWORD flags, LPCVOID source, DWORD id) {
  if ((flags & FORMAT_MESSAGE_FROM_STRING) != 0) {
    if (source == nullptr) throw_code(ERROR_INVALID_PARAMETER);
    return static_cast<Char const*>(source);
  }
  if ((flags & (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_FROM_HMODULE)) == 0) throw_code(ERROR_INVALID_PARAMETER);
  auto const known = error_text(id);
  if (known.empty()) throw_code(ERROR_MR_MID_NOT_FOUND);
  return as(std::string(known) + "\r\n", Char{});
}

template <class Char>
DWORD format_message(DWORD flags, LPCVOID source, DWORD id, Char* buffer, DWORD size, va_list* arguments) noexcept {
  return guarded(
      [&]() -> DWORD {
        if (buffer == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        auto const text = message_source<Char>(flags, source, id);
        inserts values(arguments, (flags & FORMAT_MESSAGE_ARGUMENT_ARRAY) != 0);
        bool const leave = (flags & FORMAT_MESSAGE_IGNORE_INSERTS) != 0;
        auto made = message_reader<Char>(text, values, leave, flags & FORMAT_MESSAGE_MAX_WIDTH_MASK).run();
        auto const length = static_cast<DWORD>(made.size());
        Char* to = buffer;
        if ((flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
          void* const room = LocalAlloc(LMEM_FIXED, std::max(length + 1, size) * sizeof(Char));
          std::memcpy(buffer, &room, sizeof room);  // `buffer` is the place of a pointer then
          if (room == nullptr) return 0;
          to = static_cast<Char*>(room);
        } else if (length >= size) {
          throw_code(ERROR_INSUFFICIENT_BUFFER);
        }
        std::copy(made.begin(), made.end(), to);
        to[length] = 0;
        return length;
      },
      0U);
}

struct buttons {
  char const* text;
  std::array<int, 3> answers;
};

/// Which answer the default button gives, where nobody is there to press another.
int show(std::string const& text, std::string const& caption, UINT type) {
  static constexpr std::array<buttons, 7> kinds{
      {{"OK", {IDOK, IDOK, IDOK}},
       {"OK, Cancel", {IDOK, IDCANCEL, IDOK}},
       {"Abort, Retry, Ignore", {IDABORT, IDRETRY, IDIGNORE}},
       {"Yes, No, Cancel", {IDYES, IDNO, IDCANCEL}},
       {"Yes, No", {IDYES, IDNO, IDYES}},
       {"Retry, Cancel", {IDRETRY, IDCANCEL, IDRETRY}},
       {"Cancel, Try again, Continue", {IDCANCEL, IDTRYAGAIN, IDCONTINUE}}}};
  UINT const kind = type & MB_TYPEMASK;
  if (kind >= kinds.size()) return fail_with(DWORD{ERROR_INVALID_PARAMETER}, 0);
  std::fflush(stdout);  // what was printed before stays before
  std::fprintf(stderr, "%s: %s\n", caption.c_str(), text.c_str());
  UINT const chosen = (type & MB_DEFMASK) >> 8U;
  return kinds[kind].answers[std::min<std::size_t>(chosen, 2)];
}

std::string narrow(char const* text) {
  return text == nullptr ? std::string() : std::string(text);
}
std::string narrow(wchar_t const* text) {
  return text == nullptr ? std::string() : to_narrow(text);
}

template <class Char>
int box(Char const* text, Char const* caption, UINT type) noexcept {
  return guarded([&] { return show(narrow(text), caption == nullptr ? "Error" : narrow(caption), type); }, 0);
}

template <class Char>
void debug_output(Char const* text) noexcept {
  if (coview::os::environment("COVIEW_DEBUG_OUTPUT") == nullptr) return;
  DWORD const before = last_error;
  guarded(
      [&] {
        std::fputs(narrow(text).c_str(), stderr);
        return TRUE;
      },
      FALSE);
  set_error(before);
}

}  // namespace

DWORD FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD /*dwLanguageId*/, LPSTR lpBuffer,
                     DWORD nSize, va_list* Arguments) {
  return format_message(dwFlags, lpSource, dwMessageId, lpBuffer, nSize, Arguments);
}
DWORD FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD /*dwLanguageId*/, LPWSTR lpBuffer,
                     DWORD nSize, va_list* Arguments) {
  return format_message(dwFlags, lpSource, dwMessageId, lpBuffer, nSize, Arguments);
}

int MessageBoxA(HWND /*hWnd*/, LPCSTR lpText, LPCSTR lpCaption, UINT uType) {
  return box(lpText, lpCaption, uType);
}
int MessageBoxW(HWND /*hWnd*/, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType) {
  return box(lpText, lpCaption, uType);
}
int MessageBoxExA(HWND /*hWnd*/, LPCSTR lpText, LPCSTR lpCaption, UINT uType, WORD /*wLanguageId*/) {
  return box(lpText, lpCaption, uType);
}
int MessageBoxExW(HWND /*hWnd*/, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType, WORD /*wLanguageId*/) {
  return box(lpText, lpCaption, uType);
}
BOOL MessageBeep(UINT /*uType*/) {
  return TRUE;
}
HWND GetDesktopWindow() {
  return nullptr;
}
HWND GetForegroundWindow() {
  return nullptr;
}
SHORT GetAsyncKeyState(int /*vKey*/) {
  return 0;
}

void OutputDebugStringA(LPCSTR lpOutputString) {
  debug_output(lpOutputString);
}
void OutputDebugStringW(LPCWSTR lpOutputString) {
  debug_output(lpOutputString);
}
BOOL IsDebuggerPresent() {
  auto const status = coview::os::read_whole("/proc/self/status");
  if (!status) return FALSE;
  auto const at = status->find("TracerPid:\t");
  return at != std::string::npos && (*status)[at + 11] != '0' ? TRUE : FALSE;
}
BOOL CheckRemoteDebuggerPresent(HANDLE hProcess, PBOOL pbDebuggerPresent) {
  if (hProcess == nullptr || pbDebuggerPresent == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  *pbDebuggerPresent = IsDebuggerPresent();
  return TRUE;
}
void DebugBreak() {
  __debugbreak();
}

BOOL Beep(DWORD dwFreq, DWORD /*dwDuration*/) {
  constexpr DWORD lowest = 37;
  constexpr DWORD highest = 32767;
  return dwFreq >= lowest && dwFreq <= highest ? TRUE : refuse(ERROR_INVALID_PARAMETER);
}
PVOID EncodePointer(PVOID Ptr) {
  return std::bit_cast<PVOID>(~reinterpret_cast<std::uintptr_t>(Ptr));
}
PVOID DecodePointer(PVOID Ptr) {
  return std::bit_cast<PVOID>(~reinterpret_cast<std::uintptr_t>(Ptr));
}
PVOID EncodeSystemPointer(PVOID Ptr) {
  return EncodePointer(Ptr);
}
PVOID DecodeSystemPointer(PVOID Ptr) {
  return DecodePointer(Ptr);
}

BOOL IsBadCodePtr(FARPROC lpfn) {
  return IsBadReadPtr(reinterpret_cast<void const*>(lpfn), 1);
}
int MulDiv(int nNumber, int nNumerator, int nDenominator) {
  if (nDenominator == 0) return -1;
  std::int64_t const product = std::int64_t{nNumber} * nNumerator;
  std::int64_t const half = std::abs(std::int64_t{nDenominator}) / 2;
  bool const negative = (product < 0) != (nDenominator < 0);
  std::int64_t const size = (std::abs(product) + half) / std::abs(std::int64_t{nDenominator});
  constexpr std::int64_t most = 0x7FFFFFFF;
  if (size > most) return -1;
  return static_cast<int>(negative ? -size : size);
}
