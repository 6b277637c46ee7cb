// SPDX-License-Identifier: Apache-2.0
// Devices are not files: they are opened, read and written, and no call deletes, renames, replaces or changes them.
// Everything here happens below a /dev of its own, in a mount namespace of its own: a mistake in the library cannot
// reach the machine's.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include <coview/win32/direct.h>
#include <coview/win32/io.h>
#include <coview/win32/windows.h>

#include "support/mount.hpp"
#include "win32/win32_support.hpp"

extern "C" int coview_msvcrt_remove(char const* path);
extern "C" int coview_msvcrt_rename(char const* from, char const* to);

namespace coview_test {
namespace {

/// What must stay as it is.
using facts = std::array<std::uint64_t, 8>;
facts facts_of(std::string const& path) {
  struct ::stat s {};
  if (::lstat(path.c_str(), &s) != 0) return {};
  auto const number = [](auto value) { return static_cast<std::uint64_t>(value); };
  return {number(s.st_ino),   number(s.st_rdev),  number(s.st_mode),         number(s.st_uid),
          number(s.st_nlink), number(s.st_mtime), number(s.st_mtim.tv_nsec), number(s.st_ctim.tv_nsec)};
}

/// A /dev for this process alone: the machine's is out of reach from here on. Without root, a directory with what
/// users can make: a FIFO, a socket, and links to them.
class small_world {
 public:
  explicit small_world(std::string const& scratch) : files(scratch) {
    if (is_root()) {
      if (!own_mounts() || ::mount("coview-test", "/dev", "tmpfs", 0, "mode=755") != 0) return;
      files = "/dev/files";
      ::mkdir(files.c_str(), 0777);
      node("/dev/null", makedev(1, 3));
      node("/dev/full", makedev(1, 7));
      node("/dev/tty", makedev(5, 0));
      node("/dev/loose", makedev(7, 255), S_IFBLK);
    }
    std::string const fifo = files + "/fifo";
    std::string const socket_path = files + "/socket";
    ::mkfifo(fifo.c_str(), 0666);
    int const socket_fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(static_cast<char*>(address.sun_path), socket_path.c_str(), sizeof address.sun_path - 1);
    ::bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(socket_fd);
    for (auto const& path : {fifo, socket_path}) keep(path, path);
    std::string const link = files + "/link";
    if (::symlink(fifo.c_str(), link.c_str()) == 0) keep(link, link);
    ok = ::chdir(files.c_str()) == 0 && before.size() >= (is_root() ? 7U : 3U);
    if (is_root())
      for (char const* const name : {"nul", "NUL", "Nul.txt", "con", "CONIN$", "conout$.log", "sub\\nul",
                                     "\\\\.\\NUL", "\\\\?\\nul", "nul:", "C:\\nul", "nul ", "aux\\..\\NUL.tar.gz"})
        names.emplace_back(name);
  }
  /// The first thing that is not as it was; empty where all is.
  [[nodiscard]] std::string changed() const {
    for (auto const& [path, known] : before)
      if (facts_of(path) != known) return path;
    return {};
  }

  std::string files;
  std::vector<std::string> names;  // as programs write them
  std::map<std::string, facts> before;
  bool ok = false;

