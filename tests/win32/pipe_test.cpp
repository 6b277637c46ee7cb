// SPDX-License-Identifier: Apache-2.0
// Named pipes where Windows' rules meet other processes, deaths and limits. What each call says in each state is in
// programs/pipe_rules.c, which Wine is asked too.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "win32_support.hpp"

namespace {

using namespace coview_test;

constexpr char const* pipe_name = R"(\\.\pipe\tests)";

HANDLE make_pipe(DWORD type = PIPE_TYPE_BYTE, DWORD flags = 0, DWORD instances = 1, DWORD size = 4096,
                 char const* name = pipe_name) {
  DWORD const mode = type == PIPE_TYPE_MESSAGE ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE : PIPE_TYPE_BYTE;
  return CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | flags, mode, instances, size, size, 0, nullptr);
}
HANDLE open_client(DWORD flags = 0, char const* name = pipe_name) {
  return CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, flags, nullptr);
}
std::string read_some(HANDLE pipe, DWORD most = 100) {
  std::string text(most, '\0');
  DWORD n = 0;
  if (ReadFile(pipe, text.data(), most, &n, nullptr) == FALSE && GetLastError() != ERROR_MORE_DATA)
    return "error " + std::to_string(GetLastError());
  text.resize(n);
  return text;
}
bool write_all(HANDLE pipe, std::string const& text) {
  DWORD n = 0;
  return WriteFile(pipe, text.data(), static_cast<DWORD>(text.size()), &n, nullptr) != FALSE && n == text.size();
}
class Pipe : public ::testing::Test {
 protected:
  scoped_root root;
};

TEST_F(Pipe, ArgumentsAreChecked) {
  auto const with = [](DWORD open, DWORD mode, DWORD instances) {
    return CreateNamedPipeA(pipe_name, open, mode, instances, 10, 10, 0, nullptr);
  };
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, with(PIPE_ACCESS_DUPLEX, 0, 0));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, with(PIPE_ACCESS_DUPLEX, 0, 256));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, with(PIPE_ACCESS_DUPLEX | 4U, 0, 1));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, with(PIPE_ACCESS_DUPLEX, 0x10, 1));
  EXPECT_FAILS(ERROR_INVALID_NAME, INVALID_HANDLE_VALUE, make_pipe(0, 0, 1, 10, R"(\\.\pipe\)"));
  EXPECT_FAILS(ERROR_INVALID_NAME, INVALID_HANDLE_VALUE, make_pipe(0, 0, 1, 10, R"(\\elsewhere\pipe\x)"));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, ConnectNamedPipe(nullptr, nullptr));
  scoped_handle const event(CreateEventA(nullptr, TRUE, FALSE, nullptr));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, ConnectNamedPipe(event, nullptr));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, PeekNamedPipe(event, nullptr, 0, nullptr, nullptr, nullptr));
}

TEST_F(Pipe, FirstInstanceAndTypeMustAgree) {
  scoped_handle const first(make_pipe(PIPE_TYPE_MESSAGE, FILE_FLAG_FIRST_PIPE_INSTANCE, 3));
  ASSERT_NE(first.get(), INVALID_HANDLE_VALUE);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE,
               make_pipe(PIPE_TYPE_MESSAGE, FILE_FLAG_FIRST_PIPE_INSTANCE, 3));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE, make_pipe(PIPE_TYPE_BYTE, 0, 3));
  scoped_handle const second(make_pipe(PIPE_TYPE_MESSAGE, 0, 1));  // the first one's number counts
  scoped_handle const third(make_pipe(PIPE_TYPE_MESSAGE, 0, 3));
  EXPECT_NE(third.get(), INVALID_HANDLE_VALUE);
  EXPECT_FAILS(ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE, make_pipe(PIPE_TYPE_MESSAGE, 0, 3));
  DWORD instances = 0;
  EXPECT_TRUE(GetNamedPipeHandleStateA(first, nullptr, &instances, nullptr, nullptr, nullptr, 0));
  EXPECT_EQ(instances, 3U);
}

