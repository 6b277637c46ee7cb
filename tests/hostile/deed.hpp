// SPDX-License-Identifier: Apache-2.0
// What a hostile peer does to an object that it may write: one store, or one thing done to the object's file. Deeds
// follow from a seed, so a case can be told and repeated.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "campaign/payload.hpp"

namespace hostile {

struct deed {
  enum class kind : std::uint8_t {
    none,
    store,         // `word`, `size` bytes, at `at`
    shrink,        // the file to `at` bytes
    grow,          // by a hole to `at` bytes
    lock_file,     // flock, exclusive; kept
    lock_mark,     // an open-file-description lock on byte 0, exclusive; kept
    lease,         // a write lease; kept (only of a file of one's own)
    change_mode,   // to `at` (own)
    rename_away,   // its name leads nowhere (own)
    plant_link,    // the name is a symbolic link to the victim's private file (own)
    plant_fifo,    // the name is a FIFO (own)
    plant_folder,  // the name is a directory (own)
    second_link,   // a hard link to it beside it
    claim_target,  // the header says: a mapping of the victim's private file
    wake,          // FUTEX_WAKE on the state, without a reason
  };
  kind what = kind::none;
  std::uint32_t at = 0;
  std::uint32_t size = 0;
  std::uint64_t word = 0;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool cuts() const { return what == kind::shrink; }
};

/// Thread IDs that a chosen word may be.
struct known_threads {
  pid_t victim = 0;
  pid_t peer = 0;
};

/// A store most of the time; of a word that means something in the layout, or of any. `quietly`: stores only.
[[nodiscard]] deed choose_deed(campaign::random_numbers& random, known_threads const& threads, bool quietly);

/// Does it to all files of the campaign's shared objects, as far as this process may. `private_file`: what links and
/// targets lead to.
void commit(deed const& what, std::string const& root, std::string const& private_file);

/// The beginning of the names of the files that deeds are done to.
inline constexpr char const* shared_prefix = "coview-global-shared_";
/// What a hard link that a peer adds is called, after the file's own name.
inline constexpr char const* second_link_suffix = ".second";

}  // namespace hostile
