#ifndef FORMATS_FOLDED_LINES_H
#define FORMATS_FOLDED_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strtab.h"
#include "base/vec.h"

struct shown_frame;

/*
 * Folded stacks on their way out (formats/TEXT.md): lines summed by their text and
 * written in the order of their bytes, so that the same samples give the same file.
 * Names are made such that every reader takes the line apart where we joined it:
 * no ';' and no line end in a frame, no blank in a comm, no blank and number at the
 * end of a leaf.
 */
struct folded_lines {
	struct strtab *texts; /* lines without their value */
	struct {
		VEC(uint64_t);
	} values; /* by id of the line; end at UINT64_MAX */
	struct buf line;
	bool annotate; /* write the kinds of frames: _[k] _[j] _[i] _[w] */
};

void folded_lines_start(struct folded_lines *l, bool annotate);
void folded_lines_release(struct folded_lines *l);

/* The line of a process's comm and a stack, root first, whose names are ids in `names`. NULL:
 * of the stack alone. */
uint32_t folded_lines_find(struct folded_lines *l, const char *comm,
			   const struct shown_frame *frames, size_t cnt,
			   const struct strtab *names);
void folded_lines_add(struct folded_lines *l, uint32_t line, uint64_t value);

/* Writes the lines; a value v is written as v * times / per, rounded. */
void folded_lines_put(const struct folded_lines *l, struct buf *out, uint64_t times, uint64_t per);

#endif