TEST_F(Pipe, NamesHaveNoCaseAndManyForms) {
  scoped_handle const server(make_pipe());
  scoped_handle const client(open_client(0, R"(\\.\PIPE\TeStS)"));
  EXPECT_NE(client.get(), INVALID_HANDLE_VALUE);
  scoped_handle const other(CreateNamedPipeW(LR"(\\.\pipe\a\b\c)", PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, nullptr));
  EXPECT_NE(other.get(), INVALID_HANDLE_VALUE);
  scoped_handle const wide(CreateFileW(L"//./pipe/a/b/c", GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0, nullptr));
  EXPECT_NE(wide.get(), INVALID_HANDLE_VALUE);
  // It is no mutex, event or mapping: theirs is another namespace.
  scoped_handle const mutex(CreateMutexA(nullptr, FALSE, "tests"));
  EXPECT_NE(mutex.get(), nullptr);
}

TEST_F(Pipe, ByteModeReadsOverMessagesAndPeeksThem) {
  scoped_handle const server(make_pipe(PIPE_TYPE_MESSAGE));
  scoped_handle const client(open_client());
  ASSERT_TRUE(write_all(server, "one") && write_all(server, "") && write_all(server, "two"));
  std::array<char, 8> text{};
  DWORD copied = 0;
  DWORD all = 0;
  ASSERT_TRUE(PeekNamedPipe(client, text.data(), text.size(), &copied, &all, nullptr));
  EXPECT_EQ(std::string(text.data(), copied), "onetwo");
  EXPECT_EQ(all, 6U);
  EXPECT_EQ(read_some(client, 4), "onet");
  EXPECT_EQ(read_some(client), "wo");
}

TEST_F(Pipe, NotWaitingWritesWhatThereIsRoomFor) {
  scoped_handle const server(make_pipe(PIPE_TYPE_BYTE, 0, 1, 100));
  scoped_handle const client(open_client());
  DWORD mode = PIPE_NOWAIT;
  ASSERT_TRUE(SetNamedPipeHandleState(client, &mode, nullptr, nullptr));
  std::string const text(80, 'x');
  DWORD n = 0;
  EXPECT_TRUE(WriteFile(client, text.data(), 80, &n, nullptr));
  EXPECT_EQ(n, 80U);
  EXPECT_TRUE(WriteFile(client, text.data(), 80, &n, nullptr));
  EXPECT_EQ(n, 20U);
  EXPECT_TRUE(WriteFile(client, text.data(), 80, &n, nullptr));
  EXPECT_EQ(n, 0U);
}

