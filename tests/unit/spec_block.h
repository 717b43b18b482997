#ifndef TESTS_UNIT_SPEC_BLOCK_H
#define TESTS_UNIT_SPEC_BLOCK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"

/* The bytes of a fenced block of TRACE.md; a column of offsets "0010  " is passed over. */
static inline void spec_block(const char *name, struct buf *out)
{
	char fence[32];
	const char *p, *end;
	struct io_view text;
	struct err err = { 0 };

	assert_int_equal(io_view_open(&text, "formats/TRACE.md", &err), 0);
	snprintf(fence, sizeof(fence), "```%s\n", name);
	p = memmem(text.v, text.len, fence, strlen(fence));
	assert_non_null(p);
	p += strlen(fence);
	end = strstr(p, "```");
	while (p < end) {
		size_t word = strcspn(p, " \n");

		if (word == 2)
			buf_u8(out, (uint8_t)strtoul(p, NULL, 16));
		p += word + strspn(p + word, " \n");
	}
	io_view_close(&text);
}

#endif
