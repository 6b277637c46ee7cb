// SPDX-License-Identifier: Apache-2.0
// What a process believes of the handles that its environment describes: as much as the descriptors prove (H-11). The
// descriptions here are written by hand, and lie.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/win32/windows.h>

#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32_support.hpp"

namespace {

using coview::os::unique_fd;
using coview_test::child;
using coview_test::parent_link;
using kind = coview::win32::object::kind;

/// A description as inheritance.cpp writes it.
class table {
 public:
  /// One object, with a handle of that value.
  table& add(kind what, std::vector<int> const& fds, std::string const& bytes, std::uint32_t value,
             std::uint32_t access = 0x1F03FF) {
    number(static_cast<std::uint32_t>(what));
    number(static_cast<std::uint32_t>(fds.size()));
    number(static_cast<std::uint32_t>(bytes.size()));
    for (int const fd : fds) number(static_cast<std::uint32_t>(fd));
    objects_ += bytes;
    for (std::uint32_t const one : {value, access, 0U, count_}) handles_.push_back(one);
    ++count_;
    return *this;
  }
  [[nodiscard]] std::string bytes() const {
    std::string body = objects_;
    body.append(reinterpret_cast<char const*>(handles_.data()), handles_.size() * 4);
    std::uint32_t const head[4] = {0x32485743, count_, static_cast<std::uint32_t>(handles_.size() / 4),
                                   static_cast<std::uint32_t>(16 + body.size())};
    return std::string(reinterpret_cast<char const*>(head), sizeof head) + body;
  }

 private:
  void number(std::uint32_t value) { objects_.append(reinterpret_cast<char const*>(&value), sizeof value); }