TEST_F(Pipe, MessagesLargerThanEveryBufferArriveWhole) {
  for (DWORD const type : {DWORD{PIPE_TYPE_MESSAGE}, DWORD{PIPE_TYPE_BYTE}}) {
    scoped_handle const server(make_pipe(type, 0, 1, 16));
    scoped_handle const client(open_client());
    std::string sent(1'000'003, '\0');
    std::iota(sent.begin(), sent.end(), 1);
    std::thread writer([&] { EXPECT_TRUE(write_all(client, sent)); });
    std::string got;
    std::vector<char> piece(300'000);
    while (got.size() < sent.size()) {
      DWORD n = 0;
      BOOL const done = ReadFile(server, piece.data(), static_cast<DWORD>(piece.size()), &n, nullptr);
      ASSERT_TRUE(done || GetLastError() == ERROR_MORE_DATA) << GetLastError();
      EXPECT_TRUE(type == PIPE_TYPE_BYTE || (done != FALSE) == (got.size() + n == sent.size()));
      got.append(piece.data(), n);
    }
    writer.join();
    EXPECT_TRUE(got == sent);
  }
}

TEST_F(Pipe, WriteIsOverWhenTheBufferHoldsTheRest) {
  scoped_handle const server(
      make_pipe(PIPE_TYPE_MESSAGE, FILE_FLAG_OVERLAPPED, 1, 0));  // no buffer: when it was read
  scoped_handle const client(open_client());
  OVERLAPPED overlapped{};
  EXPECT_FAILS(ERROR_IO_PENDING, FALSE, WriteFile(server, "abcd", 4, nullptr, &overlapped));
  DWORD n = 0;
  EXPECT_FAILS(ERROR_IO_INCOMPLETE, FALSE, GetOverlappedResult(server, &overlapped, &n, FALSE));
  EXPECT_EQ(read_some(client, 4), "abcd");
  EXPECT_TRUE(GetOverlappedResult(server, &overlapped, &n, TRUE));
  EXPECT_EQ(n, 4U);
}

TEST_F(Pipe, FlushWaitsUntilTheClientHasRead) {
  scoped_handle const server(make_pipe(PIPE_TYPE_MESSAGE));
  scoped_handle const client(open_client());
  ASSERT_TRUE(write_all(server, "last words"));
  std::atomic<bool> flushed{false};
  std::thread flusher([&] {
    EXPECT_TRUE(FlushFileBuffers(server));
    flushed = true;
    EXPECT_TRUE(DisconnectNamedPipe(server));
  });
  EXPECT_FALSE(flushed);
  EXPECT_EQ(read_some(client), "last words");
  flusher.join();
  EXPECT_EQ(read_some(client), "error 233");
}

TEST_F(Pipe, FlushEndsWithTheClient) {
  scoped_handle const server(make_pipe());
  scoped_handle client(open_client());
  ASSERT_TRUE(write_all(server, "nobody reads this"));
  std::thread closer([&] { client.reset(); });
  EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, FlushFileBuffers(server));
  closer.join();
}

TEST_F(Pipe, InaccessibleBuffersTransferNothing) {
  scoped_handle const server(make_pipe(PIPE_TYPE_MESSAGE, 0, 1, 65536));
  scoped_handle const client(open_client());
  auto* const two =
      static_cast<char*>(::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_EQ(::mprotect(two + 4096, 4096, PROT_NONE), 0);
  DWORD n = 0;
  EXPECT_FAILS(ERROR_INVALID_USER_BUFFER, FALSE, WriteFile(client, two, 8000, &n, nullptr));
  EXPECT_FAILS(ERROR_INVALID_USER_BUFFER, FALSE, WriteFile(client, nullptr, 10, &n, nullptr));
  ASSERT_TRUE(write_all(client, std::string(5000, 'y')));
  EXPECT_FAILS(ERROR_NOACCESS, FALSE, ReadFile(server, two, 8000, &n, nullptr));
  EXPECT_EQ(n, 0U);
  EXPECT_FAILS(ERROR_NOACCESS, FALSE, PeekNamedPipe(server, two, 8000, nullptr, nullptr, nullptr));
  EXPECT_EQ(read_some(server, 6000), std::string(5000, 'y'));
  ::munmap(two, 8192);
}

TEST_F(Pipe, WaitNamedPipeWaitsForAnInstance) {
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, FALSE, WaitNamedPipeA(pipe_name, NMPWAIT_WAIT_FOREVER));
  scoped_handle server(make_pipe());
  scoped_handle client(open_client());
  EXPECT_FAILS(ERROR_SEM_TIMEOUT, FALSE, WaitNamedPipeA(pipe_name, NMPWAIT_USE_DEFAULT_WAIT));
  EXPECT_FAILS(ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE, open_client());
  std::thread waiter([] { EXPECT_TRUE(WaitNamedPipeA(pipe_name, NMPWAIT_WAIT_FOREVER)); });
  client.reset();
  EXPECT_TRUE(DisconnectNamedPipe(server));
  std::thread connecter(
      [&] { EXPECT_TRUE(ConnectNamedPipe(server, nullptr) || GetLastError() == ERROR_PIPE_CONNECTED); });
  waiter.join();
  client = open_client();
  EXPECT_NE(client.get(), INVALID_HANDLE_VALUE);
  connecter.join();
  std::thread forlorn(
      [] { EXPECT_FAILS(ERROR_FILE_NOT_FOUND, FALSE, WaitNamedPipeA(pipe_name, NMPWAIT_WAIT_FOREVER)); });
  server.reset();  // also before it waits
  forlorn.join();
}

