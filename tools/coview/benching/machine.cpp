// SPDX-License-Identifier: Apache-2.0
#include "machine.hpp"

#include <sched.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

namespace coview::tool {

namespace {

std::string first_line(char const* path, std::string const& key = "") {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    auto const colon = key.empty() ? std::string::npos : line.find(": ");
    return colon == std::string::npos ? line : line.substr(colon + 2);
  }
  return {};
}

}  // namespace

std::vector<fact> machine() {
  utsname system{};
  ::uname(&system);
  std::vector<fact> facts;
  facts.push_back({"processor", first_line("/proc/cpuinfo", "model name")});
  facts.push_back({"cores", std::to_string(std::thread::hardware_concurrency())});
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    std::string pinned;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &allowed)) pinned += (pinned.empty() ? "" : ",") + std::to_string(cpu);
    }
    facts.push_back({"running on", "cpu " + pinned});
  }
  facts.push_back({"kernel", std::string(static_cast<char*>(system.sysname)) + " " +
                                 static_cast<char*>(system.release) + " " + static_cast<char*>(system.machine)});
  auto const governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  facts.push_back({"governor", governor.empty() ? "not readable" : governor});
  auto const hypervisor = first_line("/proc/cpuinfo", "flags").find(" hypervisor") != std::string::npos;
  facts.push_back({"virtual machine", hypervisor ? "yes" : "no"});
  facts.push_back({"compiler", __VERSION__});
  return facts;
}

}  // namespace coview::tool
