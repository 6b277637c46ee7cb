// SPDX-License-Identifier: Apache-2.0
// coview doctor: whether this machine is fit for shared memory, and what to do where it is not.
#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "doctor/checks.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::string_view status_text(finding status) {
  switch (status) {
    case finding::ok:
      return "ok";
    case finding::warning:
      return "warning";
    case finding::problem:
      return "problem";
  }
  return "problem";
}

std::string mark(console const& out, finding status) {
  switch (status) {
    case finding::ok:
      return out.in(style::green, "ok     ");
    case finding::warning:
      return out.in(style::yellow, "warning");
    case finding::problem:
      break;
  }
  return out.in(style::red, "problem");
}

void print(console& out, std::vector<check> const& all) {
  std::size_t width = 0;
  for (auto const& each : all) width = std::max(width, each.name.size());
  auto const margin = std::string(9 + width + 2, ' ');
  for (auto const& each : all) {
    out.print("{}  {}  {}\n", mark(out, each.status), out.in(style::bold, fmt::format("{:{}}", each.name, width)),
              escape(each.value));
    out.print("{}{}\n", margin, out.in(style::dim, escape(each.meaning)));
    if (!each.remedy.empty()) out.print("{}→ {}\n", margin, escape(each.remedy));
  }
}

void print_json(console& out, std::vector<check> const& all, bool healthy) {
  auto list = nlohmann::ordered_json::array();
  for (auto const& each : all) {
    list.push_back(
        {{"name", each.name},
         {"status", status_text(each.status)},
         {"value", each.value},
         {"meaning", each.meaning},
         {"remedy", each.remedy.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(each.remedy)}});
  }
  out.write_json({{"schema", "coview.doctor/1"}, {"ok", healthy}, {"checks", std::move(list)}});
}

int doctor(console& out, bool json) {
  auto const all = run_checks();
  auto const count = [&](finding status) {
    return std::count_if(all.begin(), all.end(), [&](check const& each) { return each.status == status; });
  };
  auto const problems = count(finding::problem);
  if (json) {
    print_json(out, all, problems == 0);
    return problems == 0 ? exit_ok : exit_failed;
  }
  print(out, all);
  auto const warnings = count(finding::warning);
  if (problems > 0) {
    out.say("{} problem{}; what is marked so does not work", problems, problems == 1 ? "" : "s");
    return exit_failed;
  }
  out.say(
      "this machine is fit{}",
      warnings == 0 ? std::string() : fmt::format(", with {} thing{} to know", warnings, warnings == 1 ? "" : "s"));
  return exit_ok;
}

action prepare_doctor(argument_list& takes, std::vector<std::string> const&) {
  auto json = std::make_shared<bool>(false);
  add_json(takes, *json);
  return [json](console& out) { return doctor(out, *json); };
}

}  // namespace

constinit command const doctor_command = {.name = "doctor",
                                          .summary = "Check this machine, and say what to do where it is not fit",
                                          .examples =
                                              "coview doctor\n"
                                              "coview doctor --json | jq '.checks[] | select(.status != \"ok\")'",
                                          .details = "The status is 1 if there is a problem; a warning is none.",
                                          .prepare = prepare_doctor};

}  // namespace coview::tool
