// SPDX-License-Identifier: Apache-2.0
// O1 to O5 of docs/lifetime.md.
#include <cerrno>
#include <cstring>
#include <utility>

#include "object/lifetime.hpp"
#include "object/name_call.hpp"
#include "object/name_removal.hpp"
#include "os/lock.hpp"

namespace coview::inline object {
namespace {

/// One way through the slots of a name: the direct ones, and, where there is evidence of others, under D through all.
class open_attempt {
 public:
  open_attempt(name_call& call, place_ptr const& where, bool writable, acceptance const& accept) noexcept
      : call_(call), where_(where), how_(writable ? probe_as::writer : probe_as::reader), accept_(accept) {}

  outcome run() {
    if (where_->scope == name_scope::local) return try_slot(0);
    if (auto const found = try_direct_slots(); found != outcome::no) return found;
    auto const others = any_evident(*where_, call_.name().file);
    if (!others) call_.context().fail(others.error());
    return *others ? run_under_d() : outcome::no;
  }

  [[nodiscard]] held_file const& found() const { return found_->file; }
  open_object take() { return std::move(*found_); }

 private:
  outcome try_direct_slots() {
    for (unsigned slot = 0; slot < first_evident_slot; ++slot) {
      if (auto const found = try_slot(slot); found != outcome::no) return found;
    }
    return outcome::no;
  }

  /// From its beginning to its end: what lives behind the direct slots lives because of others' evidence, and nobody
  /// else may decide meanwhile that there is none.
  outcome run_under_d() {
    directory_lock d;
    if (int const failure = d.take(where_->directory.get(), patience())) {
      if (failure == EBUSY) call_.fail_busy(*where_, ".");
      call_.context().fail(failure);
    }
    sweeper_ = sweeper::has_d;
    if (auto const found = try_direct_slots(); found != outcome::no) return found;
    std::vector<unsigned> slots;
    if (int const failure = slots_behind(*where_, call_.name(), d.fd(), slots)) call_.context().fail(failure);
    for (auto const slot : slots) {
      // Before the look, so that others wait for what it comes to.
      if (int const failure = evidence_.give(*where_, slot_file(call_.name().file, slot))) {
        call_.context().fail(failure);
      }
      if (auto const found = try_slot(slot); found != outcome::no) return found;
    }
    return outcome::no;
  }

  outcome try_slot(unsigned slot) {
    auto seen = probe_file(*where_, slot_file(call_.name().file, slot), how_, &evidence_);  // O1 to O4
    if (seen.what == probe::state::absent) return outcome::no;
    if (seen.what == probe::state::live && seen.fd) return read_object(std::move(seen));
    if (seen.what != probe::state::stale || seen.being_opened) return call_.pass(*where_, seen);
    seen.fd.reset();
    switch (sweep_file(*where_, seen.file, sweeper_).what) {
      case sweep_answer::refused:
        if (seen.stale_for_good) return outcome::no;
        call_.saw(seen);
        return outcome::again;
      case sweep_answer::gone:
        return outcome::again;
      case sweep_answer::swept:
      case sweep_answer::kept:
        break;
    }
    return outcome::no;
  }

  /// The rest of O4, and O5; `again` where somebody keeps the mark away.
  outcome read_object(probe seen) {
    auto const& context = call_.context();
    auto const size = static_cast<std::uint64_t>(seen.status.st_size);
    // From here on the file is a handle: should reading it fail, its close must take the name along where it is the
    // last.
    open_object opened{held_file(seen.fd.keep(), seen.status, where_, std::move(seen.file), std::move(evidence_)),
                       {}};
    auto const path = [&] { return where_->path + "/" + opened.file.file_name(); };
    auto const answer = read_header(opened.file.fd(), size, opened.header);
    switch (answer) {
      case header_answer::ok:
        break;
      case header_answer::unreadable:
        context.fail(errno, describe(answer) + std::string(": ") + std::strerror(errno));
      case header_answer::other_version:
      case header_answer::other_machine:
        context.fail(ENOTSUP, describe(answer), "use the coview that its holder uses; the file is " + path());
      default:
        context.fail(EBADMSG, describe(answer),
                     "end its holders ('fuser " + path() + "' names them), then it is given back");
    }
    if (opened.header.name != call_.name().leaf) {
      context.fail(EBADMSG, "its file holds an object of another name, " + in_quotes(opened.header.name),
                   "the file is " + path());
    }
    if (accept_) accept_(opened);
    if (auto const mark = os::try_mark(opened.file.fd()); mark != os::lock_answer::taken) {  // O5
      if (mark == os::lock_answer::failed) context.fail(errno);
      return outcome::again;
    }
    found_ = std::move(opened);
    return outcome::done;
  }

