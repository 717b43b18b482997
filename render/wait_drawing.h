#ifndef RENDER_WAIT_DRAWING_H
#define RENDER_WAIT_DRAWING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "formats/wait_event.h"
#include "formats/wait_stack.h"

struct buf;
struct trace_reader;

/*
 * What can be drawn of the waits of a trace, by the names after -e, and how it is asked for:
 * the four ways of formats/wait_event.h, and where all the time of the threads went.
 *
 *	offcpu, wakeup, wall   flame graphs
 *	offwake, chain         chain graphs: upwards from what waited to what ended it
 *
 * In a picture of a whole system, two things that would be most of its width are left out
 * unless they are asked for; their time is written below it:
 *
 *	kernel threads   all their waits
 *	idle sleepers    interruptible waits, of a process that was on a CPU for less than a
 *			 thousandth of its life, or that lasted, on average, longer than half
 *			 of the recording; idle states of kernel threads
 */
enum wait_drawing {
	WAIT_DRAWING_OFFCPU = 1,
	WAIT_DRAWING_WAKEUP = 2,
	WAIT_DRAWING_OFFWAKE = 3,
	WAIT_DRAWING_CHAIN = 4,
	WAIT_DRAWING_WALL = 5,
	WAIT_DRAWING_CNT = 6,
};

#define WAIT_IDLE_CPU_PART 1000 /* of a life: who uses less of it sleeps */

struct wait_request {
	enum wait_drawing drawing;
	enum wait_weight weight; /* of chains */
	bool with_idle;
	bool with_kernel;
};

/* "offcpu" ... "wall"; static. */
const char *wait_drawing_name(enum wait_drawing drawing);
/* 0: no such name. */
enum wait_drawing wait_drawing_find(const char *name);

bool wait_drawing_is_chain(enum wait_drawing drawing);

/* The way whose frames it shows. */
enum wait_way wait_drawing_way(enum wait_drawing drawing);

/* Whether a trace holds what it takes. */
bool wait_drawing_is_held(enum wait_drawing drawing, const struct trace_reader *r);

/* What it shows, and of what if that is not "", as a picture's title: "Off-CPU time of make". */
void wait_drawing_put_title(struct buf *out, const struct wait_request *request, const char *of);

#endif
