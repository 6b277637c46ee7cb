// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "os/fd.hpp"

/// What a descriptor itself shows, for those that another process handed over with a description of what they are:
/// the description is believed only as far as these agree. All of it is asked of the kernel, and nothing is opened.
namespace coview::win32 {

/// What it leads to, as /proc/self/fd has it ("/memfd:coview-win32 (deleted)", "anon_inode:[timerfd]"); empty where
/// nothing tells.
std::string target_of(int fd);

bool opened_for_reading(int fd) noexcept;
bool opened_for_writing(int fd) noexcept;

/// A memory file made under this label (memfd_create), by this user or by root.
bool is_memory_file(int fd, std::string_view label);
/// And of a size that nobody can change any more (F_SEAL_SHRINK, F_SEAL_GROW): no page of it can be taken away.
bool is_sealed(int fd) noexcept;

bool is_timer(int fd);
/// The process that a pidfd is of, by the kernel's word; -1 where it has ended, 0 where the descriptor is no pidfd.
pid_t process_behind(int fd);

/// Out of the way of what a child's standard handles are put in place with.
os::unique_fd duplicate_out_of_the_way(int fd) noexcept;

}  // namespace coview::win32
