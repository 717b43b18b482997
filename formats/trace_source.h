#ifndef FORMATS_TRACE_SOURCE_H
#define FORMATS_TRACE_SOURCE_H

#include "base/err.h"
#include "base/io.h"

/*
 * Where the bytes of a trace come from: a file, a pipe read whole, or memory. A
 * file is read with pread() and never mapped: a trace may be cut short while it
 * is read (it is being written, or its disk is failing), and then a map would
 * kill us with SIGBUS where a read says how much is left. The length is that at
 * opening, so a trace that still grows is read as it was then.
 */
struct trace_source {
	int fd; /* -1: `view` or the caller's bytes */
	struct io_view view;
	const uint8_t *v;
	uint64_t len;
	char *name; /* for messages */
};

int trace_source_open(struct trace_source *s, const char *path, struct err *err);
void trace_source_open_bytes(struct trace_source *s, const void *bytes, size_t len,
			     const char *name);
void trace_source_close(struct trace_source *s);

/* Bytes at an offset; returns how many there were, at most len. */
size_t trace_source_read(const struct trace_source *s, uint64_t at, void *out, size_t len);

#endif
