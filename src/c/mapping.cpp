// SPDX-License-Identifier: Apache-2.0
// Mappings and views through coview.h.
#include <coview/mapping.hpp>

#include "c/call.hpp"
#include "c/handles.hpp"

namespace {

using namespace coview::c;

coview::access access_of(coview_access rights) {
  return value("coview_access", rights, coview::access::copy_on_write);
}

coview::create_options create_options_of(coview_create_options const* given) {
  auto const from = options(given, coview_create_options COVIEW_CREATE_OPTIONS_INIT);
  return {.mode = from.mode,
          .reserve = from.reserve != 0,
          .permanent = from.permanent != 0,
          .huge_pages = from.huge_pages != 0};
}

coview_status hand_out(coview_mapping** result, coview::mapping object) {
  *result = new coview_mapping{std::move(object)};
  return COVIEW_OK;
}

}  // namespace

coview_status coview_mapping_create(char const* name, uint64_t size, coview_create_options const* options,
                                    coview_mapping** result) {
  return call(__func__, [&] {
    place(result);
    return hand_out(result, coview::mapping::create(text("name", name), size, create_options_of(options)));
  });
}

coview_status coview_mapping_open(char const* name, coview_access rights, coview_mapping** result) {
  return call(__func__, [&] {
    place(result);
    return hand_out(result, coview::mapping::open(text("name", name), access_of(rights)));
  });
}

coview_status coview_mapping_open_or_create(char const* name, uint64_t size, coview_create_options const* options,
                                            coview_mapping** result) {
  return call(__func__, [&] {
    place(result);
    return hand_out(result, coview::mapping::open_or_create(text("name", name), size, create_options_of(options)));
  });
}

coview_status coview_mapping_file(char const* path, coview_access rights, coview_file_options const* options,
                                  coview_mapping** result) {
  return call(__func__, [&] {
    place(result);
    auto const from = coview::c::options(options, coview_file_options COVIEW_FILE_OPTIONS_INIT);
    coview::file_options const wanted{.size = from.size,
                                      .name = from.name == nullptr ? "" : from.name,
                                      .mode = from.mode,
                                      .reserve = from.reserve != 0};
    return hand_out(result, coview::mapping::file(std::string(text("path", path)), access_of(rights), wanted));
  });
}

coview_status coview_mapping_anonymous(uint64_t size, coview_create_options const* options, coview_mapping** result) {
  return call(__func__, [&] {
    place(result);
    return hand_out(result, coview::mapping::anonymous(size, create_options_of(options)));
  });
}

uint64_t coview_mapping_size(coview_mapping const* mapping) {
  return mapping == nullptr ? 0 : mapping->object.size();
}

char const* coview_mapping_name(coview_mapping const* mapping) {
  return mapping == nullptr ? "" : mapping->object.name().c_str();
}

coview_access coview_mapping_rights(coview_mapping const* mapping) {
  return mapping == nullptr ? COVIEW_READ_ONLY : static_cast<coview_access>(mapping->object.rights());
}

int coview_mapping_created(coview_mapping const* mapping) {
  return mapping != nullptr && mapping->object.created() ? 1 : 0;
}

int coview_mapping_still_named(coview_mapping const* mapping) {
  return mapping != nullptr && mapping->object.still_named() ? 1 : 0;
}

int coview_mapping_native_handle(coview_mapping const* mapping) {
  return mapping == nullptr ? -1 : mapping->object.native_handle();
}

uint64_t coview_mapping_payload_offset(coview_mapping const* mapping) {
  return mapping == nullptr ? 0 : mapping->object.payload_offset();
}

void coview_mapping_close(coview_mapping* mapping) {
  delete mapping;
}

coview_status coview_view_map(coview_mapping const* mapping, coview_access rights, uint64_t offset, uint64_t length,
                              coview_map_options const* options, coview_view** result) {
  return call(__func__, [&] {
    auto& made = place(result);
    auto const from = coview::c::options(options, coview_map_options COVIEW_MAP_OPTIONS_INIT);
    coview::map_options const wanted{
        .address = from.address, .prefault = from.prefault != 0, .keeps_name = from.does_not_keep_name == 0};
    made = new coview_view{given("mapping", mapping).object.map(access_of(rights), offset, length, wanted)};
    return COVIEW_OK;
  });
}

void* coview_view_data(coview_view const* view) {
  return view == nullptr ? nullptr : view->object.data();
}

uint64_t coview_view_size(coview_view const* view) {
  return view == nullptr ? 0 : view->object.size();
}

coview_access coview_view_rights(coview_view const* view) {
  return view == nullptr ? COVIEW_READ_ONLY : static_cast<coview_access>(view->object.rights());
}

coview_status coview_view_flush(coview_view const* view, uint64_t offset, uint64_t length) {
  return call(__func__, [&] {
    given("view", view).object.flush(offset, length);
    return COVIEW_OK;
  });
}

coview_status coview_view_prefault(coview_view const* view, uint64_t offset, uint64_t length) {
  return call(__func__, [&] {
    given("view", view).object.prefault(offset, length);
    return COVIEW_OK;
  });
}

coview_status coview_view_protect(coview_view* view, coview_access rights) {
  return call(__func__, [&] {
    given("view", view).object.protect(access_of(rights));
    return COVIEW_OK;
  });
}

void coview_view_close(coview_view* view) {
  delete view;
}
