#ifndef RENDER_LATENCY_LIST_H
#define RENDER_LATENCY_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "render/latency_longest.h"

struct picture_source;
struct selection;
struct strtab;

/*
 * The latency events that were kept one by one and that a selection holds, a line each in order
 * of the time at which they ended, as biosnoop and its like print them live:
 *
 *	TIME(s)      COMM     PID    TID    EVENT  LABELS     BYTES  QUEUED  LATENCY  TEXT
 *	1.530412     fio      1234   1234   block  sda,read   4 KiB  12 ms   80.1 ms
 *
 * They are a part of all events, and the last line says which.
 */
struct latency_list {
	const struct picture_source *source;
	struct strtab *texts;
	uint64_t event_cnt; /* in all, by their bins */
	bool is_whole;	    /* all events of the selection were kept (render/latency_coverage.h) */
	bool is_about;	    /* the count is of whole bins and slices, some of which are cut */
	struct {
		VEC(struct latency_single);
	} v;
};

/* Of the selection's event, or of all of latencies. -ENOENT as latency_event_find() has it. */
int latency_list_make(struct latency_list *out, const struct picture_source *source,
		      const struct selection *selection, struct err *err);
/* Accepts zeroed ones. */
void latency_list_release(struct latency_list *l);

void latency_list_put_text(struct buf *out, const struct latency_list *l);
void latency_list_put_json(struct buf *out, const struct latency_list *l);

#endif
