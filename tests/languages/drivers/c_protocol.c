/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c_driver.h"

/* A string's end, which becomes a zero byte; what follows it. */
static char* end_text(char* from) {
  char* const end = strchr(from, '"');
  if (end == NULL) return NULL;
  *end = '\0';
  return end + 1;
}

static char* skip(char* at, char const* what) {
  return at + strspn(at, what);
}

int request_parse(request* into, char* line) {
  into->count = 0;
  char* at = skip(line, " {");
  while (*at == '"' && into->count < most_members) {
    into->keys[into->count] = at + 1;
    at = end_text(at + 1);
    if (at == NULL) return 0;
    at = skip(at, " :");
    if (*at == '"') {
      into->values[into->count] = at + 1;
      at = end_text(at + 1);
      if (at == NULL) return 0;
    } else {
      into->values[into->count] = at;
      at += strcspn(at, ",} \n");
      if (*at == '\0') return 0;
      *at++ = '\0';
    }
    ++into->count;
    at = skip(at, " ,}\n");
  }
  return into->count > 0;
}

char const* request_text(request const* from, char const* key) {
  for (size_t i = 0; i < from->count; ++i)
    if (strcmp(from->keys[i], key) == 0) return from->values[i];
  return NULL;
}

int64_t request_number(request const* from, char const* key, int64_t otherwise) {
  char const* const text = request_text(from, key);
  return text == NULL ? otherwise : strtoll(text, NULL, 10);
}

void answer_begin(char const* result) {
  printf("{\"result\": \"%s\"", result);
}

void answer_text(char const* key, char const* text) {
  printf(", \"%s\": \"", key);
  for (; *text != '\0'; ++text) {
    unsigned char const c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < ' ')
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

void answer_number(char const* key, int64_t number) {
  printf(", \"%s\": %" PRId64, key, number);
}

void answer_bytes(char const* key, void const* bytes, size_t size) {
  unsigned char const* const each = bytes;
  printf(", \"%s\": \"", key);
  for (size_t i = 0; i < size; ++i) printf("%02x", each[i]);
  putchar('"');
}

void answer_end(void) {
  puts("}");
  fflush(stdout);
}

void answer_error(int errno_value, char const* message) {
  answer_begin("error");
  answer_number("errno", errno_value);
  answer_text("message", message);
  answer_end();
}

size_t bytes_of(char const* digits, unsigned char* into, size_t room) {
  size_t size = 0;
  unsigned byte = 0;
  for (; size < room && sscanf(digits, "%2x", &byte) == 1; digits += 2) into[size++] = (unsigned char)byte;
  return size;
}

size_t schema_size(char const* schema) {
  size_t size = 0;
  return sscanf(schema, "size=%zu", &size) == 1 ? size : 0;
}

/* One value of a schema: `name:type@offset`. */
typedef struct field {
  char name[32];
  char kind; /* u, i or f */
  unsigned bits;
  size_t offset;
} field;

/* The field at `*at`, which moves behind it; 0 at the end. */
static int next_field(char const** at, field* into) {
  *at += strcspn(*at, " ");
  *at += strspn(*at, " ");
  return sscanf(*at, "%31[^:]:%c%u@%zu", into->name, &into->kind, &into->bits, &into->offset) == 4;
}

/* Where the value of `name` begins in `values`. */
static char const* value_of(char const* values, char const* name) {
  size_t const length = strlen(name);
  for (char const* at = values; *at != '\0'; at += strspn(at, " ")) {
    if (strncmp(at, name, length) == 0 && at[length] == '=') return at + length + 1;
    at += strcspn(at, " ");
  }
  return NULL;
}

/* A number of so many bits, of which the machine's byte order decides where they stand. */
static void store(unsigned char* to, unsigned bits, uint64_t number) {
  uint8_t const n8 = (uint8_t)number;
  uint16_t const n16 = (uint16_t)number;
  uint32_t const n32 = (uint32_t)number;
  switch (bits) {
    case 8:
      memcpy(to, &n8, sizeof n8);
      break;
    case 16:
      memcpy(to, &n16, sizeof n16);
      break;
    case 32:
      memcpy(to, &n32, sizeof n32);
      break;
    default:
      memcpy(to, &number, sizeof number);
      break;
  }
}

static uint64_t load(unsigned char const* from, unsigned bits) {
  uint8_t n8;
  uint16_t n16;
  uint32_t n32;
  uint64_t n64;
  switch (bits) {
    case 8:
      memcpy(&n8, from, sizeof n8);
      return n8;
    case 16:
      memcpy(&n16, from, sizeof n16);
      return n16;
    case 32:
      memcpy(&n32, from, sizeof n32);
      return n32;
    default:
      memcpy(&n64, from, sizeof n64);
      return n64;
  }
}

int schema_pack(char const* schema, char const* values, unsigned char* bytes) {
  memset(bytes, 0, schema_size(schema));
  field each;
  while (next_field(&schema, &each)) {
    char const* const text = value_of(values, each.name);
    if (text == NULL) return 0;
    unsigned char* const to = bytes + each.offset;
    if (each.kind == 'u') {
      store(to, each.bits, strtoull(text, NULL, 10));
    } else if (each.kind == 'i') {
      store(to, each.bits, (uint64_t)strtoll(text, NULL, 10));
    } else if (each.bits == 32) {
      float const number = strtof(text, NULL);
      memcpy(to, &number, sizeof number);
    } else {
      double const number = strtod(text, NULL);
      memcpy(to, &number, sizeof number);
    }
  }
  return 1;
}

void answer_values(char const* schema, unsigned char const* bytes) {
  char const* separator = "";
  fputs(", \"values\": \"", stdout);
  field each;
  while (next_field(&schema, &each)) {
    printf("%s%s=", separator, each.name);
    separator = " ";
    unsigned char const* const from = bytes + each.offset;
    if (each.kind == 'u') {
      printf("%" PRIu64, load(from, each.bits));
    } else if (each.kind == 'i') {
      unsigned const unused = 64 - each.bits;
      printf("%" PRId64, (int64_t)(load(from, each.bits) << unused) >> unused);
    } else if (each.bits == 32) {
      float number;
      memcpy(&number, from, sizeof number);
      printf("%.9g", (double)number);
    } else {
      double number;
      memcpy(&number, from, sizeof number);
      printf("%.17g", number);
    }
  }
  putchar('"');
}
