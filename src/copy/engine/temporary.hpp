// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include <coview/copy.hpp>

#include "copy/engine/placed_files.hpp"
#include "os/fd.hpp"

/// The file that a copy grows in, next to its target, until it takes the target's name.
///
/// Its name follows from the target's, so the next copy to that target finds what a killed one left without looking
/// through the directory. Who copies keeps the file locked (flock, exclusive); the kernel drops the lock when the
/// process dies. So:
///   T1  create slot 0, 1, 2 … exclusively, mode 0600, never through a link; or, where the slot is taken,
///   T2  lock it: refused, somebody copies to this target just now: next slot; else it is what a killed copy left.
///   T3  after locking, look whether the name still leads to this file: another one may have cleared it in between.
/// A file that is not this user's, or not a plain file, is nobody's temporary: next slot.
///
/// In a directory where nothing can be renamed or removed (append-only), the file has no name until it is complete.
namespace coview::copying {

/// An entry of an open directory, where a copy goes.
struct target_place {
  int directory = -1;              ///< not owned
  std::string name;                ///< one component
  std::filesystem::path shown;     ///< how people know it
  placed_files* placed = nullptr;  ///< of a copy of several sources: what must not be replaced
};

class temporary {
 public:
  enum class left_over { clear, take };  ///< what to do with what a killed copy left

  /// Throws coview::error that names the target.
  temporary(target_place const& target, left_over rule);
  temporary(temporary const&) = delete;
  temporary& operator=(temporary const&) = delete;
  /// Removes the file unless it was put in place or is to be kept.
  ~temporary();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Whether it was there: with `take`, what a killed copy left.
  [[nodiscard]] bool found() const noexcept { return found_; }
  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  /// Name of the journal that belongs to it.
  [[nodiscard]] std::string journal_name() const { return name_ + ".journal"; }

  /// Whether it could take the place of another file. In an append-only directory, none can.
  [[nodiscard]] bool can_replace() const noexcept { return !unnamed_; }

  /// There is one; it goes when the temporary goes.
  void has_journal() noexcept { has_journal_ = true; }

  enum class outcome : unsigned char {
    placed,
    taken,         ///< the name is, and may not be replaced
    not_possible,  ///< the filesystem or the directory allows no such thing; `why` is the errno
  };
  /// Gives it the target's name. Throws where another source of this copy has it.
  [[nodiscard]] outcome put_in_place(bool may_replace);
  [[nodiscard]] int why() const noexcept { return why_; }
  /// Leaves it where it is, for a copy that goes on.
  void keep() noexcept { kept_ = true; }

 private:
  bool try_slot(std::string const& name, left_over rule);
  bool still_named() const;
  bool make_unnamed();
  int take_free_name();
  int replace_name();
  void remove_journal() const;
  void clear_others() const;

  target_place const& target_;
  std::string name_;
  std::string stem_;
  os::unique_fd fd_;
  bool found_ = false;
  bool kept_ = false;
  bool placed_ = false;
  bool has_journal_ = false;
  bool unnamed_ = false;
  int why_ = 0;
};

}  // namespace coview::copying
