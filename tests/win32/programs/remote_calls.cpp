// SPDX-License-Identifier: Apache-2.0
// Calls of procedures in another process, over a named pipe in message mode: a thread for each client, small and
// large arguments, errors that travel, a call that the server never answers, and a server that goes away.
#include <windows.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

static char const pipe_name[] = "\\\\.\\pipe\\remote.calls";

struct Head {
  DWORD procedure;
  DWORD status;
  DWORD length;
};
enum Procedure : DWORD { add_numbers = 1, reverse_text, sum_bytes, whose, never, leave };

static std::vector<BYTE> message(DWORD procedure, DWORD status, void const* data, size_t length) {
  Head const head{procedure, status, (DWORD)length};
  std::vector<BYTE> bytes(sizeof head + length);
  memcpy(bytes.data(), &head, sizeof head);
  if (length != 0) memcpy(bytes.data() + sizeof head, data, length);
  return bytes;
}

// One call of a handle for overlapped calls, to its end.
template <typename Begin>
static DWORD to_the_end(HANDLE pipe, DWORD& count, Begin begin) {
  OVERLAPPED over{};
  over.hEvent = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  count = 0;
  DWORD error = begin(&over) ? 0 : GetLastError();
  if (error == 0 || error == ERROR_IO_PENDING || error == ERROR_MORE_DATA)
    error = GetOverlappedResult(pipe, &over, &count, TRUE) ? 0 : GetLastError();
  CloseHandle(over.hEvent);
  return error;
}

// One whole message, however long it is.
static DWORD receive(HANDLE pipe, std::vector<BYTE>& all) {
  BYTE part[256];
  all.clear();
  for (;;) {
    DWORD count = 0;
    DWORD const error =
        to_the_end(pipe, count, [&](OVERLAPPED* over) { return ReadFile(pipe, part, sizeof part, nullptr, over); });
    if (error != 0 && error != ERROR_MORE_DATA) return error;
    all.insert(all.end(), part, part + count);
    if (error == 0) return 0;
  }
}

static HANDLE stop;

static DWORD WINAPI serve(LPVOID argument) {
  HANDLE const pipe = (HANDLE)argument;
  std::vector<BYTE> request;
  DWORD client = 0;
  bool leaves = false;
  GetNamedPipeClientProcessId(pipe, &client);
  while (receive(pipe, request) == 0) {
    Head head{};
    std::string text;
    if (request.size() < sizeof head) break;
    memcpy(&head, request.data(), sizeof head);
    char const* const data = (char const*)request.data() + sizeof head;
    std::vector<BYTE> reply;
    if (head.length != request.size() - sizeof head) {
      reply = message(head.procedure, ERROR_INVALID_DATA, nullptr, 0);
    } else if (head.procedure == add_numbers && head.length == 2 * sizeof(LONG)) {
      LONG numbers[2];
      memcpy(numbers, data, sizeof numbers);
      numbers[0] += numbers[1];
      reply = message(head.procedure, 0, numbers, sizeof numbers[0]);
    } else if (head.procedure == reverse_text) {
      text.assign(data, head.length);
      text.assign(text.rbegin(), text.rend());
      reply = message(head.procedure, 0, text.data(), text.size());
    } else if (head.procedure == sum_bytes) {
      DWORD sum = 0;
      for (DWORD i = 0; i < head.length; ++i) sum += (BYTE)data[i];
      reply = message(head.procedure, 0, &sum, sizeof sum);
    } else if (head.procedure == whose) {
      reply = message(head.procedure, 0, &client, sizeof client);
    } else if (head.procedure == never) {
      WaitForSingleObject(stop, INFINITE);
      break;
    } else if (head.procedure == leave) {
      leaves = true;
      break;
    } else {
      reply = message(head.procedure, ERROR_INVALID_FUNCTION, nullptr, 0);
    }
    DWORD written;
    if (to_the_end(pipe, written, [&](OVERLAPPED* over) {
          return WriteFile(pipe, reply.data(), (DWORD)reply.size(), nullptr, over);
        }) != 0)
      break;
  }
  FlushFileBuffers(pipe);
  DisconnectNamedPipe(pipe);
  CloseHandle(pipe);
  if (leaves) SetEvent(stop);
  return 0;
}

static int server() {
  stop = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, "remote.ready");
  HANDLE connected = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  int clients = 0;
  for (bool first = true;; first = false) {
    HANDLE pipe = CreateNamedPipeA(
        pipe_name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
        PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES, 512, 512, 0, nullptr);
    if (pipe == INVALID_HANDLE_VALUE) return 100;
    OVERLAPPED over{};
    over.hEvent = connected;
    ResetEvent(connected);
    BOOL const at_once = ConnectNamedPipe(pipe, &over);
    DWORD const error = GetLastError();
    if (first) SetEvent(ready);
    if (!at_once && error == ERROR_IO_PENDING) {
      HANDLE both[] = {stop, connected};
      if (WaitForMultipleObjects(2, both, FALSE, INFINITE) == WAIT_OBJECT_0) {
        DWORD none;
        CancelIo(pipe);
        GetOverlappedResult(pipe, &over, &none, TRUE);
        CloseHandle(pipe);
        return clients;
      }
    } else if (!at_once && error != ERROR_PIPE_CONNECTED) {
      return 101;
    }
    ++clients;
    HANDLE thread = CreateThread(nullptr, 0, serve, pipe, 0, nullptr);
    CloseHandle(thread);
  }
}

