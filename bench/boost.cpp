// SPDX-License-Identifier: Apache-2.0
// The same through Boost.Interprocess: its plain shared memory object with a mapped region, and its managed segment,
// which is what its documentation begins with.
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <memory>

#include "contenders.hpp"

namespace bench {
namespace {

namespace bi = boost::interprocess;

/// The size that its documentation begins with; room for the payload and for what the segment keeps about itself.
constexpr std::uint64_t segment_size = 65536;

/// Goes from the system with its last user.
template <class Object>
struct existing {
  template <class... Arguments>
  explicit existing(std::string text, Arguments... arguments)
      : name(std::move(text)), object(bi::create_only, name.c_str(), arguments...) {}
  ~existing() { bi::shared_memory_object::remove(name.c_str()); }
  existing(existing const&) = delete;
  existing& operator=(existing const&) = delete;
  std::string name;
  Object object;
};

}  // namespace

contender boost_object_create(std::uint64_t size) {
  return {"Boost.Interprocess: shared_memory_object, mapped_region", [=] {
            return [=, name = run_prefix() + "boost-object"] {
              {
                bi::shared_memory_object object(bi::create_only, name.c_str(), bi::read_write);
                object.truncate(static_cast<bi::offset_t>(size));
                bi::mapped_region const region(object, bi::read_write);
                touch(region.get_address(), size, use::one_store);
              }
              bi::shared_memory_object::remove(name.c_str());
            };
          }};
}

contender boost_object_open(std::uint64_t size) {
  return {"Boost.Interprocess: shared_memory_object, mapped_region", [=] {
            auto there = std::make_shared<existing<bi::shared_memory_object>>(run_prefix() + "boost-object-open",
                                                                              bi::read_write);
            there->object.truncate(static_cast<bi::offset_t>(size));
            touch(bi::mapped_region(there->object, bi::read_write).get_address(), size, use::every_page);
            return [there] {
              bi::shared_memory_object const object(bi::open_only, there->name.c_str(), bi::read_write);
              bi::mapped_region const region(object, bi::read_write);
              keep(*static_cast<char volatile*>(region.get_address()));
            };
          }};
}

contender boost_managed_create(std::uint64_t size) {
  return {"Boost.Interprocess: managed_shared_memory", [=] {
            return [=, name = run_prefix() + "boost-managed"] {
              {
                bi::managed_shared_memory segment(bi::create_only, name.c_str(), segment_size);
                touch(segment.construct<char>("payload")[size](), size, use::one_store);
              }
              bi::shared_memory_object::remove(name.c_str());
            };
          }};
}

contender boost_managed_open(std::uint64_t size) {
  return {"Boost.Interprocess: managed_shared_memory", [=] {
            auto there = std::make_shared<existing<bi::managed_shared_memory>>(run_prefix() + "boost-managed-open",
                                                                               segment_size);
            there->object.template construct<char>("payload")[size]('x');
            return [there] {
              bi::managed_shared_memory segment(bi::open_only, there->name.c_str());
              keep(*static_cast<char volatile*>(segment.find<char>("payload").first));
            };
          }};
}

}  // namespace bench
