// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copy/tree/progress_record.hpp"

/// Totals for somebody who watches a copy: how many files there are, and how many bytes. Counted beside the copy,
/// which finds what the counting looked at in the kernel's caches.
namespace coview::copying {

/// Goes through the sources and tells the progress; ends early where the copy is stopped. A tree that is too deep to
/// be counted with a few descriptors stays uncounted: this is for show only.
void count_trees(std::vector<std::pair<std::string, std::string>> const& sources, tree_options const& options,
                 progress_record& progress);

}  // namespace coview::copying
