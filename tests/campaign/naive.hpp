// SPDX-License-Identifier: Apache-2.0
// What a naive program does with an object's file. Only the deliberate faults of a campaign use it.
#pragma once

#include <string>

#include "os/fd.hpp"

namespace campaign {

using naive_handle = coview::os::unique_fd;

/// Opens the file behind the name and takes a shared lock and the mark on it, without asking whether anybody holds
/// it. Empty where there is no file, or one whose creator did not finish it.
naive_handle open_naively(std::string const& name);

/// Deletes the file behind the name.
void delete_naively(std::string const& name);

}  // namespace campaign
