// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/copy.hpp>

#include "copy/engine/temporary.hpp"
#include "copy/shared/source.hpp"

/// One file's copy, from descriptors: what copy_file does after it has found the files, and what a tree does for each
/// of its large files.
///
///   1  refuse what is no copy: one file under two names, a directory in the way
///   2  a temporary next to the target, exclusive, for nobody else (temporary.hpp)
///   3  bytes, by the first method that can (method_choice.hpp, transfer.hpp)
///   4  the source is as it was, and all of it was read (source.hpp)
///   5  owner, permissions, attributes, times (metadata.hpp)
///   6  fsync of the descriptor that wrote: the only one that is sure to hear of a failed write-back
///   7  read back and compare (read_back.hpp)
///   8  rename onto the target, fsync of the directory
///
/// A crash before 8 leaves the old target, and a temporary that the next copy to it clears, or goes on with.
namespace coview::copying {

/// Copies an open file to an entry of an open directory. `options.follow_*` and `read_special` were used before.
/// A target that is a device or a FIFO is written to; there is nothing to put in place then.
copy_report copy_open_file(source_file const& source, target_place const& target, copy_options const& options);

}  // namespace coview::copying
