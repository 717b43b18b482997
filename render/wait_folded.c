#include "render/wait_folded.h"

#include "formats/folded_lines.h"
#include "formats/folded_waits.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"
#include "render/wait_walk.h"

#define NS_PER_US 1000

static bool holds(const void *walk, const struct trace_record *record)
{
	return wait_walk_holds(walk, record);
}

static int fold(struct folded_lines *lines, const struct wait_walk *w,
		const struct picture_source *source, const struct wait_request *request,
		struct err *err)
{
	struct folded_waits which = {
		.event = w->totals.event,
		.way = wait_drawing_way(request->drawing),
		.weight = request->weight,
		.is_single = w->totals.is_single,
		.holds = holds,
		.selection = w,
	};

	return folded_waits_add(lines, source->trace, source->names, &which, err);
}

int wait_folded_write(struct buf *out, const struct picture_source *source,
		      const struct selection *selection, const struct wait_request *request,
		      struct err *err)
{
	struct folded_lines lines;
	struct wait_totals totals;
	struct wait_walk w;
	int status = picture_source_check_waits(source, err);

	if (status >= 0)
		status = wait_walk_start(&w, source->trace, source->names, selection, request, err);
	if (status < 0)
		return status;
	folded_lines_start(&lines, false);
	status = fold(&lines, &w, source, request, err);
	if (status >= 0)
		folded_lines_put(&lines, out, 1, NS_PER_US);
	folded_lines_release(&lines);
	wait_walk_end(&w, &totals);
	wait_totals_release(&totals);
	return status;
}
