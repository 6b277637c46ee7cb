// SPDX-License-Identifier: Apache-2.0
#include "addon.hpp"

namespace coview_node {

namespace {

template <class T>
using owned = std::shared_ptr<T>;

napi_value object_of(napi_env env) {
  napi_value made = nullptr;
  napi_create_object(env, &made);
  return made;
}

napi_value array_of(napi_env env) {
  napi_value made = nullptr;
  napi_create_array(env, &made);
  return made;
}

template <class N>
napi_value count(napi_env env, N value) {
  return number(env, static_cast<double>(value));
}

char const* kind_name(coview_kind kind) {
  static constexpr char const* names[] = {"?", "mapping", "mutex", "event", "semaphore", "queue", "topic", "timer"};
  auto const i = static_cast<std::size_t>(kind);
  return i < sizeof names / sizeof *names ? names[i] : "?";
}

napi_value info_of(napi_env env, coview_object const& from) {
  static constexpr char const* states[] = {"held", "permanent", "unreadable", "incompatible"};
  auto const state = static_cast<std::size_t>(from.state);
  auto const made = object_of(env);
  set(env, made, "name", text(env, from.name));
  set(env, made, "kind", text(env, kind_name(from.kind)));
  set(env, made, "state", text(env, state < sizeof states / sizeof *states ? states[state] : "?"));
  set(env, made, "mode", count(env, from.mode));
  set(env, made, "size", count(env, from.size));
  set(env, made, "resident", count(env, from.resident));
  set(env, made, "handles", count(env, from.handles));
  set(env, made, "handlesKnown", boolean(env, from.handles_known != 0));
  set(env, made, "owner", count(env, from.owner));
  set(env, made, "creator", count(env, from.creator));
  napi_value created = nullptr;
  napi_create_date(env, static_cast<double>(from.created) / 1e6, &created);
  set(env, made, "created", created);
  set(env, made, "global", boolean(env, from.global != 0));
  set(env, made, "permanent", boolean(env, from.permanent != 0));
  set(env, made, "file", text(env, from.file));
  set(env, made, "target", text(env, from.target));
  set(env, made, "problem", text(env, from.problem));
  return made;
}

/// list(name or undefined): a promise of what is known of all objects, or of one
napi_value list(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  bool const one = given.is_text(0);
  auto const result = std::make_shared<coview_object_list*>(nullptr);
  auto const run = [result, one, name = given.text(0)] {
    return one ? coview_stat(name.c_str(), result.get()) : coview_list(result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    owned<coview_object_list> const objects(*result, coview_object_list_free);
    auto const made = array_of(where);
    for (std::size_t i = 0; i < coview_object_list_count(objects.get()); ++i)
      napi_set_element(where, made, static_cast<std::uint32_t>(i),
                       info_of(where, *coview_object_list_at(objects.get(), i)));
    return made;
  });
}

/// holders(name): a promise of { processes, held, complete }
napi_value holders(napi_env env, napi_callback_info info) {
  auto const result = std::make_shared<coview_holder_list*>(nullptr);
  auto const run = [result, name = arguments(env, info).text(0)] {
    return coview_find_holders(name.c_str(), result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    owned<coview_holder_list> const found(*result, coview_holder_list_free);
    auto const processes = array_of(where);
    for (std::size_t i = 0; i < coview_holder_list_count(found.get()); ++i) {
      auto const& each = *coview_holder_list_at(found.get(), i);
      auto const one = object_of(where);
      set(where, one, "pid", count(where, each.pid));
      if (each.user != UINT32_MAX) set(where, one, "user", count(where, each.user));
      set(where, one, "command", text(where, each.command));
      napi_set_element(where, processes, static_cast<std::uint32_t>(i), one);
    }
    auto const made = object_of(where);
    set(where, made, "processes", processes);
    set(where, made, "held", boolean(where, coview_holder_list_held(found.get()) != 0));
    set(where, made, "complete", boolean(where, coview_holder_list_complete(found.get()) != 0));
    return made;
  });
}

/// remove(name, force): a promise of whether the name is gone
napi_value remove(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const later = std::make_shared<int>(0);
  auto const run = [later, name = given.text(0), force = given.flag(1)] {
    return coview_remove(name.c_str(), force ? 1 : 0, later.get());
  };
  return promise_of(env, run, [later](napi_env where, coview_status) { return boolean(where, *later == 0); });
}

/// reclaim(): a promise of how many objects were given back
napi_value reclaim(napi_env env, napi_callback_info) {
  auto const objects = std::make_shared<std::uint64_t>(0);
  return promise_of(
      env, [objects] { return coview_reclaim(objects.get(), nullptr); },
      [objects](napi_env where, coview_status) { return count(where, *objects); });
}

/// channelStatus(name): a promise of its counters and participants
napi_value channel_status(napi_env env, napi_callback_info info) {
  auto const result = std::make_shared<coview_channel_status*>(nullptr);
  auto const run = [result, name = arguments(env, info).text(0)] {
    return coview_channel_look(name.c_str(), result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    owned<coview_channel_status> const seen(*result, coview_channel_status_free);
    auto const& from = *coview_channel_status_counts(seen.get());
    auto const made = object_of(where);
    set(where, made, "kind", text(where, kind_name(from.kind)));
    set(where, made, "capacity", count(where, from.capacity));
    set(where, made, "largest", count(where, from.largest));
    set(where, made, "mostMessages", count(where, from.most_messages));
    set(where, made, "mostParticipants", count(where, from.most_participants));
    set(where, made, "sent", count(where, from.sent));
    set(where, made, "depth", count(where, from.depth));
    set(where, made, "toRedeliver", count(where, from.to_redeliver));
    set(where, made, "redelivered", count(where, from.redelivered));
    set(where, made, "dropped", count(where, from.dropped));
    set(where, made, "lost", count(where, from.lost));
    set(where, made, "type", text(where, from.type.name));
    set(where, made, "typeSize", count(where, from.type.size));
    set(where, made, "typeVersion", count(where, from.type.version));
    auto const participants = array_of(where);
    for (std::size_t i = 0; i < coview_channel_status_participant_count(seen.get()); ++i) {
      static constexpr char const* roles[] = {"queue", "publisher", "subscriber"};
      auto const& each = *coview_channel_status_participant_at(seen.get(), i);
      auto const role = static_cast<std::size_t>(each.role);
      auto const one = object_of(where);
      set(where, one, "number", count(where, each.number));
      set(where, one, "role", text(where, role < sizeof roles / sizeof *roles ? roles[role] : "?"));
      set(where, one, "process", count(where, each.process));
      set(where, one, "user", count(where, each.user));
      set(where, one, "held", count(where, each.held));
      set(where, one, "received", count(where, each.received));
      set(where, one, "lost", count(where, each.lost));
      set(where, one, "lag", count(where, each.lag));
      set(where, one, "alive", boolean(where, each.alive != 0));
      set(where, one, "blocks", boolean(where, each.blocks != 0));
      set(where, one, "holdsBack", boolean(where, each.holds_back != 0));
      napi_set_element(where, participants, static_cast<std::uint32_t>(i), one);
    }
    set(where, made, "participants", participants);
    return made;
  });
}

/// copyFile(source, target, verify, existing, durable): a promise of what was done
napi_value copy_file(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  coview_copy_options options = COVIEW_COPY_OPTIONS_INIT;
  options.verify = static_cast<coview_verify>(given.number(2));
  options.existing = static_cast<coview_existing>(given.number(3));
  options.not_durable = !given.flag(4);
  auto const report = std::make_shared<coview_copy_report>(coview_copy_report COVIEW_COPY_REPORT_INIT);
  auto const run = [=, source = given.text(0), target = given.text(1)] {
    return coview_copy_file(source.c_str(), target.c_str(), &options, report.get());
  };
  return promise_of(env, run, [report](napi_env where, coview_status) {
    auto const made = object_of(where);
    set(where, made, "bytes", count(where, report->bytes));
    set(where, made, "seconds", number(where, report->seconds));
    set(where, made, "durable", boolean(where, report->durable != 0));
    set(where, made, "verified", boolean(where, report->verified != 0));
    set(where, made, "skipped", boolean(where, report->skipped != 0));
    set(where, made, "hash", text(where, report->hash));
    return made;
  });
}

}  // namespace

void add_objects(napi_env env, napi_value exports) {
  add(env, exports, "list", list);
  add(env, exports, "holders", holders);
  add(env, exports, "remove", remove);
  add(env, exports, "reclaim", reclaim);
  add(env, exports, "channelStatus", channel_status);
  add(env, exports, "copyFile", copy_file);
}

}  // namespace coview_node
