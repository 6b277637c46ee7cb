// SPDX-License-Identifier: Apache-2.0
#include "addon.hpp"

namespace coview_node {

namespace {

/// openMapping(way, name or path, size, access, mode, permanent, reserve, hugePages, name of a file's mapping)
napi_value open_mapping(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const how = static_cast<way>(given.number(0));
  auto const size = static_cast<std::uint64_t>(given.number(2));
  auto const access = static_cast<coview_access>(given.number(3));
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.mode = static_cast<std::uint32_t>(given.number(4));
  options.permanent = given.flag(5);
  options.reserve = given.flag(6);
  options.huge_pages = given.flag(7);
  auto const result = std::make_shared<coview_mapping*>(nullptr);
  auto const run = [=, name = given.text(1), alias = given.text(8)] {
    switch (how) {
      case way::create:
        return coview_mapping_create(name.c_str(), size, &options, result.get());
      case way::open:
        return coview_mapping_open(name.c_str(), access, result.get());
      case way::open_or_create:
        return coview_mapping_open_or_create(name.c_str(), size, &options, result.get());
      case way::anonymous:
        return coview_mapping_anonymous(size, &options, result.get());
      case way::file:
        break;
    }
    coview_file_options of_file = COVIEW_FILE_OPTIONS_INIT;
    of_file.mode = options.mode;
    of_file.size = size;
    of_file.name = alias.empty() ? nullptr : alias.c_str();
    of_file.reserve = options.reserve;
    return coview_mapping_file(name.c_str(), access, &of_file, result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    auto* const mapping = *result;
    auto const made = wrap(where, mapping, coview_mapping_close, coview_mapping_size(mapping) > much);
    describe(where, made, coview_mapping_name(mapping), coview_mapping_created(mapping));
    set(where, made, "size", number(where, static_cast<double>(coview_mapping_size(mapping))));
    set(where, made, "writable", boolean(where, coview_mapping_rights(mapping) == COVIEW_READ_WRITE));
    return made;
  });
}

/// What JavaScript gets of a new view: [view, buffer].
napi_value view_of(napi_env env, coview_view* view) {
  auto const shared = share(view, coview_view_close, coview_view_size(view) > much);
  napi_value made = nullptr;
  napi_create_array_with_length(env, 2, &made);
  napi_set_element(env, made, 0, wrap(env, shared));
  auto const buffer = buffer_of(env, shared, coview_view_data(view), coview_view_size(view));
  if (buffer == nullptr) return nullptr;
  napi_set_element(env, made, 1, buffer);
  return made;
}

/// mapView(whether in a thread, mapping, access, offset, length or -1, prefault): [view, buffer], or a promise of it
napi_value map_view(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const mapping = given.given(1);
  if (!mapping) return nullptr;
  auto const length = given.number(4);
  coview_map_options options = COVIEW_MAP_OPTIONS_INIT;
  options.prefault = given.flag(5);
  auto const result = std::make_shared<coview_view*>(nullptr);
  auto const run = [mapping, options, result, access = static_cast<coview_access>(given.number(2)),
                    offset = static_cast<std::uint64_t>(given.number(3)),
                    bytes = length < 0 ? COVIEW_TO_END : static_cast<std::uint64_t>(length)] {
    return coview_view_map(as<coview_mapping>(mapping), access, offset, bytes, &options, result.get());
  };
  if (given.flag(0))
    return promise_of(env, run, [result](napi_env where, coview_status) { return view_of(where, *result); });
  auto const status = run();
  return status < 0 ? raise(env, status) : view_of(env, *result);
}

/// flushView(view): a promise
napi_value flush_view(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const view = given.given(0);
  if (!view) return nullptr;
  return promise_of(
      env, [view] { return coview_view_flush(as<coview_view>(view), 0, COVIEW_TO_END); },
      [](napi_env where, coview_status) { return undefined(where); });
}

napi_value mapping_still_named(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const mapping = given.given(0);
  return mapping ? boolean(env, coview_mapping_still_named(as<coview_mapping>(mapping)) != 0) : nullptr;
}

}  // namespace

void add_memory(napi_env env, napi_value exports) {
  add(env, exports, "openMapping", open_mapping);
  add(env, exports, "mapView", map_view);
  add(env, exports, "flushView", flush_view);
  add(env, exports, "mappingStillNamed", mapping_still_named);
}

}  // namespace coview_node
