#ifndef FORMATS_STACK_NAMES_H
#define FORMATS_STACK_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/strtab.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"

/*
 * Stacks as people read them: the nodes of a trace's current group turned into
 * named frames, root first, inlined functions as frames of their own, copied stacks as
 * the frames that unwinding found in them. The one place that decides what an unnamed
 * address is called ("[libz.so.1.2.13]", "[unknown]", "[stack cut: no frame pointer]",
 * "[stack copied, not unwound]"), so that pictures, reports and exports agree. Answers
 * are kept per frame of the group.
 */

struct shown_frame {
	uint32_t name;	 /* id in the strtab given at start */
	uint32_t module; /* likewise: the module's short name, 0 where unknown */
	uint32_t file;	 /* likewise, 0 where unknown */
	uint32_t line;
	uint32_t in_table; /* its module's id in the name table; TRACE_NONE: not there */
	enum trace_frame_kind kind;
	enum name_reason reason; /* NONE: it has a name */
};

struct stack_names;

/* Reads names through r and t; interns texts into `texts`. All three outlive it. */
struct stack_names *stack_names_new(const struct trace_reader *r, const struct name_table *t,
				    struct strtab *texts);
void stack_names_free(struct stack_names *s);

/* Call at TRACE_RECORD_KEY_FRAME: ids start again. */
void stack_names_restart(struct stack_names *s);

/* Frames of one node alone (1 + what was inlined there), outermost first; valid until
 * the next call. A copied stack is one node: its frames are all that unwinding found in it,
 * up to TRACE_DEPTH_MAX * NAME_FRAMES_MAX, behind a lost one if it is not whole. */
const struct shown_frame *stack_names_node(struct stack_names *s, uint32_t node, size_t *out_cnt);

/* The whole stack whose leaf is `node` (TRACE_NONE: empty), root first; valid until the
 * next call. No more than the most frames that a stack without copies may have. */
const struct shown_frame *stack_names_stack(struct stack_names *s, uint32_t node, size_t *out_cnt);

#endif
