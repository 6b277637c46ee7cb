// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "os/fd.hpp"

/// The three locks of docs/lifetime.md. They belong to the open file description, so that fork and dup share them and
/// the kernel drops them when the last descriptor goes. None of these functions blocks.
namespace coview::os {

enum class lock_answer { taken, refused, failed };  // failed: errno tells (ENOLCK: no memory for a lock)

/// flock(2), shared: "do not remove this file". A sweep lock of the same description becomes a hold in one step, and
/// cannot be refused then.
lock_answer try_hold(int fd) noexcept;

/// flock(2), exclusive: "nobody holds this". Refused, a hold of the same description is lost: never for a handle.
lock_answer try_sweep(int fd) noexcept;

/// Gives hold or sweep back.
void drop(int fd) noexcept;

/// F_OFD_SETLK, shared, on byte 0: "this object lives". Works with any readable descriptor.
lock_answer try_mark(int fd) noexcept;

/// Gives the mark back.
void drop_mark(int fd) noexcept;

/// Whether another description has the mark. Takes nothing, so it never disturbs anybody else who asks.
result<bool> marked_by_another(int fd) noexcept;

/// F_OFD_SETLK, shared, on one byte: as the mark, where a file has more than one. Also on a directory.
lock_answer try_share_byte(int fd, std::int64_t byte) noexcept;

/// Whether another description has any byte of a range.
result<bool> shared_by_another(int fd, std::int64_t first, std::int64_t count) noexcept;

}  // namespace coview::os
