#include "render/histogram_pack.h"

#include <string.h>

#include "base/text.h"

void histogram_pack_head(struct buf *out, const struct histogram *h, int32_t x, int32_t y,
			 int32_t height)
{
	buf_printf(out, "profile-histogram 1\nunit %s\ngrid %d %d %d\noutside %llu\ncommand ",
		   trace_unit_text(h->unit), x, y, height,
		   (unsigned long long)h->totals.outside_cnt);
	text_xml(out, h->command, strlen(h->command));
	buf_printf(out, "\npanels %zu\n", h->all.total_cnt ? histogram_group_cnt(h) : 0);
}

void histogram_pack_panel(struct buf *out, const struct histogram_panel *p)
{
	buf_printf(out, "panel %d %llu %llu %d;", p->y, (unsigned long long)p->cnt,
		   (unsigned long long)p->sum, p->is_process);
	text_xml(out, p->name, strlen(p->name));
	buf_u8(out, '\n');
	for (size_t i = 0; i < p->bars->cnt; i++) {
		const struct histogram_bar *bar = &p->bars->v[i];

		buf_printf(out, "%s%d %d %llu %llu %llu %llu", i ? ";" : "", bar->x, bar->width,
			   (unsigned long long)bar->first, (unsigned long long)bar->last,
			   (unsigned long long)bar->cnt, (unsigned long long)bar->sum);
	}
	buf_u8(out, '\n');
}
