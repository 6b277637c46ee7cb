// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include <coview/export.hpp>

namespace coview {

/// Whether a T can live in memory that several processes see, at another address in each of them, and that nobody
/// destroys: trivially destructible, without virtual functions, no pointer or reference, and either trivially
/// copyable or not to be copied at all, as robust_mutex, futex_event, std::atomic and structures of them are not. A
/// type with a pointer among its members cannot be told from others: it is the program's to avoid.
///
/// Where a type of the program's is fit for other reasons, it says so:
///
///     template <> inline constexpr bool coview::shareable<my_offset_pointer> = true;
template <class T>
inline constexpr bool shareable =
    std::is_object_v<T>&& std::is_trivially_destructible_v<T> && !std::is_pointer_v<std::remove_all_extents_t<T>> &&
    !std::is_member_pointer_v<std::remove_all_extents_t<T>> && !std::is_polymorphic_v<std::remove_all_extents_t<T>> &&
    (std::is_trivially_copyable_v<T> || (!std::is_copy_constructible_v<std::remove_all_extents_t<T>> &&
                                         !std::is_move_constructible_v<std::remove_all_extents_t<T>>));

}  // namespace coview
