// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <nats/nats.h>
#include <span>

/// libnats' objects as types that cannot leak.
namespace coview::inline bridging {

template <auto Destroy>
struct nats_delete {
  template <class T>
  void operator()(T* object) const noexcept {
    Destroy(object);
  }
};

using nats_options = std::unique_ptr<natsOptions, nats_delete<natsOptions_Destroy>>;
using nats_message = std::unique_ptr<natsMsg, nats_delete<natsMsg_Destroy>>;
using nats_statistics = std::unique_ptr<natsStatistics, nats_delete<natsStatistics_Destroy>>;
using nats_subscription = std::unique_ptr<natsSubscription, nats_delete<natsSubscription_Destroy>>;
using nats_stream_context = std::unique_ptr<jsCtx, nats_delete<jsCtx_Destroy>>;
using nats_store = std::unique_ptr<kvStore, nats_delete<kvStore_Destroy>>;
using nats_entry = std::unique_ptr<kvEntry, nats_delete<kvEntry_Destroy>>;
using nats_watcher = std::unique_ptr<kvWatcher, nats_delete<kvWatcher_Destroy>>;

/// Calls a function whose first argument is where the object goes.
template <class Owner, class... Args, class Function>
natsStatus nats_make(Owner& to, Function const& call, Args... args) {
  typename Owner::pointer made = nullptr;
  auto const status = call(&made, args...);
  to.reset(made);
  return status;
}

inline std::span<std::byte const> bytes_of(natsMsg const* message) noexcept {
  return {reinterpret_cast<std::byte const*>(natsMsg_GetData(message)),
          static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

}  // namespace coview::inline bridging
