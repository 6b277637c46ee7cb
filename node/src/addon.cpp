// SPDX-License-Identifier: Apache-2.0
#include "addon.hpp"

#include <uv.h>

#include <cmath>
#include <cstring>
#include <iterator>
#include <new>

#include "environment.hpp"

namespace coview_node {

namespace {

/// What an External of ours leads to.
struct reference {
  shared_handle held;
};
constexpr napi_type_tag handle_tag{0x636f766965772e6eU, 0x6f64652e68616e64U};

/// Of a buffer, until nobody can see it any more.
struct shown {
  shared_handle held;
};

struct closing {
  uv_work_t work{};
  shared_handle held;
};

}  // namespace

void let_go(napi_env env, shared_handle from) {
  if (!from || !from->slow || from.use_count() > 1) return;  // others have it, or it is quick: dropped here
  if (environment::of(env).ending) return;
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
  auto* const job = new closing;
  job->held = std::move(from);
  job->work.data = job;
  auto const run = [](uv_work_t* work) { static_cast<closing*>(work->data)->held.reset(); };
  auto const done = [](uv_work_t* work, int) { delete static_cast<closing*>(work->data); };
  if (uv_queue_work(loop, &job->work, run, done) != 0) delete job;
}

arguments::arguments(napi_env env, napi_callback_info info) noexcept : env_(env), values_() {
  std::size_t count = most;
  napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
}

std::string arguments::text(std::size_t i) const {
  std::size_t size = 0;
  if (napi_get_value_string_utf8(env_, values_[i], nullptr, 0, &size) != napi_ok) return {};
  std::string made(size, '\0');
  napi_get_value_string_utf8(env_, values_[i], made.data(), size + 1, &size);
  return made;
}

std::int64_t arguments::number(std::size_t i) const noexcept {
  std::int64_t value = 0;
  napi_get_value_int64(env_, values_[i], &value);
  return value;
}

bool arguments::flag(std::size_t i) const noexcept {
  bool value = false;
  napi_get_value_bool(env_, values_[i], &value);
  return value;
}

bool arguments::is_text(std::size_t i) const noexcept {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, values_[i], &type);
  return type == napi_string;
}

double arguments::real(std::size_t i) const noexcept {
  double value = -1;
  napi_get_value_double(env_, values_[i], &value);
  return value;
}

shared_handle arguments::given_value(napi_value value) const {
  bool ours = false;
  void* data = nullptr;
  if (napi_check_object_type_tag(env_, value, &handle_tag, &ours) == napi_ok && ours) napi_unwrap(env_, value, &data);
  if (data == nullptr) {
    raise_type_error(env_, "it is no object of coview");
    return {};
  }
  auto held = static_cast<reference*>(data)->held;
  if (!held) raise_type_error(env_, "it is closed");
  return held;
}

