#include "collector/chosen_events.h"

#include <errno.h>
#include <string.h>

#include "collector/latency_programs.h"

static bool has_probe(const struct probe_spec *probes, uint32_t cnt, const char *text)
{
	for (uint32_t i = 0; i < cnt; i++)
		if (!strcmp(probes[i].text, text))
			return true;
	return false;
}

static int add_probe(struct probe_spec *probes, uint32_t *cnt, uint32_t max,
		     struct probe_spec *probe, struct err *err)
{
	if (has_probe(probes, *cnt, probe->text)) {
		probe_spec_release(probe);
		return 0;
	}
	if (*cnt == max) {
		err_set(err, -EINVAL, "-e %s: at most %u such probes in one recording", probe->text,
			max);
		probe_spec_release(probe);
		return -EINVAL;
	}
	probes[(*cnt)++] = *probe;
	return 0;
}

static int read_probe(struct chosen_events *c, const char *text, struct err *err)
{
	struct probe_spec probe;
	int code = probe_spec_parse(&probe, text, err);

	if (code) {
		err_prefix(err, "-e");
		return code;
	}
	if (probe.is_latency)
		return add_probe(c->latency_probes, &c->latency.probe_cnt, ABI_LATENCY_PROBES,
				 &probe, err);
	return add_probe(c->samples, &c->sample_cnt, ABI_EVENTS_MAX, &probe, err);
}

/* Takes the rows of latencies out of those that are left. */
static void part_latencies(struct chosen_events *c, const struct event_row **rows, uint32_t *cnt)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < *cnt; i++) {
		if (rows[i]->source != EVENT_SOURCE_LATENCY)
			rows[kept++] = rows[i];
		else
			c->latency.sources[c->latency.source_cnt++] =
				latency_source_find(rows[i]->name);
	}
	*cnt = kept;
}

static int read_rows(struct chosen_events *c, const struct text_list *names, struct err *err)
{
	const struct event_row *rows[ABI_EVENTS_MAX + WAIT_WAY_CNT + LATENCY_SOURCES_MAX];
	uint32_t max = sizeof(rows) / sizeof(rows[0]), cnt;
	int code = event_rows_choose(names, rows, max, &cnt, err);

	if (code)
		return code;
	c->way = event_rows_part(rows, &cnt);
	part_latencies(c, rows, &cnt);
	/* `tcp` also makes samples, of retransmits. */
	if (cnt + c->sample_cnt > ABI_EVENTS_MAX)
		return err_set(err, -EINVAL,
			       "-e: at most %d events of samples in one recording, beside waits "
			       "and latencies",
			       ABI_EVENTS_MAX);
	memcpy(c->rows, rows, cnt * sizeof(*rows));
	c->row_cnt = cnt;
	return 0;
}

int chosen_events_read(struct chosen_events *c, const struct text_list *names, struct err *err)
{
	struct text_list rest = { 0 };
	int code = 0;

	*c = (struct chosen_events){ .latency.probes = c->latency_probes };
	for (size_t i = 0; i < names->cnt && !code; i++) {
		if (probe_spec_is(names->v[i]))
			code = read_probe(c, names->v[i], err);
		else
			*vec_push(&rest) = names->v[i];
	}
	if (!code)
		code = read_rows(c, &rest, err);
	vec_release(&rest);
	return code;
}

void chosen_events_release(struct chosen_events *c)
{
	for (uint32_t i = 0; i < c->sample_cnt; i++)
		probe_spec_release(&c->samples[i]);
	for (uint32_t i = 0; i < c->latency.probe_cnt; i++)
		probe_spec_release(&c->latency_probes[i]);
	*c = (struct chosen_events){ 0 };
}

const struct latency_options *chosen_events_latency(const struct chosen_events *c)
{
	bool any = c->latency.source_cnt || c->latency.probe_cnt || c->sample_cnt;

	return any ? &c->latency : NULL;
}
