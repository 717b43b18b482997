#ifndef FORMATS_ENTRIES_H
#define FORMATS_ENTRIES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/trace.h"

/*
 * One record of each small kind as bytes and back, writing and reading side by
 * side, as formats/TRACE.md lists them. Reading checks form and limits, not that
 * an id is known: that is for the tables to say. Texts that are read point into
 * the bytes and are not terminated, so they come as struct entry_text.
 */
struct entry_text {
	const char *s;
	size_t len;
};

struct process_texts {
	struct entry_text comm;
	struct entry_text executable;
	struct entry_text cgroup;
};

struct event_texts {
	struct entry_text name;
	struct entry_text source;
};

/* An optional id: TRACE_NONE is 0, id is id + 1. */
void entry_put_id(struct buf *out, uint32_t id);
uint32_t entry_take_id(struct bytes *b);

void entry_put_text(struct buf *out, const char *text);
struct entry_text entry_take_text(struct bytes *b);

void entry_put_event(struct buf *out, const struct trace_event *e);
bool entry_take_event(struct bytes *b, struct trace_event *out, struct event_texts *texts);

void entry_put_process(struct buf *out, const struct trace_process *p);
bool entry_take_process(struct bytes *b, struct trace_process *out, struct process_texts *texts);

void entry_put_thread(struct buf *out, const struct trace_thread *t);
bool entry_take_thread(struct bytes *b, struct trace_thread *out, struct entry_text *comm);

void entry_put_module(struct buf *out, const struct trace_module *m);
bool entry_take_module(struct bytes *b, struct trace_module *out, struct entry_text *path);

void entry_put_kernel_symbol(struct buf *out, const struct trace_kernel_symbol *s);
bool entry_take_kernel_symbol(struct bytes *b, struct trace_kernel_symbol *out,
			      struct entry_text *name);

/* Times are written in microseconds from the chunk's first. */
void entry_put_cpu_change(struct buf *out, const struct trace_cpu_change *c, uint64_t first_us);
bool entry_take_cpu_change(struct bytes *b, struct trace_cpu_change *out, uint64_t first_us);

void entry_put_loss(struct buf *out, const struct trace_loss_count *l);
bool entry_take_loss(struct bytes *b, struct trace_loss_count *out);

void entry_put_totals(struct buf *out, const struct trace_totals *t);
bool entry_take_totals(struct bytes *b, struct trace_totals *out);

/* A sum in microseconds as nanoseconds; false: beyond 64 bits. */
bool entry_time_ns(uint64_t first_us, uint64_t offset_us, uint64_t *out_ns);

#endif