  std::uint32_t count_ = 0;
  std::string objects_;
  std::vector<std::uint32_t> handles_;
};

constexpr int all_seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;

/// Where it is in the way of nothing; closed by whoever reads the table.
int file_of(std::string const& bytes, int seals = all_seals, char const* label = "coview-win32-handles") {
  unique_fd const made(::memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::write(made.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  if (seals != 0) {
    EXPECT_EQ(::fcntl(made.get(), F_ADD_SEALS, seals), 0);
  }
  return ::fcntl(made.get(), F_DUPFD_CLOEXEC, 100);
}

void read_variable(std::string const& text) {
  ::setenv(coview::win32::inheritance_variable, text.c_str(), 1);
  coview::win32::adopt_inherited_handles();
  EXPECT_EQ(std::getenv(coview::win32::inheritance_variable), nullptr);
}
void read_table(table const& one) {
  read_variable(std::to_string(file_of(one.bytes())));
}

HANDLE handle_of(std::uint32_t value) {
  return reinterpret_cast<HANDLE>(std::uintptr_t{value});
}
bool is_handle(std::uint32_t value) {
  DWORD flags = 0;
  return GetHandleInformation(handle_of(value), &flags) != FALSE;
}
bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

std::string number(std::uint64_t value) {
  return {reinterpret_cast<char const*>(&value), sizeof value};
}
std::string number(std::uint32_t value) {
  return {reinterpret_cast<char const*>(&value), sizeof value};
}

/// Far from what other handles of the process get.
constexpr std::uint32_t place = 0x8000;

class Win32Received : public ::testing::Test {
 protected:
  /// The one file of a live object in this root.
  [[nodiscard]] std::string object_file() const {
    auto const all = root_.files();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? std::string() : (root_.path() / all.front()).string();
  }
  coview_test::scoped_root root_;
};

unique_fd opened(std::string const& path, int flags = O_RDWR) {
  return unique_fd(::open(path.c_str(), flags | O_CLOEXEC));
}

TEST_F(Win32Received, ATrueDescriptionGivesTheObject_H11) {
  auto const event = coview::event::create("e", coview::reset::manual);
  int const fd = opened(object_file()).release();
  read_table(table().add(kind::event, {fd}, std::string(1, '\1'), place));
  ASSERT_TRUE(is_handle(place));
  EXPECT_FALSE(is_open(fd));  // the object has its own
  EXPECT_TRUE(SetEvent(handle_of(place)));
  EXPECT_TRUE(event.wait(std::chrono::seconds(0)));
  EXPECT_TRUE(CloseHandle(handle_of(place)));
  EXPECT_TRUE(event.still_named());
}

TEST_F(Win32Received, TheNameGoesWithTheLastHolder_H11_L01) {
  auto event = coview::event::create("e", coview::reset::manual);
  int const fd = opened(object_file()).release();
  read_table(table().add(kind::event, {fd}, std::string(1, '\1'), place));
  event = {};
  EXPECT_TRUE(coview::event::try_open("e"));
  EXPECT_TRUE(CloseHandle(handle_of(place)));
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Win32Received, AFileThatTheNameDoesNotLeadToIsNeverRemoved_H11) {
  std::string const copy = (root_.path() / "copy").string();
  {
    auto const event = coview::event::create("e", coview::reset::manual);
    std::filesystem::copy_file(object_file(), copy);
  }
  int const fd = opened(copy).release();
  read_table(table().add(kind::event, {fd}, std::string(1, '\1'), place));
  EXPECT_TRUE(is_handle(place));  // an object without a name
  EXPECT_TRUE(CloseHandle(handle_of(place)));
  EXPECT_TRUE(std::filesystem::exists(copy));
}

TEST_F(Win32Received, AVariableThatNamesNoTableIsNothing) {
  auto const good = table().add(kind::file, {}, "", place).bytes();
  for (char const* const text : {"", "x", "-1", "0", "1", "2", "7x", "x7", " 100", "99999", "4294967297",
                                 "99999999999999999999999", "100,", "\xff\xff"}) {
    read_variable(text);
    EXPECT_FALSE(is_handle(place)) << text;
  }
  std::string const path = (root_.path() / "file").string();
  std::ofstream(path) << good;
  std::vector<int> const others{opened(path).release(),
                                opened(root_.path().string(), O_RDONLY | O_DIRECTORY).release(),
                                opened("/dev/null").release(),
                                ::eventfd(0, EFD_CLOEXEC),
                                file_of(good, 0),
                                file_of(good, F_SEAL_SHRINK | F_SEAL_GROW),
                                file_of(good, all_seals, "another"),
                                opened(path, O_PATH).release()};
  for (int const fd : others) {
    read_variable(std::to_string(fd));
    EXPECT_FALSE(is_handle(place));
    EXPECT_TRUE(is_open(fd)) << fd;  // somebody else's
    ::close(fd);
  }
}

TEST_F(Win32Received, DescriptorsThatAreNotThereAreNothing) {
  int const table_number = 100;
  for (int const fd : {-1, -2147483647, 0, 1, 2, 99, 999999, 2147483647, table_number}) {
    read_table(table().add(kind::file, {fd}, number(std::uint32_t{0}), place));
    EXPECT_FALSE(is_handle(place)) << fd;
  }
  for (int const standard : {0, 1, 2}) EXPECT_TRUE(is_open(standard));
}

TEST_F(Win32Received, ADescriptorNamedTwiceIsOneObjects) {
  std::string const path = coview_test::make_file(root_, "file", 10);
  int const fd = opened(path).release();
  auto const flags = number(std::uint32_t{0});
  read_table(table().add(kind::file, {fd}, flags, place).add(kind::file, {fd}, flags, place + 4));
  EXPECT_TRUE(is_handle(place));
  EXPECT_FALSE(is_handle(place + 4));
  EXPECT_TRUE(CloseHandle(handle_of(place)));
}

TEST_F(Win32Received, AHandleNamedTwiceIsTheFirst) {
  std::string const path = coview_test::make_file(root_, "file", 10);
  int const first = opened(path).release();
  int const second = opened(path).release();
  auto const flags = number(std::uint32_t{0});
  read_table(table().add(kind::file, {first}, flags, place).add(kind::file, {second}, flags, place));
  EXPECT_TRUE(CloseHandle(handle_of(place)));
  EXPECT_FALSE(is_handle(place));
}

/// Descriptors of every kind that there is, said to be of every kind of object: each is refused or is what it is, and
/// nothing that it leads to changes.
TEST_F(Win32Received, WhatIsNotWhatItIsSaidToBeStaysAsItIs) {
  auto const mutex = coview::mutex::create("m");
  std::string const object = object_file();
  std::string const path = coview_test::make_file(root_, "precious", 4096, 'p');
  auto const descriptors = [&] {
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    return std::vector<int>{opened(path).release(),
                            opened(path, O_RDONLY).release(),
                            opened(path, O_WRONLY).release(),
                            opened(path, O_PATH).release(),
                            opened(object, O_RDONLY).release(),
                            opened(object).release(),
                            opened(root_.path().string(), O_RDONLY | O_DIRECTORY).release(),
                            opened("/dev/null").release(),
                            ::eventfd(0, EFD_CLOEXEC),
                            static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)),
                            file_of("not sealed", 0, "coview synchronisation"),
                            pipe[0],
                            pipe[1]};
  };
  std::mt19937 random(11);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  for (std::uint32_t what = 0; what <= static_cast<std::uint32_t>(kind::other) + 1; ++what) {
    for (std::string bytes : {std::string(), std::string(1, '\1'), std::string(64, '\0'), std::string(64, '\1'),
                              std::string(64, '\xff'), std::string(200, '?')}) {
      if (!bytes.empty() && bytes[0] == '?')
        std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
      auto const all = descriptors();
      table lies;
      std::uint32_t value = place;
      for (int const fd : all) lies.add(static_cast<kind>(what), {fd}, bytes, value += 4);
      read_table(lies);
      for (value = place; value <= place + 4 * all.size(); value += 4) {
        if (is_handle(value)) {
          EXPECT_TRUE(CloseHandle(handle_of(value)));
        }
      }
      for (int const fd : all) ::close(fd);
    }
  }
  EXPECT_EQ(std::filesystem::file_size(path), 4096U);
  std::string kept(4096, '\0');
  std::ifstream(path).read(kept.data(), 4096);
  EXPECT_EQ(kept, std::string(4096, 'p'));
  EXPECT_TRUE(mutex.still_named());
  EXPECT_EQ(mutex.acquire(std::chrono::seconds(0)), coview::acquired::yes);
  mutex.release();
}

TEST_F(Win32Received, AnotherKindInTheHeaderIsRefused) {
  auto const event = coview::event::create("e", coview::reset::manual);
  for (kind const what : {kind::mutex, kind::semaphore}) {
    unique_fd const fd = opened(object_file());
    read_table(table().add(what, {fd.get()}, std::string(1, '\1'), place));
    EXPECT_FALSE(is_handle(place));
    EXPECT_TRUE(is_open(fd.get()));
  }
  unique_fd const fd = opened(object_file());
  read_table(table().add(kind::mapping, {fd.get()}, std::string(1, '\1'), place));
  EXPECT_FALSE(is_handle(place));
}

TEST_F(Win32Received, RightsGoNoFurtherThanTheDescriptor) {
  std::string const path = coview_test::make_file(root_, "file", 4096);
  auto const flags = number(std::uint32_t{0});
  read_table(table().add(kind::file, {opened(path, O_RDONLY).release()}, flags, place, 0x1F01FF));
  ASSERT_TRUE(is_handle(place));
  DWORD done = 0;
  char byte = 0;
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, WriteFile(handle_of(place), "x", 1, &done, nullptr));
  EXPECT_TRUE(ReadFile(handle_of(place), &byte, 1, &done, nullptr));
  EXPECT_EQ(CreateFileMappingA(handle_of(place), nullptr, PAGE_READWRITE, 0, 0, nullptr), nullptr);
  EXPECT_TRUE(CloseHandle(handle_of(place)));

