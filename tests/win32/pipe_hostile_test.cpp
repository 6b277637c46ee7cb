// SPDX-License-Identifier: Apache-2.0
// Named pipes beside processes of the same user that do not keep to the protocol: they ask for nonsense, answer with
// nonsense, hand over what is no end of a pipe, write anything into the rings, and close half of a connection. Nobody
// crashes, hangs, takes what is not his, or loses a descriptor, and whoever is honest is served.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "os/virtual_memory.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/message.hpp"
#include "win32/core/pipes/pipe_directory.hpp"
#include "win32/core/pipes/pipe_link.hpp"
#include "win32/core/pipes/pipe_name.hpp"
#include "win32_support.hpp"

namespace {

using namespace coview_test;
using namespace coview::win32;
using coview::os::unique_fd;

constexpr char const* hostile_name = R"(\\.\pipe\hostile)";

/// As pipe_client.cpp sends it.
struct asked {
  std::uint64_t device;
  std::uint64_t inode;
  std::uint32_t slot;
  std::uint32_t client;
};

std::size_t open_descriptors(pid_t process) {
  std::error_code gone;
  std::filesystem::directory_iterator const all("/proc/" + std::to_string(process) + "/fd", gone);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

HANDLE honest_client() {
  return CreateFileA(hostile_name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
}

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& one : bytes) one = static_cast<char>(random());
  return bytes;
}

/// Serves one client after the other with an echo, until one says "end".
void serve_echo(parent_link const& parent) {
  scoped_handle const pipe(CreateNamedPipeA(hostile_name, PIPE_ACCESS_DUPLEX,
                                            PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 512, 512, 0, nullptr));
  parent.say(pipe.get() == INVALID_HANDLE_VALUE ? "failed" : "serves");
  for (bool goes_on = true; goes_on;) {
    ConnectNamedPipe(pipe, nullptr);
    std::array<char, 64> text{};
    DWORD n = 0;
    if (ReadFile(pipe, text.data(), text.size(), &n, nullptr) != FALSE) {
      goes_on = std::string_view(text.data(), n) != "end";
      WriteFile(pipe, text.data(), n, &n, nullptr);
      FlushFileBuffers(pipe);
    }
    DisconnectNamedPipe(pipe);
  }
  parent.say("ended");
  (void)parent.hear();
}

/// What the server says to a word; empty where nothing comes of it.
std::string echo_of(std::string const& word) {
  for (;;) {
    scoped_handle const client(honest_client());
    if (client.get() == INVALID_HANDLE_VALUE) {
      if (GetLastError() != ERROR_PIPE_BUSY) return "error " + std::to_string(GetLastError());
      WaitNamedPipeA(hostile_name, NMPWAIT_WAIT_FOREVER);
      continue;
    }
    std::array<char, 64> text{};
    DWORD n = 0;
    bool const done = WriteFile(client, word.data(), static_cast<DWORD>(word.size()), &n, nullptr) != FALSE &&
                      ReadFile(client, text.data(), text.size(), &n, nullptr) != FALSE;
    return done ? std::string(text.data(), n) : "error " + std::to_string(GetLastError());
  }
}

TEST(PipeHostile, TheDoorIsOpenToThoseWhoAskRightly) {
  scoped_root const root;
  child const server(&serve_echo);
  ASSERT_EQ(server.hear(), "serves");
  ASSERT_EQ(echo_of("first"), "first");
  auto const where = pipe_directory::find(*pipe_name(hostile_name));
  ASSERT_TRUE(where);
  asked const right{where->device(), where->inode(), 0, static_cast<std::uint32_t>(::getpid())};
  auto const before = open_descriptors(server.pid());
  std::mt19937 random(3);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  for (int round = 0; round < 400; ++round) {
    auto socket = connect_to_handle_server(server.pid());
    ASSERT_TRUE(socket) << socket.error();
    message lie;
    lie.head.purpose = round % 7 == 0 ? static_cast<message_purpose>(random() % 8) : message_purpose::open;
    lie.head.access = static_cast<std::uint32_t>(random());
    lie.object.what = round % 5 == 0 ? static_cast<object::kind>(random() % 18) : object::kind::pipe;
    asked what = right;
    switch (random() % 5) {
      case 0:
        what.device ^= std::uint64_t{1} << random() % 64;
        break;
      case 1:
        what.inode = random();
        break;
      case 2:
        what.slot = static_cast<std::uint32_t>(random());
        break;
      case 3:
        what.client = static_cast<std::uint32_t>(random());
        break;
      default:
        break;  // nothing is wrong with it, but nobody takes the answer
    }
    lie.object.put(what);
    if (random() % 3 == 0) lie.object.bytes.resize(random() % 40);
    if (random() % 9 == 0) lie.object.bytes += random_bytes(random, random() % 9000);
    for (auto left = random() % 4; left > 1; --left)
      lie.object.fds.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (random() % 6 == 0) {  // no message at all
      auto const bytes =
          random_bytes(random, std::array<std::size_t, 6>{0, 1, 39, 64, 16385, 60000}.at(random() % 6));
      (void)::send(socket->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } else if (lie.head.purpose != message_purpose::close && lie.head.purpose != message_purpose::take) {
      (void)lie.send(socket->get());
    }
    if (random() % 2 == 0)
      ::shutdown(socket->get(), std::array<int, 3>{SHUT_RD, SHUT_WR, SHUT_RDWR}.at(random() % 3));
    if (random() % 4 == 0) {
      message answer;
      (void)answer.receive(socket->get());  // whatever there is by now
    }
    if (round % 50 == 0) {
      ASSERT_EQ(echo_of("still"), "still");
    }
  }
  ASSERT_EQ(echo_of("then"), "then");
  // A connection is closed after its answer: the next echo finds the last one done, and its own is counted at most.
  EXPECT_LE(open_descriptors(server.pid()), before + 4);
  EXPECT_EQ(echo_of("end"), "end");
  EXPECT_EQ(server.hear(), "ended");
}

/// Descriptors of a connection that are what they should be; `client` is what a server hands over.
struct connection_parts {
  pipe_link::parts server;
  pipe_link::parts client;
  connection_parts() { pipe_link::make({true, {512, 512}, 1, 2}, server, client); }
  [[nodiscard]] std::byte* map() const {
    return static_cast<std::byte*>(
        ::mmap(nullptr, pipe_layout::rings_offset, PROT_READ | PROT_WRITE, MAP_SHARED, server.memory.get(), 0));
  }
  void spoil(std::function<void(pipe_layout::connection&)> const& how) const {
    auto* const base = map();
    how(*reinterpret_cast<pipe_layout::connection*>(base));
    ::munmap(base, pipe_layout::rings_offset);
  }
};

unique_fd memory_of(char const* label, off_t size, bool sealed) {
  unique_fd made(::memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  (void)::ftruncate(made.get(), size);
  if (sealed) (void)::fcntl(made.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  return made;
}
unique_fd dev_null() {
  return unique_fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
}

/// The answers of a server that lies, to one request each.
using answering = std::function<void(int caller, std::mt19937& random)>;
void hand_over(int caller, pipe_link::parts parts, std::uint32_t code = 0, bool extra = false) {
  message answer;
  answer.head.purpose = message_purpose::answer;
  answer.head.code = code;
  answer.object.what = object::kind::pipe;
  answer.object.fds.push_back(std::move(parts.memory));
  for (auto& one : parts.sockets) answer.object.fds.push_back(std::move(one));
  if (extra) answer.object.fds.push_back(dev_null());
  (void)answer.send(caller);
}
answering with_client(std::function<void(connection_parts&)> const& change) {
  return [change](int caller, std::mt19937& /*random*/) {
    connection_parts made;
    change(made);
    hand_over(caller, std::move(made.client));
  };
}
answering raw(std::size_t size) {
  return [size](int caller, std::mt19937& random) {
    auto const bytes = random_bytes(random, size);
    (void)::send(caller, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  };
}
answering with_head(std::function<void(message_head&)> const& change) {
  return [change](int caller, std::mt19937& /*random*/) {
    message_head head;
    head.magic = 0x31505743;
    change(head);
    (void)::send(caller, &head, sizeof head, MSG_NOSIGNAL | MSG_DONTWAIT);
  };
}

std::vector<answering> const& lies() {
  static std::vector<answering> const known = {
      [](int, std::mt19937&) {},
      [](int caller, std::mt19937&) { ::shutdown(caller, SHUT_WR); },
      raw(0),
      raw(3),
      raw(sizeof(message_head)),
      raw(60000),
      with_head([](message_head& head) { head.magic = 0; }),
      with_head([](message_head& head) { head.length = 7; }),
      with_head([](message_head& head) { head.length = ~0U; }),
      with_head([](message_head& head) { head.purpose = message_purpose::give; }),
      with_head([](message_head& head) { head.purpose = static_cast<message_purpose>(99); }),
      with_head([](message_head& head) { head.what = 99; }),
      with_head([](message_head& /*head*/) {}),  // success, and nothing with it
      with_head([](message_head& head) { head.code = ~0U; }),
      with_client([](connection_parts& all) { all.client.memory = dev_null(); }),
      with_client([](connection_parts& all) { all.client.memory = memory_of("another label", 1 << 20, true); }),
      with_client(
          [](connection_parts& all) { all.client.memory = memory_of(pipe_layout::memory_label, 1 << 20, false); }),
      with_client([](connection_parts& all) { all.client.memory = memory_of(pipe_layout::memory_label, 0, true); }),
      with_client(
          [](connection_parts& all) { all.client.memory = memory_of(pipe_layout::memory_label, 1 << 20, true); }),
      with_client([](connection_parts& all) {
        auto const path = "/proc/self/fd/" + std::to_string(all.client.memory.get());
        all.client.memory = unique_fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      }),
      with_client([](connection_parts& all) { all.client.sockets[0] = dev_null(); }),
      with_client([](connection_parts& all) {
        all.client.sockets[1] = unique_fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      }),
      with_client([](connection_parts& all) {
        all.client.sockets[1] = unique_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));  // connected to nobody
      }),
      with_client([](connection_parts& all) { all.spoil([](auto& said) { said.magic = {}; }); }),
      with_client([](connection_parts& all) { all.spoil([](auto& said) {
                                                said.ring_size = {3, 1 << 16};
                                              }); }),
      with_client([](connection_parts& all) { all.spoil([](auto& said) {
                                                said.ring_size = {1 << 16, 1 << 24};
                                              }); }),
      with_client([](connection_parts& all) {
        all.spoil([](auto& said) { said.ring_size = {std::uint64_t{1} << 63U, std::uint64_t{1} << 63U}; });
      }),
      with_client([](connection_parts& all) { all.spoil([](auto& said) { said.ways[1].tail = 12345; }); }),
      with_client(
          [](connection_parts& all) { all.spoil([](auto& said) { said.ways[1].head = ~std::uint64_t{7}; }); }),
      with_client(
          [](connection_parts& all) { all.spoil([](auto& said) { said.ways[1].tail = 1 << 15; }); }),  // of zeros
      with_client([](connection_parts& all) { all.spoil([](auto& said) { said.disconnected = 7; }); }),
      with_client([](connection_parts& all) { all.server = {}; }),  // the other end is gone already
      [](int caller, std::mt19937& /*random*/) { hand_over(caller, std::move(connection_parts().client), 0, true); },
      [](int caller, std::mt19937& /*random*/) {
        hand_over(caller, std::move(connection_parts().client), ERROR_PIPE_BUSY);
      },
  };
  return known;
}

/// A process that says that it serves the pipe, with a handle server of its own making.
void serve_lies(parent_link const& parent) {
  bool existed = false;
  auto const where =
      pipe_directory::find_or_make(*pipe_name(hostile_name), {PIPE_ACCESS_DUPLEX, 1, 1, 512, 512, 0}, existed);
  auto const slot = where->take_slot();
  where->set(*slot, pipe_layout::instance_state::listening);
  auto const socket = make_server_socket(server_for::this_process);
  parent.say(socket ? "lies" : "failed");
  std::mt19937 random(5);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  for (std::string number; !(number = parent.hear()).empty();) {
    unique_fd const caller(::accept4(socket.listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
    pollfd one{caller.get(), POLLIN, 0};
    ::poll(&one, 1, -1);
    message request;
    (void)request.receive(caller.get());
    if (number == "silent") {
      (void)parent.hear();
      continue;
    }
    lies().at(std::stoul(number))(caller.get(), random);
  }
}

/// Uses an end for a while: every call returns, with data or with an error.
void use_up(HANDLE pipe) {
  std::array<char, 600> text{};
  DWORD n = 0;
  for (int i = 0; i < 3; ++i) {
    OVERLAPPED over{};
    scoped_handle const event(CreateEventA(nullptr, TRUE, FALSE, nullptr));
    over.hEvent = event;
    BOOL const begun = i == 1 ? WriteFile(pipe, text.data(), text.size(), nullptr, &over)
                              : ReadFile(pipe, text.data(), text.size(), nullptr, &over);
    if (begun == FALSE && GetLastError() == ERROR_IO_PENDING) {
      CancelIoEx(pipe, &over);
      GetOverlappedResult(pipe, &over, &n, TRUE);
    }
    EXPECT_LE(n, text.size());
    PeekNamedPipe(pipe, text.data(), text.size(), &n, nullptr, nullptr);
  }
}

TEST(PipeHostile, AClientBelievesNoServer) {
  scoped_root const root;
  child const server(&serve_lies);
  ASSERT_EQ(server.hear(), "lies");
  auto const lie_to = [&](std::string const& number) {
    server.say(number);
    scoped_handle const client(CreateFileA(hostile_name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                           FILE_FLAG_OVERLAPPED, nullptr));
    if (client.get() == INVALID_HANDLE_VALUE) return GetLastError();
    use_up(client);
    return DWORD{ERROR_SUCCESS};
  };
  (void)lie_to("0");
  (void)lie_to(std::to_string(lies().size() - 2));  // a whole end: the first starts the service of overlapped calls
  // And what wakes a thread out of a call, which is made once, when a call first sleeps.
  auto const most = open_descriptors(::getpid()) + 1;
  for (std::size_t i = 0; i < lies().size(); ++i) {
    SCOPED_TRACE(i);
    auto const code = lie_to(std::to_string(i));
    constexpr std::size_t first_with_an_end = 27;  // those whose descriptors are an end's: it opens, and is broken
    if (i < 22) {
      EXPECT_TRUE(code == ERROR_PIPE_BUSY || code == ERROR_BAD_PIPE || code == ~0U) << code;
    } else if (i >= first_with_an_end && i + 1 < lies().size()) {
      EXPECT_EQ(code, DWORD{ERROR_SUCCESS});
    }
    EXPECT_LE(open_descriptors(::getpid()), most);
  }
  EXPECT_EQ(lie_to("silent"), DWORD{ERROR_SEM_TIMEOUT});  // its patience is its own
  server.say("go on");
  EXPECT_LE(open_descriptors(::getpid()), most);
}

/// All words of a direction but its lock: processes of one user can keep each other waiting in more ways than this.
void scribble(std::byte* base, std::mt19937& random, std::uint64_t ring) {
  auto& said = *reinterpret_cast<pipe_layout::connection*>(base);
  auto& way = said.ways.at(random() % 2);
  auto const odd = [&]() -> std::uint64_t {
    switch (random() % 5) {
      case 0:
        return random();
      case 1:
        return (std::uint64_t{random()} << 32U) | random();
      case 2:
        return random() % 64 * 8;
      case 3:
        return ring + random() % 16;
      default:
        return ~std::uint64_t{0} - random() % 16;
    }
  };
  switch (random() % 9) {
    case 0:
      way.head = odd();
      break;
    case 1:
      way.tail = odd();
      break;
    case 2:
      way.put = odd();
      break;
    case 3:
      way.taken = odd();
      break;
    case 4:
      way.partly = static_cast<std::uint32_t>(odd());
      break;
    case 5:
      way.awaited = static_cast<std::uint32_t>(odd());
      break;
    case 6:
      way.writer = static_cast<std::uint32_t>(odd());
      break;
    case 7:
      said.ring_size = {odd(), odd()};
      said.quota = {static_cast<std::uint32_t>(odd()), static_cast<std::uint32_t>(odd())};
      break;
    default: {
      auto const at = random() % (ring / 8) * 8;
      auto const word = odd();
      std::memcpy(base + pipe_layout::rings_offset + at, &word, sizeof word);
    }
  }
}

/// Calls of one end, each of which returns at once whatever the memory says.
void call_everything(pipe_link& link, std::mt19937& random) {
  constexpr std::size_t most = 70000;
  constexpr char guard = '\x5A';
  static std::vector<char> text(most + 64, guard);
  auto const size = static_cast<DWORD>(random() % 4 == 0 ? random() % most : random() % 300);
  bool const by_message = random() % 2 == 0;
  switch (random() % 5) {
    case 0: {
      pipe_read in{text.data(), size, by_message};
      auto const said = link.read(in);
      EXPECT_LE(said.bytes, size);
      break;
    }
    case 1: {
      pipe_write out{text.data(), size, random() % 2 == 0};
      auto const said = link.write(out);
      EXPECT_LE(said.bytes, size);
      if (said.blocked) link.give_up(out);
      break;
    }
    case 2:
      EXPECT_LE(link.peek(text.data(), size, by_message).copied, size);
      break;
    case 3:
      (void)link.has_something();
      break;
    default:
      (void)link.is_read_up_to(random() % 2 == 0 ? link.written() : random());
  }
  EXPECT_TRUE(std::all_of(text.begin() + most, text.end(), [](char c) { return c == guard; }));
}

TEST(PipeHostile, NonsenseInTheRingsBreaksThePipeAndNothingElse) {
  constexpr int pipes = 60;
  constexpr int rounds = 400;
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  for (int i = 0; i < pipes; ++i) {
    connection_parts made;
    auto const size = pipe_layout::rings_offset + (std::size_t{2} << 16U);
    auto* const base = static_cast<std::byte*>(
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, made.client.memory.get(), 0));
    auto const link = pipe_link::open(std::move(made.server), pipe_side::server);
    ASSERT_TRUE(link);
    for (int round = 0; round < rounds; ++round) {
      if (random() % 3 == 0) scribble(base, random, std::uint64_t{1} << 16U);
      call_everything(*link, random);
    }
    ::munmap(base, size);
  }
}

TEST(PipeHostile, NonsenseThatChangesAllTheTime) {
  connection_parts made;
  auto const size = pipe_layout::rings_offset + (std::size_t{2} << 16U);
  auto* const base =
      static_cast<std::byte*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, made.client.memory.get(), 0));
  auto const link = pipe_link::open(std::move(made.server), pipe_side::server);
  ASSERT_TRUE(link);
  std::atomic<bool> over{false};
  std::thread peer([&] {
    std::mt19937 random(11);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
    std::array<char, 4096> flood{};
    while (!over.load(std::memory_order_relaxed)) {
      scribble(base, random, std::uint64_t{1} << 16U);
      for (auto const& socket : made.client.sockets)
        (void)::send(socket.get(), flood.data(), random() % flood.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  });
  std::mt19937 random(13);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  for (int i = 0; i < 20000; ++i) call_everything(*link, random);
  over = true;
  peer.join();
  ::munmap(base, size);
}

// A socket of which the other end has closed its half is readable for ever, and says nothing.
TEST(PipeHostile, HalfAConnectionIsNone) {
  for (std::size_t which = 0; which < 2; ++which) {
    connection_parts made;
    auto const server = pipe_link::open(std::move(made.server), pipe_side::server);
    ASSERT_TRUE(server);
    ::shutdown(made.client.sockets.at(which).get(), SHUT_WR);
    std::array<char, 8> text{};
    if (which == 0) {
      pipe_read in{text.data(), text.size(), false};
      EXPECT_EQ(server->read(in).code, DWORD{ERROR_BROKEN_PIPE});
      EXPECT_TRUE(server->other_end_closed());
    } else {
      pipe_write out{text.data(), text.size()};
      EXPECT_EQ(server->write(out).code, DWORD{ERROR_NO_DATA});
    }
  }
}

}  // namespace
