#ifndef FORMATS_FOLDED_IMPORT_H
#define FORMATS_FOLDED_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "formats/trace.h"

/*
 * Folded stacks made into a trace: the first frame of a line is its process, the others
 * are frames of a given name, of the kind that their annotation says. Each line is one
 * sample with its value as weight; nothing has a time.
 */
struct folded_counts {
	uint64_t line_cnt;
	uint64_t bad_cnt;
	uint64_t bad_line; /* the first one, counted from 1 */
	uint64_t cut_cnt;
	uint64_t pair_cnt;
	uint64_t clipped_cnt;
};

/* Values are multiplied by `times`. -ENODATA if there is no stack in the text: then no
 * trace is written. */
int folded_import(const char *text, size_t len, const struct trace_event *event, uint64_t times,
		  const char *out_path, struct folded_counts *out, struct err *err);

#endif
