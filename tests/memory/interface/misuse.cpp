// SPDX-License-Identifier: Apache-2.0
// What the public headers keep a program from compiling: one misuse for each name that can be defined.
#include <string>

#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#ifdef USES_VECTORS
#include <coview/object.hpp>
#endif

struct fit {
  coview::robust_mutex lock;
  long total;
};
struct with_virtual {
  virtual int number() const { return 1; }
};
static_assert(coview::shareable<fit> && coview::shareable<char const[64]> && !coview::shareable<std::string>);
static_assert(!coview::shareable<int&> && !coview::shareable<void> && !coview::shareable<std::string[2]>);

int main() {
  auto const memory = coview::mapping::anonymous(4096);
  auto const view = memory.map();
  view.as<long>() = 1;
  view.construct_once<fit>().total = 2;
#ifdef REFERENCE_INTO_A_TEMPORARY
  auto& n = memory.map().as<int>();
  n = 1;
#elif defined SPAN_OF_A_TEMPORARY
  auto const all = memory.map().as_span<int>();
  all[0] = 1;
#elif defined CONSTRUCTED_IN_A_TEMPORARY
  memory.map().construct_once<int>(1);
#elif defined STRING
  view.as<std::string>() = "in this process's heap";
#elif defined STRING_CONSTRUCTED
  view.construct_once<std::string>("in this process's heap");
#elif defined POINTER
  view.as<int*>() = nullptr;
#elif defined VIRTUAL
  (void)view.as<with_virtual>().number();
#endif
}
