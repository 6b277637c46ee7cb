// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "copy/tree/node.hpp"

/// Files that are one file under several names. The first worker that comes upon one copies it; the others leave
/// their entry with it, to be linked when the copy is there. Thread-safe.
namespace coview::copying {

/// Where an entry is to go.
struct tree_place {
  tree_place(node_pointer where, directory_entry what, std::string name)
      : node(std::move(where)), entry(std::move(what)), target_name(std::move(name)) {}
  node_pointer node;
  directory_entry entry;
  std::string target_name;
};

class link_table {
 public:
  enum class turn : unsigned char {
    copy,  ///< the first: copy it, and say what became of it
    link,  ///< it is there already: `copied` tells where
    wait,  ///< somebody copies it just now, and will see to this entry
  };

  turn take(struct ::stat const& file, tree_place const& place, std::optional<tree_place>& copied);

  /// The copy is there. Who waited for it.
  [[nodiscard]] std::vector<tree_place> placed(struct ::stat const& file, tree_place const& place);
  /// There is none. Who waited for it: the first of them to be taken again shall copy.
  [[nodiscard]] std::vector<tree_place> not_placed(struct ::stat const& file);

 private:
  struct one_file {
    std::optional<tree_place> copied;
    std::vector<tree_place> waiting;
    nlink_t left = 0;  // names that may still come; then it can be forgotten
  };
  using key = std::pair<dev_t, ino_t>;

  std::mutex lock_;
  std::map<key, one_file> files_;
};

}  // namespace coview::copying
