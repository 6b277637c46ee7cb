/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For C++ sources that say `unsigned long` where the headers say DWORD, or `long` for LONG: on Windows they are the
 * same, here a long has 64 bits (docs/porting.md). The calls that are given such variables most often take them as
 * they are. Templates, which step back for every other type, NULL included. COVIEW_WIN32_STRICT_WORDS leaves them
 * out, for sources that deduce the type of one of these functions from its name.
 */
#ifndef COVIEW_WIN32_LONG_WORDS_H
#define COVIEW_WIN32_LONG_WORDS_H
#include "winbase.h"
#pragma GCC system_header

#ifdef __cplusplus
#include <type_traits>

extern "C++" {

/* The result where Word is `unsigned long` or `long`; no such function otherwise. */
template <class Word, class Result>
using coview_if_long =
    typename std::enable_if<std::is_same<Word, unsigned long>::value || std::is_same<Word, long>::value,
                            Result>::type;

/* Runs a call with a word of its size, and hands the word over to the caller's: to one that the call also reads, to
 * one that it writes, to one that it writes only where it succeeds. */
template <class Short, class Word, class Call>
auto coview_with_word(Word* in_out, Call call) -> decltype(call(static_cast<Short*>(nullptr))) {
  if (in_out == nullptr) return call(static_cast<Short*>(nullptr));
  Short word = static_cast<Short>(*in_out);
  auto const result = call(&word);
  *in_out = static_cast<Word>(word);
  return result;
}
template <class Short, class Word, class Call>
auto coview_into_word(Word* out, Call call) -> decltype(call(static_cast<Short*>(nullptr))) {
  Short word = 0;
  auto const result = call(out == nullptr ? nullptr : &word);
  if (out != nullptr) *out = static_cast<Word>(word);
  return result;
}
template <class Short, class Word, class Call>
auto coview_into_word_if_done(Word* out, Call call) -> decltype(call(static_cast<Short*>(nullptr))) {
  Short word = 0;
  auto const result = call(out == nullptr ? nullptr : &word);
  if (out != nullptr && result) *out = static_cast<Word>(word);
  return result;
}

template <class Word>
coview_if_long<Word, BOOL> ReadFile(HANDLE file, LPVOID buffer, DWORD size, Word* read, LPOVERLAPPED overlapped) {
  return coview_into_word<DWORD>(read, [&](DWORD* n) { return ::ReadFile(file, buffer, size, n, overlapped); });
}
template <class Word>
coview_if_long<Word, BOOL> WriteFile(HANDLE file, LPCVOID buffer, DWORD size, Word* written,
                                     LPOVERLAPPED overlapped) {
  return coview_into_word<DWORD>(written, [&](DWORD* n) { return ::WriteFile(file, buffer, size, n, overlapped); });
}
template <class Word>
coview_if_long<Word, BOOL> GetOverlappedResult(HANDLE file, LPOVERLAPPED overlapped, Word* moved, BOOL wait) {
  return coview_into_word<DWORD>(moved, [&](DWORD* n) { return ::GetOverlappedResult(file, overlapped, n, wait); });
}
template <class Word>
coview_if_long<Word, DWORD> GetFileSize(HANDLE file, Word* high) {
  return coview_into_word<DWORD>(high, [&](DWORD* n) { return ::GetFileSize(file, n); });
}
template <class Word>
coview_if_long<Word, DWORD> SetFilePointer(HANDLE file, LONG low, Word* high, DWORD method) {
  return coview_with_word<LONG>(high, [&](LONG* n) { return ::SetFilePointer(file, low, n, method); });
}
template <class Word>
coview_if_long<Word, BOOL> VirtualProtect(LPVOID address, SIZE_T size, DWORD protect, Word* before) {
  return coview_into_word<DWORD>(before, [&](DWORD* n) { return ::VirtualProtect(address, size, protect, n); });
}
template <class Word>
coview_if_long<Word, BOOL> ReleaseSemaphore(HANDLE semaphore, LONG count, Word* before) {
  return coview_into_word_if_done<LONG>(before, [&](LONG* n) { return ::ReleaseSemaphore(semaphore, count, n); });
}
template <class Word>
coview_if_long<Word, BOOL> GetExitCodeThread(HANDLE thread, Word* code) {
  return coview_into_word_if_done<DWORD>(code, [&](DWORD* n) { return ::GetExitCodeThread(thread, n); });
}
template <class Word>
coview_if_long<Word, BOOL> GetExitCodeProcess(HANDLE process, Word* code) {
  return coview_into_word_if_done<DWORD>(code, [&](DWORD* n) { return ::GetExitCodeProcess(process, n); });
}
template <class Word>
coview_if_long<Word, BOOL> GetHandleInformation(HANDLE handle, Word* flags) {
  return coview_into_word_if_done<DWORD>(flags, [&](DWORD* n) { return ::GetHandleInformation(handle, n); });
}
template <class Word>
coview_if_long<Word, BOOL> GetComputerNameA(LPSTR buffer, Word* size) {
  return coview_with_word<DWORD>(size, [&](DWORD* n) { return ::GetComputerNameA(buffer, n); });
}
template <class Word>
coview_if_long<Word, BOOL> GetComputerNameW(LPWSTR buffer, Word* size) {
  return coview_with_word<DWORD>(size, [&](DWORD* n) { return ::GetComputerNameW(buffer, n); });
}
template <class Word>
coview_if_long<Word, BOOL> GetUserNameA(LPSTR buffer, Word* size) {
  return coview_with_word<DWORD>(size, [&](DWORD* n) { return ::GetUserNameA(buffer, n); });
}
template <class Word>
coview_if_long<Word, BOOL> GetUserNameW(LPWSTR buffer, Word* size) {
  return coview_with_word<DWORD>(size, [&](DWORD* n) { return ::GetUserNameW(buffer, n); });
}

/* A thread's function that returns `unsigned long`: its lower half is the exit code, and lies where a DWORD would. */
template <class Word>
coview_if_long<Word, HANDLE> CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack,
                                          LPTHREAD_START_ROUTINE start, LPVOID parameter, DWORD flags, Word* id) {
  return coview_into_word_if_done<DWORD>(
      id, [&](DWORD* n) { return ::CreateThread(attributes, stack, start, parameter, flags, n); });
}
template <class Word>
coview_if_long<Word, HANDLE> CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack, Word (*start)(LPVOID),
                                          LPVOID parameter, DWORD flags, LPDWORD id) {
  return ::CreateThread(attributes, stack, reinterpret_cast<LPTHREAD_START_ROUTINE>(start), parameter, flags, id);
}
template <class Word, class Id>
coview_if_long<Word, coview_if_long<Id, HANDLE>> CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack,
                                                              Word (*start)(LPVOID), LPVOID parameter, DWORD flags,
                                                              Id* id) {
  return ::CreateThread(attributes, stack, reinterpret_cast<LPTHREAD_START_ROUTINE>(start), parameter, flags, id);
}

}  // extern "C++"
#endif

#endif
