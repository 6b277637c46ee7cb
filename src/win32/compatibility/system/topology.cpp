// SPDX-License-Identifier: Apache-2.0
// Cores, packages, caches and nodes of the first 64 processors, as /sys tells.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;
namespace os = coview::os;

namespace {

using record = SYSTEM_LOGICAL_PROCESSOR_INFORMATION;
constexpr unsigned most_processors = 64;

/// A line of a file in /sys; empty where there is none.
std::string line_of(std::string const& path) {
  auto text = os::read_whole(path.c_str());
  if (!text) return {};
  auto const end = text->find('\n');
  return end == std::string::npos ? *text : text->substr(0, end);
}

/// "0-3,8": a bit for each.
std::uint64_t mask_of(std::string const& list) {
  std::uint64_t mask = 0;
  char const* at = list.c_str();
  while (*at != 0) {
    char* end = nullptr;
    auto const first = std::strtoul(at, &end, 10);
    if (end == at) break;
    auto const last = *end == '-' ? std::strtoul(end + 1, &end, 10) : first;
    for (auto i = first; i <= last && i < most_processors; ++i) mask |= std::uint64_t{1} << i;
    at = *end == ',' ? end + 1 : end;
  }
  return mask;
}

std::uint64_t online() {
  auto const mask = mask_of(line_of("/sys/devices/system/cpu/online"));
  return mask == 0 ? 1 : mask;
}

std::string processor_path(unsigned processor) {
  return "/sys/devices/system/cpu/cpu" + std::to_string(processor);
}

/// Adds it once: every processor that shares something tells of it.
void add(std::vector<record>& out, record const& one) {
  auto const same = [&one](record const& other) {
    return other.Relationship == one.Relationship && other.ProcessorMask == one.ProcessorMask &&
           other.Reserved[0] == one.Reserved[0] && other.Reserved[1] == one.Reserved[1];
  };
  if (std::none_of(out.begin(), out.end(), same)) out.push_back(one);
}

record shared_by(std::uint64_t mask, LOGICAL_PROCESSOR_RELATIONSHIP what) {
  record made;
  std::memset(&made, 0, sizeof made);
  made.ProcessorMask = mask;
  made.Relationship = what;
  return made;
}

void add_core_and_package(std::vector<record>& out, unsigned processor) {
  auto const own = std::uint64_t{1} << processor;
  auto const topology = processor_path(processor) + "/topology/";
  auto const core = mask_of(line_of(topology + "thread_siblings_list"));
  auto made = shared_by(core == 0 ? own : core, RelationProcessorCore);
  made.ProcessorCore.Flags = (made.ProcessorMask & (made.ProcessorMask - 1)) != 0 ? 1 : 0;
  add(out, made);
  auto const package = mask_of(line_of(topology + "core_siblings_list"));
  add(out, shared_by(package == 0 ? own : package, RelationProcessorPackage));
}

void add_caches(std::vector<record>& out, unsigned processor) {
  for (unsigned index = 0;; ++index) {
    auto const cache = processor_path(processor) + "/cache/index" + std::to_string(index) + "/";
    auto const level = line_of(cache + "level");
    if (level.empty()) return;
    auto const number = [&cache](char const* name) {
      return std::strtoul(line_of(cache + name).c_str(), nullptr, 10);
    };
    auto made = shared_by(mask_of(line_of(cache + "shared_cpu_list")), RelationCache);
    constexpr unsigned kibibyte = 1024;
    auto const size = line_of(cache + "size");  // "32K"
    auto const type = line_of(cache + "type");
    made.Cache.Level = static_cast<BYTE>(std::strtoul(level.c_str(), nullptr, 10));
    made.Cache.Associativity = static_cast<BYTE>(number("ways_of_associativity"));
    made.Cache.LineSize = static_cast<WORD>(number("coherency_line_size"));
    made.Cache.Size = static_cast<DWORD>(std::strtoul(size.c_str(), nullptr, 10) *
                                         (!size.empty() && size.back() == 'M' ? kibibyte * kibibyte : kibibyte));
    made.Cache.Type = type == "Data" ? CacheData : type == "Instruction" ? CacheInstruction : CacheUnified;
    add(out, made);
  }
}

std::uint64_t node_mask(unsigned node) {
  auto const list = line_of("/sys/devices/system/node/node" + std::to_string(node) + "/cpulist");
  if (list.empty() && node == 0) return online();
  return mask_of(list);
}

unsigned highest_node() {
  auto const list = line_of("/sys/devices/system/node/online");
  auto const mask = mask_of(list);
  return mask == 0 ? 0 : most_processors - 1 - static_cast<unsigned>(__builtin_clzll(mask));
}

std::vector<record> everything() {
  std::vector<record> out;
  auto const processors = online();
  for (unsigned i = 0; i < most_processors; ++i) {
    if (((processors >> i) & 1U) == 0) continue;
    add_core_and_package(out, i);
    add_caches(out, i);
  }
  for (unsigned node = 0; node <= highest_node(); ++node) {
    if (auto const mask = node_mask(node); mask != 0) {
      auto made = shared_by(mask, RelationNumaNode);
      made.NumaNode.NodeNumber = node;
      add(out, made);
    }
  }
  return out;
}

}  // namespace

BOOL GetLogicalProcessorInformation(PSYSTEM_LOGICAL_PROCESSOR_INFORMATION Buffer, PDWORD ReturnedLength) {
  return guarded(
      [&] {
        if (ReturnedLength == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        auto const all = everything();
        auto const size = static_cast<DWORD>(all.size() * sizeof(record));
        bool const fits = Buffer != nullptr && *ReturnedLength >= size;
        *ReturnedLength = size;
        if (!fits) return refuse(ERROR_INSUFFICIENT_BUFFER);
        std::copy(all.begin(), all.end(), Buffer);
        return TRUE;
      },
      FALSE);
}

BOOL GetNumaHighestNodeNumber(PULONG HighestNodeNumber) {
  return guarded(
      [&] {
        if (leads_nowhere(HighestNodeNumber)) return refuse(ERROR_NOACCESS);
        *HighestNodeNumber = highest_node();
        return TRUE;
      },
      FALSE);
}

BOOL GetNumaNodeProcessorMask(UCHAR Node, PULONGLONG ProcessorMask) {
  return guarded(
      [&] {
        if (leads_nowhere(ProcessorMask)) return refuse(ERROR_NOACCESS);
        if (Node > highest_node()) return refuse(ERROR_INVALID_PARAMETER);
        *ProcessorMask = node_mask(Node);
        return TRUE;
      },
      FALSE);
}

WORD GetActiveProcessorGroupCount() {
  return 1;
}

DWORD GetActiveProcessorCount(WORD GroupNumber) {
  if (GroupNumber != 0 && GroupNumber != ALL_PROCESSOR_GROUPS) return fail_with(ERROR_INVALID_PARAMETER, DWORD{0});
  return guarded([] { return static_cast<DWORD>(__builtin_popcountll(online())); }, DWORD{0});
}

DWORD GetMaximumProcessorCount(WORD GroupNumber) {
  return GetActiveProcessorCount(GroupNumber);
}