TEST_F(Pipe, SixtyFourInstancesServeAsManyClients) {
  constexpr DWORD many = 64;
  std::vector<scoped_handle> servers;
  std::vector<scoped_handle> clients;
  for (DWORD i = 0; i < many; ++i)
    servers.emplace_back(make_pipe(PIPE_TYPE_MESSAGE, FILE_FLAG_OVERLAPPED, many, 256));
  EXPECT_FAILS(ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE, make_pipe(PIPE_TYPE_MESSAGE, FILE_FLAG_OVERLAPPED, many, 256));
  std::array<OVERLAPPED, many> calls{};
  std::array<HANDLE, many> events{};
  for (DWORD i = 0; i < many; ++i) {
    events.at(i) = calls.at(i).hEvent = CreateEventA(nullptr, TRUE, FALSE, nullptr);
    EXPECT_FAILS(ERROR_IO_PENDING, FALSE, ConnectNamedPipe(servers[i], &calls.at(i)));
  }
  for (DWORD i = 0; i < many; ++i) clients.emplace_back(open_client());
  EXPECT_FAILS(ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE, open_client());
  EXPECT_EQ(WaitForMultipleObjects(many, events.data(), TRUE, INFINITE), WAIT_OBJECT_0);
  std::array<std::array<char, 16>, many> texts{};
  for (DWORD i = 0; i < many; ++i)
    EXPECT_FAILS(ERROR_IO_PENDING, FALSE, ReadFile(servers[i], texts.at(i).data(), 16, nullptr, &calls.at(i)));
  for (DWORD i = 0; i < many; ++i) ASSERT_TRUE(write_all(clients[i], "client " + std::to_string(i)));
  EXPECT_EQ(WaitForMultipleObjects(many, events.data(), TRUE, INFINITE), WAIT_OBJECT_0);
  std::vector<bool> seen(many);
  for (DWORD i = 0; i < many; ++i) {
    DWORD n = 0;
    ASSERT_TRUE(GetOverlappedResult(servers[i], &calls.at(i), &n, FALSE));
    seen.at(std::stoul(std::string(texts.at(i).data() + 7, n - 7))) = true;
    CloseHandle(events.at(i));
  }
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](bool one) { return one; }));
}

void CALLBACK count_bytes(DWORD code, DWORD bytes, LPOVERLAPPED overlapped) {
  *static_cast<DWORD*>(overlapped->hEvent) = code == ERROR_SUCCESS ? bytes : 1000 + code;
}

TEST_F(Pipe, CompletionRoutinesRunInAlertableWaits) {
  scoped_handle const server(make_pipe(PIPE_TYPE_MESSAGE, FILE_FLAG_OVERLAPPED));
  scoped_handle client(open_client());
  std::array<char, 16> text{};
  DWORD bytes = 0;
  OVERLAPPED overlapped{};
  overlapped.hEvent = &bytes;  // the program's own, as it is documented
  ASSERT_TRUE(ReadFileEx(server, text.data(), text.size(), &overlapped, &count_bytes));
  EXPECT_EQ(SleepEx(0, TRUE), 0U);
  ASSERT_TRUE(write_all(client, "hello"));
  EXPECT_EQ(SleepEx(INFINITE, TRUE), static_cast<DWORD>(WAIT_IO_COMPLETION));
  EXPECT_EQ(bytes, 5U);
  ASSERT_TRUE(WriteFileEx(server, "back", 4, &overlapped, &count_bytes));
  EXPECT_EQ(SleepEx(INFINITE, TRUE), static_cast<DWORD>(WAIT_IO_COMPLETION));
  EXPECT_EQ(bytes, 4U);
  ASSERT_TRUE(ReadFileEx(server, text.data(), text.size(), &overlapped, &count_bytes));
  client.reset();
  EXPECT_EQ(SleepEx(INFINITE, TRUE), static_cast<DWORD>(WAIT_IO_COMPLETION));
  EXPECT_EQ(bytes, 1000U + ERROR_BROKEN_PIPE);
  EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, ReadFileEx(server, text.data(), text.size(), &overlapped, &count_bytes));
}

