#include "render/wait_picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"
#include "render/wait_caption.h"
#include "render/wait_tree.h"
#include "render/wait_wall.h"

static void put_whose(struct buf *out, const struct trace_reader *r, const struct selection *s)
{
	const char *command = trace_reader_fact(r, TRACE_FACT_COMMAND);
	const char *slash = strrchr(command, '/');

	if (s->thread)
		buf_printf(out, "thread %u", s->thread);
	else if (s->process)
		buf_puts(out, s->process);
	else
		buf_puts(out, slash && slash[1] ? slash + 1 : command);
}

static char *title_of(const struct trace_reader *r, const struct selection *selection,
		      const struct wait_request *request)
{
	struct buf whose = { 0 }, raw = { 0 };
	char *title;

	put_whose(&whose, r, selection);
	wait_drawing_put_title(&raw, request, buf_text(&whose));
	buf_release(&whose);
	title = text_visible_dup((const char *)raw.v, raw.len);
	buf_release(&raw);
	return title;
}

static int gather(struct flame_picture *p, const struct picture_source *source,
		  const struct selection *selection, const struct wait_request *request,
		  struct err *err)
{
	struct trace_reader *r = source->trace;
	struct wall_samples samples = { 0 };
	struct wait_totals totals;
	int status;

	if (request->drawing == WAIT_DRAWING_WALL)
		status = wait_wall_gather(&p->tree, r, source->names, selection, request, &totals,
					  &samples, err);
	else
		status = wait_tree_gather(&p->tree, r, source->names, selection, request, &totals,
					  err);
	if (status < 0)
		return status;
	struct wait_caption what = { .reader = r,
				     .selection = selection,
				     .request = request,
				     .totals = &totals,
				     .samples = &samples,
				     .drawn_ns = p->tree.nodes[0].value };

	wait_caption_write(&p->caption, &what);
	wait_totals_release(&totals);
	return 0;
}

int wait_picture_open(struct flame_picture *out, const struct picture_source *source,
		      const struct selection *selection, const struct wait_request *request,
		      const char *title, struct err *err)
{
	struct flame_picture p = { .measure = { .unit = TRACE_UNIT_NS } };
	int status = picture_source_check_waits(source, err);

	if (status < 0)
		return status;
	p.texts = strtab_new();
	call_tree_init(&p.tree, p.texts);
	status = gather(&p, source, selection, request, err);
	if (status < 0) {
		flame_picture_close(&p);
		return status;
	}
	p.caption.title = title ? text_visible_dup(title, strlen(title))
				: title_of(source->trace, selection, request);
	*out = p;
	return 0;
}
