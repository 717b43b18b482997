#include "collector/known_thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void known_thread_text(struct buf *out, const struct known_thread *t)
{
	buf_printf(out,
		   "%d %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64
		   " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
		   (int)t->kind, t->tgid, t->tid, t->waker_cnt, t->wakers[0], t->wakers[1], t->cnt,
		   t->ns, t->on_ns, t->chained, t->preempted, t->name);
}

bool known_thread_parse(const char *line, struct known_thread *out)
{
	struct known_thread t = { 0 };
	int kind, end = 0;

	if (sscanf(line,
		   "%d %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu64
		   " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %n",
		   &kind, &t.tgid, &t.tid, &t.waker_cnt, &t.wakers[0], &t.wakers[1], &t.cnt, &t.ns,
		   &t.on_ns, &t.chained, &t.preempted, &end) != 11 ||
	    !end || kind < KNOWN_WAITS || kind > KNOWN_STAYS || t.waker_cnt > KNOWN_WAKERS_MAX)
		return false;
	t.kind = (enum known_kind)kind;
	snprintf(t.name, sizeof(t.name), "%.*s", (int)strcspn(line + end, "\n"), line + end);
	*out = t;
	return true;
}
