/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COVIEW_C_COPY_H
#define COVIEW_C_COPY_H

/* Copying files and trees: coview/copy.hpp, coview/copy_tree.hpp. Part of coview.h, which says what
 * holds for all calls. */

#include <coview.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t coview_verify;
enum { COVIEW_VERIFY_NONE = 0, COVIEW_VERIFY_INLINE_HASH = 1, COVIEW_VERIFY_READ_BACK = 2 };
typedef int32_t coview_copy_method;
enum {
  COVIEW_COPY_AUTOMATIC = 0,
  COVIEW_COPY_REFLINK = 1,
  COVIEW_COPY_IN_KERNEL = 2,
  COVIEW_COPY_MAPPED = 3,
  COVIEW_COPY_BUFFERED = 4,
  COVIEW_COPY_DIRECT = 5
};
typedef int32_t coview_existing;
enum {
  COVIEW_EXISTING_REPLACE = 0,
  COVIEW_EXISTING_KEEP = 1,
  COVIEW_EXISTING_UPDATE = 2,
  COVIEW_EXISTING_REFUSE = 3
};

/* How far a copy is. */
typedef struct coview_copy_progress {
  uint32_t struct_size; /* as the library has it */
  uint32_t reserved;
  uint64_t total; /* bytes of the source; 0 where it does not say */
  uint64_t written;
  uint64_t on_device;
  uint64_t verified;
  double seconds;
  double rate; /* bytes per second, of the last second or so */
} coview_copy_progress;

typedef struct coview_copy_options {
  uint32_t struct_size;
  coview_verify verify;
  coview_copy_method method;
  coview_existing existing;
  uint64_t limit_rate; /* bytes per second; 0: as fast as possible */
  uint8_t not_durable; /* done before it is on the device */
  uint8_t no_reflink;  /* the copy has its own blocks */
  uint8_t resume;
  uint8_t in_place;
  uint8_t accept_changes; /* of a source that is written to meanwhile */
  uint8_t reserved[3];
  /* Called at the beginning, at the end, and about ten times a second, in the calling thread. 0
   * cancels. NULL: nobody. */
  int (*on_progress)(void* context, coview_copy_progress const* progress);
  void* context;
} coview_copy_options;
#define COVIEW_COPY_OPTIONS_INIT                                                                                    \
  {                                                                                                                 \
    sizeof(coview_copy_options), COVIEW_VERIFY_NONE, COVIEW_COPY_AUTOMATIC, COVIEW_EXISTING_REPLACE, 0, 0, 0, 0, 0, \
        0, {0}, NULL, NULL                                                                                          \
  }

/* What was done. */
typedef struct coview_copy_report {
  uint32_t struct_size; /* as the caller has it: no more is stored */
  coview_copy_method method;
  uint64_t bytes;
  uint64_t data_bytes;
  uint64_t resumed;
  double seconds;
  uint8_t durable;
  uint8_t verified;
  uint8_t cancelled;
  uint8_t skipped;
  uint8_t reserved[4];
  char hash[136]; /* in hexadecimal digits; empty where none was asked for */
} coview_copy_report;
#define COVIEW_COPY_REPORT_INIT                                                         \
  {                                                                                     \
    sizeof(coview_copy_report), COVIEW_COPY_AUTOMATIC, 0, 0, 0, 0.0, 0, 0, 0, 0, {0}, { \
      0                                                                                 \
    }                                                                                   \
  }

/* `report`, unless NULL, gets what was done. */
COVIEW_API coview_status coview_copy_file(char const* source, char const* target, coview_copy_options const* options,
                                          coview_copy_report* report);

/* Copying trees: coview/copy_tree.hpp ---------------------------------------------------------------------------- */

typedef int32_t coview_follow;
enum { COVIEW_FOLLOW_NEVER = 0, COVIEW_FOLLOW_NAMED = 1, COVIEW_FOLLOW_ALWAYS = 2 };
typedef int32_t coview_tree_target;
enum { COVIEW_TARGET_AUTOMATIC = 0, COVIEW_TARGET_DIRECTORY = 1, COVIEW_TARGET_EXACT = 2 };
typedef int32_t coview_tree_files;
enum { COVIEW_FILES_COPIED = 0, COVIEW_FILES_HARD_LINKS = 1, COVIEW_FILES_SYMBOLIC_LINKS = 2 };
typedef int32_t coview_entry_kind;
enum {
  COVIEW_ENTRY_FILE = 0,
  COVIEW_ENTRY_DIRECTORY = 1,
  COVIEW_ENTRY_SYMBOLIC_LINK = 2,
  COVIEW_ENTRY_HARD_LINK = 3,
  COVIEW_ENTRY_SPECIAL = 4
};
typedef int32_t coview_entry_outcome;
enum { COVIEW_ENTRY_COPIED = 0, COVIEW_ENTRY_SKIPPED = 1, COVIEW_ENTRY_PLANNED = 2 };

