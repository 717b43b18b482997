#ifndef RENDER_PICTURE_SOURCE_H
#define RENDER_PICTURE_SOURCE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/io.h"

struct call_tree;
struct name_table;
struct selection;
struct stages;
struct trace_reader;

/*
 * What pictures are made of: a trace with its names, or folded stacks. Which of them a
 * file is, its first bytes say.
 */
struct picture_source {
	const char *path;
	struct io_view view;
	struct trace_reader *trace; /* NULL: folded stacks, in view */
	struct name_table *names;   /* of the trace */
};

/* -ENOENT with a sentence that says how to come by a trace where the default one is absent. */
int picture_source_open(struct picture_source *out, const char *path, const struct stages *stages,
			struct err *err);
void picture_source_close(struct picture_source *s);

/* False for folded stacks, also for those that were imported into a trace. */
bool picture_source_has_times(const struct picture_source *s);

/* -EINVAL for folded stacks, which do not say what they are of. */
int picture_source_check_waits(const struct picture_source *s, struct err *err);
int picture_source_check_latencies(const struct picture_source *s, struct err *err);

/*
 * Adds the folded stacks of a source that is no trace to a started, empty tree, which is
 * finished afterwards; bad lines as in call_tree_add_folded(). -EINVAL for a selection of
 * anything but all: such stacks have nothing to choose by. -EBADMSG if they are none.
 */
int picture_source_fold(const struct picture_source *s, const struct selection *selection,
			struct call_tree *tree, uint64_t *out_bad_cnt, uint64_t *out_bad_line,
			struct err *err);

#endif
