// SPDX-License-Identifier: Apache-2.0
#include "os/environment.hpp"

#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>

namespace coview::os {

bool privileged() noexcept {
  // The kernel sets it when exec changes IDs or raises capabilities, and it stays for the process's life: also after
  // the program has made all its IDs equal.
  if (::getauxval(AT_SECURE) != 0) return true;
  // A program that changes its IDs by itself, as a service does that acts for its users.
  uid_t real_user = 0;
  uid_t effective_user = 0;
  uid_t saved_user = 0;
  gid_t real_group = 0;
  gid_t effective_group = 0;
  gid_t saved_group = 0;
  if (::getresuid(&real_user, &effective_user, &saved_user) != 0) return true;
  if (::getresgid(&real_group, &effective_group, &saved_group) != 0) return true;
  return real_user != effective_user || effective_user != saved_user || real_group != effective_group ||
         effective_group != saved_group;
}

char const* environment_as_it_stands(char const* name) noexcept {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here changes it
}

char const* environment(char const* name) noexcept {
  char const* const value = environment_as_it_stands(name);
  if (value == nullptr || *value == '\0' || privileged()) return nullptr;
  return value;
}

}  // namespace coview::os