/* Leaves entries out, or in; the first whose pattern matches decides. */
typedef struct coview_tree_filter {
  char const* pattern;
  uint8_t include; /* 0: leaves out */
  uint8_t reserved[7];
} coview_tree_filter;

/* How far a tree is. */
typedef struct coview_tree_progress {
  uint32_t struct_size; /* as the library has it */
  uint8_t counted;      /* whether the totals are those of all */
  uint8_t reserved[3];
  uint64_t files_total;
  uint64_t bytes_total;
  uint64_t files;
  uint64_t written;
  uint64_t on_device;
  double seconds;
  double rate;
  char const* current; /* a file that is being copied; "" between files */
} coview_tree_progress;

/* One entry that is done. */
typedef struct coview_tree_entry {
  uint32_t struct_size; /* as the library has it */
  coview_entry_kind kind;
  coview_entry_outcome outcome;
  coview_copy_method method; /* of a file */
  uint64_t bytes;            /* of a file */
  char const* source;
  char const* target;
  char const* hash; /* "" where none was asked for */
} coview_tree_entry;

typedef struct coview_tree_options {
  uint32_t struct_size;
  coview_follow follow;
  coview_tree_target target;
  coview_tree_files files;
  coview_copy_options const* file;   /* how to copy each file, but for its on_progress; NULL: the defaults */
  coview_tree_filter const* filters; /* `filter_count` of them */
  uint64_t filter_count;
  uint32_t jobs;                /* files at a time; 0: what suits the machine */
  uint8_t not_recursive;        /* a directory among the sources is a failure */
  uint8_t split_hard_links;     /* names of one file become several files */
  uint8_t special;              /* make FIFOs, sockets and devices anew */
  uint8_t one_file_system;      /* not what is mounted in a tree */
  uint8_t dry_run;              /* change nothing */
  uint8_t parents;              /* each source under its whole path */
  uint8_t keep_directory_links; /* enter a link to a directory, where a directory is to go */
  uint8_t count_ahead;          /* find the totals while copying */
  uint8_t reserved[4];
  /* Called about ten times a second, in the calling thread. 0 cancels. NULL: nobody. */
  int (*on_progress)(void* context, coview_tree_progress const* progress);
  /* Called for each entry that is done, in another thread, one at a time. NULL: nobody. */
  void (*on_entry)(void* context, coview_tree_entry const* entry);
  /* Asked before this target is replaced, in another thread, one at a time. 0 keeps it. NULL: nobody. */
  int (*may_replace)(void* context, char const* target);
  void* context;
} coview_tree_options;
#define COVIEW_TREE_OPTIONS_INIT                                                                                   \
  {                                                                                                                \
    sizeof(coview_tree_options), COVIEW_FOLLOW_NEVER, COVIEW_TARGET_AUTOMATIC, COVIEW_FILES_COPIED, NULL, NULL, 0, \
        0, 0, 0, 0, 0, 0, 0, 0, 0, {0}, NULL, NULL, NULL, NULL                                                     \
  }

/* What was done, and what could not be. Texts belong to it. */
typedef struct coview_tree_report coview_tree_report;

typedef struct coview_tree_counts {
  uint32_t struct_size; /* as the library has it: members beyond it are not there */
  coview_copy_method method;
  uint64_t files;
  uint64_t directories;
  uint64_t symbolic_links;
  uint64_t hard_links;
  uint64_t specials;
  uint64_t skipped;
  uint64_t bytes;
  double seconds;
  uint8_t durable;
  uint8_t verified;
  uint8_t cancelled;
  uint8_t reserved[5];
  uint64_t kept_files; /* with `resume`: complete from an earlier copy, and kept; they are among the skipped */
  uint64_t kept_bytes; /* in these */
  uint64_t resumed;    /* of the bytes: taken over from files that an earlier copy had begun */
} coview_tree_counts;

typedef struct coview_tree_failure {
  uint32_t struct_size; /* as the library has it */
  int32_t code;         /* its errno */
  char const* source;
  char const* target;
  char const* text; /* a sentence */
} coview_tree_failure;

/* Copies `count` files and trees. COVIEW_OK; COVIEW_PARTIAL where the report has failures, or it was cancelled; an
 * error where nothing could be copied at all. `report`, unless NULL, gets what was done. */
COVIEW_API coview_status coview_copy_tree(char const* const* sources, size_t count, char const* target,
                                          coview_tree_options const* options, coview_tree_report** report);
COVIEW_API coview_tree_counts const* coview_tree_report_counts(coview_tree_report const* report);
COVIEW_API size_t coview_tree_report_failure_count(coview_tree_report const* report);
/* NULL beyond the end. */
COVIEW_API coview_tree_failure const* coview_tree_report_failure_at(coview_tree_report const* report, size_t index);
COVIEW_API size_t coview_tree_report_warning_count(coview_tree_report const* report);
COVIEW_API char const* coview_tree_report_warning_at(coview_tree_report const* report, size_t index);
COVIEW_API void coview_tree_report_free(coview_tree_report* report);

#ifdef __cplusplus
}
#endif

#endif
