#ifndef RENDER_TEXT_FIT_H
#define RENDER_TEXT_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Text made to fit its box, in columns of a monospace font. What comes in are a
 * stranger's bytes; what goes out is visible text (base/text.h). A cut is shown:
 *
 *	text_fit("std::vector<int>::push_back", 12)  ->  "std::vecto.."
 *
 * A cut that leaves less than three columns before the dots is not worth reading: the
 * result is empty.
 */

#define TEXT_FIT_MIN 5 /* columns that a cut text takes at least */

/* Adds at most `columns` columns to out. */
void text_fit(struct buf *out, const char *s, size_t len, size_t columns);

/* How many columns of a font stand in a width; both in hundredths of a pixel. */
size_t text_fit_columns(int32_t width, int32_t font_size);

/*
 * Parts of a caption joined by " · " into lines of at most `columns`; out gets the lines
 * with '\n' between them. A part alone longer than a line goes on in further ones, broken at
 * blanks; where it has none, or after TEXT_FIT_LINES of them, it is cut.
 */
#define TEXT_FIT_LINES 3
void text_fit_lines(struct buf *out, const char *const *parts, size_t cnt, size_t columns);

#endif
