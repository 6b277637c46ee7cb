/* SPDX-License-Identifier: Apache-2.0 */
/* File names have no case on Windows, and sources spell this one in several ways. */
#include "winsock.h"
