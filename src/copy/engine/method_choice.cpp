// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/method_choice.hpp"

#include <algorithm>

namespace coview::copying {
namespace {

constexpr std::uint64_t mebi = std::uint64_t{1} << 20U;
/// Below this, one read and one write are as good as anything.
constexpr std::uint64_t small = mebi / 4;
/// From here on, starting write-back early is worth its system calls.
constexpr std::uint64_t worth_flushing = 8 * mebi;
/// A copy larger than this share of the memory at hand would push out what others have in it.
constexpr std::uint64_t memory_share = 4;

/// Bytes that are not in holes: what is moved, and what takes memory.
std::uint64_t data_of(source_file const& source) {
  return std::min(source.size(), static_cast<std::uint64_t>(source.before.st_blocks) * 512);
}

/// Whether most of the source has to come from its device.
bool is_cold(source_file const& source) {
  auto const found = cached(source.fd.get(), 0, source.size());
  return found && found->cached < data_of(source) / 2;
}

}  // namespace

plan make_plan(source_file const& source, storage from, storage to, copy_options const& options) {
  using enum copy_method;
  plan made;
  auto const size = data_of(source);
  bool const on_device = to != storage::memory;
  made.flushing.start = on_device && options.durable && size >= worth_flushing;

  bool const large = size >= worth_flushing && size > memory_at_hand() / memory_share;
  if (large && on_device) {
    made.flushing.start = true;
    made.flushing.drop_target = true;
    made.flushing.drop_source = from != storage::memory;
  }

  // Only read and write see the bytes, and do without a size.
  bool const must_look = !source.sized || options.holes != holes::keep;
  if (options.method != automatic) {
    made.methods = {options.method};
    return made;
  }
  if (must_look) {
    made.methods = {buffered};
    return made;
  }
  if (options.may_reflink) made.methods.push_back(reflink);
  bool const pieces = size < source.size();
  // What a program calls a hole is read, and becomes one where there are zeros.
  if (from == storage::program && pieces) {
    made.methods.push_back(buffered);
    return made;
  }
  bool const disks = from == storage::disk && to == storage::disk;
  bool const cold = size >= small && is_cold(source);
  if (large && disks && cold) made.methods.push_back(direct);
  // Out of memory, write() makes larger folios of what it is given than the kernel does on its own way. That does not
  // tell with the pieces between holes, which are short, and where reading and writing are two calls instead of one.
  if (size >= small && (cold || !disks || pieces)) made.methods.push_back(in_kernel);
  made.methods.push_back(buffered);
  return made;
}

}  // namespace coview::copying