 private:
  void keep(std::string const& path, std::string const& name) {
    before[path] = facts_of(path);
    names.push_back(name);
  }
  void node(char const* path, dev_t device, mode_t kind = S_IFCHR) {
    if (::mknod(path, kind | 0666, device) != 0 || ::chmod(path, 0666) != 0) return;
    keep(path, path);
  }
};

/// Runs `body` in such a world; what it says is what went wrong.
void in_small_world(std::function<std::string(small_world&)> const& body) {
  scoped_root const root;
  child const process([&](parent_link const& parent) {
    small_world world(root.path().string());
    parent.say(world.ok ? body(world) + "." : "cannot make a world of its own");
  });
  EXPECT_EQ(process.hear(), ".");
}

using attempt = std::function<bool(std::string const& device, std::string const& file)>;
/// Each attempt on each device fails and leaves the device as it was. `file` is a fresh ordinary file for it.
std::string try_all(small_world& world, std::map<std::string, attempt> const& attempts) {
  for (auto const& [what, call] : attempts) {
    for (auto const& device : world.names) {
      std::string const file = world.files + "/ordinary";
      std::ofstream(file) << "data";
      bool const succeeded = call(device, file);
      if (auto const path = world.changed(); !path.empty()) return what + " of " + device + " changed " + path;
      if (succeeded) return what + " of " + device + " succeeded";
    }
  }
  return {};
}

TEST(Devices, NothingChangesThemByPath) {
  in_small_world([](small_world& world) {
    return try_all(
        world,
        {{"DeleteFileA", [](auto const& device, auto const&) { return DeleteFileA(device.c_str()) != FALSE; }},
         {"DeleteFileW",
          [](auto const& device, auto const&) {
            return DeleteFileW(std::wstring(device.begin(), device.end()).c_str()) != FALSE;
          }},
         {"MoveFile from",
          [](auto const& device, auto const& file) {
            return MoveFileA(device.c_str(), (file + ".new").c_str()) != FALSE;
          }},
         {"MoveFile onto",
          [](auto const& device, auto const& file) { return MoveFileA(file.c_str(), device.c_str()) != FALSE; }},
         {"MoveFileEx onto",
          [](auto const& device, auto const& file) {
            return MoveFileExA(file.c_str(), device.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED) !=
                   FALSE;
          }},
         {"ReplaceFile",
          [](auto const& device, auto const& file) {
            return ReplaceFileA(device.c_str(), file.c_str(), nullptr, 0, nullptr, nullptr) != FALSE;
          }},
         {"ReplaceFile by",
          [](auto const& device, auto const& file) {
            return ReplaceFileA(file.c_str(), device.c_str(), nullptr, 0, nullptr, nullptr) != FALSE;
          }},
         {"CreateHardLink",
          [](auto const& device, auto const& file) {
            return CreateHardLinkA((file + ".link").c_str(), device.c_str(), nullptr) != FALSE;
          }},
         {"CreateSymbolicLink onto",
          [](auto const& device, auto const& file) {
            return CreateSymbolicLinkA(device.c_str(), file.c_str(), 0) != FALSE;
          }},
         {"SetFileAttributes",
          [](auto const& device, auto const&) {
            return SetFileAttributesA(device.c_str(), FILE_ATTRIBUTE_READONLY) != FALSE ||
                   SetFileAttributesA(device.c_str(), FILE_ATTRIBUTE_HIDDEN) != FALSE;
          }},
         {"CreateDirectory",
          [](auto const& device, auto const&) { return CreateDirectoryA(device.c_str(), nullptr) != FALSE; }},
         {"RemoveDirectory",
          [](auto const& device, auto const&) { return RemoveDirectoryA(device.c_str()) != FALSE; }},
         {"remove", [](auto const& device, auto const&) { return coview_msvcrt_remove(device.c_str()) == 0; }},
         {"_unlink", [](auto const& device, auto const&) { return _unlink(device.c_str()) == 0; }},
         {"rename", [](auto const& device,
                       auto const& file) { return coview_msvcrt_rename(device.c_str(), file.c_str()) == 0; }},
         {"rename onto", [](auto const& device,
                            auto const& file) { return coview_msvcrt_rename(file.c_str(), device.c_str()) == 0; }},
         {"_chmod", [](auto const& device, auto const&) { return _chmod(device.c_str(), S_IREAD) == 0; }},
         {"_mkdir", [](auto const& device, auto const&) { return _mkdir(device.c_str()) == 0; }},
         {"DELETE_ON_CLOSE", [](auto const& device, auto const&) {
            HANDLE const handle = CreateFileA(device.c_str(), GENERIC_WRITE | DELETE, 7, nullptr, OPEN_EXISTING,
                                              FILE_FLAG_DELETE_ON_CLOSE, nullptr);
            if (handle == INVALID_HANDLE_VALUE) return false;
            CloseHandle(handle);
            return true;
          }}});
  });
}

bool rename_by_handle(HANDLE handle, std::string const& to) {
  std::wstring const name(to.begin(), to.end());
  std::vector<char> room(sizeof(FILE_RENAME_INFO) + (name.size() + 1) * sizeof(WCHAR));
  auto* const info = reinterpret_cast<FILE_RENAME_INFO*>(room.data());
  info->ReplaceIfExists = TRUE;
  info->FileNameLength = static_cast<DWORD>(name.size() * sizeof(WCHAR));
  std::memcpy(static_cast<WCHAR*>(info->FileName), name.c_str(), info->FileNameLength);
  return SetFileInformationByHandle(handle, FileRenameInfo, info, static_cast<DWORD>(room.size())) != FALSE;
}

/// Opened for everything that need not wait for another end: attributes and DELETE.
TEST(Devices, NothingChangesThemByHandle) {
  in_small_world([](small_world& world) {
    auto const with_handle = [](auto call) {
      return [call](std::string const& device, std::string const& file) {
        scoped_handle const handle(CreateFileA(device.c_str(), DELETE | FILE_WRITE_ATTRIBUTES | FILE_READ_ATTRIBUTES,
                                               7, nullptr, OPEN_ALWAYS, 0, nullptr));
        return handle.get() != INVALID_HANDLE_VALUE && call(handle.get(), file);
      };
    };
    // A FIFO that is opened to be deleted would wait for a writer: its other end is here.
    int const other_end = ::open((world.files + "/fifo").c_str(), O_RDWR | O_CLOEXEC);
    auto answer = try_all(
        world,
        {{"SetFileTime", with_handle([](HANDLE handle, auto const&) {
            FILETIME const time{1, 0x01D00000};
            return SetFileTime(handle, &time, &time, &time) != FALSE;
          })},
         {"FileBasicInfo", with_handle([](HANDLE handle, auto const&) {
            FILE_BASIC_INFO info{};
            info.FileAttributes = FILE_ATTRIBUTE_READONLY;
            info.LastWriteTime.QuadPart = 0x01D0000000000000;
            return SetFileInformationByHandle(handle, FileBasicInfo, &info, sizeof info) != FALSE;
          })},
         {"FileDispositionInfo", with_handle([](HANDLE handle, auto const&) {
            FILE_DISPOSITION_INFO info{};
            info.DeleteFile = TRUE;
            return SetFileInformationByHandle(handle, FileDispositionInfo, &info, sizeof info) != FALSE;
          })},
         {"FileEndOfFileInfo", with_handle([](HANDLE handle, auto const&) {
            FILE_END_OF_FILE_INFO info{};
            return SetFileInformationByHandle(handle, FileEndOfFileInfo, &info, sizeof info) != FALSE;
          })},
         {"FileRenameInfo", with_handle(rename_by_handle)},
         {"SetEndOfFile", with_handle([](HANDLE handle, auto const&) { return SetEndOfFile(handle) != FALSE; })}});
    ::close(other_end);
    return answer;
  });
}

/// An ordinary file is not renamed onto a device by its handle either.
TEST(Devices, AreNotReplacedByARenamedHandle) {
  in_small_world([](small_world& world) {
    return try_all(world, {{"FileRenameInfo onto", [](std::string const& device, std::string const& file) {
                              scoped_handle const handle(
                                  CreateFileA(file.c_str(), DELETE, 7, nullptr, OPEN_EXISTING, 0, nullptr));
                              return rename_by_handle(handle.get(), device);
                            }}});
  });
}

TEST(Devices, TheNullDeviceIsReadAndWritten) {
  NEEDS_ROOT();
  in_small_world([](small_world& world) -> std::string {
    for (DWORD const disposition :
         std::initializer_list<DWORD>{CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING})
      for (char const* const name : {"nul", "dir\\NUL.txt", "\\\\.\\Nul"}) {
        scoped_handle const null(
            CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, disposition, 0, nullptr));
        char byte = 'x';
        DWORD count = 0;
        if (null.get() == INVALID_HANDLE_VALUE) return std::string(name) + " does not open";
        if (WriteFile(null, &byte, 1, &count, nullptr) == FALSE || count != 1) return "does not take a byte";
        if (ReadFile(null, &byte, 1, &count, nullptr) == FALSE || count != 0) return "gives a byte";
        if (GetFileType(null) != FILE_TYPE_CHAR) return "is no device";
      }
    std::ofstream("ordinary") << "data";
    if (CopyFileA("ordinary", "nul", FALSE) == FALSE || CopyFileA("ordinary", "nul", TRUE) == FALSE)
      return "takes no copy";
    if (CopyFileA("ordinary", "fifo", FALSE) != FALSE || CopyFileA("fifo", "other", FALSE) != FALSE)
      return "a FIFO was copied";
    if (CopyFileA("nul", "empty", FALSE) == FALSE) return "is not copied";
    return world.changed().empty() || world.changed() == "/dev/null" ? "" : world.changed();
  });
}

/// Where the machine has none, none is made: neither a file nor a directory nor a link.
TEST(Devices, AreNeverMade) {
  NEEDS_ROOT();
  in_small_world([](small_world&) -> std::string {
    ::unlink("/dev/null");
    std::ofstream("ordinary") << "data";
    for (DWORD const disposition : std::initializer_list<DWORD>{CREATE_NEW, CREATE_ALWAYS, OPEN_ALWAYS})
      if (CreateFileA("nul", GENERIC_WRITE, 0, nullptr, disposition, 0, nullptr) != INVALID_HANDLE_VALUE)
        return "opened";
    CopyFileA("ordinary", "nul", FALSE);
    MoveFileA("ordinary", "nul");
    CreateDirectoryA("nul", nullptr);
    CreateHardLinkA("nul", "ordinary", nullptr);
    CreateSymbolicLinkA("nul", "ordinary", 0);
    _mkdir("nul");
    _close(_open("nul", _O_CREAT | _O_RDWR, 0666));
    struct ::stat status {};
    return ::lstat("/dev/null", &status) == 0 ? "made" : "";
  });
}

}  // namespace
}  // namespace coview_test
