// SPDX-License-Identifier: Apache-2.0
// The library as its users see it: the tour of the interface that the documentation promises, word for word, followed
// by checks that it did what it says. Built against an installed coview only. The tour is a quotation.
// clang-format off
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <coview/mapping.hpp>
#include <coview/object.hpp>
using coview::access;

namespace {

void require(bool holds, char const* what) {
  if (holds) return;
  std::cerr << "not so: " << what << '\n';
  std::exit(1);
}

}  // namespace

int main() {
  auto m = coview::mapping::create("MySharedMem", 4096);            // coview::error, errc::file_exists: it exists
  coview::view v = m.map();                                         // whole, with the rights m has
  std::memcpy(v.data(), "hello", 6);                                // v.bytes(): a span; v.as<T>(at): a checked T&
  auto r = coview::mapping::open("MySharedMem", access::read_only); // errc::no_such_file_or_directory: nobody has it
  auto w = r.map(access::copy_on_write, 0, 100);                    // any offset and length: the library rounds
  auto o = coview::mapping::open_or_create("Global\\cam/front", 32 << 20,
                                           {.mode = 0660, .reserve = true, .permanent = true});
  bool fresh = o.created();
  auto f = coview::mapping::file("data.bin", access::read_write,    // grows the file, and the name leads there
                                 {.size = 1 << 20, .name = "Data"});
  f.map().flush();                                                  // on disk, or an error
  auto u = coview::mapping::anonymous(1 << 20);                     // no name; inherited by fork
  for (auto const& e : coview::list()) std::cout << e.name << ' ' << e.size << '\n';
  for (auto const& h : coview::holders("MySharedMem")) std::cout << h.pid << ' ' << h.command << '\n';
  coview::remove("Global\\cam/front"); coview::reclaim();

  require(fresh, "the global object was created here");
  require(w.size() == 100 && std::strcmp(reinterpret_cast<char const*>(w.data()), "hello") == 0,
          "a view sees the bytes");
  require(f.size() == 1 << 20, "the file has grown");
  require(u.size() == 1 << 20, "memory without a name has its size");
  try {
    static_cast<void>(coview::mapping::create("MySharedMem", 4096));
    require(false, "a second create is refused");
  } catch (coview::error const& e) {
    require(e.code() == std::errc::file_exists, "the refusal says that the name exists");
  }
}
