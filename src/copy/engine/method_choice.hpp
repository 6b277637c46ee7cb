// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <coview/copy.hpp>

#include "copy/shared/source.hpp"
#include "copy/shared/storage.hpp"
#include "copy/shared/write_back.hpp"

/// Which methods a copy tries, in order, and what it does about the page cache. The reasons, with figures, are in
/// docs/copying.md.
namespace coview::copying {

struct plan {
  std::vector<copy_method> methods;  ///< the first that can is the one; never empty
  write_back_rules flushing;
};

plan make_plan(source_file const& source, storage from, storage to, copy_options const& options);

}  // namespace coview::copying
