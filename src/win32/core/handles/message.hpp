// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "win32/core/handles/inheritance.hpp"

/// What two processes send each other so that a handle passes between them (H-08): one packet of a SOCK_SEQPACKET
/// socket with a head, and behind it, where an object passes, its object_transfer, the descriptors beside the bytes.
/// Once sent, a message holds the object until it is received, or until its receiver ends.
///
/// A packet is read once, into memory of one's own; whatever is not exactly a message is none.
namespace coview::win32 {

enum class message_purpose : std::uint32_t {
  answer,  ///< `code`; and to `give` the object with what may be done with it, to `take` the handle
  give,    ///< a duplicate of `handle`, with `access` and `options` as DuplicateHandle has them
  take,    ///< the object, with `access`; a handle to it with `flags`
  close,   ///< `handle`
  open,    ///< what the object's kind gives whoever asks (kind_entry::on_request), with `access`
};

struct message_head {
  std::uint32_t magic = 0;
  message_purpose purpose = message_purpose::answer;
  std::uint64_t handle = 0;
  std::uint32_t code = 0;  // of Win32; 0 is success
  std::uint32_t access = 0;
  std::uint32_t options = 0;
  std::uint32_t flags = 0;
  std::uint32_t what = 0;    // object::kind
  std::uint32_t length = 0;  // of the bytes that follow
};
static_assert(sizeof(message_head) == 40);

struct message {
  message_head head;
  object_transfer object;

  /// Does not wait. 0 or the errno; EMSGSIZE where the object is too big to be passed.
  int send(int socket);
  /// Does not wait. 0 or the errno; EBADMSG for what is no message, ECONNRESET where the other side hung up.
  int receive(int socket);
};

}  // namespace coview::win32
