// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "object/lifetime.hpp"
#include "os/fd.hpp"
#include "os/visibility.hpp"

/// The file that a named file mapping leads to. Its path stands in the object's header, that is, in bytes that others
/// may have written; it is opened with one's own rights only where that cannot be an attack (docs/security.md).
namespace coview::inline memory {

/// Opens the file that the object's header names, for reading or for reading and writing.
///
/// The header is believed where only the object's owner can have written it, and where he could as well have opened
/// the file himself:
/// 1. nobody but the owner may write the object's file (no write bit for group or others, which covers ACLs too);
/// 2. the owner is root, this process's effective user, or the owner of the very file that is opened. Where the
///    process may more than its effective user, that user could not have opened the file himself, and is not enough:
///    it is os::privileged(), or root does not run it and it has CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH.
/// Who owns what is asked of the descriptors, never of the header or of a path. Nothing but a regular file is opened.
///
/// Errors: errc::permission_denied where the header is not believed, or the file does not let this user in;
/// errc::no_such_file_or_directory where the file is gone, or another one stands in its place; what open(2) says.
COVIEW_PRIVATE os::unique_fd open_target(open_object const& named, bool writable, operation_context const& context);

/// Opens the name of a mapping. A name that leads to a file says nothing about who may write the file: it is opened
/// for reading where it does not let this user write, and the file's own permissions decide. Empty where nobody holds
/// it. Errors: as try_open_object.
COVIEW_PRIVATE std::optional<open_object> try_open_mapping(object_name const& name, bool writable,
                                                           operation_context const& context,
                                                           acceptance const& accept);

/// As `open_or_create_object`, whose error says where opening it for reading would do.
open_object open_or_create_mapping(object_name const& name, new_object const& wanted, bool& created,
                                   operation_context const& context, acceptance const& accept);

}  // namespace coview::inline memory
