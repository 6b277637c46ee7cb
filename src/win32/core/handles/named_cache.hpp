// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "object/name.hpp"
#include "win32/core/handles/object.hpp"

/// Named objects that handles of this process lead to: opening such a name again needs no file to be opened and
/// locked, only a look whether the name still leads there.
///
/// Invariant: an object is in here only while somebody has a reference to it. So whoever puts one in holds one until
/// a handle does, and `last_handle_closed`, which runs before the closing handle's reference goes, takes it out.
///
/// Thread safety: all functions.
namespace coview::win32::named_cache {

/// What the name is called here; objects of another COVIEW_ROOT are others.
std::string key_of(object_name const& name);

/// Null where no handle leads to it, or `still_there` says no; that is asked while nobody can take it out. It may be
/// of any kind, and its last handle may be closed just now: then no new one can be made.
object_ptr<> find(std::string const& key, bool (*still_there)(object const&));
/// Where the name is known already, it stays with the first.
void remember(std::string const& key, object& one);
void forget(std::string const& key, object const& one) noexcept;

/// At the end of the process, which runs it by itself: the kernel would take the names away in any case; this also
/// gives their files back.
void give_up_all();

}  // namespace coview::win32::named_cache
