// SPDX-License-Identifier: Apache-2.0
// Everything a mapping can do, a line each.
#include <cstring>
#include <iostream>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

using coview::access;

int main() {
  auto m = coview::mapping::create("MySharedMem", 4096);  // file_exists, where the name exists
  coview::view v = m.map();                               // whole, with the rights m has
  std::memcpy(v.data(), "hello", 6);
  auto r =
      coview::mapping::open("MySharedMem", access::read_only);  // no_such_file_or_directory where nobody holds it
  auto w = r.map(access::copy_on_write, 0, 100);                // any offset and length
  w.bytes()[0] = std::byte{'J'};                                // this view's own; the original stays as it was
  std::cout << v.as<char[6]>() << " and " << w.as<char[6]>() << '\n';

  auto o = coview::mapping::open_or_create("Global\\cam/front", 32 << 20,
                                           {.mode = 0660, .reserve = true, .permanent = true});
  std::cout << "the frame buffer is " << (o.created() ? "new" : "older than this program") << '\n';

  auto f = coview::mapping::file("data.bin", access::read_write,
                                 {.size = 1 << 20, .name = "Data"});  // the name leads to the file
  f.map().flush();                                                    // on disk, or an error

  auto u = coview::mapping::anonymous(1 << 20);  // no name; inherited by fork

  for (auto const& e : coview::list()) std::cout << e.name << ' ' << e.size << '\n';
  for (auto const& h : coview::holders("MySharedMem")) std::cout << h.pid << ' ' << h.command << '\n';
  coview::remove("Global\\cam/front");
  o.close();
  coview::reclaim();
}
