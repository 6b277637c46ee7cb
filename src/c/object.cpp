// SPDX-License-Identifier: Apache-2.0
// Listing, looking at and removing objects through coview.h.
#include <chrono>

#include <coview/object.hpp>

#include "c/call.hpp"
#include "c/handles.hpp"

namespace {

using namespace coview::c;

/// The texts stay where they are in `from`.
coview_object object_of(coview::object_info const& from) {
  auto const since_1970 = from.created.time_since_epoch();
  return {.struct_size = sizeof(coview_object),
          .kind = static_cast<coview_kind>(from.kind),
          .state = static_cast<coview_state>(from.state),
          .mode = from.mode,
          .size = from.size,
          .resident = from.resident,
          .handles = from.handles.value_or(from.handles_seen),
          .owner = from.owner,
          .creator = from.creator,
          .created = std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count(),
          .handles_known = from.handles.has_value(),
          .global = from.scope == coview::name_scope::global,
          .permanent = from.permanent,
          .reserved = {},
          .name = from.name.c_str(),
          .file = from.file.c_str(),
          .target = from.target.c_str(),
          .problem = from.problem.c_str()};
}

coview_status hand_out(coview_object_list** result, std::vector<coview::object_info> infos) {
  auto list = std::make_unique<coview_object_list>(coview_object_list{std::move(infos), {}});
  list->objects.reserve(list->infos.size());
  for (auto const& each : list->infos) list->objects.push_back(object_of(each));
  *result = list.release();
  return COVIEW_OK;
}

}  // namespace

coview_status coview_list(coview_object_list** result) {
  return call(__func__, [&] {
    place(result);
    return hand_out(result, coview::list());
  });
}

coview_status coview_stat(char const* name, coview_object_list** result) {
  return call(__func__, [&] {
    place(result);
    std::vector<coview::object_info> one;
    one.push_back(coview::stat(text("name", name)));
    return hand_out(result, std::move(one));
  });
}

size_t coview_object_list_count(coview_object_list const* list) {
  return list == nullptr ? 0 : list->objects.size();
}

coview_object const* coview_object_list_at(coview_object_list const* list, size_t index) {
  return index < coview_object_list_count(list) ? &list->objects[index] : nullptr;
}

void coview_object_list_free(coview_object_list* list) {
  delete list;
}

coview_status coview_find_holders(char const* name, coview_holder_list** result) {
  return call(__func__, [&] {
    auto& made = place(result);
    auto list =
        std::make_unique<coview_holder_list>(coview_holder_list{coview::find_holders(text("name", name)), {}});
    list->holders.reserve(list->seen.processes.size());
    for (auto const& each : list->seen.processes) {
      list->holders.push_back({.struct_size = sizeof(coview_holder),
                               .pid = each.pid,
                               .user = each.user.value_or(UINT32_MAX),
                               .reserved = 0,
                               .command = each.command.c_str()});
    }
    made = list.release();
    return COVIEW_OK;
  });
}

size_t coview_holder_list_count(coview_holder_list const* list) {
  return list == nullptr ? 0 : list->holders.size();
}

coview_holder const* coview_holder_list_at(coview_holder_list const* list, size_t index) {
  return index < coview_holder_list_count(list) ? &list->holders[index] : nullptr;
}

int coview_holder_list_held(coview_holder_list const* list) {
  return list != nullptr && list->seen.held ? 1 : 0;
}

int coview_holder_list_complete(coview_holder_list const* list) {
  return list != nullptr && list->seen.complete ? 1 : 0;
}

void coview_holder_list_free(coview_holder_list* list) {
  delete list;
}

coview_status coview_remove(char const* name, int force, int* goes_later) {
  return call(__func__, [&] {
    auto const how = coview::remove(text("name", name), {.force = force != 0});
    if (goes_later != nullptr) *goes_later = how == coview::removed::with_the_last_handle ? 1 : 0;
    return COVIEW_OK;
  });
}

coview_status coview_reclaim(uint64_t* objects, uint64_t* bytes) {
  return call(__func__, [&] {
    auto const given_back = coview::reclaim();
    if (objects != nullptr) *objects = given_back.objects;
    if (bytes != nullptr) *bytes = given_back.bytes;
    return COVIEW_OK;
  });
}
