#ifndef SYMBOLIZE_COPY_COUNT_H
#define SYMBOLIZE_COPY_COUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * What became of the copied stacks of one process, or of all: each is whole, or cut and has
 * a reason.
 *
 *	stack_cnt = whole_cnt + the sum of cut
 */
struct copy_count {
	uint32_t module; /* of copies, in the name table */
	uint32_t tgid;	 /* 0: of all */
	size_t stack_cnt;
	size_t whole_cnt;
	size_t cut[TRACE_REASON_CNT]; /* by reason */
	size_t kept_cnt;	      /* of both: as an earlier run had unwound them */
	size_t place_cnt;	      /* frames */
	char *obstacle;		      /* the first file or child that was of no use; or NULL */
};

struct copy_counts {
	VEC(struct copy_count); /* by process, in the order of the trace */
	struct copy_count all;
};

/* root 0: the stack is whole. */
void copy_count_add(struct copy_count *c, size_t place_cnt, enum trace_reason root);
/* Keeps the first text. */
void copy_count_set_obstacle(struct copy_count *c, const char *text);

/* "12 copied stacks: 10 whole, 2 cut (1 copy not unwound, 1 end of the copy); OBSTACLE" */
void copy_count_text(const struct copy_count *c, struct buf *out);

void copy_counts_release(struct copy_counts *counts);

#endif
