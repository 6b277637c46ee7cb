/* SPDX-License-Identifier: Apache-2.0 */
/* What writer.c and reader.c agree on: the name of the memory, its size, and two events by which they take turns. */
#ifndef SHARED_MEMORY_H
#define SHARED_MEMORY_H

#define MEMORY_NAME TEXT("MySharedMem")
#define MEMORY_SIZE 4096
#define WRITTEN_NAME TEXT("MySharedMem.written")
#define ANSWERED_NAME TEXT("MySharedMem.answered")

#endif
