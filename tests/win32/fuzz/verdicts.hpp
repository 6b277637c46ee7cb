// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// What functions may do when their arguments are nonsense, because Windows' do so as well.
namespace coview_fuzz {

/// Ends or stops the process or thread that calls it, or hands it to what does.
bool may_end(std::string_view function);
/// Waits for something that may never come.
bool may_block(std::string_view function);
/// Faults inside, where what it is given is no object of its kind: memory of a heap, a critical section, a pool's
/// item, a stream. Windows' own corrupt memory there.
bool may_crash(std::string_view function);
/// A call of the system, which finds out that a pointer leads nowhere (998, 87) and never faults at one that does.
bool must_not_fault(std::string_view function);
/// What it opens has a number of its own, and no handle: descriptors of the C runtime, streams.
bool opens_descriptors(std::string_view function);

}  // namespace coview_fuzz
