// SPDX-License-Identifier: Apache-2.0
#include "fuzz/image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "object/header.hpp"
#include "object/name.hpp"
#include "object/place.hpp"
#include "os/lock.hpp"

namespace coview_test {
namespace {

void require(bool ok, char const* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

/// Calls it; a coview::error is an answer.
template <class Call>
void answer(Call call) {
  try {
    call();
  } catch (coview::error const& e) {
    if (*e.what() == '\0') throw std::logic_error("an error without a text");
  }
}

/// Reads every page, so that a view that reaches too far is a SIGBUS.
unsigned touch(std::span<std::byte const> memory) {
  constexpr std::size_t page = 4096;
  unsigned sum = 0;
  for (std::size_t at = 0; at < memory.size(); at += page) sum += std::to_integer<unsigned>(memory[at]);
  if (!memory.empty()) sum += std::to_integer<unsigned>(memory.back());
  asm volatile("" : : "r"(sum) : "memory");
  return sum;
}

/// Opens and maps it in several ways. True where it could be opened for writing.
bool open_it() {
  bool opened = false;
  answer([&] {
    auto const found = coview::mapping::try_open(image_name);
    if (!found) throw std::logic_error("a held object is not found");
    opened = true;
    touch(found->map().bytes());
    touch(found->map(coview::access::read_only, found->size() / 2).bytes());
  });
  answer([&] {
    auto const found = coview::mapping::try_open(image_name, coview::access::read_only);
    if (found) touch(found->map(coview::access::copy_on_write).bytes());
  });
  return opened;
}

}  // namespace

image decode(std::span<std::byte const> input) {
  constexpr std::size_t prefix = 5;
  image out;
  if (input.size() < prefix) return out;
  std::uint32_t length = 0;
  std::memcpy(&length, input.data(), sizeof length);
  out.length = length % (longest_image + 1);
  out.permanent = (input[4] & std::byte{1}) != std::byte{0};
  auto const rest = input.subspan(prefix, std::min<std::size_t>(input.size() - prefix, longest_image));
  out.bytes.assign(rest.begin(), rest.end());
  out.length = std::max<std::uint64_t>(out.length, out.bytes.size());
  return out;
}

image_host::image_host() {
  coview::mapping::create(image_name, 1).close();  // makes the directory
  auto const name = coview::require_name(image_name, "open");
  path_ =
      coview::root_path() + "/" + coview::local_directory_name(::geteuid()) + "/" + coview::slot_file(name.file, 0);
  create();
}

image_host::~image_host() {
  ::unlink(path_.c_str());
}

void image_host::create() {
  fd_ = coview::os::unique_fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  require(static_cast<bool>(fd_), "open");
  require(coview::os::try_hold(fd_.get()) == coview::os::lock_answer::taken, "hold");
  require(coview::os::try_mark(fd_.get()) == coview::os::lock_answer::taken, "mark");
}

void image_host::write(image const& what) const {
  require(::ftruncate(fd_.get(), 0) == 0, "ftruncate");
  require(::ftruncate(fd_.get(), static_cast<off_t>(std::min(what.length, longest_image))) == 0, "ftruncate");
  auto const written = ::pwrite(fd_.get(), what.bytes.data(), what.bytes.size(), 0);
  require(written == static_cast<ssize_t>(what.bytes.size()), "pwrite");
  require(::fchmod(fd_.get(), S_IRUSR | S_IWUSR | (what.permanent ? S_ISVTX : 0U)) == 0, "fchmod");
}

/// Every object is shown under a name that leads to its file.
void image_host::list_it() const {
  answer([&] {
    auto const all = coview::list();
    if (all.size() != 1) throw std::logic_error("a held object is not listed");
    auto const& only = all.front();
    if (only.state == coview::object_state::incompatible || only.state == coview::object_state::unreadable) return;
    coview::object_name name;
    bool const legal = coview::parse_name(only.name, name) == coview::name_fault::none;
    if (!legal || coview::slot_file(name.file, 0) != path_.filename()) {
      throw std::logic_error("an object is listed under a name that does not lead to it");
    }
  });
}

bool image_host::try_all(image const& what, bool thorough) {
  write(what);
  bool const opened = open_it();
  answer([] { (void)coview::stat(image_name); });
  list_it();
  answer([] { (void)coview::mapping::create(image_name, 1); });
  answer([] { (void)coview::mapping::open_or_create(image_name, 1); });
  answer([] { (void)coview::remove(image_name); });
  if (!thorough) return opened;
  answer([] { (void)coview::holders(image_name); });
  answer([] { (void)coview::reclaim(); });
  answer([] { (void)coview::remove(image_name, {.force = true}); });
  if (::access(path_.c_str(), F_OK) != 0) create();
  return opened;
}

std::vector<image> honest_images(std::filesystem::path const& directory) {
  auto const name = coview::require_name(image_name, "open");
  auto const target = directory / "target.bin";
  {
    coview::os::unique_fd const file(::open(target.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
    require(file && ::ftruncate(file.get(), 10'000) == 0, "target");
  }
  struct ::stat status {};
  require(::stat(target.c_str(), &status) == 0, "stat");

  std::vector<coview::object_header> headers(5);
  for (auto& header : headers) {
    header.name = name.leaf;
    header.payload_size = 5000;
    header.creator = 1;
    header.created = 1;
  }
  headers[1].name = std::string(3000, 'n');  // after the first page
  headers[2].reserve = true;
  headers[3].huge_pages = true;
  headers[4].file_backed = true;
  headers[4].target = target.string();
  headers[4].target_device = status.st_dev;
  headers[4].target_inode = status.st_ino;
  headers[4].payload_size = 10'000;

  std::vector<image> all;
  auto const scratch = directory / "scratch.bin";
  for (auto& header : headers) {
    header.payload_offset = coview::payload_offset_for(header);
    coview::os::unique_fd const file(
        ::open(scratch.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    require(file && coview::write_header(file.get(), header) == 0, "write_header");
    image one;
    one.bytes.resize(static_cast<std::size_t>(std::filesystem::file_size(scratch)));
    require(::pread(file.get(), one.bytes.data(), one.bytes.size(), 0) == static_cast<ssize_t>(one.bytes.size()),
            "pread");
    one.length =
        std::min(header.file_backed ? one.bytes.size() : header.payload_offset + header.payload_size, longest_image);
    all.push_back(std::move(one));
  }
  std::filesystem::remove(scratch);
  return all;
}

}  // namespace coview_test
