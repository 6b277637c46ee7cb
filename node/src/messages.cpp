// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>

#include "addon.hpp"

namespace coview_node {

namespace {

/// A message or slot, and the channel's handle, which keeps the memory where it is for as long as a buffer shows it.
template <class T, void (*Release)(T*)>
struct piece final : handle {
  piece(T* what, shared_handle channel) noexcept : handle(what, channel != nullptr), from(std::move(channel)) {}
  piece(piece const&) = delete;
  piece& operator=(piece const&) = delete;
  ~piece() override { Release(static_cast<T*>(it)); }
  /// Before the last pointer to it goes: what is left then is nothing.
  void release(napi_env env) {
    Release(static_cast<T*>(it));
    it = nullptr;
    slow = false;
    let_go(env, std::move(from));
  }
  shared_handle from;
};
using message_piece = piece<coview_message, coview_message_release>;
using slot_piece = piece<coview_slot, coview_slot_release>;

/// What is no larger is copied: that is quicker than showing it.
constexpr std::size_t small = 512;

coview_status receive(bool queue, shared_handle const& from, std::int64_t time, coview_message** into) {
  return queue ? coview_queue_receive(as<coview_queue>(from), time, into)
               : coview_subscription_receive(as<coview_subscription>(from), time, into);
}

napi_value message_of(napi_env env, std::shared_ptr<message_piece> const& piece) {
  auto const* const message = static_cast<coview_message const*>(piece->it);
  auto const made = wrap(env, piece);
  set(env, made, "sequence", number(env, static_cast<double>(coview_message_sequence(message))));
  set(env, made, "lost", number(env, static_cast<double>(coview_message_lost(message))));
  set(env, made, "deaths", number(env, coview_message_deaths(message)));
  return made;
}

/// tryReceive(whether it is a queue, handle): a message, or undefined
napi_value try_receive(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const from = given.given(1);
  if (!from) return nullptr;
  never_waits const here;
  coview_message* message = nullptr;
  auto const status = receive(given.flag(0), from, 0, &message);
  if (status < 0) return raise(env, status);
  return status == COVIEW_OK ? message_of(env, std::make_shared<message_piece>(message, from)) : undefined(env);
}

/// askQueue(queue): a promise of a message, or undefined; it waits for the lock, if that is what is missing
napi_value ask_queue(napi_env env, napi_callback_info info) {
  auto const queue = arguments(env, info).given(0);
  if (!queue) return nullptr;
  auto const result = std::make_shared<std::shared_ptr<message_piece>>();
  auto const run = [queue, result] {
    coview_message* message = nullptr;
    auto const status = coview_queue_receive(as<coview_queue>(queue), 0, &message);
    if (status == COVIEW_OK) *result = std::make_shared<message_piece>(message, queue);
    return status;
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    return *result ? message_of(where, std::move(*result)) : undefined(where);
  });
}

/// latest(topic): a message, or undefined. It is a copy, and keeps itself.
napi_value latest(napi_env env, napi_callback_info info) {
  auto const topic = arguments(env, info).given(0);
  if (!topic) return nullptr;
  coview_message* message = nullptr;
  auto const status = coview_topic_latest(as<coview_topic>(topic), &message);
  if (status < 0) return raise(env, status);
  return status == COVIEW_OK ? message_of(env, std::make_shared<message_piece>(message, nullptr)) : undefined(env);
}

/// messageBuffer(message): its bytes, in place or copied
napi_value message_buffer(napi_env env, napi_callback_info info) {
  auto const held = arguments(env, info).given(0);
  if (!held) return nullptr;
  auto* const message = as<coview_message>(held);
  if (message == nullptr) return raise_type_error(env, "the message was released");
  auto const size = coview_message_size(message);
  if (size > small) {
    auto const& from = static_cast<message_piece const&>(*held).from;
    return buffer_of(env, from ? from : held, const_cast<void*>(coview_message_data(message)), size);
  }
  napi_value made = nullptr;
  void* data = nullptr;
  napi_create_arraybuffer(env, size, &data, &made);
  if (size > 0) std::memcpy(data, coview_message_data(message), size);
  return made;
}

/// releaseMessage(message): after its buffer was detached
napi_value release_message(napi_env env, napi_callback_info info) {
  auto const held = arguments(env, info).given(0);
  if (!held) return nullptr;
  auto& message = static_cast<message_piece&>(*held);
  if (message.from) message.release(env);  // a copy is what its buffer shows: it goes with that
  return undefined(env);
}

coview_status send(bool queue, shared_handle const& to, std::string_view bytes, std::int64_t time) {
  return queue ? coview_queue_send(as<coview_queue>(to), bytes.data(), bytes.size(), time)
               : coview_publisher_publish(as<coview_publisher>(to), bytes.data(), bytes.size(), time);
}

/// trySend(whether it is a queue, handle, bytes): true, or false where there is no room
napi_value try_send(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const to = given.given(1);
  std::string_view bytes;
  std::string of_text;
  if (!to || !given.bytes(2, bytes, of_text)) return nullptr;
  never_waits const here;
  auto const status = send(given.flag(0), to, bytes, 0);
  return status < 0 ? raise(env, status) : boolean(env, status == COVIEW_OK);
}

/// send(whether it is a queue, handle, bytes, timeout): [promise of true, false or null, token]
napi_value send_waiting(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  bool const queue = given.flag(0);
  auto const to = given.given(1);
  std::string_view bytes;
  std::string of_text;
  if (!to || !given.bytes(2, bytes, of_text)) return nullptr;
  auto const copy = std::make_shared<std::string>(bytes);
  return wait_of(
      env, [queue, to, copy](std::int64_t time) { return send(queue, to, *copy, time); }, nanoseconds(given.real(3)),
      in_time, unheard::is_asked_again);
}

napi_value shown(napi_env env, shared_handle const& slot) {
  if (slot->it == nullptr) return raise_type_error(env, "the slot was released");
  auto const& held = static_cast<slot_piece const&>(*slot);
  return buffer_of(env, held.from, coview_slot_data(as<coview_slot>(slot)), coview_slot_size(as<coview_slot>(slot)));
}

/// loan(whether it is a queue, handle, size, timeout, whether it is shown): [promise of [slot, buffer or nothing], of
/// false or of null, token]
napi_value loan(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  bool const queue = given.flag(0);
  auto const from = given.given(1);
  if (!from) return nullptr;
  auto const size = static_cast<std::size_t>(given.number(2));
  auto const result = std::make_shared<shared_handle>();
  auto const run = [=](std::int64_t time) {
    coview_slot* slot = nullptr;
    auto const status = queue ? coview_queue_loan(as<coview_queue>(from), size, time, &slot)
                              : coview_publisher_loan(as<coview_publisher>(from), size, time, &slot);
    if (status == COVIEW_OK) *result = std::make_shared<slot_piece>(slot, from);
    return status;
  };
  auto const settle = [result, is_shown = given.flag(4)](napi_env where, coview_status status) {
    if (status != COVIEW_OK) return in_time(where, status);
    auto const slot = std::move(*result);
    napi_value made = nullptr;
    napi_create_array_with_length(where, 2, &made);
    napi_set_element(where, made, 0, wrap(where, slot));
    auto const buffer = is_shown ? shown(where, slot) : nullptr;
    if (buffer != nullptr) napi_set_element(where, made, 1, buffer);
    return made;
  };
  return wait_of(env, run, nanoseconds(given.real(3)), settle, unheard::is_asked_again);
}

/// fillSlot(slot, offset, bytes): copies them into one that is not shown; false where they do not fit
napi_value fill_slot(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const held = given.given(0);
  std::string_view bytes;
  std::string of_text;
  if (!held || !given.bytes(2, bytes, of_text)) return nullptr;
  auto* const slot = as<coview_slot>(held);
  if (slot == nullptr) return raise_type_error(env, "the slot was released");
  auto const offset = static_cast<std::uint64_t>(given.number(1));
  auto const size = coview_slot_size(slot);
  if (offset > size || bytes.size() > size - offset) return boolean(env, false);
  if (!bytes.empty()) std::memcpy(static_cast<char*>(coview_slot_data(slot)) + offset, bytes.data(), bytes.size());
  return boolean(env, true);
}

/// slotBuffer(slot): once more, where publishing it was not in time
napi_value slot_buffer(napi_env env, napi_callback_info info) {
  auto const slot = arguments(env, info).given(0);
  return slot ? shown(env, slot) : nullptr;
}

/// publishSlot(slot, length, timeout): [promise of true, false or null, token]; after its buffer was detached
napi_value publish_slot(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const slot = given.given(0);
  if (!slot) return nullptr;
  auto const length = static_cast<std::size_t>(given.number(1));
  return wait_of(
      env, [slot, length](std::int64_t time) { return coview_slot_publish(as<coview_slot>(slot), length, time); },
      nanoseconds(given.real(2)), in_time, unheard::is_asked_again);
}

/// releaseSlot(slot): gives it back unpublished; after its buffer was detached
napi_value release_slot(napi_env env, napi_callback_info info) {
  auto const slot = arguments(env, info).given(0);
  if (!slot) return nullptr;
  static_cast<slot_piece&>(*slot).release(env);
  return undefined(env);
}

}  // namespace

void add_messages(napi_env env, napi_value exports) {
  add(env, exports, "tryReceive", try_receive);
  add(env, exports, "askQueue", ask_queue);
  add(env, exports, "latest", latest);
  add(env, exports, "messageBuffer", message_buffer);
  add(env, exports, "releaseMessage", release_message);
  add(env, exports, "trySend", try_send);
  add(env, exports, "send", send_waiting);
  add(env, exports, "loan", loan);
  add(env, exports, "fillSlot", fill_slot);
  add(env, exports, "slotBuffer", slot_buffer);
  add(env, exports, "publishSlot", publish_slot);
  add(env, exports, "releaseSlot", release_slot);
}

}  // namespace coview_node
