// SPDX-License-Identifier: Apache-2.0
// The same through coview, as its users write it.
#include <memory>

#include <coview/mapping.hpp>

#include "contenders.hpp"

namespace bench {
namespace {

/// A held object that was written once.
struct memory {
  memory(root_directory const& root, std::string called, std::uint64_t size) : name(std::move(called)) {
    root.enter();
    held = coview::mapping::create(name, size);
    bytes = held.map();
    touch(bytes.data(), size, use::every_page);
  }
  std::string name;
  coview::mapping held;
  coview::view bytes;
};

}  // namespace

contender coview_create(std::string name, root_directory const& root, std::string const& prefix, std::uint64_t size,
                        commit when, use how) {
  return {std::move(name), [=, &root] {
            root.enter();
            return [=, object = prefix + "created"] {
              auto m = coview::mapping::create(object, size, {.reserve = when == commit::at_first_touch});
              auto v = m.map();
              touch(v.data(), size, how);
              v.unmap();
              m.close();
            };
          }};
}

contender coview_open(std::string name, root_directory const& root, std::string const& prefix, std::uint64_t size) {
  return {std::move(name), [=, &root] {
            return [existing = std::make_shared<memory>(root, prefix + "existing", size)] {
              auto const v = coview::mapping::open(existing->name).map();
              keep(*reinterpret_cast<char volatile*>(v.data()));
            };
          }};
}

contender view_sum(root_directory const& root, std::uint64_t size) {
  return {"coview: view.bytes()", [=, &root] {
            return [existing = std::make_shared<memory>(root, "sum", size)] { keep(sum(existing->bytes.bytes())); };
          }};
}

contender view_random(root_directory const& root, std::uint64_t size, std::uint32_t loads) {
  return {"coview: view.data()", [=, &root] {
            return [=, existing = std::make_shared<memory>(root, "random", size),
                    at = random_offsets(size)]() mutable { keep(sum_random(existing->bytes.data(), at, loads)); };
          }};
}

contender checked_random(root_directory const& root, std::uint64_t size, std::uint32_t loads) {
  return {"coview: view.as<T>(offset), checked at each load", [=, &root] {
            return
                [=, existing = std::make_shared<memory>(root, "checked", size), at = random_offsets(size)]() mutable {
                  std::uint64_t total = 0;
                  for (std::uint32_t i = 0; i < loads; ++i) total += existing->bytes.as<std::uint64_t>(at.next());
                  keep(total);
                };
          }};
}

}  // namespace bench
