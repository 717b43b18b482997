#ifndef FORMATS_LATENCY_IMPORT_H
#define FORMATS_LATENCY_IMPORT_H

#include <stdint.h>

#include "base/err.h"
#include "formats/latency_lines.h"

/*
 * Latencies of text lines made into a trace: each one is a single event, kept, and counted in
 * its bin. Lines are read twice, first for the time that they span, so that memory does not
 * grow with them; they may come in any order.
 *
 * The recording starts with the earliest end, brought down to a multiple of the slices' length:
 * the shortest of 100 ms, 200 ms, 500 ms, 1 s ... of which LATENCY_IMPORT_SLICES are enough.
 */
#define LATENCY_IMPORT_SLICES 4096

struct latency_counts {
	uint64_t latency_cnt;
	uint64_t bad_cnt;	     /* lines that were left out */
	uint64_t bad_line;	     /* the first one, counted from 1 */
	struct latency_text bad;     /* its text, where the lines are */
	struct latency_text rounded; /* that of the first one that awk has rounded */
};

/* So much of a text is told in a message. */
#define LATENCY_TEXT_MAX 60
int latency_text_len(struct latency_text text);

/* lines: at their start. -ENODATA if there is no good one: then no trace is written. */
int latency_import(const struct latency_lines *lines, const char *event, const char *out_path,
		   struct latency_counts *out, struct err *err);

#endif
