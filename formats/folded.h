#ifndef FORMATS_FOLDED_H
#define FORMATS_FOLDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/trace.h"

/*
 * Folded stacks: "root;frame;leaf VALUE" a line (formats/TEXT.md). The reader
 * walks bytes that are in memory and copies nothing; it is the fast way from a
 * folded file to a picture, so it does no more than find the borders of frames,
 * and not even that for those that the line before had too:
 *
 *	main;run;parse;read 4
 *	main;run;parse;skip;next 2
 *	|--- shared ---|              found by comparing 16 bytes at a time
 *
 * A frame is told by its place in its line, so that the frames that two lines
 * share are one entry, untouched.
 */

struct folded_frame {
	uint32_t at;  /* bytes from the start of the line */
	uint32_t len; /* 0: a frame without a name */
};

struct folded_line {
	const char *text;	     /* not terminated */
	struct folded_frame *frames; /* root first; the reader's until the next line */
	uint32_t frame_cnt;	     /* 1 to TRACE_DEPTH_MAX */
	uint32_t shared_cnt; /* leading frames that are the same as in the good line before */
	uint64_t value;
};

struct folded_reader {
	const char *p;
	const char *end;
	struct folded_line line;
	uint32_t frame_cap;
	uint32_t before_len;  /* of line.text: to the end of its last frame */
	bool begun;	      /* the header is over: a line with "# " is a stack */
	uint64_t line_cnt;    /* lines read, good, bad or passed over */
	uint64_t bad_cnt;     /* lines without a number or without a frame */
	uint64_t bad_line;    /* the first of them, counted from 1 */
	const char *bad_text; /* where it is */
	uint64_t cut_cnt;     /* lines whose frames beyond TRACE_DEPTH_MAX were left out */
	uint64_t pair_cnt;    /* lines with two numbers (a difference); the second one counts */
	uint64_t clipped_cnt; /* values beyond UINT64_MAX, taken as that */
};

void folded_reader_start(struct folded_reader *r, const char *text, size_t len);
/* The next good line, or NULL at the end. Bad ones are counted and passed over. */
const struct folded_line *folded_reader_next(struct folded_reader *r);
/* The line that begins at `at`, wherever that is in the text; NULL if it is none. Where
 * lines are not read in their order, bad_line is meaningless; bad_text is not. */
const struct folded_line *folded_reader_line(struct folded_reader *r, const char *at);
void folded_reader_release(struct folded_reader *r);

/* Where the first line begins that may be a stack, behind header and blank lines. */
const char *folded_header_end(const char *text, size_t len);

/* The kind that a frame's annotation says (_[k] _[j] _[i] _[w]), else USER; *len becomes
 * the length without it. */
enum trace_frame_kind folded_kind(const char *name, uint32_t *len);

#endif
