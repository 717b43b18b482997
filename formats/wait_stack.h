#ifndef FORMATS_WAIT_STACK_H
#define FORMATS_WAIT_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "formats/stack_names.h"
#include "formats/wait_event.h"
#include "formats/wait_parts.h"

/*
 * A wait as people read it: one list of frames, from what waited to what ended it, each with
 * the part that it plays. Pictures, reports and exports draw the same list.
 *
 *	[softirq]          CONTEXT        2   there it ends: an interrupt, or nobody knows
 *	net_rx_action      WAKER_KERNEL   2
 *	--                 SEPARATOR      2
 *	producer           WAKER_NAME     1   what the waker is called
 *	main               WAKER_USER     1   leaf to root: the frame that woke is lowest
 *	-                  SEPARATOR      1
 *	futex_wake         WAKER_KERNEL   1
 *	--                 SEPARATOR      1   who ended it: link 1, then who had woken that one
 *	schedule           BLOCKED_KERNEL 0   root to leaf
 *	-                  SEPARATOR      0
 *	main               BLOCKED_USER   0
 *	worker             PROCESS        0   root
 *
 * What each way (wait_event.h) shows of it, root first:
 *
 *	offcpu   process, blocked stack
 *	wakeup   link 1 from its root to the frame that woke, process: where the waker was
 *	offwake  process, blocked stack, link 1
 *	chain    process, blocked stack, all links
 *
 * `-` stands only between two parts that are both there, `--` only before something: there is
 * no dangling separator. Frames that are equal in name, but not in role or link, are never one
 * frame of a picture.
 *
 * The time in which a thread could have run, but had to wait for a CPU, is nobody's doing, and
 * shown without wakers, as `[runnable]` on what it waited for, or as `[preempted]` where it
 * had been sent off its CPU. There is no place for it in the way wakeup.
 */
enum wait_role {
	WAIT_ROLE_PROCESS = 1,
	WAIT_ROLE_BLOCKED_USER = 2,
	WAIT_ROLE_SEPARATOR = 3, /* of the link that it stands before or in */
	WAIT_ROLE_BLOCKED_KERNEL = 4,
	WAIT_ROLE_WAKER_KERNEL = 5,
	WAIT_ROLE_WAKER_USER = 6,
	WAIT_ROLE_WAKER_NAME = 7,
	WAIT_ROLE_CONTEXT = 8, /* [softirq] [hardirq] [nmi] [idle]; [deeper], [waker unknown],
				* [waker lost], [not woken] */
	WAIT_ROLE_RUNNABLE = 9,
	WAIT_ROLE_CNT = 10,
};

struct wait_frame {
	struct shown_frame shown; /* CONTEXT for separators, contexts and [runnable]; names of
				   * processes and wakers are USER */
	enum wait_role role;
	uint32_t link; /* 0: of what waited; 1 ... TRACE_CHAIN_MAX; [deeper]: of the last one */
};

struct wait_stack;

/* Reads r and names, interns into `texts`, that of names. All three outlive it. */
struct wait_stack *wait_stack_new(const struct trace_reader *r, struct stack_names *names,
				  struct strtab *texts);
void wait_stack_free(struct wait_stack *s);

/* Whether a way has a place for a part. */
bool wait_stack_shows(enum wait_way way, const struct wait_part *part);

/* The frames of a part that is shown, root first; valid until the next call. */
const struct wait_frame *wait_stack_frames(struct wait_stack *s, const struct wait_place *place,
					   enum wait_way way, const struct wait_part *part,
					   size_t *out_cnt);

#endif