TEST_F(Pipe, ClosingEndsWhatWaits) {
  scoped_handle server(make_pipe(PIPE_TYPE_BYTE, FILE_FLAG_OVERLAPPED));
  scoped_handle client(open_client(FILE_FLAG_OVERLAPPED));
  OVERLAPPED read{};
  scoped_handle const event(CreateEventA(nullptr, TRUE, FALSE, nullptr));
  read.hEvent = event;
  std::array<char, 4> text{};
  EXPECT_FAILS(ERROR_IO_PENDING, FALSE, ReadFile(server, text.data(), 4, nullptr, &read));
  server.reset();
  EXPECT_EQ(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
  EXPECT_TRUE(HasOverlappedIoCompleted(&read));
}

TEST_F(Pipe, CancelEndsACallThatSleeps) {
  scoped_handle const server(make_pipe());
  scoped_handle const client(open_client());
  std::thread reader([&] { EXPECT_EQ(read_some(server), "error 995"); });
  while (CancelIoEx(server, nullptr) == FALSE) std::this_thread::yield();
  reader.join();
  DisconnectNamedPipe(server);
  std::thread connecter([&] { EXPECT_FAILS(ERROR_OPERATION_ABORTED, FALSE, ConnectNamedPipe(server, nullptr)); });
  while (CancelIoEx(server, nullptr) == FALSE) std::this_thread::yield();
  connecter.join();
}

TEST_F(Pipe, ProcessesAreKnown) {
  scoped_handle const server(make_pipe());
  scoped_handle const client(open_client());
  ULONG id = 0;
  EXPECT_TRUE(GetNamedPipeClientProcessId(server, &id));
  EXPECT_EQ(id, GetCurrentProcessId());
  EXPECT_TRUE(GetNamedPipeServerProcessId(client, &id));
  EXPECT_EQ(id, GetCurrentProcessId());
  EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE, ImpersonateNamedPipeClient(server));
  std::array<char, 10> text{};
  EXPECT_FAILS(ERROR_PIPE_LOCAL, FALSE, GetNamedPipeClientComputerNameA(server, text.data(), 10));
}

TEST_F(Pipe, KilledClientLeavesWhatItWrote) {
  scoped_handle const server(make_pipe(PIPE_TYPE_MESSAGE, 0, 1, 64));
  child client([](parent_link const& link) {
    scoped_handle const pipe(open_client());
    link.say(pipe.get() != INVALID_HANDLE_VALUE && write_all(pipe, "first") ? "written" : "failed");
    std::string const much(1'000'000, 'm');  // nobody reads it all
    link.say("writing");
    write_all(pipe, much);
  });
  ASSERT_EQ(client.hear(), "written");
  ASSERT_EQ(client.hear(), "writing");
  EXPECT_EQ(read_some(server), "first");
  DWORD some = 0;
  while (some == 0) ASSERT_TRUE(PeekNamedPipe(server, nullptr, 0, nullptr, &some, nullptr));
  client.kill();
  std::string all;
  for (std::string piece; (piece = read_some(server, 50'000)).compare(0, 5, "error") != 0;) all += piece;
  EXPECT_LT(all.size(), 1'000'000U);
  EXPECT_EQ(read_some(server), "error 109");
  EXPECT_FALSE(write_all(server, "x"));
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NO_DATA));
}

TEST_F(Pipe, KilledServerIsAnErrorAndItsNameIsFree) {
  child server([](parent_link const& link) {
    scoped_handle const pipe(make_pipe());
    link.say("made");
    link.say(ConnectNamedPipe(pipe, nullptr) || GetLastError() == ERROR_PIPE_CONNECTED ? "connected" : "failed");
    (void)link.hear();
  });
  ASSERT_EQ(server.hear(), "made");
  scoped_handle const client(open_client());
  ASSERT_NE(client.get(), INVALID_HANDLE_VALUE);
  ASSERT_EQ(server.hear(), "connected");
  std::thread reader([&] { EXPECT_EQ(read_some(client), "error 109"); });
  server.kill();
  reader.join();
  EXPECT_FALSE(write_all(client, "x"));
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, INVALID_HANDLE_VALUE, open_client());
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, FALSE, WaitNamedPipeA(pipe_name, 1000));
  scoped_handle again(make_pipe(PIPE_TYPE_MESSAGE, FILE_FLAG_FIRST_PIPE_INSTANCE));  // of another type
  EXPECT_NE(again.get(), INVALID_HANDLE_VALUE);
  again.reset();
  EXPECT_TRUE(root.files().empty());
}

