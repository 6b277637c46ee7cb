// SPDX-License-Identifier: Apache-2.0
// The public face: coview::bridge.
#include "bridge/carrier.hpp"

namespace coview {
namespace detail {

class bridge_core {
 public:
  explicit bridge_core(bridge_options const& options) {
    for (auto const& each : options.channels) carriers_.push_back(make_carrier(each, options));
    server_ = std::make_unique<connection>(options);
    for (auto const& each : carriers_) each->start(*server_);
  }
  bridge_core(bridge_core const&) = delete;
  bridge_core& operator=(bridge_core const&) = delete;
  ~bridge_core() {
    if (server_) server_->stop();
    for (auto const& each : carriers_) each->join();
  }

 private:
  // Carriers hold what belongs to the connection.
  std::unique_ptr<connection> server_;
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