  // A section of a file that may only be read, said to be for writing; one that is said to be longer than its file;
  // one without a file that is a file; protections that are none.
  auto const section = [](std::uint64_t size, std::uint32_t protect, std::uint32_t how, char file) {
    return std::string(1, '\0') + number(size) + number(protect) + number(how) + file;
  };
  struct lie {
    int how_opened;
    std::string bytes;
  };
  for (auto const& one :
       {lie{O_RDONLY, section(4096, PAGE_READWRITE, SEC_COMMIT, 1)},
        lie{O_RDWR, section(4097, PAGE_READWRITE, SEC_COMMIT, 1)},
        lie{O_RDWR, section(0, PAGE_READWRITE, SEC_COMMIT, 1)},
        lie{O_RDWR, section(UINT64_MAX, PAGE_READWRITE, SEC_COMMIT, 1)},
        lie{O_RDWR, section(4096, PAGE_READWRITE, SEC_COMMIT, 0)}, lie{O_RDWR, section(4096, 0, SEC_COMMIT, 1)},
        lie{O_RDWR, section(4096, PAGE_READWRITE | PAGE_READONLY, SEC_COMMIT, 1)},
        lie{O_RDWR, section(4096, PAGE_READWRITE, 0xFFFFFFFF, 1)},
        lie{O_WRONLY, section(4096, PAGE_READONLY, SEC_COMMIT, 1)}}) {
    unique_fd const fd = opened(path, one.how_opened);
    read_table(table().add(kind::mapping, {fd.get()}, one.bytes, place));
    EXPECT_FALSE(is_handle(place));
  }
  read_table(table().add(kind::mapping, {opened(path, O_RDONLY).release()},
                         section(4096, PAGE_READONLY, SEC_COMMIT, 1), place, SECTION_MAP_READ | SECTION_MAP_WRITE));
  ASSERT_TRUE(is_handle(place));
  EXPECT_EQ(MapViewOfFile(handle_of(place), FILE_MAP_WRITE, 0, 0, 0), nullptr);
  EXPECT_TRUE(CloseHandle(handle_of(place)));
}