// Servers and clients of all sorts, killed at moments that nobody chooses: whoever is left goes on.
TEST_F(Pipe, DeathsAtAnyMomentHinderNobody) {
  constexpr int rounds = 24;
  scoped_handle const mine(make_pipe(PIPE_TYPE_MESSAGE, 0, 8, 512));
  for (int i = 0; i < rounds; ++i) {
    child other([i](parent_link const& link) {
      link.say("go");
      if (i % 2 == 0) {
        for (;;) {
          scoped_handle const pipe(open_client());
          if (pipe.get() != INVALID_HANDLE_VALUE) write_all(pipe, std::string(3000, 'c'));
        }
      }
      for (;;) {
        scoped_handle const pipe(make_pipe(PIPE_TYPE_MESSAGE, 0, 8, 512));
        DWORD mode = PIPE_READMODE_MESSAGE | PIPE_NOWAIT;
        SetNamedPipeHandleState(pipe, &mode, nullptr, nullptr);
        for (int k = 0; k < 100; ++k) ConnectNamedPipe(pipe, nullptr);
        if (write_all(pipe, std::string(300, 's'))) read_some(pipe);
      }
    });
    ASSERT_EQ(other.hear(), "go");
    std::thread client([] {
      for (int k = 0; k < 20; ++k) {
        scoped_handle const pipe(open_client());
        if (pipe.get() != INVALID_HANDLE_VALUE) write_all(pipe, "from here");
      }
    });
    for (int k = 0; k < i % 7; ++k) std::this_thread::yield();
    other.kill();
    client.join();
    // What is left of it can be read to the end, and the instance serves the next one.
    DWORD mode = PIPE_READMODE_MESSAGE | PIPE_NOWAIT;
    SetNamedPipeHandleState(mine, &mode, nullptr, nullptr);
    while (read_some(mine, 4000).compare(0, 5, "error") != 0) {
    }
    DisconnectNamedPipe(mine);
    EXPECT_TRUE(ConnectNamedPipe(mine, nullptr));  // after a client: this once, as it does not wait
  }
  scoped_handle const client(open_client());
  EXPECT_TRUE(write_all(client, "the last"));
  EXPECT_EQ(read_some(mine), "the last");
}

TEST_F(Pipe, ForkedChildHasTheEndsToo) {
  scoped_handle server(make_pipe());
  scoped_handle const client(open_client());
  child other([&](parent_link const& link) {
    link.say(write_all(server, "from the child") ? "written" : "failed");
    (void)link.hear();
    link.say(read_some(server));
    (void)link.hear();
  });
  ASSERT_EQ(other.hear(), "written");
  EXPECT_EQ(read_some(client), "from the child");
  server.reset();  // the child has it still
  ASSERT_TRUE(write_all(client, "to the child"));
  other.say("read");
  EXPECT_EQ(other.hear(), "to the child");
  other.kill();
  EXPECT_EQ(read_some(client), "error 109");
}

