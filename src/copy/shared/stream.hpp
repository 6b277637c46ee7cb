// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "os/fd.hpp"

/// Reading and writing what may make others wait: FIFOs, sockets, terminals, devices, files made up on demand. Every
/// wait ends soon where the caller no longer wants it.
namespace coview::copying {

/// Asked about ten times a second while something is waited for; false ends the waiting. Empty: wait for ever.
using keep_waiting = std::function<bool()>;

/// The next bytes, at least one; 0 at the end. A FIFO that nobody has written to yet is waited for. ECANCELED: no
/// longer wanted.
os::result<std::size_t> read_stream(int fd, std::span<std::byte> buffer, keep_waiting const& go_on);

/// Writes all of it. 0, ECANCELED, or the errno.
int write_stream(int fd, std::span<std::byte const> bytes, keep_waiting const& go_on);

/// Opens a FIFO or device for writing, and waits for whoever is to read from a FIFO.
os::result<os::unique_fd> open_to_write(int directory, char const* name, keep_waiting const& go_on);

/// What network filesystems and those of programs report only when a file is closed. Another descriptor of it is
/// closed for that, so that this one and its lock stay. 0, or the errno.
int close_error(int fd);

}  // namespace coview::copying
