/* SPDX-License-Identifier: Apache-2.0 */
/* Results of overlapped calls; they are with the files. */
#ifndef COVIEW_WIN32_IOAPISET_H
#define COVIEW_WIN32_IOAPISET_H
#include "winbase_files.h"
#endif
