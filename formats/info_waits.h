#ifndef FORMATS_INFO_WAITS_H
#define FORMATS_INFO_WAITS_H

struct buf;
struct json;
struct trace_reader;
struct trace_summary;
struct trace_totals;
struct wait_summary;

/* What `info` says of waits; nothing where a trace holds none. */

/* "Label      " at the start of a line. */
void info_put_label(struct buf *out, const char *label);

void info_put_waits(struct buf *out, const struct trace_reader *r, const struct wait_summary *w);
/* "12 waits, 3 ms: no room or end not seen". */
void info_put_lost_waits(struct buf *out, const struct trace_totals *t);

/* An object "waits"; its fields are in the manual of info. */
void info_put_waits_json(struct json *j, const struct trace_reader *r,
			 const struct trace_summary *s);

#endif
