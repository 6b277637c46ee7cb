// SPDX-License-Identifier: Apache-2.0
#include "channel/segment.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "os/file.hpp"
#include "os/virtual_memory.hpp"

namespace coview::detail {
namespace {

std::string const
    empty_name;  // not in a function: a fork while it is made there would leave the child waiting for ever
constexpr std::uint32_t participants_at_first = 16;
constexpr std::uint64_t largest_share = 4;  // a message has at most a quarter of the capacity
constexpr std::uint64_t most_capacity = std::uint64_t{1} << 40U;

/// Where the parts of the payload begin, and its size.
struct plan {
  explicit plan(layout::channel_facts const& facts)
      : places((std::uint64_t{facts.participants} + 1) * layout::first_page),
        leased(os::round_up(places + std::uint64_t{facts.places} * sizeof(std::uint64_t), layout::first_page)),
        blocks(os::round_up(leased + std::uint64_t{facts.places} * sizeof(std::uint64_t), layout::first_page)),
        data(os::round_up(blocks + std::uint64_t{std::bit_ceil(facts.units)} * sizeof(layout::block_entry),
                          layout::first_page)),
        end(data + std::uint64_t{facts.units} * facts.unit) {}
  std::uint64_t places;
  std::uint64_t leased;
  std::uint64_t blocks;
  std::uint64_t data;
  std::uint64_t end;
};

void require_sane(channel_settings const& settings, operation_context const& context) {
  if (settings.capacity == 0)
    context.fail(EINVAL, "its capacity is 0 bytes", "say how many bytes of messages it is to hold");
  if (settings.capacity > most_capacity) context.fail(EFBIG, "its capacity is more than 1 TiB");
  if (settings.messages > layout::most_places) {
    context.fail(EINVAL, "it is to hold " + std::to_string(settings.messages) + " messages",
                 "a channel holds at most " + std::to_string(layout::most_places));
  }
  if (settings.participants == 1 || settings.participants > layout::most_participants) {
    context.fail(EINVAL, "it is for " + std::to_string(settings.participants) + " participants",
                 "ask for 2 to " + std::to_string(layout::most_participants));
  }
  if (settings.type.name.size() > layout::longest_type_name) {
    context.fail(EINVAL, "the name of its type has more than 255 bytes");
  }
}

layout::channel_facts facts_of(channel_settings const& settings) {
  layout::channel_facts facts{};
  facts.version = layout::channel_version;
  facts.options =
      (settings.drops_of_the_dead ? layout::drops_of_the_dead : 0) | (settings.may_block ? layout::may_block : 0);
  std::uint64_t unit = layout::smallest_unit;
  while ((settings.capacity + unit - 1) / unit > layout::most_units) unit *= 2;
  facts.unit = static_cast<std::uint32_t>(unit);
  facts.units =
      static_cast<std::uint32_t>(std::max<std::uint64_t>((settings.capacity + unit - 1) / unit, largest_share));
  facts.capacity = unit * facts.units;
  // A topic has fewer places than units, so that a small message displaces the oldest where it takes its place, and
  // nobody has to look for memory.
  auto const as_many = settings.kind == object_kind::topic ? facts.units / 2 : facts.units;
  auto const messages = settings.messages != 0 ? settings.messages : as_many;
  facts.places = static_cast<std::uint32_t>(std::bit_ceil(std::max<std::uint64_t>(messages, 2)));
  facts.participants = settings.participants != 0 ? settings.participants : participants_at_first;
  facts.type_size = settings.type.size;
  facts.type_version = settings.type.version;
  facts.type_name_length = static_cast<std::uint32_t>(settings.type.name.size());
  settings.type.name.copy(facts.type_name.data(), settings.type.name.size());
  return facts;
}

/// What stands at layout::state_offset of a new channel.
std::vector<std::byte> first_state(layout::channel_facts const& facts, operation_context const& context) {
  std::vector<std::byte> bytes(sizeof(layout::sync_facts) + sizeof facts);
  layout::sync_facts beginning{};
  beginning.pid_namespace = require_pid_namespace(context);
  std::memcpy(bytes.data(), &beginning, sizeof beginning);
  std::memcpy(bytes.data() + sizeof beginning, &facts, sizeof facts);
  return bytes;
}

/// Every number against the others and the payload's size.
bool are_sane(layout::channel_facts const& facts, std::uint64_t payload_size) {
  return std::has_single_bit(facts.unit) && facts.unit >= layout::smallest_unit && facts.units >= 1 &&
         facts.units <= layout::most_units && std::has_single_bit(facts.places) && facts.places >= 2 &&
         facts.places <= layout::most_places && facts.participants >= 1 &&
         facts.participants <= layout::most_participants && (facts.options & ~layout::all_channel_options) == 0 &&
         facts.capacity == std::uint64_t{facts.unit} * facts.units &&
         facts.type_name_length <= layout::longest_type_name && plan(facts).end == payload_size;
}

std::string text_of(type_tag const& type) {
  return type.name.empty() ? "bytes"
                           : in_quotes(type.name) + " (version " + std::to_string(type.version) + ", " +
                                 (type.size == 0 ? "of any size" : std::to_string(type.size) + " bytes") + ")";
}

}  // namespace

std::shared_ptr<segment> segment::open(std::string_view name, name_use use, channel_settings const& settings,
                                       operation_context const& context) {
  auto const parsed = require_name(name, context.operation);
  new_object wanted;
  bool const may_create = use == name_use::create || use == name_use::open_or_create;
  if (may_create) {
    require_sane(settings, context);
    auto const facts = facts_of(settings);
    wanted.mode = settings.mode;
    wanted.permanent = settings.permanent;
    wanted.header.kind = settings.kind;
    wanted.header.payload_size = plan(facts).end;
    wanted.state = first_state(facts, context);
  }
  bool created = use == name_use::create;
  std::optional<open_object> opened;
  std::shared_ptr<segment> made(new segment);
  made->read_only_ = settings.read_only;
  auto const accept = [&](open_object const& found) {
    require_kind(found, settings.kind, context);
    made->read_facts(found, context);
    if (!settings.type.name.empty()) made->require_type(settings.type, context);
  };
  switch (use) {
    case name_use::create:
      opened = try_create_object(parsed, std::move(wanted), context);
      if (!opened) context.fail(EEXIST, "the name is taken", "open it, or use open_or_create");
      break;
    case name_use::open_or_create:
      opened = open_or_create_object(parsed, wanted, created, context, accept);
      break;
    case name_use::open:
    case name_use::try_open:
      opened = try_open_object(parsed, !settings.read_only, context, accept);
      if (!opened && use == name_use::try_open) return nullptr;
      if (!opened) context.fail(ENOENT, "nobody holds it", "create it first; 'coview ls' shows what exists");
      break;
  }
  if (created) made->read_facts(*opened, context);
  made->adopt(std::move(*opened), parsed, created, context);
  if (settings.lock_in_memory && ::mlock(made->base_, made->mapped_) != 0) {
    context.fail(errno, "its memory cannot be locked", "raise the limit ('ulimit -l'), or do without lock_in_memory");
  }
  return made;
}

void segment::adopt(open_object opened, object_name const& name, bool created, operation_context const& context) {
  kind_ = opened.header.kind;
  name_ = name.display();
  created_ = created;
  map(opened, context);
  file_ = std::move(opened.file);
}

void segment::read_facts(open_object const& opened, operation_context const& context) {
  // Read with one call: what is checked is what is used.
  std::array<std::byte, sizeof(layout::sync_facts) + sizeof(layout::channel_facts)> raw{};
  auto const n = os::read_at(opened.file.fd(), raw, layout::state_offset);
  if (!n) context.fail(n.error());
  layout::sync_facts beginning{};
  std::memcpy(&beginning, raw.data(), sizeof beginning);
  std::memcpy(&facts_, raw.data() + sizeof beginning, sizeof facts_);
  if (facts_.version != layout::channel_version && *n == raw.size()) {
    context.fail(ENOTSUP, "it was written by another version of channels than this library reads (2)",
                 "use the coview that its holder uses");
  }
  payload_offset_ = opened.header.payload_offset;
  if (*n != raw.size() || payload_offset_ == 0 || !are_sane(facts_, opened.header.payload_size)) {
    context.fail(EBADMSG, "its facts are damaged");
  }
  same_pid_namespace_ = beginning.pid_namespace != 0 && beginning.pid_namespace == pid_namespace();
  if (!read_only_ && beginning.pid_namespace != require_pid_namespace(context)) {
    context.fail(ENOTSUP, "it was made in another pid namespace, where thread IDs mean something else",
                 "use it from processes of one pid namespace; a topic can be read from others with trust::none");
  }
}

void segment::map(open_object const& opened, operation_context const& context) {
  auto const unlocked = opened.file.reopen_without_locks(!read_only_);
  if (!unlocked) context.fail(unlocked.error());
  if (!read_only_) page_.emplace(unlocked->get(), context);
  plan const where(facts_);
  mapped_ = static_cast<std::size_t>(where.end);
  auto const mapped = os::map_file(nullptr, mapped_, read_only_ ? PROT_READ : PROT_READ | PROT_WRITE,
                                   os::sharing::shared, unlocked->get(), payload_offset_, os::page_size());
  if (!mapped) context.fail(mapped.error());
  base_ = *mapped;
  places_ = reinterpret_cast<std::atomic<std::uint64_t>*>(base_ + where.places);
  leased_places_ = reinterpret_cast<std::atomic<std::uint64_t>*>(base_ + where.leased);
  blocks_ = reinterpret_cast<layout::block_entry*>(base_ + where.blocks);
  data_ = base_ + where.data;
  unit_shift_ = static_cast<unsigned>(std::countr_zero(facts_.unit));
  place_shift_ = static_cast<unsigned>(std::countr_zero(facts_.places));
  place_mask_ = facts_.places - 1;
  largest_ = static_cast<std::size_t>(std::min<std::uint64_t>(facts_.capacity / largest_share, UINT32_MAX));
  largest_ &= ~std::size_t{layout::smallest_unit - 1};
}

void segment::require_type(type_tag const& wanted, operation_context const& context) const {
  type_tag const has{{facts_.type_name.data(), facts_.type_name_length}, facts_.type_size, facts_.type_version};
  if (has.name == wanted.name && has.size == wanted.size && has.version == wanted.version) return;
  context.fail(EINVAL, "it carries " + text_of(has) + ", and " + text_of(wanted) + " was asked for",
               "use another name, or the same type everywhere");
}

std::string const& segment::no_name() noexcept {
  return empty_name;
}

segment::~segment() {
  if (base_ != nullptr) os::unmap(base_, mapped_);
}

}  // namespace coview::detail