static HANDLE connect() {
  for (;;) {
    HANDLE pipe = CreateFileA(pipe_name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED, nullptr);
    if (pipe != INVALID_HANDLE_VALUE) {
      DWORD mode = PIPE_READMODE_MESSAGE;
      SetNamedPipeHandleState(pipe, &mode, nullptr, nullptr);
      return pipe;
    }
    if (GetLastError() != ERROR_PIPE_BUSY || !WaitNamedPipeA(pipe_name, 20000)) {
      printf("connect: %lu\n", GetLastError());
      return nullptr;
    }
  }
}

// A call with patience: the answer, or the error of the call or of the procedure.
static DWORD call(HANDLE pipe, DWORD procedure, void const* data, DWORD length, std::vector<BYTE>& result,
                  DWORD patience) {
  std::vector<BYTE> const request = message(procedure, 0, data, length);
  result.assign(4096, 0);
  OVERLAPPED over{};
  over.hEvent = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  DWORD count = 0, error = 0;
  if (!TransactNamedPipe(pipe, (LPVOID)request.data(), (DWORD)request.size(), result.data(), (DWORD)result.size(),
                         nullptr, &over))
    error = GetLastError();
  if (error == ERROR_IO_PENDING) {
    if (WaitForSingleObject(over.hEvent, patience) == WAIT_TIMEOUT) CancelIoEx(pipe, &over);
    error = 0;
  }
  if (error == 0 && !GetOverlappedResult(pipe, &over, &count, TRUE)) error = GetLastError();
  CloseHandle(over.hEvent);
  if (error != 0) return error;
  Head head;
  if (count < sizeof head) return ERROR_INVALID_DATA;
  memcpy(&head, result.data(), sizeof head);
  result.assign(result.begin() + sizeof head, result.begin() + count);
  return head.status;
}

int main(int argc, char** argv) {
  if (argc > 1) return server();
  HANDLE ready = CreateEventA(nullptr, FALSE, FALSE, "remote.ready");
  std::string line = std::string("\"") + argv[0] + "\" server";
  STARTUPINFOA start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION made{};
  if (!CreateProcessA(nullptr, &line[0], nullptr, nullptr, FALSE, 0, nullptr, nullptr, &start, &made)) return 1;
  WaitForSingleObject(ready, INFINITE);
  HANDLE first = connect(), second = connect();
  std::vector<BYTE> result;
  LONG numbers[] = {-40, 82};
  DWORD value = 0;
  printf("add: %lu", call(first, add_numbers, numbers, sizeof numbers, result, INFINITE));
  memcpy(&value, result.data(), sizeof value);
  printf(" %lu\n", value);
  printf("reverse: %lu", call(second, reverse_text, "stressed", 8, result, INFINITE));
  printf(" %.*s\n", (int)result.size(), (char*)result.data());
  printf("reverse nothing: %lu", call(second, reverse_text, "", 0, result, INFINITE));
  printf(" %d bytes\n", (int)result.size());
  std::vector<BYTE> large(100000, 7);
  printf("sum: %lu", call(first, sum_bytes, large.data(), (DWORD)large.size(), result, INFINITE));
  memcpy(&value, result.data(), sizeof value);
  printf(" %lu\n", value);
  printf("whose: %lu", call(first, whose, nullptr, 0, result, INFINITE));
  memcpy(&value, result.data(), sizeof value);
  printf(" ours %d\n", value == GetCurrentProcessId());
  printf("unknown: %lu\n", call(first, 77, nullptr, 0, result, INFINITE));
  printf("wrong size: %lu\n", call(first, add_numbers, numbers, 3, result, INFINITE));
  large.assign(3000, 'x');
  printf("long answer: %lu", call(first, reverse_text, large.data(), (DWORD)large.size(), result, INFINITE));
  printf(" %d bytes\n", (int)result.size());
  printf("no answer: %lu\n", call(second, never, nullptr, 0, result, 30));
  DWORD server_id = 0;
  GetNamedPipeServerProcessId(first, &server_id);
  printf("server known: %d\n", server_id == made.dwProcessId);

  std::vector<BYTE> const request = message(add_numbers, 0, numbers, sizeof numbers);
  BYTE small[sizeof(Head) + 4], tiny[8];
  DWORD count = 0;
  BOOL ok = CallNamedPipeA(pipe_name, (LPVOID)request.data(), (DWORD)request.size(), small, sizeof small, &count,
                           NMPWAIT_WAIT_FOREVER);
  printf("one call: %d, %lu bytes\n", ok, count);
  ok = CallNamedPipeA(pipe_name, (LPVOID)request.data(), (DWORD)request.size(), tiny, sizeof tiny, &count,
                      NMPWAIT_WAIT_FOREVER);
  printf("too small: %d %lu, %lu bytes\n", ok, GetLastError(), count);

  printf("leave: %lu\n", call(first, leave, nullptr, 0, result, INFINITE));
  WaitForSingleObject(made.hProcess, INFINITE);
  DWORD code = 0;
  GetExitCodeProcess(made.hProcess, &code);
  printf("server had %lu clients\n", code);
  DWORD written = 0;
  SetLastError(0);
  ok = CallNamedPipeA(pipe_name, (LPVOID)request.data(), (DWORD)request.size(), small, sizeof small, &count, 0);
  printf("after its end: %d %lu\n", ok, GetLastError());
  CloseHandle(first);
  CloseHandle(second);
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
  CloseHandle(ready);
}
