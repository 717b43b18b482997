#ifndef RENDER_PICTURE_SOURCE_H
#define RENDER_PICTURE_SOURCE_H

#include "base/err.h"
#include "base/io.h"

struct name_table;
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

int picture_source_open(struct picture_source *out, const char *path, const struct stages *stages,
			struct err *err);
void picture_source_close(struct picture_source *s);

#endif
