// SPDX-License-Identifier: Apache-2.0
#include "sync/sync_object.hpp"

#include <fcntl.h>
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

namespace coview::inline sync {
namespace {

using detail::sync_object;

std::string const no_name;  // not in a function: a fork while it is made there would leave the child waiting for ever
constexpr std::size_t both_pages = std::size_t{2} * layout::first_page;

/// The bytes from `state_offset` to the end of the page, as a new object has them.
std::vector<std::byte> initial_state(sync_description const& description, operation_context const& context) {
  std::vector<std::byte> bytes(layout::first_page - layout::state_offset);
  auto facts = description.facts;
  facts.pid_namespace = require_pid_namespace(context);
  std::memcpy(bytes.data(), &facts, sizeof facts);
  std::uint64_t const state = description.owned ? this_thread::get().id() : description.state;
  std::memcpy(bytes.data() + (layout::node_offset - layout::state_offset), &state, sizeof state);
  return bytes;
}

void require_usable(layout::sync_facts const& facts, object_kind kind, operation_context const& context) {
  if (facts.pid_namespace != require_pid_namespace(context)) {
    context.fail(ENOTSUP, "it was made in another pid namespace, where thread IDs mean something else",
                 "use it from processes of one pid namespace");
  }
  bool const two_flavours = kind == object_kind::event || kind == object_kind::timer;
  bool const damaged = (two_flavours && facts.flavour > 1) ||
                       (kind == object_kind::semaphore && (facts.maximum == 0 || facts.maximum > INT32_MAX));
  if (damaged) context.fail(EBADMSG, "its state is damaged");
}

/// What is in shared memory is read once and checked before it is believed.
void adopt_facts(sync_object& object, operation_context const& context) {
  auto const facts = object.page->facts();
  require_usable(facts, object.kind, context);
  auto& rules = object.point.rules;
  object.point.kind = object.kind == object_kind::mutex ? wait_kind::lock : wait_kind::state;
  if (object.kind == object_kind::event || object.kind == object_kind::timer) {
    rules.kind = facts.flavour == 1 ? state_kind::manual : state_kind::automatic;
  }
  if (object.kind == object_kind::timer) object.point.schedule = &object.page->schedule();
  if (object.kind == object_kind::semaphore) {
    rules = {state_kind::counting, facts.maximum};
  }
}

/// The pages of this process, by file.
struct page_table {
  using file_id = state_page::file_id;
  std::map<file_id, std::shared_ptr<state_page>> by_file;
  std::vector<file_id> unused;  // kept for a thread that has the node on its list, though every handle is closed

  /// Lets those go whose thread has ended meanwhile. A few at a time: there may be as many as a thread owns locks.
  void sweep() {
    constexpr std::size_t at_once = 8;
    for (std::size_t i = 0; i < at_once && !unused.empty(); ++i) {
      next_ = (next_ + 1) % unused.size();
      auto const found = by_file.find(unused[next_]);
      bool const in_use = found != by_file.end() && found->second.use_count() > 1;  // opened again
      if (found != by_file.end() && !in_use && is_listed_elsewhere(found->second->ref())) continue;
      if (found != by_file.end() && !in_use) by_file.erase(found);
      unused[next_] = unused.back();
      unused.pop_back();
    }
  }

