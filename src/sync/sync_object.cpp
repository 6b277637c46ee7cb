// SPDX-License-Identifier: Apache-2.0
#include "sync/sync_object.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "os/file.hpp"
#include "os/process_wide.hpp"
#include "os/virtual_memory.hpp"

namespace coview {
namespace {

using detail::sync_object;

std::string const no_name;  // not in a function: a fork while it is made there would leave the child waiting for ever
constexpr std::size_t both_pages = std::size_t{2} * layout::first_page;

std::uint64_t pid_namespace() {
  struct ::stat found {};
  return ::stat("/proc/self/ns/pid", &found) == 0 ? found.st_ino : 0;
}

/// The bytes from `state_offset` to the end of the page, as a new object has them.
std::vector<std::byte> initial_state(sync_description const& description) {
  std::vector<std::byte> bytes(layout::first_page - layout::state_offset);
  auto facts = description.facts;
  facts.pid_namespace = pid_namespace();
  std::memcpy(bytes.data(), &facts, sizeof facts);
  std::memcpy(bytes.data() + (layout::node_offset - layout::state_offset), &description.state,
              sizeof description.state);
  return bytes;
}

/// What is in shared memory is read once and checked before it is believed.
void adopt_facts(sync_object& object, operation_context const& context) {
  auto const facts = object.page->facts();
  if (facts.pid_namespace != pid_namespace() && facts.pid_namespace != 0) {
    context.fail(ENOTSUP, "it was made in another pid namespace, where thread IDs mean something else",
                 "use it from processes of one pid namespace");
  }
  if (object.kind == object_kind::event) {
    if (facts.flavour > 1) context.fail(EBADMSG, "its state is damaged");
    object.gate = facts.flavour == 1 ? gate_kind::manual : gate_kind::automatic;
  }
  if (object.kind == object_kind::semaphore) {
    if (facts.maximum == 0 || facts.maximum > INT32_MAX) context.fail(EBADMSG, "its state is damaged");
    object.gate = gate_kind::counting;
    object.maximum = facts.maximum;
  }
}

/// The pages of this process, by file. A page is kept as long as a thread of this process owns the mutex in it,
/// whoever closes what: the kernel could not tell others of that thread's death if it were gone.
using pages = os::process_wide<std::map<state_page::file_id, std::shared_ptr<state_page>>>;

std::shared_ptr<state_page> shared_page(int fd, state_page::file_id const& file, operation_context const& context) {
  pages::access all;
  if (auto const found = all->find(file); found != all->end()) return found->second;
  return all->emplace(file, state_page::map(fd, file, context)).first->second;
}

void forget_page(std::shared_ptr<state_page> page) {
  pages::access all;
  auto const found = all->find(page->file());
  page.reset();
  if (found != all->end() && found->second.use_count() == 1 && found->second->locks() == 0) all->erase(found);
}

lock_outcome noted(sync_object& object, lock_outcome outcome) {
  if (outcome != lock_outcome::refused) {
    object.page->locks().store(object.page->locks().load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  return outcome;
}

bool undo(sync_object& object, bool (*unlock_node)(robust_node&)) {
  if (!owned_by_this_thread(object.node())) return false;
  object.page->locks().store(object.page->locks().load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  return unlock_node(object.node());
}

}  // namespace

std::shared_ptr<state_page> state_page::map(int fd, file_id const& file, operation_context const& context) {
  if (os::page_size() != layout::first_page) context.fail(ENOTSUP, "pages of this machine are not of 4096 bytes");
  void* const both = ::mmap(nullptr, both_pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (both == MAP_FAILED) context.fail(errno);
  std::shared_ptr<state_page> page(new state_page(static_cast<std::byte*>(both), file));
  if (::mmap(both, layout::first_page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
    context.fail(errno);
  }
  return page;
}

state_page::~state_page() {
  os::unmap(base_, both_pages);
}

detail::sync_object::~sync_object() {
  if (page) forget_page(std::move(page));
}

void refuse_empty(char const* operation, char const* what) {
  operation_context{operation, what}.fail(EBADF, "it was moved from, or never opened");
}

std::string const& name_of(sync_ptr const& handle) noexcept {
  return handle ? handle->name : no_name;
}

// The note belongs to the owner of the lock, so it needs no atomic step, only to be written while the lock is held.
lock_outcome lock_noted(detail::sync_object& object, os::deadline const& until) {
  return noted(object, lock(object.node(), until));
}

lock_outcome try_lock_noted(detail::sync_object& object) {
  return noted(object, try_lock(object.node()));
}

bool unlock_noted(detail::sync_object& object) {
  return undo(object, &unlock);
}
void give_back_noted(detail::sync_object& object) {
  undo(object, &give_back);
}

sync_ptr adopt_sync(open_object opened, object_name const& name, bool created, operation_context const& context) {
  (void)this_thread::get();  // so that nothing can fail later, when the object is used
  auto made = std::make_shared<sync_object>();
  auto const unlocked = opened.file.reopen_without_locks(true);
  if (!unlocked) context.fail(unlocked.error());
  auto const status = os::status(unlocked->get());
  if (!status) context.fail(status.error());
  made->page = shared_page(unlocked->get(), {status->st_dev, status->st_ino}, context);
  made->order = status->st_ino;
  made->file = std::move(opened.file);
  made->name = name.display();
  made->kind = opened.header.kind;
  made->created = created;
  made->annex = opened.header.annex;
  made->creator_user = opened.header.creator_user;
  adopt_facts(*made, context);
  return made;
}

sync_ptr open_sync(std::string_view name, name_wish wish, sync_description const& description,
                   sync_options const& options, operation_context const& context) {
  auto const parsed = require_name(name, context.operation);
  new_object wanted;
  wanted.mode = options.mode;
  wanted.permanent = options.permanent;
  wanted.header.kind = description.kind;
  wanted.header.annex = description.annex;
  if (wish == name_wish::create || wish == name_wish::open_or_create) wanted.state = initial_state(description);

  bool created = false;
  std::optional<open_object> opened;
  switch (wish) {
    case name_wish::create:
      opened = try_create_object(parsed, std::move(wanted), context);
      if (!opened) context.fail(EEXIST, "the name is taken", "open it, or use open_or_create");
      created = true;
      break;
    case name_wish::open_or_create:
      opened = open_or_create_object(parsed, wanted, created, context);
      break;
    case name_wish::open:
    case name_wish::try_open:
      opened = try_open_object(parsed, true, context);
      if (!opened && wish == name_wish::try_open) return nullptr;
      if (!opened) context.fail(ENOENT, "nobody holds it", "create it first; 'coview ls' shows what exists");
      break;
  }
  if (opened->header.kind != description.kind) {
    context.fail(EINVAL, "the name belongs to an object of another kind",
                 "one namespace holds all kinds; 'coview stat' tells which it is");
  }
  return adopt_sync(std::move(*opened), parsed, created, context);
}

}  // namespace coview
