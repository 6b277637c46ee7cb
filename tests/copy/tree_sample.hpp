// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>

#include "copy/folder.hpp"
#include "support/mount.hpp"

/// A tree with every kind of entry in it, and a description of what a copy of it is to keep.
namespace coview_test {

// ---- what is there, as lstat, readlink, listxattr and read tell

inline std::string attributes_of(std::string const& path) {
  std::array<char, 4096> list{};
  auto const length = ::llistxattr(path.c_str(), list.data(), list.size());
  std::map<std::string, std::string> all;
  for (ssize_t at = 0; at < length;) {
    std::string const name = list.data() + at;
    at += static_cast<ssize_t>(name.size()) + 1;
    if (name.starts_with("security.")) continue;
    std::array<char, 4096> value{};
    auto const size = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    all[name] = std::string(value.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  }
  std::string text;
  for (auto const& [name, value] : all) text += " " + name + "=" + testing::PrintToString(value);
  return text;
}

/// Where its data lies: "0+4096 1048576+4096".
inline std::string extents_of(std::string const& path, off_t size) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  for (off_t at = 0; at < size;) {
    off_t const data = ::lseek(fd, at, SEEK_DATA);
    if (data < 0) break;
    at = ::lseek(fd, data, SEEK_HOLE);
    text += " " + std::to_string(data) + "+" + std::to_string(at - data);
  }
  ::close(fd);
  return text;
}

/// A line for each entry below a path, with everything that a copy is to keep.
inline std::map<std::string, std::string> describe(fs::path const& root) {
  std::map<std::string, std::string> all;
  std::map<ino_t, std::string> first_name;
  auto const add = [&](fs::path const& path) {
    struct ::stat status {};
    if (::lstat(path.c_str(), &status) != 0) throw std::runtime_error("lstat " + path.string());
    auto const name = path == root ? "." : path.lexically_relative(root).string();
    std::ostringstream line;
    line << std::oct << status.st_mode << std::dec << ' ' << status.st_uid << ':' << status.st_gid << ' '
         << status.st_mtim.tv_sec << '.' << status.st_mtim.tv_nsec << attributes_of(path);
    if (!S_ISDIR(status.st_mode)) {
      line << " size " << status.st_size << " names " << status.st_nlink;
      auto const [first, is_new] = first_name.try_emplace(status.st_ino, name);
      if (!is_new) line << " as " << first->second;
    }
    if (S_ISLNK(status.st_mode)) line << " -> " << fs::read_symlink(path).string();
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) line << " device " << status.st_rdev;
    if (S_ISREG(status.st_mode)) {
      line << extents_of(path.string(), status.st_size);
      line << " hash " << std::hash<std::string>()(contents(path));
    }
    all[name] = line.str();
  };
  add(root);
  // A sorted walk, so that the first name of a file is the same one on both sides.
  std::set<fs::path> entries;
  for (auto const& entry : fs::recursive_directory_iterator(root)) entries.insert(entry.path());
  for (auto const& entry : entries) add(entry);
  return all;
}

// ---- a tree of every kind

/// An access control list for one more user, in the bytes that the kernel has them in.
inline std::string list_for_user(std::uint32_t user) {
  std::string bytes("\2\0\0\0", 4);
  auto const entry = [&](std::uint16_t tag, std::uint16_t rights, std::uint32_t id) {
    for (auto const part : {tag, rights}) bytes.append({static_cast<char>(part & 255), static_cast<char>(part >> 8)});
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(id >> shift);
  };
  std::uint32_t const nobody = 0xffffffff;
  entry(1, 6, nobody);     // the owner
  entry(2, 4, user);       // one more user
  entry(4, 4, nobody);     // the group
  entry(0x10, 4, nobody);  // the mask
  entry(0x20, 0, nobody);  // others
  return bytes;
}

