// SPDX-License-Identifier: Apache-2.0
#include <uv.h>

#include "addon.hpp"

namespace coview_node {

namespace {

/// Calls a function in the event loop while a channel has messages, which is when its descriptor is readable.
struct watch {
  uv_poll_t poll{};
  napi_env env = nullptr;
  napi_ref callback = nullptr;
  napi_async_context context = nullptr;
  shared_handle channel;  // the descriptor is its
};

void call_back(uv_poll_t* poll, int, int) {
  auto& self = *static_cast<watch*>(poll->data);
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(self.env, &scope);
  napi_value callback = nullptr;
  napi_value global = nullptr;
  napi_value ignored = nullptr;
  napi_get_reference_value(self.env, self.callback, &callback);
  napi_get_global(self.env, &global);
  if (callback != nullptr) napi_make_callback(self.env, self.context, global, callback, 0, nullptr, &ignored);
  napi_close_handle_scope(self.env, scope);
}

void close_watch(void* data) {
  auto* const self = static_cast<watch*>(data);
  uv_poll_stop(&self->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&self->poll),
           [](uv_handle_t* closed) { delete static_cast<watch*>(closed->data); });
  self->channel.reset();  // libuv has let go of its descriptor
}

/// watch(whether it is a queue, handle, callback): a token for startWatch, stopWatch and endWatch
napi_value make_watch(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const channel = given.given(1);
  if (!channel) return nullptr;
  auto const descriptor = given.flag(0) ? coview_queue_native_wait_handle(as<coview_queue>(channel))
                                        : coview_subscription_native_wait_handle(as<coview_subscription>(channel));
  if (descriptor < 0) return raise(env, descriptor);
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  auto* const made = new watch;
  made->env = env;
  made->channel = channel;
  made->poll.data = made;
  if (auto const failed = uv_poll_init(loop, &made->poll, descriptor); failed != 0) {
    delete made;
    napi_throw_error(env, uv_err_name(failed), uv_strerror(failed));
    return nullptr;
  }
  napi_create_reference(env, given[2], 1, &made->callback);
  napi_async_init(env, nullptr, text(env, "coview receive"), &made->context);
  napi_add_env_cleanup_hook(env, close_watch, made);
  napi_value token = nullptr;
  napi_create_external(env, made, nullptr, nullptr, &token);
  return token;
}

watch& given_watch(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_value_external(env, arguments(env, info)[0], &data);
  return *static_cast<watch*>(data);
}

napi_value start_watch(napi_env env, napi_callback_info info) {
  uv_poll_start(&given_watch(env, info).poll, UV_READABLE, call_back);
  return undefined(env);
}

napi_value stop_watch(napi_env env, napi_callback_info info) {
  uv_poll_stop(&given_watch(env, info).poll);
  return undefined(env);
}

/// Once; lib/ sees to that.
napi_value end_watch(napi_env env, napi_callback_info info) {
  auto& self = given_watch(env, info);
  napi_remove_env_cleanup_hook(env, close_watch, &self);
  napi_delete_reference(env, self.callback);
  napi_async_destroy(env, self.context);
  close_watch(&self);
  return undefined(env);
}

}  // namespace

void add_poll(napi_env env, napi_value exports) {
  add(env, exports, "watch", make_watch);
  add(env, exports, "startWatch", start_watch);
  add(env, exports, "stopWatch", stop_watch);
  add(env, exports, "endWatch", end_watch);
}

}  // namespace coview_node