 private:
  std::size_t next_ = 0;
};
using pages = os::process_wide<page_table>;
[[gnu::constructor]] void make_pages() {
  pages::make();
}

std::shared_ptr<state_page> shared_page(int fd, operation_context const& context) {
  auto const status = os::status(fd);
  if (!status) context.fail(status.error());
  state_page::file_id const file{status->st_dev, status->st_ino};
  pages::access all;
  all->sweep();
  if (auto const found = all->by_file.find(file); found != all->by_file.end()) return found->second;
  return all->by_file.emplace(file, state_page::map(fd, file, context)).first->second;
}

/// A mutex that is made owned: between its making and its first handle.
class birth {
 public:
  birth() = default;
  birth(birth const&) = delete;
  birth& operator=(birth const&) = delete;
  ~birth() {
    if (page_) unlock((*page_)->ref());  // it came to no handle
  }
  /// The hook of `new_object`: the file is whole, and nobody can see it yet.
  void own(place const& where, std::string const& file, operation_context const& context) {
    auto const fd = os::open_at(where.directory.get(), file.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (!fd) context.fail(fd.error());
    page_use page(fd->get(), context);
    own_from_birth(page->ref());
    page_.emplace(std::move(page));
  }
  /// The page for the handle, which has the lock from here on.
  std::optional<page_use> take() { return std::exchange(page_, std::nullopt); }

 private:
  std::optional<page_use> page_;
};

/// The page of an open object.
page_use page_of(open_object const& opened, operation_context const& context) {
  auto const unlocked = opened.file.reopen_without_locks(true);
  if (!unlocked) context.fail(unlocked.error());
  return {unlocked->get(), context};
}

sync_ptr handle_to(open_object opened, page_use page, object_name const& name, bool created,
                   operation_context const& context) {
  (void)this_thread::get();  // so that nothing can fail later, when the object is used
  auto made = std::make_shared<sync_object>(std::move(page));
  made->point.node = &made->page->node();
  made->point.listed_by = &made->page->listed_by();
  made->point.order = made->page->file().second;
  made->file = std::move(opened.file);
  made->name = name.display();
  made->kind = opened.header.kind;
  made->created = created;
  made->annex = opened.header.annex;
  made->creator_user = opened.header.creator_user;
  adopt_facts(*made, context);
  return made;
}

}  // namespace

std::uint64_t require_pid_namespace(operation_context const& context) {
  auto const known = pid_namespace();
  if (known == 0) {
    context.fail(ENOTSUP, "nothing tells which pid namespace this is, and thread IDs mean nothing without it",
                 "mount /proc (Linux 6.11 and newer tell without it)");
  }
  return known;
}

page_use::page_use(int fd, operation_context const& context) : page_(shared_page(fd, context)) {}

page_use::~page_use() {
  if (!page_) return;
  pages::access all;
  auto const found = all->by_file.find(page_->file());
  page_.reset();
  if (found == all->by_file.end() || found->second.use_count() > 1) return;
  if (is_listed_elsewhere(found->second->ref())) {
    all->unused.push_back(found->first);
  } else {
    all->by_file.erase(found);
  }
}

std::shared_ptr<state_page> state_page::map(int fd, file_id const& file, operation_context const& context) {
  if (os::page_size() != layout::first_page) context.fail(ENOTSUP, "pages of this machine are not of 4096 bytes");
  void* const both = ::mmap(nullptr, both_pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (both == MAP_FAILED) context.fail(errno);
  auto* const base = static_cast<std::byte*>(both);
  std::shared_ptr<state_page> page(new state_page(base, file));
  if (::mmap(both, layout::first_page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
    context.fail(errno);
  }
  if (::madvise(base + layout::first_page, layout::first_page, MADV_WIPEONFORK) != 0) {
    context.fail(errno, "the kernel cannot keep memory from a forked child");
  }
  return page;
}

state_page::~state_page() {
  os::unmap(base_, both_pages);
}

void fail_of_empty(char const* operation, char const* what) {
  operation_context{operation, what}.fail(EBADF, "it was moved from, or never opened");
}

std::string const& name_of(sync_ptr const& handle) noexcept {
  return handle ? handle->name : no_name;
}

sync_ptr adopt_sync(open_object opened, object_name const& name, bool created, operation_context const& context) {
  auto page = page_of(opened, context);
  return handle_to(std::move(opened), std::move(page), name, created, context);
}

sync_ptr open_sync(std::string_view name, name_use use, sync_description const& description,
                   sync_options const& options, operation_context const& context, acceptance const& accept) {
  auto const parsed = require_name(name, context.operation);
  new_object wanted;
  wanted.mode = options.mode;
  wanted.permanent = options.permanent;
  wanted.header.kind = description.kind;
  wanted.header.annex = description.annex;
  birth beginning;
  if (use == name_use::create || use == name_use::open_or_create) wanted.state = initial_state(description, context);
  if (description.owned) {
    wanted.before_visible = [&](place const& where, std::string const& file) { beginning.own(where, file, context); };
  }

  bool created = false;
  std::optional<open_object> opened;
  std::optional<page_use> found;
  auto const is_usable = [&](open_object const& there) {
    require_kind(there, description.kind, context);
    if (accept) accept(there);
    found.emplace(page_of(there, context));
    require_usable((*found)->facts(), description.kind, context);
  };
  switch (use) {
    case name_use::create:
      opened = try_create_object(parsed, std::move(wanted), context);
      if (!opened) context.fail(EEXIST, "the name is taken", "open it, or use open_or_create");
      created = true;
      break;
    case name_use::open_or_create:
      opened = open_or_create_object(parsed, wanted, created, context, is_usable);
      break;
    case name_use::open:
    case name_use::try_open:
      opened = try_open_object(parsed, true, context, is_usable);
      if (!opened && use == name_use::try_open) return nullptr;
      if (!opened) context.fail(ENOENT, "nobody holds it", "create it first; 'coview ls' shows what exists");
      break;
  }
  if (!created) return handle_to(std::move(*opened), std::move(*found), parsed, created, context);
  auto owned = beginning.take();
  if (!owned) return adopt_sync(std::move(*opened), parsed, created, context);
  auto const ref = (*owned)->ref();
  try {
    return handle_to(std::move(*opened), std::move(*owned), parsed, created, context);
  } catch (...) {
    unlock(ref);
    throw;
  }
}

}  // namespace coview::inline sync
