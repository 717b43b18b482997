#ifndef FORMATS_INFO_LATENCIES_H
#define FORMATS_INFO_LATENCIES_H

struct buf;
struct event_summary;
struct json;
struct trace_event;
struct trace_reader;
struct trace_summary;

/* What `info` says of latencies; nothing where a trace holds none. */

/* The rest of an event's line: " by device, operation: 12 events, 3 ms, 2 kept one by one". */
void info_put_latency_event(struct buf *out, const struct trace_event *event,
			    const struct event_summary *s);

void info_put_latencies(struct buf *out, const struct trace_reader *r,
			const struct trace_summary *s);

/* Fields of an event, and an object "latencies"; both are in the manual of info. */
void info_put_latency_event_json(struct json *j, const struct trace_event *event,
				 const struct event_summary *s);
void info_put_latencies_json(struct json *j, const struct trace_reader *r,
			     const struct trace_summary *s);

#endif
