// SPDX-License-Identifier: Apache-2.0
// The public face: coview::bridge.
#include "bridge/carrier.hpp"

namespace coview {
namespace detail {

class bridge_core {
 public:
  explicit bridge_core(bridge_options const& options) {
    for (auto const& each : options.channels) carriers_.push_back(make_carrier(each, options));
    // Who may not come in is refused before anything is carried.
    for (auto const& each : options.channels) (void)server_for(each.what, options);
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      carriers_[i]->start(server_for(options.channels[i].what, options));
    }
  }
  bridge_core(bridge_core const&) = delete;
  bridge_core& operator=(bridge_core const&) = delete;
  ~bridge_core() {
    for (auto* const each : {server_.get(), for_queues_.get()}) {
      if (each != nullptr) each->stop();
    }
    for (auto const& each : carriers_) each->join();
  }

 private:
  /// Jobs are many small messages, each with an answer: they have a connection that collects them.
  connection& server_for(carried what, bridge_options const& options) {
    bool const collects = what == carried::queue;
    auto& to = collects ? for_queues_ : server_;
    if (!to) to = std::make_unique<connection>(options, collects ? sending::collected : sending::at_once);
    return *to;
  }

  // Carriers hold what belongs to the connections.
  std::unique_ptr<connection> server_;
  std::unique_ptr<connection> for_queues_;
  std::vector<std::unique_ptr<carrier>> carriers_;
};

}  // namespace detail

bridge::bridge(bridge_options const& options) {
  check(options);
  core_ = std::make_unique<detail::bridge_core>(options);
}
bridge::bridge(bridge&&) noexcept = default;
bridge& bridge::operator=(bridge&&) noexcept = default;
bridge::~bridge() = default;

}  // namespace coview
