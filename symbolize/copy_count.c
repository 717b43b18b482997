#include "symbolize/copy_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

void copy_count_add(struct copy_count *c, size_t place_cnt, enum trace_reason root)
{
	c->stack_cnt++;
	c->place_cnt += place_cnt;
	if (root)
		c->cut[root]++;
	else
		c->whole_cnt++;
}

void copy_count_set_obstacle(struct copy_count *c, const char *text)
{
	if (!c->obstacle)
		c->obstacle = mem_dup(text, strlen(text));
}

void copy_count_text(const struct copy_count *c, struct buf *out)
{
	const char *before = " (";
	char text[UNITS_TEXT_MAX];

	buf_printf(out, "%s copied stack%s: ", units_count(text, c->stack_cnt),
		   c->stack_cnt == 1 ? "" : "s");
	buf_printf(out, "%s whole", units_count(text, c->whole_cnt));
	if (c->whole_cnt == c->stack_cnt)
		return;
	buf_printf(out, ", %s cut", units_count(text, c->stack_cnt - c->whole_cnt));
	for (unsigned i = 1; i < TRACE_REASON_CNT; i++) {
		if (!c->cut[i])
			continue;
		buf_printf(out, "%s%s %s", before, units_count(text, c->cut[i]),
			   trace_reason_text((enum trace_reason)i));
		before = ", ";
	}
	buf_puts(out, ")");
	if (c->obstacle)
		buf_printf(out, "; %s", c->obstacle);
}

void copy_counts_release(struct copy_counts *counts)
{
	for (size_t i = 0; i < counts->cnt; i++)
		free(counts->v[i].obstacle);
	vec_release(counts);
	*counts = (struct copy_counts){ 0 };
}
