#include "render/wait_drawing.h"

#include <string.h>

#include "base/buf.h"

static const struct {
	const char *name;
	const char *title; /* "of" whom stands behind it */
	const char *rest;
	enum wait_way way;
} drawings[WAIT_DRAWING_CNT] = {
	[WAIT_DRAWING_OFFCPU] = { "offcpu", "Off-CPU time", "", WAIT_WAY_OFFCPU },
	[WAIT_DRAWING_WAKEUP] = { "wakeup", "Off-CPU time", " by who ended it", WAIT_WAY_WAKEUP },
	[WAIT_DRAWING_OFFWAKE] = { "offwake", "Off-CPU time", " and who ended it",
				   WAIT_WAY_OFFWAKE },
	[WAIT_DRAWING_CHAIN] = { "chain", "Off-CPU time", " and its chains of wakers",
				 WAIT_WAY_CHAIN },
	[WAIT_DRAWING_WALL] = { "wall", "Wall time", " and where it went", WAIT_WAY_OFFCPU },
};

const char *wait_drawing_name(enum wait_drawing drawing)
{
	return drawings[drawing].name;
}

enum wait_drawing wait_drawing_find(const char *name)
{
	for (int i = 1; i < WAIT_DRAWING_CNT; i++)
		if (!strcmp(drawings[i].name, name))
			return (enum wait_drawing)i;
	return 0;
}

bool wait_drawing_is_chain(enum wait_drawing drawing)
{
	return drawing == WAIT_DRAWING_OFFWAKE || drawing == WAIT_DRAWING_CHAIN;
}

enum wait_way wait_drawing_way(enum wait_drawing drawing)
{
	return drawings[drawing].way;
}

bool wait_drawing_is_held(enum wait_drawing drawing, const struct trace_reader *r)
{
	struct err unused = { 0 };
	uint32_t event;

	return wait_event_find(r, wait_drawing_way(drawing), &event, &unused) >= 0;
}

void wait_drawing_put_title(struct buf *out, const struct wait_request *request, const char *of)
{
	buf_puts(out, drawings[request->drawing].title);
	if (*of)
		buf_printf(out, " of %s", of);
	buf_puts(out, drawings[request->drawing].rest);
	if (request->drawing == WAIT_DRAWING_CHAIN)
		buf_puts(out, request->weight == WAIT_WEIGHT_SPLIT ? " (split)" : " (full)");
}
