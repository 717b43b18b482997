#ifndef RENDER_LINE_ORDER_H
#define RENDER_LINE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/*
 * The lines of a text in the order of their bytes, for who wants those together that
 * begin alike. The lines stay where they are.
 *
 * Stacks share long beginnings, and each look at a line is a look at far memory. So
 * sixteen bytes of each line are kept beside its address and sorted as one number; only
 * among lines where these are the same the next sixteen are fetched, for all of them in
 * one go, which the processor does many at a time. What a whole group goes on to share
 * is passed over first:
 *
 *	main;run;parse;read 4        key "main;run;parse;r", then "ead 4"
 *	main;run;parse;skip 1
 *
 * Lines that hold NUL come in any order behind it. The time is that of sorting whatever
 * the text: pivots are drawn, and depth is only ever gained.
 */
__extension__ typedef unsigned __int128 line_bytes;

struct line_key {
	line_bytes bytes; /* of the line at the depth that is looked at; it ends with zeros */
	const char *line;
};

struct line_order {
	VEC(struct line_key);
};

static inline void line_order_add(struct line_order *o, const char *line)
{
	vec_push(o)->line = line;
}

/* Whether line a comes before line b. */
bool line_order_before(const char *a, const char *b, const char *text_end);

/* Lines end at '\n' or at the text's end. */
void line_order_sort(struct line_order *o, const char *text_end);

#endif
