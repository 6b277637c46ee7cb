// SPDX-License-Identifier: Apache-2.0
// A program can close what it does not know, or let its own files have those numbers: daemons do so on purpose.
// Handles whose descriptors are gone are good for nothing, and what is the program's own stays as it is.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include <coview/win32/windows.h>

#include "os/fd.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32_support.hpp"

namespace {

using coview::os::unique_fd;
using coview_test::child;
using coview_test::parent_link;

constexpr int most = 200;

std::vector<int> open_descriptors() {
  std::vector<int> all;
  for (int fd = 3; fd < most; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) all.push_back(fd);
  }
  return all;
}

/// A file of the program's own, which is given the numbers of all that was opened since it was made.
class own_file {
 public:
  explicit own_file(std::filesystem::path const& path)
      : fd_(::fcntl(unique_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)).get(), F_DUPFD_CLOEXEC,
                    most)),
        before_(open_descriptors()) {
    EXPECT_EQ(::write(fd_.get(), text, sizeof text), static_cast<ssize_t>(sizeof text));
    EXPECT_EQ(::fstat(fd_.get(), &status_), 0);
  }
  /// How many there were.
  std::size_t take_numbers() {
    for (int const fd : open_descriptors()) {
      if (std::find(before_.begin(), before_.end(), fd) == before_.end()) taken_.push_back(fd);
    }
    for (int const fd : taken_) ::dup2(fd_.get(), fd);
    return taken_.size();
  }
  /// "as it was", or what became of it.
  [[nodiscard]] std::string state() const {
    struct ::stat now {};
    for (int const fd : taken_) {
      if (::fstat(fd, &now) != 0) return "a descriptor was closed";
      if (now.st_ino != status_.st_ino) return "a descriptor was replaced";
    }
    std::array<char, 2 * sizeof text> read{};
    if (::pread(fd_.get(), read.data(), read.size(), 0) != static_cast<ssize_t>(sizeof text)) return "size";
    if (std::string(read.data()) != text) return "contents";
    return ::lseek(fd_.get(), 0, SEEK_CUR) == static_cast<off_t>(sizeof text) ? "as it was" : "position";
  }

 private:
  static constexpr char text[] = "the program's own";
  unique_fd fd_;
  std::vector<int> before_;
  std::vector<int> taken_;
  struct ::stat status_ {};
};

struct opened {
  HANDLE first = nullptr;
  HANDLE second = nullptr;
};

/// What is opened, and a use of it that fails once its descriptors are gone; none where the memory is enough.
struct kind_of_handle {
  char const* name;
  std::function<opened()> open;
  std::function<BOOL(opened const&)> use;
};

BOOL read_and_write(opened const& one) {
  std::array<char, 4> bytes{};
  DWORD done = 0;
  if (ReadFile(one.first, bytes.data(), 4, &done, nullptr) != FALSE || GetLastError() != ERROR_INVALID_HANDLE)
    return TRUE;
  return WriteFile(one.second != nullptr ? one.second : one.first, "DAMAGE", 6, &done, nullptr);
}

