#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A writer of JSON: commas, quotes and indentation (two blanks) are its affair.
 * Integers are written whole, never through double. `key` is NULL inside an
 * array. Output is deterministic.
 */
struct json {
	struct buf *out;
	unsigned depth;
	bool first;
};

void json_start(struct json *j, struct buf *out);
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j, char bracket); /* '}' or ']' */
void json_text(struct json *j, const char *key, const char *text);
void json_bytes(struct json *j, const char *key, const char *s, size_t len);
void json_count(struct json *j, const char *key, uint64_t value);
/* A fraction with `digits` decimals. */
void json_number(struct json *j, const char *key, double value, int digits);
void json_flag(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