TEST_F(Pipe, ForkedChildServesByItself) {
  scoped_handle const server(make_pipe(PIPE_TYPE_MESSAGE, 0, 4));
  child other([](parent_link const& link) {
    scoped_handle const pipe(make_pipe(PIPE_TYPE_MESSAGE, 0, 4));
    link.say("made");
    bool const done = ConnectNamedPipe(pipe, nullptr) || GetLastError() == ERROR_PIPE_CONNECTED;
    link.say(done ? read_some(pipe) : "failed");
    (void)link.hear();
  });
  ASSERT_EQ(other.hear(), "made");
  scoped_handle const own(open_client());
  scoped_handle const its(open_client());
  ASSERT_NE(its.get(), INVALID_HANDLE_VALUE);
  EXPECT_FAILS(ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE, open_client());
  EXPECT_TRUE(write_all(own, "one"));
  EXPECT_TRUE(write_all(its, "one"));
  EXPECT_EQ(other.hear(), "one");
}

TEST_F(Pipe, DuplicatesAreTheSameEnd) {
  scoped_handle server(make_pipe());
  scoped_handle const client(open_client());
  HANDLE copy = nullptr;
  ASSERT_TRUE(
      DuplicateHandle(GetCurrentProcess(), server, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
  scoped_handle const second(copy);
  EXPECT_TRUE(CompareObjectHandles(server, second));
  server.reset();
  EXPECT_TRUE(write_all(second, "still"));
  EXPECT_EQ(read_some(client), "still");
}

// Nor does root, whom the kernel lets open everything: the pipe's own user decides, and is not believed.
TEST(PipeOfTwoUsers, RootIsAStrangerToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  scoped_root const root(01777);
  constexpr char const* global = R"(\\.\pipe\Global\of alice)";
  child owner(alice, [&](parent_link const& link) {
    scoped_handle const server(make_pipe(PIPE_TYPE_MESSAGE, 0, 2, 64, global));
    link.say(server.get() != INVALID_HANDLE_VALUE ? "made" : "failed");
    (void)link.hear();
    scoped_handle const client(open_client(0, global));
    link.say(client.get() != INVALID_HANDLE_VALUE ? "opened" : std::to_string(GetLastError()));
  });
  ASSERT_EQ(owner.hear(), "made");
  EXPECT_FAILS(ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE, open_client(0, global));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE, make_pipe(PIPE_TYPE_MESSAGE, 0, 2, 64, global));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, WaitNamedPipeA(global, 1000));
  child other(bob, [&](parent_link const& link) {
    link.say(open_client(0, global) == INVALID_HANDLE_VALUE ? std::to_string(GetLastError()) : "opened");
  });
  EXPECT_EQ(other.hear(), std::to_string(ERROR_ACCESS_DENIED));
  owner.say("still");
  EXPECT_EQ(owner.hear(), "opened");
}

TEST(PipeOfTwoUsers, StrangerGetsNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  scoped_root const root(01777);
  constexpr char const* global = R"(\\.\pipe\Global\tests)";
  SECURITY_DESCRIPTOR everyone{};
  InitializeSecurityDescriptor(&everyone, SECURITY_DESCRIPTOR_REVISION);
  SetSecurityDescriptorDacl(&everyone, TRUE, nullptr, FALSE);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, &everyone, FALSE};
  scoped_handle const server(
      CreateNamedPipeA(global, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 2, 64, 64, 0, &attributes));
  ASSERT_NE(server.get(), INVALID_HANDLE_VALUE);
  constexpr uid_t stranger = 1000;
  child other(stranger, [&](parent_link const& link) {
    HANDLE const opened = open_client(0, global);
    link.say(opened == INVALID_HANDLE_VALUE ? std::to_string(GetLastError()) : "opened");
    HANDLE const made = make_pipe(PIPE_TYPE_MESSAGE, 0, 2, 64, global);
    link.say(made == INVALID_HANDLE_VALUE ? std::to_string(GetLastError()) : "made");
  });
  EXPECT_EQ(other.hear(), std::to_string(ERROR_ACCESS_DENIED));
  EXPECT_EQ(other.hear(), std::to_string(ERROR_ACCESS_DENIED));
  scoped_handle const client(open_client(0, global));
  EXPECT_NE(client.get(), INVALID_HANDLE_VALUE);
}

}  // namespace