TEST_F(Win32Received, WhereAFileStandsIsAskedOfTheKernel) {
  std::string const path = coview_test::make_file(root_, "file", 10);
  std::string const precious = coview_test::make_file(root_, "precious", 10);
  // The flag asks for its deletion, and what follows is a path as older descriptions had it.
  auto const bytes = number(std::uint32_t{FILE_FLAG_DELETE_ON_CLOSE}) + number(std::uint32_t{0}) +
                     number(static_cast<std::uint32_t>(precious.size())) + precious;
  read_table(table().add(kind::file, {opened(path).release()}, bytes, place));
  ASSERT_TRUE(is_handle(place));
  std::array<char, 4096> name{};
  EXPECT_NE(GetFinalPathNameByHandleA(handle_of(place), name.data(), static_cast<DWORD>(name.size()), 0), 0U);
  EXPECT_NE(std::string(name.data()).find("file"), std::string::npos) << name.data();
  EXPECT_TRUE(CloseHandle(handle_of(place)));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::exists(precious));
}

TEST_F(Win32Received, TablesThatContradictThemselvesAreNothing) {
  std::string const path = coview_test::make_file(root_, "file", 10);
  unique_fd const fd = opened(path);
  auto const good = table().add(kind::file, {fd.get()}, number(std::uint32_t{0}), place).bytes();
  for (std::size_t cut = 0; cut < good.size() - 16; ++cut) {
    auto shorter = good.substr(0, cut);
    if (cut >= 16) {  // with a length that is right, so that the rest is looked at
      auto const length = static_cast<std::uint32_t>(cut);
      std::memcpy(shorter.data() + 12, &length, sizeof length);
    }
    read_variable(std::to_string(file_of(shorter)));
    EXPECT_FALSE(is_handle(place)) << cut;
  }
  for (std::size_t at = 0; at + 4 <= good.size(); at += 4) {
    for (std::uint32_t const odd : {0xFFFFFFFFU, 0x7FFFFFFFU, 0x80000000U, 0x10000U}) {
      auto wrong = good;
      std::memcpy(wrong.data() + at, &odd, sizeof odd);
      read_variable(std::to_string(file_of(wrong)));
      CloseHandle(handle_of(place));
    }
  }
  std::mt19937 random(12);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  for (int i = 0; i < 500; ++i) {
    std::string noise(random() % 300, '\0');
    for (auto& one : noise) one = static_cast<char>(random() % (i % 2 == 0 ? 256 : 4));
    if (noise.size() >= 16) std::memcpy(noise.data(), good.data(), i % 3 == 0 ? 4 : 12);
    auto const length = static_cast<std::uint32_t>(noise.size());
    if (noise.size() >= 16) std::memcpy(noise.data() + 12, &length, sizeof length);
    read_variable(std::to_string(file_of(noise)));
  }
  EXPECT_EQ(std::filesystem::file_size(path), 10U);
}

