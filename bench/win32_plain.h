/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that are measured, in plain Win32: the same source is built for Linux with this library, and for
   Windows with mingw-w64, to be run by Wine. */
#ifndef WIN32_PLAIN_H
#define WIN32_PLAIN_H

/* What is measured. */
enum plain_operation {
  plain_create = 'c', /* create a mapping of 4 KiB, map it, store, unmap, close */
  plain_open = 'o',   /* open one that exists, map, load, unmap, close */
  plain_handle = 'h', /* open one that exists, close */
  plain_mutex = 'm',  /* wait for a named mutex that nobody has, release it */
  plain_event = 'e',  /* a round trip to another process and back over two named events */
  plain_pipe = 'p',   /* a message of 64 bytes to another process and one back, over a named pipe */
  plain_timer = 't',  /* set a named timer that is due at once, wait for it */
  plain_job = 'j'     /* create a job object that ends its processes, close it */
};

/* Makes what the operation needs. The two processes run on these CPUs; -1: anywhere. 0 where it fails. */
int plain_begin(enum plain_operation what, int own_cpu, int partner_cpu);
void plain_run(enum plain_operation what, unsigned times);

/* The other process of a round trip: main calls it with its arguments first; -1 where they say nothing of it. */
int plain_partner(int argc, char** argv);

#endif
