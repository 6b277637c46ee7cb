// SPDX-License-Identifier: Apache-2.0
// Copying files and trees through coview.h: options and callbacks on the way in, reports on the way out.
#include <algorithm>
#include <filesystem>
#include <memory>

#include <coview/copy.hpp>
#include <coview/copy_tree.hpp>

#include "c/call.hpp"
#include "c/handles.hpp"

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

/// Callbacks get the paths as texts that live as long as the call.
void take_callbacks(coview::tree_options& made, coview_tree_options const& from) {
  if (from.on_progress != nullptr) {
    made.on_progress = [tell = from.on_progress, context = from.context](coview::tree_progress const& now) {
      coview_tree_progress const told{.struct_size = sizeof(coview_tree_progress),
                                      .counted = now.counted,
                                      .reserved = {},
                                      .files_total = now.files_total,
                                      .bytes_total = now.bytes_total,
                                      .files = now.files,
                                      .written = now.written,
                                      .on_device = now.on_device,
                                      .seconds = now.seconds,
                                      .rate = now.rate,
                                      .current = now.current.c_str()};
      return tell(context, &told) != 0;
    };
  }
  if (from.on_entry != nullptr) {
    made.on_entry = [tell = from.on_entry, context = from.context](coview::tree_entry const& entry) {
      coview_tree_entry const told{.struct_size = sizeof(coview_tree_entry),
                                   .kind = static_cast<coview_entry_kind>(entry.kind),
                                   .outcome = static_cast<coview_entry_outcome>(entry.outcome),
                                   .method = static_cast<coview_copy_method>(entry.method),
                                   .bytes = entry.bytes,
                                   .source = entry.source.c_str(),
                                   .target = entry.target.c_str(),
                                   .hash = entry.hash.c_str()};
      tell(context, &told);
    };
  }
  if (from.may_replace != nullptr) {
    made.may_replace = [ask = from.may_replace, context = from.context](std::filesystem::path const& target) {
      return ask(context, target.c_str()) != 0;
    };
  }
}

coview::tree_options tree_options_of(coview_tree_options const* given_options) {
  auto const from = options(given_options, coview_tree_options COVIEW_TREE_OPTIONS_INIT);
  coview::tree_options made;
  made.file = copy_options_of(from.file);
  made.recursive = from.not_recursive == 0;
  made.target = value("coview_tree_target", from.target, coview::tree_target::exact);
  made.follow = value("coview_follow", from.follow, coview::follow_links::always);
  made.hard_links = from.split_hard_links == 0;
  made.special = from.special != 0;
  made.one_file_system = from.one_file_system != 0;
  made.dry_run = from.dry_run != 0;
  made.parents = from.parents != 0;
  made.files = value("coview_tree_files", from.files, coview::tree_files::symbolic_links);
  made.keep_directory_links = from.keep_directory_links != 0;
  made.count_ahead = from.count_ahead != 0;
  made.jobs = from.jobs;
  if (from.filter_count > 0) given("filters", from.filters);
  for (std::uint64_t i = 0; i < from.filter_count; ++i) {
    auto const& filter = from.filters[i];
    using kind = coview::tree_filter::kind;
    made.filters.push_back({.rule = filter.include != 0 ? kind::include : kind::exclude,
                            .pattern = std::string(text("the pattern of a filter", filter.pattern))});
  }
  take_callbacks(made, from);
  return made;
}

std::unique_ptr<coview_tree_report> new_report(coview::tree_report done) {
  auto made = std::make_unique<coview_tree_report>();
  made->done = std::move(done);
  auto const& from = made->done;
  made->counts = {.struct_size = sizeof(coview_tree_counts),
                  .method = static_cast<coview_copy_method>(from.method),
                  .files = from.files,
                  .directories = from.directories,
                  .symbolic_links = from.symbolic_links,
                  .hard_links = from.hard_links,
                  .specials = from.specials,
                  .skipped = from.skipped,
                  .bytes = from.bytes,
                  .seconds = from.seconds,
                  .durable = from.durable,
                  .verified = from.verified,
                  .cancelled = from.cancelled,
                  .reserved = {},
                  .kept_files = from.kept_files,
                  .kept_bytes = from.kept_bytes,
                  .resumed = from.resumed};
  for (auto const& each : from.failures) {
    made->failures.push_back({.struct_size = sizeof(coview_tree_failure),
                              .code = each.code.value(),
                              .source = each.source.c_str(),
                              .target = each.target.c_str(),
                              .text = each.text.c_str()});
  }
  return made;
}

}  // namespace

coview_status coview_copy_file(char const* source, char const* target, coview_copy_options const* options,
                               coview_copy_report* report) {
  return call(__func__, [&] {
    std::uint32_t room = 0;
    if (report != nullptr) {
      room = report->struct_size;
      if (room < sizeof room) {
        throw bad_argument{EINVAL, "struct_size of the report is " + std::to_string(room),
                           "initialise it with COVIEW_COPY_REPORT_INIT"};
      }
    }
    auto done =
        report_of(coview::copy_file(text("source", source), text("target", target), copy_options_of(options)));
    if (report == nullptr) return COVIEW_OK;
    done.struct_size = room;
    std::memcpy(report, &done, std::min<std::size_t>(room, sizeof done));
    return COVIEW_OK;
  });
}

coview_status coview_copy_tree(char const* const* sources, size_t count, char const* target,
                               coview_tree_options const* options, coview_tree_report** report) {
  return call(__func__, [&] {
    if (report != nullptr) *report = nullptr;
    if (count > 0) given("sources", sources);
    std::vector<std::filesystem::path> paths;
    for (size_t i = 0; i < count; ++i) paths.emplace_back(text("a source", sources[i]));
    auto made = new_report(coview::copy_tree(paths, text("target", target), tree_options_of(options)));
    auto const& done = made->done;
    auto const status = done.failures.empty() && !done.cancelled ? COVIEW_OK : COVIEW_PARTIAL;
    if (report != nullptr) *report = made.release();
    return status;
  });
}

coview_tree_counts const* coview_tree_report_counts(coview_tree_report const* report) {
  return report == nullptr ? nullptr : &report->counts;
}

size_t coview_tree_report_failure_count(coview_tree_report const* report) {
  return report == nullptr ? 0 : report->failures.size();
}

coview_tree_failure const* coview_tree_report_failure_at(coview_tree_report const* report, size_t index) {
  return index < coview_tree_report_failure_count(report) ? &report->failures[index] : nullptr;
}

size_t coview_tree_report_warning_count(coview_tree_report const* report) {
  return report == nullptr ? 0 : report->done.warnings.size();
}

char const* coview_tree_report_warning_at(coview_tree_report const* report, size_t index) {
  return index < coview_tree_report_warning_count(report) ? report->done.warnings[index].c_str() : nullptr;
}

void coview_tree_report_free(coview_tree_report* report) {
  delete report;
}
