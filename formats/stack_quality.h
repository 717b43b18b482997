#ifndef FORMATS_STACK_QUALITY_H
#define FORMATS_STACK_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/trace.h"

struct json;
struct name_table;
struct stack_names;
struct trace_reader;

/*
 * How many user stacks are whole, and what cut the others, by reason and by the module of
 * the outermost frame that is there: the one that the walk could not leave.
 *
 * A sample has a user stack if the root of its stack
 *	is a user frame, of JIT code, or of a copied stack: whole, unless the copy is not;
 *	is lost, with user frames above it: cut for that reason;
 *	is lost, with kernel frames or nothing above it: all of it is lost for that reason.
 *		But TOO_DEEP is then the kernel's own stack, and there is no user stack.
 * Frames that are lost elsewhere are the kernel's, and counted in kernel_cut alone. A
 * copied stack is judged by what unwinding found; before that it is cut, with NOT_UNWOUND.
 * Imported traces do not say where their stacks were cut: there, nothing is counted.
 *
 * Invariant: whole + the sum of cut[] = stacks; the cuts of one reason add up to cut[].
 * The cost is per node of a group, not per sample.
 */
struct stack_cut {
	enum trace_reason reason;
	const char *module; /* "[jit]", "libc.so.6"; "" where no frame is there, or it has none */
	uint64_t cnt;	    /* samples */
};

struct stack_quality {
	uint64_t stack_cnt; /* samples with a user stack */
	uint64_t whole_cnt;
	uint64_t cut[TRACE_REASON_CNT];
	uint64_t kernel_cut_cnt;	       /* samples whose kernel stack lacks a part */
	uint64_t kernel_cut[TRACE_REASON_CNT]; /* the same by reason; one may have several */
	struct {
		VEC(struct stack_cut);
	} cuts;			  /* the most frequent first, once it has ended */
	bool applies;		  /* false: an import */
	bool is_by_frame_pointer; /* such a walk does not see all that it misses */

	struct strtab *texts; /* of the modules */
	struct idmap cut_of;  /* (reason, module) to place in cuts */
	const struct trace_reader *reader;
	struct stack_names *names;
	const struct name_table *table;
	struct {
		VEC(struct stack_verdict);
	} verdicts; /* by node of the group */
};

struct stack_verdict {
	uint8_t sort;	      /* enum in stack_quality.c */
	uint8_t reason;	      /* of the root, if it is lost */
	uint16_t kernel_cuts; /* bit per enum trace_reason */
	uint32_t cut;	      /* place in cuts, if it is cut */
};

/* r and t stay until stack_quality_end(). */
void stack_quality_start(struct stack_quality *q, const struct trace_reader *r,
			 const struct name_table *t);
/* Call at TRACE_RECORD_KEY_FRAME: ids start again. */
void stack_quality_restart(struct stack_quality *q);
/* One sample, whose stack is that node (TRACE_NONE: it has none). */
void stack_quality_add(struct stack_quality *q, uint32_t stack);
/* So many at once: the waits of a sum count as that many samples. */
void stack_quality_add_many(struct stack_quality *q, uint32_t stack, uint64_t cnt);
/* No more samples: what is left stands alone. */
void stack_quality_end(struct stack_quality *q);
void stack_quality_release(struct stack_quality *q);

/*
 * "99.4 % of user stacks are whole", and of the others "stacks cut: no frame pointer 0.5 %
 * (mostly [jit])", the most frequent reasons. Nothing where there is nothing to say. Modules
 * are texts of strangers.
 */
void stack_quality_put_whole(struct buf *out, const struct stack_quality *q);
void stack_quality_put_cuts(struct buf *out, const struct stack_quality *q);

/* An object "user_stacks", unless it was imported, of at most so many cuts; its fields are in the
 * manual of info. */
void stack_quality_put_json(struct json *j, const struct stack_quality *q, size_t rows);

/* What would make stacks whole that were cut so; "" where nothing is known; static. */
const char *stack_cut_remedy(const struct stack_quality *q, const struct stack_cut *cut);

#endif
