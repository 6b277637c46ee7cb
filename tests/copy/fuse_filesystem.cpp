// SPDX-License-Identifier: Apache-2.0
#include "copy/fuse_filesystem.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <map>
#include <string_view>

#include "copy/loop_device.hpp"

namespace coview_test {
namespace {

struct node {
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  nlink_t links = 1;
  std::string bytes;  // of a file, or the text of a link
  std::map<std::string, std::uint64_t> entries;
  struct ::timespec changed {};
  struct ::timespec read {};
  struct ::timespec status {};
  bool written = false;  // since it was opened
};

/// Answers the kernel's requests, one after the other, until the filesystem is unmounted.
class server {
 public:
  server(int device, fuse_faults const& faults) : device_(device), faults_(faults) {
    auto& root = nodes_[FUSE_ROOT_ID];
    root.mode = S_IFDIR | 0755;
    root.links = 2;
    touch(root);
  }

  void serve() {
    for (;;) {
      auto const length = ::read(device_, request_.data(), request_.size());
      if (length < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
      if (length < static_cast<ssize_t>(sizeof(fuse_in_header))) return;  // unmounted
      std::memcpy(&header_, request_.data(), sizeof header_);
      body_ = std::string_view(request_.data() + sizeof header_, static_cast<std::size_t>(length) - sizeof header_);
      handle();
    }
  }

 private:
  template <class T>
  T in() const {
    T value{};
    std::memcpy(&value, body_.data(), std::min(sizeof value, body_.size()));
    return value;
  }
  /// A name at an offset of the body.
  [[nodiscard]] std::string name(std::size_t at) const { return body_.data() + at; }

  void answer(int failure, void const* data = nullptr, std::size_t size = 0) const {
    fuse_out_header out{static_cast<std::uint32_t>(sizeof out + size), -failure, header_.unique};
    std::array<iovec, 2> parts{iovec{&out, sizeof out}, iovec{const_cast<void*>(data), size}};
    if (::writev(device_, parts.data(), size > 0 ? 2 : 1) < 0 && errno != ENOENT) ::_exit(1);
  }
  template <class T>
  void answer_with(T const& value) const {
    answer(0, &value, sizeof value);
  }

  struct ::timespec coarse(struct ::timespec time) const {
    if (faults_.grain == 0) return time;
    time.tv_sec -= time.tv_sec % static_cast<time_t>(faults_.grain);
    time.tv_nsec = 0;
    return time;
  }
  [[nodiscard]] struct ::timespec now() const {
    struct ::timespec time {};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return coarse(time);
  }
  void touch(node& one) const { one.changed = one.read = one.status = now(); }

  [[nodiscard]] std::string key(std::string text) const {
    if (faults_.folds_case)
      std::transform(text.begin(), text.end(), text.begin(),
                     [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    constexpr std::string_view behind = "e\xcc\x81";
    if (faults_.normalises)
      for (auto at = text.find(behind); at != std::string::npos; at = text.find(behind, at))
        text.replace(at, behind.size(), "\xc3\xa9");
    return text;
  }
  [[nodiscard]] std::uint64_t said_size(std::uint64_t size) const {
    if (faults_.sizes_are_zero) return 0;
    return static_cast<std::uint64_t>(std::max(0L, static_cast<long>(size) + faults_.size_is_off));
  }
  [[nodiscard]] std::uint64_t said_blocks(std::uint64_t size) const {
    if (faults_.sizes_are_zero || faults_.all_are_holes) return 0;
    return ((faults_.has_false_holes ? std::min(size, page) : size) + 511) / 512;
  }
  /// 0: there is none.
  std::uint64_t find(std::uint64_t directory, std::string const& text) {
    auto const& entries = nodes_[directory].entries;
    auto const at =
        std::find_if(entries.begin(), entries.end(), [&](auto const& each) { return key(each.first) == key(text); });
    return at == entries.end() ? 0 : at->second;
  }
  void forget_name(std::uint64_t directory, std::string const& text) {
    auto& entries = nodes_[directory].entries;
    auto const at =
        std::find_if(entries.begin(), entries.end(), [&](auto const& each) { return key(each.first) == key(text); });
    if (at == entries.end()) return;
    auto& one = nodes_[at->second];
    one.links = S_ISDIR(one.mode) ? 0 : one.links - 1;
    one.status = now();
    entries.erase(at);
  }

  fuse_attr attributes(std::uint64_t id) {
    auto const& one = nodes_[id];
    fuse_attr is{};
    is.ino = id;
    bool const file = S_ISREG(one.mode);
    is.size = file ? said_size(one.bytes.size()) : one.bytes.size();
    is.blocks = file ? said_blocks(one.bytes.size()) : 1;
    is.atime = static_cast<std::uint64_t>(one.read.tv_sec);
    is.atimensec = static_cast<std::uint32_t>(one.read.tv_nsec);
    is.mtime = static_cast<std::uint64_t>(one.changed.tv_sec);
    is.mtimensec = static_cast<std::uint32_t>(one.changed.tv_nsec);
    is.ctime = static_cast<std::uint64_t>(one.status.tv_sec);
    is.ctimensec = static_cast<std::uint32_t>(one.status.tv_nsec);
    is.mode = one.mode;
    is.nlink = static_cast<std::uint32_t>(one.links);
    is.uid = one.uid;
    is.gid = one.gid;
    is.blksize = 4096;
    return is;
  }
  fuse_entry_out entry(std::uint64_t id) {
    fuse_entry_out out{};
    out.nodeid = id;
    out.attr = attributes(id);
    return out;
  }

  std::uint64_t make(std::uint64_t directory, std::string const& text, mode_t mode) {
    auto const id = ++last_;
    auto& one = nodes_[id];
    one.mode = mode;
    one.uid = header_.uid;
    one.gid = header_.gid;
    touch(one);
    nodes_[directory].entries[text] = id;
    nodes_[directory].changed = nodes_[directory].status = now();
    return id;
  }
  /// The errno, or 0 where an entry of this name may be made.
  int may_make(std::string const& text) {
    if (faults_.on_create_hidden != 0 && text.starts_with('.')) return faults_.on_create_hidden;
    return find(header_.nodeid, text) != 0 ? EEXIST : 0;
  }

  void make_and_answer(std::string const& text, mode_t mode, std::string bytes = {}) {
    if (int const failure = may_make(text); failure != 0) return answer(failure);
    auto const id = make(header_.nodeid, text, mode);
    nodes_[id].bytes = std::move(bytes);
    answer_with(entry(id));
  }

  void rename(std::uint64_t to, std::string const& from_name, std::string const& to_name, unsigned flags) {
    if (faults_.on_rename != 0) return answer(faults_.on_rename);
    bool const no_replace = (flags & RENAME_NOREPLACE) != 0;
    if (no_replace && faults_.on_no_replace != 0) return answer(faults_.on_no_replace);
    auto const id = find(header_.nodeid, from_name);
    if (id == 0) return answer(ENOENT);
    auto const there = find(to, to_name);
    if (there != 0 && no_replace) return answer(EEXIST);
    if (there != id) {
      forget_name(to, to_name);
      nodes_[id].links += 1;
      forget_name(header_.nodeid, from_name);
      if (S_ISDIR(nodes_[id].mode)) nodes_[id].links = 2;
    } else {
      nodes_[header_.nodeid].entries.erase(from_name);
    }
    nodes_[to].entries[to_name] = id;
    answer(0);
  }

  void set_attributes() {
    auto const wanted = in<fuse_setattr_in>();
    auto& one = nodes_[header_.nodeid];
    if ((wanted.valid & FATTR_MODE) != 0 && faults_.on_chmod != 0) return answer(faults_.on_chmod);
    if ((wanted.valid & FATTR_MODE) != 0) one.mode = (one.mode & S_IFMT) | (wanted.mode & 07777);
    if ((wanted.valid & FATTR_UID) != 0) one.uid = wanted.uid;
    if ((wanted.valid & FATTR_GID) != 0) one.gid = wanted.gid;
    one.status = now();
    if ((wanted.valid & FATTR_SIZE) != 0) {
      one.bytes.resize(wanted.size);
      one.changed = one.status;
    }
    auto const time = [&](std::uint64_t seconds, std::uint32_t nanoseconds) {
      return coarse({static_cast<time_t>(seconds), static_cast<long>(nanoseconds)});
    };
    if ((wanted.valid & FATTR_ATIME) != 0) one.read = time(wanted.atime, wanted.atimensec);
    if ((wanted.valid & FATTR_MTIME) != 0) one.changed = time(wanted.mtime, wanted.mtimensec);
    if ((wanted.valid & FATTR_ATIME_NOW) != 0) one.read = one.status;
    if ((wanted.valid & FATTR_MTIME_NOW) != 0) one.changed = one.status;
    fuse_attr_out out{};
    out.attr = attributes(header_.nodeid);
    answer_with(out);
  }

  void read_directory() {
    auto const wanted = in<fuse_read_in>();
    std::string all;
    std::uint64_t at = 0;
    for (auto const& [text, id] : nodes_[header_.nodeid].entries) {
      if (at++ < wanted.offset) continue;
      fuse_dirent record{id, at, static_cast<std::uint32_t>(text.size()), IFTODT(nodes_[id].mode)};
      std::string piece(reinterpret_cast<char const*>(&record), FUSE_NAME_OFFSET);
      piece += text;
      piece.resize(FUSE_DIRENT_ALIGN(piece.size()));
      if (all.size() + piece.size() > wanted.size) break;
      all += piece;
    }
    answer(0, all.data(), all.size());
  }

  void read() {
    auto const wanted = in<fuse_read_in>();
    auto const& bytes = nodes_[header_.nodeid].bytes;
    auto const from = std::min<std::uint64_t>(wanted.offset, bytes.size());
    answer(0, bytes.data() + from, std::min<std::uint64_t>(wanted.size, bytes.size() - from));
  }

  void write() {
    auto const wanted = in<fuse_write_in>();
    auto& one = nodes_[header_.nodeid];
    if (one.bytes.size() < wanted.offset + wanted.size) one.bytes.resize(wanted.offset + wanted.size);
    body_.copy(one.bytes.data() + wanted.offset, wanted.size, sizeof wanted);
    one.written = true;
    one.changed = one.status = now();
    fuse_write_out out{};
    out.size = wanted.size;
    answer_with(out);
  }

  void seek() {
    auto const wanted = in<fuse_lseek_in>();
    auto const size = nodes_[header_.nodeid].bytes.size();
    if (wanted.offset >= size || (faults_.all_are_holes && wanted.whence == SEEK_DATA)) return answer(ENXIO);
    if (faults_.has_false_holes) {
      bool const in_data = wanted.offset < page;
      if (wanted.whence == SEEK_DATA && !in_data) return answer(ENXIO);
      return answer_with(fuse_lseek_out{(wanted.whence == SEEK_DATA) == in_data ? wanted.offset : page});
    }
    bool const here = wanted.whence == SEEK_DATA || faults_.all_are_holes;
    answer_with(fuse_lseek_out{here ? wanted.offset : size});
  }

  [[nodiscard]] fuse_open_out opened() const {
    fuse_open_out out{};
    if (faults_.sizes_are_zero || faults_.size_is_off != 0) out.open_flags = FOPEN_DIRECT_IO;
    return out;
  }

  void handle() {
    auto& here = nodes_[header_.nodeid];
    switch (header_.opcode) {
      case FUSE_INIT: {
        fuse_init_out out{};
        out.major = FUSE_KERNEL_VERSION;
        out.minor = FUSE_KERNEL_MINOR_VERSION;
        out.max_write = most_written;
        out.max_background = 16;
        out.time_gran = 1;
        out.flags = FUSE_BIG_WRITES | FUSE_ATOMIC_O_TRUNC;
        return answer_with(out);
      }
      case FUSE_LOOKUP: {
        auto const id = find(header_.nodeid, name(0));
        return id == 0 ? answer(ENOENT) : answer_with(entry(id));
      }
      case FUSE_GETATTR: {
        fuse_attr_out out{};
        out.attr = attributes(header_.nodeid);
        return answer_with(out);
      }
      case FUSE_SETATTR:
        return set_attributes();
      case FUSE_READLINK:
        return answer(0, here.bytes.data(), here.bytes.size());
      case FUSE_SYMLINK:
        return make_and_answer(name(0), S_IFLNK | 0777, name(name(0).size() + 1));
      case FUSE_MKNOD:
        return make_and_answer(name(sizeof(fuse_mknod_in)), in<fuse_mknod_in>().mode);
      case FUSE_MKDIR: {
        auto const mode = in<fuse_mkdir_in>().mode;
        return make_and_answer(name(sizeof(fuse_mkdir_in)), S_IFDIR | (mode & 07777));
      }
      case FUSE_CREATE: {
        auto const text = name(sizeof(fuse_create_in));
        if (int const failure = may_make(text); failure != 0) return answer(failure);
        struct {
          fuse_entry_out entry;
          fuse_open_out open;
        } out{entry(make(header_.nodeid, text, S_IFREG | (in<fuse_create_in>().mode & 07777))), opened()};
        return answer_with(out);
      }
      case FUSE_UNLINK:
      case FUSE_RMDIR:
        if (find(header_.nodeid, name(0)) == 0) return answer(ENOENT);
        forget_name(header_.nodeid, name(0));
        return answer(0);
      case FUSE_RENAME: {
        auto const from = name(sizeof(fuse_rename_in));
        return rename(in<fuse_rename_in>().newdir, from, name(sizeof(fuse_rename_in) + from.size() + 1), 0);
      }
      case FUSE_RENAME2: {
        auto const wanted = in<fuse_rename2_in>();
        auto const from = name(sizeof wanted);
        return rename(wanted.newdir, from, name(sizeof wanted + from.size() + 1), wanted.flags);
      }
      case FUSE_LINK: {
        if (faults_.on_link != 0) return answer(faults_.on_link);
        auto const id = in<fuse_link_in>().oldnodeid;
        auto const text = name(sizeof(fuse_link_in));
        if (int const failure = may_make(text); failure != 0) return answer(failure);
        here.entries[text] = id;
        nodes_[id].links += 1;
        nodes_[id].status = now();
        return answer_with(entry(id));
      }
      case FUSE_OPEN:
        if ((in<fuse_open_in>().flags & O_TRUNC) != 0) here.bytes.clear();
        return answer_with(opened());
      case FUSE_OPENDIR:
        return answer_with(fuse_open_out{});
      case FUSE_READ:
        return read();
      case FUSE_WRITE:
        return write();
      case FUSE_READDIR:
        return read_directory();
      case FUSE_LSEEK:
        return seek();
      case FUSE_FLUSH:
        return answer(here.written ? faults_.on_close : 0);
      case FUSE_FSYNC:
        return answer(faults_.on_fsync);
      case FUSE_FSYNCDIR:
      case FUSE_RELEASE:
      case FUSE_RELEASEDIR:
      case FUSE_ACCESS:
        return answer(0);
      case FUSE_STATFS: {
        fuse_statfs_out out{};
        out.st.bsize = out.st.frsize = 4096;
        out.st.blocks = out.st.bfree = out.st.bavail = 1U << 20U;
        out.st.namelen = 255;
        return answer_with(out);
      }
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT:
        return;  // these have no answer
      default:
        return answer(ENOSYS);
    }
  }

  static constexpr std::uint64_t page = 4096;
  static constexpr std::size_t most_written = std::size_t{128} << 10U;

  int device_;
  fuse_faults faults_;
  std::map<std::uint64_t, node> nodes_;
  std::uint64_t last_ = FUSE_ROOT_ID;
  std::vector<char> request_ = std::vector<char>(most_written + 4096);
  fuse_in_header header_{};
  std::string_view body_;
};

}  // namespace

fuse_filesystem::fuse_filesystem(fuse_faults const& faults) {
  static bool const own = own_mounts();
  if (!own) {
    why_not_ = "mounting needs root";
    return;
  }
  fs::create_directory(path());
  int const device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) {
    why_not_ = std::string("/dev/fuse cannot be opened: ") + std::strerror(errno);
    return;
  }
  auto const options =
      "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions";
  if (::mount("coview-test", path().c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    why_not_ = std::string("FUSE cannot be mounted here: ") + std::strerror(errno);
    ::close(device);
    return;
  }
  auto const parent = ::getpid();
  server_ = ::fork();
  if (server_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    server(device, faults).serve();
    ::_exit(0);
  }
  ::close(device);
}

fuse_filesystem::~fuse_filesystem() {
  if (server_ > 0) {
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
  }
  ::umount2(path().c_str(), MNT_DETACH);
}

std::vector<std::string> fuse_filesystem::names() const {
  std::vector<std::string> all;
  for (auto const& each : fs::directory_iterator(path())) all.push_back(each.path().filename());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace coview_test
