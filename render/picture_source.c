#include "render/picture_source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "formats/name_table.h"
#include "formats/stages.h"
#include "formats/trace_layout.h"
#include "formats/trace_reader.h"
#include "render/call_tree.h"
#include "render/selection.h"

static bool is_trace(const struct io_view *view)
{
	return view->len >= TRACE_MAGIC_BYTES && !memcmp(view->v, TRACE_MAGIC, TRACE_MAGIC_BYTES);
}

static int open_trace(struct picture_source *s, const struct stages *stages, struct err *err)
{
	int status = trace_reader_open_bytes(&s->trace, s->view.v, s->view.len, s->path, err);

	if (status < 0)
		return status;
	return stages->names(s->trace, &s->names, err);
}

/* Most likely nothing was recorded here yet. */
static int check_path(const char *path, struct err *err)
{
	if (!strcmp(path, "-") || !access(path, F_OK) || errno != ENOENT)
		return 0;
	return err_set(err, -ENOENT, "there is no %s here%s", path,
		       strcmp(path, TRACE_DEFAULT_PATH) != 0 ? "" : "; 'profile record' makes one");
}

int picture_source_open(struct picture_source *out, const char *path, const struct stages *stages,
			struct err *err)
{
	struct picture_source s = { .path = path };
	int status = check_path(path, err);

	if (status >= 0)
		status = io_view_open(&s.view, path, err);
	if (status < 0)
		return status;
	if (is_trace(&s.view)) {
		status = open_trace(&s, stages, err);
	} else if (!s.view.len) {
		status = err_set(err, -EBADMSG, "%s: the file is empty", path);
	}
	if (status < 0) {
		picture_source_close(&s);
		return status;
	}
	*out = s;
	return 0;
}

void picture_source_close(struct picture_source *s)
{
	if (!s)
		return;
	if (s->names)
		name_table_free(s->names);
	if (s->trace)
		trace_reader_close(s->trace);
	io_view_close(&s->view);
}

bool picture_source_has_times(const struct picture_source *s)
{
	return s->trace && trace_reader_has_times(s->trace);
}

int picture_source_check_waits(const struct picture_source *s, struct err *err)
{
	if (s->trace)
		return 0;
	return err_set(err, -EINVAL,
		       "%s: folded stacks have no waits to choose from; record a trace", s->path);
}

int picture_source_check_latencies(const struct picture_source *s, struct err *err)
{
	if (s->trace)
		return 0;
	return err_set(
		err, -EINVAL,
		"%s: folded stacks have no latencies; record a trace with 'profile record -e "
		"block'",
		s->path);
}

static int refuse_selection(const struct picture_source *s, const struct selection *selection,
			    struct err *err)
{
	const char *what = selection->event				 ? "events"
			   : !selection_range_is_all(selection->time)	 ? "times"
			   : !selection_range_is_all(selection->latency) ? "latencies"
			   : selection->process				 ? "processes"
			   : selection->thread				 ? "threads"
									 : NULL;

	if (!what)
		return 0;
	return err_set(err, -EINVAL, "%s: folded stacks have no %s to choose from; record a trace",
		       s->path, what);
}

int picture_source_fold(const struct picture_source *s, const struct selection *selection,
			struct call_tree *tree, uint64_t *out_bad_cnt, uint64_t *out_bad_line,
			struct err *err)
{
	int status = refuse_selection(s, selection, err);

	if (status < 0)
		return status;
	call_tree_add_folded(tree, (const char *)s->view.v, s->view.len, out_bad_cnt, out_bad_line);
	call_tree_finish(tree);
	if (call_tree_has_folded(tree, *out_bad_cnt))
		return 0;
	return err_set(err, -EBADMSG,
		       "%s: neither a trace nor folded stacks (\"frame;frame COUNT\")", s->path);
}
