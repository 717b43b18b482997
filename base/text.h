#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

/*
 * Text from strangers (symbol names, comms, paths) made fit for a consumer. Raw
 * bytes stay raw in the trace; these run where bytes leave the program. What a
 * consumer could take for something else becomes visible: a control character,
 * an invalid UTF-8 byte, a bidirectional control, a surrogate or non-character
 * is written as \xNN (a byte) or \u{NNNN} (a code point).
 */

/* The next code point of s[0..len), and its length in bytes; len > 0. An invalid
 * byte yields TEXT_INVALID and length 1. */
#define TEXT_INVALID 0xffffffffu
uint32_t text_code_point(const char *s, size_t len, size_t *out_len);

/* For a terminal, and for every place below: no byte is special but by its look. */
void text_visible(struct buf *out, const char *s, size_t len);

/* The same as a text of its own, which the caller frees. */
char *text_visible_dup(const char *s, size_t len);

/* The same inside XML text or a quoted attribute: also & < > " ' as entities. */
void text_xml(struct buf *out, const char *s, size_t len);

/* The same inside a JSON string, without the quotes. <, >, & and U+2028/9 are
 * \uXXXX, so that the JSON may stand in a <script>. */
void text_json(struct buf *out, const char *s, size_t len);

/* A frame of a folded stack: ';' is ':', line ends are \n, \r; the last frame of
 * a line may not end in blank and digits, so with `leaf` blanks from there on are '_'. */
void text_folded(struct buf *out, const char *s, size_t len, bool leaf);

/* The order of two texts: by bytes, the shorter first; as memcmp(). */
static inline int text_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Columns that s takes when shown by text_visible(), a code point being one. */
size_t text_columns(const char *s, size_t len);

/* Shell-like pattern with * ? and [a-z]; the whole of s must match. */
bool text_glob(const char *pattern, const char *s, size_t len);

#endif
