#ifndef RENDER_REPORT_PAGE_H
#define RENDER_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct report;
struct strtab;

/* Where and how the text of a report is shown. Lines are cut to `columns`. */
struct page {
	struct buf *out;
	const struct report *report;
	const struct strtab *texts; /* names by their ids */
	size_t rows;		    /* of a table, at most */
	size_t columns;
	const char *bold; /* "", or what switches it on and off */
	const char *warn;
	const char *plain;
};

#define PAGE_UNCUT 4096 /* columns where lines are not cut */

/* A text from the trace, made visible, and cut in its middle: both ends of a name tell. */
void page_put_cut(const struct page *p, const char *text, size_t len, size_t columns);

/* The same of a name; padded to the columns if something follows it. */
void page_put_name(const struct page *p, uint32_t id, size_t columns, bool pad);

/* Visible text, from `column` on; breaks at blanks, and begins the next lines with `indent`
 * blanks. */
void page_put_wrapped(const struct page *p, const char *text, size_t column, size_t indent);

/* A line from the trace in what the numbers leave of its row, of which `used` columns are taken;
 * releases it. */
void page_put_rest(const struct page *p, struct buf *line, size_t used);

/* The title of a table, behind an empty line. */
void page_put_title(const struct page *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "and 3 more", where a table was cut; `indent` blanks before it. */
void page_put_more(const struct page *p, size_t cnt, size_t indent);

#endif