std::vector<kind_of_handle> const& kinds() {
  static std::vector<kind_of_handle> const all{
      {"file",
       [] {
         return opened{CreateFileA("handled", GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS,
                                   FILE_FLAG_DELETE_ON_CLOSE, nullptr)};
       },
       [](opened const& one) {
         LARGE_INTEGER size{};
         if (SetEndOfFile(one.first) != FALSE || GetFileSizeEx(one.first, &size) != FALSE ||
             LockFile(one.first, 0, 0, 10, 0) != FALSE || FlushFileBuffers(one.first) != FALSE)
           return TRUE;
         return read_and_write(one);
       }},
      {"anonymous pipe",
       [] {
         opened made;
         CreatePipe(&made.first, &made.second, nullptr, 0);
         return made;
       },
       read_and_write},
      {"named pipe",
       [] {
         auto* const server = CreateNamedPipeA(R"(\\.\pipe\taken)", PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, nullptr);
         auto* const client =
             CreateFileA(R"(\\.\pipe\taken)", GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
         return opened{server, client};
       },
       read_and_write},
      {"process", [] { return opened{OpenProcess(PROCESS_ALL_ACCESS, FALSE, static_cast<DWORD>(::getppid()))}; },
       [](opened const& one) {
         DWORD code = 0;
         if (WaitForSingleObject(one.first, 0) != WAIT_FAILED) return TRUE;
         return GetExitCodeProcess(one.first, &code);
       }},
      {"event", [] { return opened{CreateEventA(nullptr, TRUE, FALSE, nullptr)}; }, {}},
      {"timer", [] { return opened{CreateWaitableTimerA(nullptr, TRUE, nullptr)}; }, {}},
      {"named mutex", [] { return opened{CreateMutexA(nullptr, FALSE, "taken")}; }, {}},
      {"job", [] { return opened{CreateJobObjectA(nullptr, nullptr)}; }, {}},
      {"memory", [] { return opened{coview_test::memory(4096)}; }, {}},
  };
  return all;
}

class Win32Descriptors : public testing::Test {
 protected:
  Win32Descriptors() { std::filesystem::current_path(root_.path()); }
  coview_test::scoped_root root_;
};

void use_and_close(parent_link const& parent, kind_of_handle const& kind, own_file& own) {
  auto const handles = kind.open();
  if (handles.first == nullptr || handles.first == INVALID_HANDLE_VALUE) return parent.say("not opened");
  auto const taken = own.take_numbers();
  if (kind.use && taken == 0) return parent.say("nothing to take");
  if (kind.use && (kind.use(handles) != FALSE || GetLastError() != ERROR_INVALID_HANDLE))
    return parent.say("used, or error " + std::to_string(GetLastError()));
  WaitForSingleObject(handles.first, 0);
  if (handles.second != nullptr) CloseHandle(handles.second);
  CloseHandle(handles.first);
  parent.say(own.state());
}

TEST_F(Win32Descriptors, OfTheProgramsOwnAreNeitherUsedNorClosed) {
  for (auto const& kind : kinds()) {
    child const program([&](parent_link const& parent) {
      own_file own(root_.path() / "own");
      use_and_close(parent, kind, own);
    });
    EXPECT_EQ(program.hear(), "as it was") << kind.name;
    std::filesystem::remove(root_.path() / "own");
  }
}

TEST_F(Win32Descriptors, OfAHandleAreClosedWithIt) {
  for (auto const& kind : kinds()) {
    child const program([&](parent_link const& parent) {
      for (int i = 0; i < 2; ++i) {  // what the process itself needs stays
        auto const handles = kind.open();
        if (handles.second != nullptr) CloseHandle(handles.second);
        CloseHandle(handles.first);
        if (i == 0) parent.say(std::to_string(open_descriptors().size()));
      }
      parent.say(std::to_string(open_descriptors().size()));
    });
    auto const once = program.hear();
    EXPECT_EQ(program.hear(), once) << kind.name;
  }
}

/// A standard handle is whatever has its number: programs redirect themselves so.
TEST_F(Win32Descriptors, OfStandardHandlesAreWhatTheProgramMakesThem) {
  child const program([&](parent_link const& parent) {
    auto* const output = GetStdHandle(STD_OUTPUT_HANDLE);
    unique_fd const file(::open("redirected", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ::dup2(file.get(), 1);
    DWORD done = 0;
    bool const written = WriteFile(output, "text", 4, &done, nullptr) != FALSE;
    CloseHandle(output);
    parent.say(written && ::fcntl(1, F_GETFD) >= 0 ? "written" : std::to_string(GetLastError()));
  });
  EXPECT_EQ(program.hear(), "written");
  EXPECT_EQ(std::filesystem::file_size("redirected"), 4U);
}

TEST_F(Win32Descriptors, OfTheHandleServerAreLeftToTheProgram_H08) {
  child const program([&](parent_link const& parent) {
    own_file own(root_.path() / "own");
    GetCurrentProcessId();
    if (!coview::win32::handle_server_runs() || own.take_numbers() == 0) return parent.say("no server");
    child const forked([&](parent_link const& grand) { grand.say(own.state()); });
    parent.say(forked.hear());
    parent.say(own.state());
  });
  EXPECT_EQ(program.hear(), "as it was");
  EXPECT_EQ(program.hear(), "as it was");
}

/// The program's socket has the number of the server's door: its callers are its own.
TEST_F(Win32Descriptors, OfTheHandleServerTakeNobodysCallers_H08) {
  child const program([&](parent_link const& parent) {
    GetCurrentProcessId();
    auto const after = open_descriptors();
    auto const door = std::find_if(after.begin(), after.end(), [](int fd) {
      int listens = 0;
      socklen_t size = sizeof listens;
      return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
    });
    if (door == after.end()) return parent.say("no server");
    // One caller of the server's own, who is inside before the door is taken: the thread wakes when he leaves, and
    // must find the door gone. (A caller still at the old door wakes nobody: poll looks at the number once more.)
    unique_fd const old_door(::fcntl(*door, F_DUPFD_CLOEXEC, most));
    unique_fd const own(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::sockaddr_un name{};
    name.sun_family = AF_UNIX;
    // Bound without a name: the kernel gives it one.
    if (::bind(own.get(), reinterpret_cast<sockaddr const*>(&name), sizeof(sa_family_t)) != 0 ||
        ::listen(own.get(), 5) != 0)
      return parent.say("no socket");
    auto const without = open_descriptors().size();
    auto made = coview::win32::connect_to_handle_server(::getpid());
    if (!made) return parent.say("no way to the server: " + std::to_string(made.error()));
    while (open_descriptors().size() < without + 2) std::this_thread::yield();  // this end, and the server's
    ::dup2(own.get(), *door);
    unique_fd const caller(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    ::sockaddr_un own_name{};
    socklen_t length = sizeof own_name;
    ::getsockname(own.get(), reinterpret_cast<sockaddr*>(&own_name), &length);
    if (::connect(caller.get(), reinterpret_cast<sockaddr const*>(&own_name), length) != 0)
      return parent.say("not connected");
    made = coview::os::result<unique_fd>::failure(EBADF);  // the server hears of a hang-up, looks, and ends
    while (coview::win32::handle_server_runs()) std::this_thread::yield();
    unique_fd const accepted(::accept4(own.get(), nullptr, nullptr, SOCK_CLOEXEC));
    parent.say(accepted ? "its own" : "taken");
    // The next reason for a server makes another.
    GetCurrentProcessId();
    parent.say(coview::win32::handle_server_runs() ? "another" : "none");
  });
  EXPECT_EQ(program.hear(), "its own");
  EXPECT_EQ(program.hear(), "another");
}

}  // namespace