inline void set_times(fs::path const& path, std::int64_t seconds, long nanoseconds) {
  std::array<struct ::timespec, 2> const times{{{seconds - 7, 1}, {seconds, nanoseconds}}};
  ::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

inline void plant_names(fs::path const& root) {
  fs::create_directory(root / "names");
  for (std::string const& name :
       {std::string("plain"), std::string("-rf"), std::string(" blank "), std::string("new\nline"),
        std::string("tab\t\x1b[31m"), std::string("no utf-8 \xff\xfe"), std::string("back\\slash \"'"),
        std::string(255, 'n'), std::string(255, '\xee'), std::string("...")}) {
    put(root / "names" / name, noise(name.size() * 10, name.size()));
    fs::create_directory(root / "names" / (name.substr(0, 200) + ".d"));
  }
}

inline void plant_holes(fs::path const& root) {
  fs::create_directory(root / "holes");
  auto const sparse = [&](char const* name, off_t size, std::vector<off_t> const& data) {
    auto const path = root / "holes" / name;
    int const fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    auto const block = noise(65536, static_cast<std::uint64_t>(size));
    for (auto const at : data)
      if (::pwrite(fd, block.data(), block.size(), at) < 0) throw std::runtime_error("write");
    if (::ftruncate(fd, size) != 0) throw std::runtime_error("size");
    ::close(fd);
  };
  sparse("all of it", 1 << 20, {});
  sparse("at the beginning", 1 << 20, {(1 << 20) - 65536});
  sparse("at the end", 1 << 20, {0});
  sparse("in between", 1 << 22, {0, 1 << 20, 3 << 20});
  sparse("small", 100000, {65536 / 4});
  sparse("empty", 0, {});
  sparse("tiny", 100, {});
  sparse("odd end", (1 << 20) + 12345, {1 << 18});
}

inline void plant_links(fs::path const& root) {
  fs::create_directories(root / "links" / "below");
  put(root / "links" / "first", "one file");
  fs::create_hard_link(root / "links" / "first", root / "links" / "second");
  fs::create_hard_link(root / "links" / "first", root / "links" / "below" / "third");
  put(root / "links" / "large", noise(1 << 19));
  fs::create_hard_link(root / "links" / "large", root / "links" / "below" / "large");
  fs::create_symlink("first", root / "links" / "to first");
  fs::create_symlink("/nowhere/at all", root / "links" / "dangling");
  fs::create_symlink("below", root / "links" / "to directory");
  fs::create_symlink("..", root / "links" / "below" / "up");
  fs::create_symlink(std::string(3000, 'l'), root / "links" / "long");
  fs::create_hard_link(root / "links" / "dangling", root / "links" / "below" / "dangling too");
  set_times(root / "links" / "dangling", 1234567, 89);
}

inline void plant_kinds(fs::path const& root) {
  fs::create_directory(root / "kinds");
  ::mkfifo((root / "kinds" / "fifo").c_str(), 0620);
  int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct ::sockaddr_un address {};
  address.sun_family = AF_UNIX;
  auto const path = (root / "kinds" / "socket").string();
  if (path.size() < sizeof address.sun_path) {
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    ::bind(socket, reinterpret_cast<struct ::sockaddr*>(&address), sizeof address);
  }
  ::close(socket);
  auto const list = list_for_user(4321);
  ::setxattr((root / "kinds" / "fifo").c_str(), "system.posix_acl_access", list.data(), list.size(), 0);
  if (is_root()) {
    fs::create_symlink("labelled", root / "kinds" / "link");
    for (auto const* const name : {"fifo", "link"})
      ::lsetxattr((root / "kinds" / name).c_str(), "trusted.label", "red", 3, 0);
    ::mknod((root / "kinds" / "null").c_str(), S_IFCHR | 0606, makedev(1, 3));
    ::mknod((root / "kinds" / "block").c_str(), S_IFBLK | 0600, makedev(7, 200));
  }
}

inline void plant_attributes(fs::path const& root) {
  auto const at = root / "attributes";
  fs::create_directory(at);
  for (auto const* const name : {"f0", "f7777", "f111", "f640", "f444"}) put(at / name, name);
  for (auto const* const name : {"d0555", "d2770", "d1777"}) {
    fs::create_directory(at / name);
    put(at / name / "in it", "x");
  }
  if (is_root()) {
    for (auto const* const name : {"f7777", "d2770"})
      if (::lchown((at / name).c_str(), 12345, 54321) != 0) throw std::runtime_error("chown");
  }
  ::setxattr((at / "f640").c_str(), "user.colour", "gr\0en", 5, 0);
  ::setxattr((at / "f444").c_str(), "user.colour", "grey", 4, 0);
  ::setxattr((at / "d0555").c_str(), "user.colour", "white", 5, 0);
  ::setxattr((at / "d1777").c_str(), "user.empty", "", 0, 0);
  auto const list = list_for_user(4321);
  ::setxattr((at / "f640").c_str(), "system.posix_acl_access", list.data(), list.size(), 0);
  ::setxattr((at / "d1777").c_str(), "system.posix_acl_default", list.data(), list.size(), 0);
  put(at / "d1777" / "inherits", "a list from its directory");
  ::chmod((at / "f0").c_str(), is_root() ? 0 : 0400);
  ::chmod((at / "f444").c_str(), 0444);
  ::chmod((at / "f7777").c_str(), 07777);
  ::chmod((at / "f111").c_str(), is_root() ? 0111 : 0511);
  ::chmod((at / "d2770").c_str(), 02770);
  ::chmod((at / "d1777").c_str(), 01777);
  set_times(at / "f0", -1000, 999999999);
  set_times(at / "f640", 4102444800, 1);
  set_times(at / "d1777", 86400, 500);
  ::chmod((at / "d0555").c_str(), 0555);
  set_times(at / "d0555", 1, 1);
}

inline void plant(fs::path const& root) {
  fs::create_directory(root);
  plant_names(root);
  plant_holes(root);
  plant_links(root);
  plant_kinds(root);
  plant_attributes(root);
  set_times(root, 1000000000, 123456789);
}

/// So that a user who is not root can remove it.
inline void loosen(fs::path const& root) {
  ::chmod((root / "attributes" / "d0555").c_str(), 0755);
}

}  // namespace coview_test
