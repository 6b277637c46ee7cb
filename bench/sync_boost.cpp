// SPDX-License-Identifier: Apache-2.0
// Boost.Interprocess's locks and semaphores. Their names are removed as soon as they are made, so that nothing of
// them stays however the run ends; they work on without.
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/named_mutex.hpp>
#include <boost/interprocess/sync/named_semaphore.hpp>

#include "sync_contenders.hpp"

namespace bench {
namespace {

namespace bi = boost::interprocess;

class named_signal {
 public:
  explicit named_signal(std::string const& name) : semaphore_(bi::create_only, name.c_str(), 0) {
    bi::named_semaphore::remove(name.c_str());
  }
  void set() { semaphore_.post(); }
  void wait() { semaphore_.wait(); }

 private:
  bi::named_semaphore semaphore_;
};

std::string unique(std::string const& name) {
  return run_prefix() + std::to_string(::getpid()) + "." + name;
}

std::shared_ptr<bi::named_mutex> new_named_mutex(std::string const& name) {
  auto made = std::make_shared<bi::named_mutex>(bi::create_only, unique(name).c_str());
  bi::named_mutex::remove(unique(name).c_str());
  return made;
}

std::shared_ptr<named_signal> new_named_signal(std::string const& name) {
  return std::make_shared<named_signal>(unique(name));
}

constexpr char const* in_place = "Boost.Interprocess: interprocess_mutex";
constexpr char const* named = "Boost.Interprocess: named_mutex";

}  // namespace

void add_boost_locks(group& g) {
  g.contenders.push_back(lock_unlock<bi::interprocess_mutex>(in_place, plain<bi::interprocess_mutex>));
  g.contenders.push_back(lock_unlock<bi::named_mutex>(named, new_named_mutex));
}

void add_boost_signals(group& g) {
  g.contenders.push_back(set_wait<named_signal>("Boost.Interprocess: named_semaphore", new_named_signal));
}

void add_boost_contenders(group& g, std::uint32_t total, std::uint32_t work) {
  constexpr auto how = spinning::off;
  g.contenders.push_back(contend<bi::interprocess_mutex>(in_place, how, total, work, plain<bi::interprocess_mutex>));
  g.contenders.push_back(contend<bi::named_mutex>(named, how, total, work, new_named_mutex));
}

}  // namespace bench
