#ifndef RENDER_LATENCY_SINGLE_JSON_H
#define RENDER_LATENCY_SINGLE_JSON_H

struct json;
struct latency_single;
struct strtab;
struct trace_reader;

/* The fields of one event that was kept, into an object that the caller has begun; times in
 * nanoseconds, and labels under the names that the event gives them. */
void latency_single_put_json(struct json *j, const struct latency_single *s,
			     const struct trace_reader *r, const struct strtab *texts);

#endif