  name_call& call_;
  place_ptr const& where_;
  probe_as how_;
  acceptance const& accept_;
  sweeper sweeper_ = sweeper::without_d;
  slot_evidence evidence_;
  std::optional<open_object> found_;
};

/// Whether what was found stands in that directory, and not in another one whose descriptor has got the
/// same number. A file of the same filesystem, with the right name in its header: only another root of
/// coview in it could have that.
bool leads_there(place const& where, held_file const& found) {
  return found.device() == where.directory.device() || where.directory.still_own();
}

/// For whoever has no D, and decides nothing: all in which an object can stand.
std::vector<unsigned> slots_to_look_at(place const& where, object_name const& name,
                                       operation_context const& context) {
  if (where.scope == name_scope::local) return {0};
  std::vector<unsigned> slots;
  auto const others = any_evident(where, name.file);
  if (!others) context.fail(others.error());
  if (*others) {
    if (int const failure = slots_behind(where, name, -1, slots)) context.fail(failure);
  }
  slots.insert(slots.begin(), {0, 1});
  return slots;
}

}  // namespace

void require_kind(open_object const& found, object_kind wanted, operation_context const& context) {
  if (found.header.kind == wanted) return;
  context.fail(EINVAL, "the name belongs to an object of another kind",
               "one namespace holds all kinds; 'coview stat' tells which it is");
}

std::optional<open_object> try_open_object(object_name const& name, bool writable, operation_context const& context,
                                           acceptance const& accept) {
  name_call call(name, context);
  for (;;) {
    auto const where = find_place(name.scope, if_missing::leave, context, descriptor_check::later);
    if (!where) return {};
    try {
      open_attempt attempt(call, where, writable, accept);
      switch (attempt.run()) {
        case outcome::done:
          if (leads_there(*where, attempt.found())) return attempt.take();
          break;
        case outcome::no:
          if (!where->gone()) return {};
          break;
        case outcome::again:
          call.pause(*where);
          continue;
      }
    } catch (error const&) {
      if (where->directory.still_own()) throw;
    }
    forget_places();  // the directory is gone, or its descriptor is something else's
  }
}

probe find_object(place_ptr const& where, object_name const& name, operation_context const& context) {
  name_call call(name, context);
  patience patience;
  auto slots = slots_to_look_at(*where, name, context);
  for (std::size_t i = 0; i < slots.size();) {
    auto seen = probe_file(*where, slot_file(name.file, slots[i]));
    switch (seen.what) {
      case probe::state::live:
      case probe::state::hidden:
        return seen;
      case probe::state::alien:
        call.fail_alien(*where, seen);
      case probe::state::failed:
        context.fail(seen.failure);
      case probe::state::unfinished:  // a stranger makes or removes it just now
        patience.saw(memory_of(seen.status));
        if (patience.pause()) continue;
        break;
      case probe::state::stale:
        seen.fd.reset();
        patience.saw(memory_of(seen.status));
        if (sweep_file(*where, seen.file).what == sweep_answer::refused && patience.pause())
          continue;  // somebody decides
        break;
      case probe::state::absent:
        break;
    }
    ++i;
  }
  return {};
}

}  // namespace coview::inline object
