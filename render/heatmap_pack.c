#include "render/heatmap_pack.h"

#include <string.h>

#include "base/text.h"
#include "render/latency_by.h"
#include "render/packed_number.h"

static void put_text(struct buf *out, const char *text)
{
	text_xml(out, text, strlen(text));
}

static void put_visible(struct buf *out, const char *text)
{
	struct buf shown = { 0 };

	text_visible(&shown, text, strlen(text));
	put_text(out, buf_text(&shown));
	buf_release(&shown);
}

static const char *kind_text(enum heatmap_row_kind kind)
{
	switch (kind) {
	case HEATMAP_ROW_BREAK:
		return "break";
	case HEATMAP_ROW_BELOW:
		return "below";
	case HEATMAP_ROW_ABOVE:
		return "above";
	case HEATMAP_ROW_VALUES:
		break;
	}
	return "values";
}

static void put_rows(struct buf *out, const struct heatmap_rows *rows)
{
	buf_puts(out, "rows ");
	for (uint32_t i = 0; i < rows->cnt; i++) {
		const struct heatmap_row *row = &rows->v[i];

		buf_printf(out, "%s%s %d %d %llu %llu", i ? ";" : "", kind_text(row->kind), row->y,
			   row->h, (unsigned long long)latency_bin_first(row->first),
			   (unsigned long long)latency_bin_last(row->last));
	}
	buf_u8(out, '\n');
}

static void put_head(struct buf *out, const struct heatmap_pack *p)
{
	const struct heatmap *h = p->heatmap;
	const struct heatmap_columns *c = &h->columns;
	unsigned __int128 first = (unsigned __int128)c->first * c->column_ns;

	buf_printf(out, "profile-heatmap 1\nunit %s ", trace_unit_text(h->event->unit));
	put_visible(out, h->event->name);
	buf_printf(out, "\nweight %s\n", h->request.by_time ? "time" : "count");
	buf_printf(out, "grid %d %d %d\n", p->places[0].x, p->places[0].column, h->rows.height);
	buf_printf(out, "times %llu %llu %llu %u\n",
		   (unsigned long long)(first < UINT64_MAX ? first : UINT64_MAX),
		   (unsigned long long)c->column_ns, (unsigned long long)c->lead_ns, c->cnt);
	put_rows(out, &h->rows);
	buf_printf(out, "outside %llu\ncommand ", (unsigned long long)h->totals.outside_cnt);
	put_text(out, p->command);
	buf_printf(out, "\nmaps %u\n", h->map_cnt);
}

static void put_cells(struct buf *out, const struct heatmap *h, const struct heatmap_map *map)
{
	uint64_t next = 0;

	for (uint32_t col = 0; col < h->columns.cnt; col++)
		for (uint32_t row = 0; row < h->rows.cnt; row++) {
			struct heatmap_cell cell =
				heatmap_bins_row(&map->bins, col, &h->rows.v[row]);
			uint64_t at = (uint64_t)col * h->rows.cnt + row;

			if (!cell.cnt)
				continue;
			packed_number(out, at - next);
			packed_number(out, cell.cnt);
			if (h->request.by_time)
				packed_number(out, cell.sum);
			next = at + 1;
		}
	buf_u8(out, '\n');
}

void heatmap_pack(struct buf *out, const struct heatmap_pack *p)
{
	const struct heatmap *h = p->heatmap;

	put_head(out, p);
	for (uint32_t i = 0; i < h->map_cnt; i++) {
		const struct heatmap_map *map = &h->maps[i];

		buf_printf(out, "map %d %llu %d;", p->places[i].y,
			   (unsigned long long)map->bins.total.cnt, h->by == LATENCY_BY_PROCESS);
		put_text(out, map->name ? map->name : "");
		buf_u8(out, '\n');
		put_cells(out, h, map);
	}
}
