#include "render/latency_single_json.h"

#include "base/json.h"
#include "base/strtab.h"
#include "formats/trace_reader.h"
#include "render/latency_longest.h"

static void put_text(struct json *j, const char *key, const struct strtab *texts, uint32_t id)
{
	size_t len;
	const char *text = strtab_get(texts, id, &len);

	json_bytes(j, key, text, len);
}

static void put_labels(struct json *j, const struct latency_single *s,
		       const struct trace_event *event, const struct strtab *texts)
{
	json_object(j, "labels");
	for (size_t i = 0; i < TRACE_LABELS_MAX; i++)
		if (event->labels[i] && *event->labels[i])
			put_text(j, event->labels[i], texts, s->labels[i]);
	json_end(j, '}');
}

void latency_single_put_json(struct json *j, const struct latency_single *s,
			     const struct trace_reader *r, const struct strtab *texts)
{
	const struct trace_event *event = trace_reader_event(r, s->event);

	json_count(j, "end_ns", s->end_ns);
	put_text(j, "process", texts, s->process);
	put_text(j, "thread", texts, s->comm);
	json_count(j, "pid", s->tgid);
	json_count(j, "tid", s->tid);
	if (s->cpu == TRACE_NONE)
		json_null(j, "cpu");
	else
		json_count(j, "cpu", s->cpu);
	json_text(j, "event", event->name);
	put_labels(j, s, event, texts);
	json_count(j, "value", s->value);
	json_count(j, "bytes", s->bytes);
	json_count(j, "queued_ns", s->queued_ns);
	put_text(j, "text", texts, s->text);
}