bool arguments::bytes(std::size_t i, std::string_view& into, std::string& text_of_it) const {
  void* data = nullptr;
  std::size_t size = 0;
  bool is = false;
  if (is_text(i)) {
    text_of_it = text(i);
    into = text_of_it;
    return true;
  }
  if (napi_is_typedarray(env_, values_[i], &is) == napi_ok && is) {
    napi_typedarray_type type{};
    std::size_t length = 0;
    napi_get_typedarray_info(env_, values_[i], &type, &length, &data, nullptr, nullptr);
    constexpr std::size_t widths[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
    if (static_cast<std::size_t>(type) >= std::size(widths)) {  // one that came after this was written
      raise_type_error(env_, "this kind of array is not known here: give a view of its bytes");
      return false;
    }
    size = length * widths[type];
  } else if (napi_is_dataview(env_, values_[i], &is) == napi_ok && is) {
    napi_get_dataview_info(env_, values_[i], &size, &data, nullptr, nullptr);
  } else if (napi_is_arraybuffer(env_, values_[i], &is) == napi_ok && is) {
    napi_get_arraybuffer_info(env_, values_[i], &data, &size);
  } else {
    raise_type_error(env_, "bytes are an ArrayBuffer, a view of one (such as a Buffer), or a string");
    return false;
  }
  into = {static_cast<char const*>(data), size};
  return true;
}

std::int64_t nanoseconds(double milliseconds) noexcept {
  if (!(milliseconds >= 0) || milliseconds > 9e12) return COVIEW_FOREVER;
  return static_cast<std::int64_t>(std::ceil(milliseconds * 1e6));
}

napi_value undefined(napi_env env) {
  napi_value made = nullptr;
  napi_get_undefined(env, &made);
  return made;
}

napi_value boolean(napi_env env, bool value) {
  napi_value made = nullptr;
  napi_get_boolean(env, value, &made);
  return made;
}

napi_value number(napi_env env, double value) {
  napi_value made = nullptr;
  napi_create_double(env, value, &made);
  return made;
}

napi_value text(napi_env env, std::string_view value) {
  napi_value made = nullptr;
  napi_create_string_utf8(env, value.data(), value.size(), &made);
  return made;
}

void set(napi_env env, napi_value object, char const* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

void describe(napi_env env, napi_value made, char const* name, int created) {
  set(env, made, "name", text(env, name));
  set(env, made, "created", boolean(env, created != 0));
}

napi_value error_of(napi_env env, coview_status status, std::string const& sentence) {
  napi_value made = nullptr;
  char const* const code = strerrorname_np(-status);
  napi_create_error(env, text(env, code == nullptr ? "EIO" : code), text(env, sentence), &made);
  set(env, made, "errno", number(env, status));
  return made;
}

napi_value raise(napi_env env, coview_status status) {
  napi_throw(env, error_of(env, status, coview_last_error()));
  return nullptr;
}

napi_value raise_type_error(napi_env env, char const* sentence) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", sentence);
  return nullptr;
}

napi_value wrap(napi_env env, shared_handle what) {
  napi_value made = nullptr;
  napi_create_object(env, &made);
  auto* const held = new reference{std::move(what)};
  auto const finalize = [](napi_env where, void* data, void*) {
    auto* const old = static_cast<reference*>(data);
    let_go(where, std::move(old->held));
    delete old;
  };
  napi_wrap(env, made, held, finalize, nullptr, nullptr);
  napi_type_tag_object(env, made, &handle_tag);
  return made;
}

napi_value buffer_of(napi_env env, shared_handle const& keeps, void* data, std::size_t size) {
  napi_value made = nullptr;
  if (size == 0 || data == nullptr) {
    void* nothing = nullptr;
    napi_create_arraybuffer(env, 0, &nothing, &made);
    return made;
  }
  auto* const held = new shown{keeps};
  auto const finalize = [](napi_env where, void*, void* hint) {
    auto* const old = static_cast<shown*>(hint);
    let_go(where, std::move(old->held));
    delete old;
  };
  auto const status = napi_create_external_arraybuffer(env, data, size, finalize, held, &made);
  if (status != napi_ok) {
    delete held;
    napi_throw_error(env, nullptr, "this runtime does not show memory that is not its own");
    return nullptr;
  }
  return made;
}

napi_value in_time(napi_env env, coview_status status) {
  napi_value made = nullptr;
  if (status == -ECANCELED)
    napi_get_null(env, &made);
  else
    made = boolean(env, status != COVIEW_TIMED_OUT);
  return made;
}

void add(napi_env env, napi_value exports, char const* name, function call) {
  napi_value made = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &made);
  set(env, exports, name, made);
}

namespace {

/// close(handle): lets go of it. A promise for the moment when it is given back, where nobody else has it.
napi_value close_handle(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  void* data = nullptr;
  bool ours = false;
  if (napi_check_object_type_tag(env, given[0], &handle_tag, &ours) != napi_ok || !ours ||
      napi_unwrap(env, given[0], &data) != napi_ok)
    return raise_type_error(env, "it is no object of coview");
  auto const held = std::make_shared<shared_handle>(std::move(static_cast<reference*>(data)->held));
  static_cast<reference*>(data)->held = nullptr;
  return promise_of(
      env,
      [held] {
        held->reset();
        return COVIEW_OK;
      },
      [](napi_env where, coview_status) { return undefined(where); });
}

/// detach(buffer): nobody sees its memory from now on.
napi_value detach(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  if (napi_detach_arraybuffer(env, given[0]) != napi_ok)
    return raise_type_error(env, "this buffer cannot be detached");
  return undefined(env);
}

napi_value version(napi_env env, napi_callback_info) {
  return text(env, coview_version());
}

}  // namespace

}  // namespace coview_node

NAPI_MODULE_INIT() {
  using namespace coview_node;
  environment::make(env);
  add(env, exports, "close", close_handle);
  add(env, exports, "detach", detach);
  add(env, exports, "version", version);
  add(env, exports, "cancel", cancel_wait);
  add_memory(env, exports);
  add_sync(env, exports);
  add_channels(env, exports);
  add_messages(env, exports);
  add_objects(env, exports);
  add_poll(env, exports);
  return exports;
}
