/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COVIEW_C_DRIVER_H
#define COVIEW_C_DRIVER_H

/* The lines of the conformance suite's protocol (README.md beside this folder): flat JSON in and out, bytes as
 * hexadecimal digits, and structures by a schema. */

#include <stddef.h>
#include <stdint.h>

enum { most_members = 32, longest_line = 1 << 16 };

/* A request: its members as text, whatever they are in JSON. */
typedef struct request {
  size_t count;
  char* keys[most_members];
  char* values[most_members];
} request;

/* Takes a line apart, in place. 0 where it is none. */
int request_parse(request* into, char* line);
/* A member's value; NULL where there is none. */
char const* request_text(request const* from, char const* key);
/* The same as a number. */
int64_t request_number(request const* from, char const* key, int64_t otherwise);

/* The answer to a request, which is one line of JSON. */
void answer_begin(char const* result);
void answer_text(char const* key, char const* text);
void answer_number(char const* key, int64_t number);
void answer_bytes(char const* key, void const* bytes, size_t size);
void answer_end(void);
/* A whole one: an error. */
void answer_error(int errno_value, char const* message);

/* Turns digits into bytes; how many. */
size_t bytes_of(char const* digits, unsigned char* into, size_t room);

/* The size of a schema's structure. */
size_t schema_size(char const* schema);
/* Fills `bytes`, which are of that size, with `values`. 0 where these do not fit the schema. */
int schema_pack(char const* schema, char const* values, unsigned char* bytes);
/* Adds the values in `bytes` to the answer. */
void answer_values(char const* schema, unsigned char const* bytes);

#endif
