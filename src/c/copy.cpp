// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <coview/copy.hpp>

#include "c/call.hpp"

namespace {

using namespace coview::c;

coview::copy_options copy_options_of(coview_copy_options const* given) {
  auto const from = options(given, coview_copy_options COVIEW_COPY_OPTIONS_INIT);
  coview::copy_options made;
  made.verify = value("coview_verify", from.verify, coview::verify::read_back);
  made.method = value("coview_copy_method", from.method, coview::copy_method::direct);
  made.existing = value("coview_existing", from.existing, coview::existing_target::refuse);
  made.limit_rate = from.limit_rate;
  made.durable = from.not_durable == 0;
  made.may_reflink = from.no_reflink == 0;
  made.resume = from.resume != 0;
  made.in_place = from.in_place != 0;
  made.changing = from.accept_changes != 0 ? coview::changing_source::accept : coview::changing_source::fail;
  if (from.on_progress == nullptr) return made;
  made.on_progress = [tell = from.on_progress, context = from.context](coview::copy_progress const& now) {
    coview_copy_progress const told{.struct_size = sizeof(coview_copy_progress),
                                    .reserved = 0,
                                    .total = now.total,
                                    .written = now.written,
                                    .on_device = now.on_device,
                                    .verified = now.verified,
                                    .seconds = now.seconds,
                                    .rate = now.rate};
    return tell(context, &told) != 0;
  };
  return made;
}

coview_copy_report report_of(coview::copy_report const& from) {
  coview_copy_report made COVIEW_COPY_REPORT_INIT;
  made.method = static_cast<coview_copy_method>(from.method);
  made.bytes = from.bytes;
  made.data_bytes = from.data_bytes;
  made.resumed = from.resumed;
  made.seconds = from.seconds;
  made.durable = from.durable;
  made.verified = from.verified;
  made.cancelled = from.cancelled;
  made.skipped = from.skipped;
  from.hash.copy(made.hash, sizeof made.hash - 1);
  return made;
}

}  // namespace

coview_status coview_copy_file(char const* source, char const* target, coview_copy_options const* options,
                               coview_copy_report* report) {
  return call(__func__, [&] {
    std::uint32_t room = 0;
    if (report != nullptr) {
      room = report->struct_size;
      if (room < sizeof room)
        throw bad_argument{EINVAL, "struct_size of the report is " + std::to_string(room),
                           "initialise it with COVIEW_COPY_REPORT_INIT"};
    }
    auto done =
        report_of(coview::copy_file(text("source", source), text("target", target), copy_options_of(options)));
    if (report == nullptr) return COVIEW_OK;
    done.struct_size = room;
    std::memcpy(report, &done, std::min<std::size_t>(room, sizeof done));
    return COVIEW_OK;
  });
}