TEST_F(Win32Received, ManyHandlesInAnyOrderTakeNoTime) {
  std::string const path = coview_test::make_file(root_, "file", 10);
  // One object, and half a million handles to it, from both ends.
  constexpr std::uint32_t many = 500'000;
  table first;
  first.add(kind::file, {opened(path).release()}, number(std::uint32_t{0}), place);
  auto bytes = first.bytes();
  for (std::uint32_t i = 1; i < many; ++i) {
    std::uint32_t const index = place / 4 + (i % 2 == 0 ? i : many - i);
    for (std::uint32_t const one : {index * 4, 1U, 0U, 0U})
      bytes.append(reinterpret_cast<char const*>(&one), sizeof one);
  }
  auto const length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data() + 12, &length, sizeof length);
  child reader([&](parent_link const& parent) {
    read_variable(std::to_string(file_of(bytes)));
    parent.say(is_handle(place) && is_handle(place + 4 * 1000) ? "there" : "not there");
  });
  EXPECT_EQ(reader.hear(), "there");
  EXPECT_EQ(reader.wait(), 0);
}

TEST_F(Win32Received, APrivilegedProcessReadsNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to have two users";
  std::string const path = coview_test::make_file(root_, "file", 10);
  child privileged([&](parent_link const& parent) {
    constexpr uid_t stranger = 1001;
    int const fd = opened(path).release();
    int const described = file_of(table().add(kind::file, {fd}, number(std::uint32_t{0}), place).bytes());
    if (::setresuid(stranger, 0, 0) != 0) parent.say("no user");
    ::setenv("COVIEW_DRIVE_Q", root_.path().c_str(), 1);
    ::setenv("TMP", root_.path().c_str(), 1);
    read_variable(std::to_string(described));
    parent.say(is_handle(place) ? "read" : "not read");
    parent.say(is_open(fd) && is_open(described) ? "left alone" : "closed");
    std::array<char, 300> directory{};
    GetTempPathA(static_cast<DWORD>(directory.size()), directory.data());
    parent.say(directory.data());
    parent.say(GetFileAttributesA("Q:\\file") == INVALID_FILE_ATTRIBUTES ? "no drive" : "a drive");
  });
  EXPECT_EQ(privileged.hear(), "not read");
  EXPECT_EQ(privileged.hear(), "left alone");
  EXPECT_EQ(privileged.hear().find(root_.path().string()), std::string::npos);
  EXPECT_EQ(privileged.hear(), "no drive");
  EXPECT_EQ(privileged.wait(), 0);
}

}  // namespace
