#include "collector/probe_setup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define PAGE_MASK 4095ull

static bool is_same_value(const struct abi_probe_value *a, const struct abi_probe_value *b)
{
	return a->from == b->from && a->size == b->size && a->is_signed == b->is_signed &&
	       a->shift == b->shift && a->at == b->at && a->index_at == b->index_at &&
	       a->offset == b->offset;
}

/*
 * Where a file is mapped to, its pages begin at pages: the low bits of an address are those of
 * the byte in the file, wherever that is, and tell the places of a probe apart.
 */
static int tell_places(struct probe_setup *s, struct err *err)
{
	struct abi_probe_sample *sample = &s->sample;

	for (uint32_t i = 0; i < ABI_PROBE_PLACES; i++)
		sample->low[i] = i < s->begin.cnt ? s->begin.offsets[i] & PAGE_MASK : UINT64_MAX;
	for (uint32_t i = 1; i < s->begin.cnt; i++)
		for (uint32_t k = 0; k < i; k++) {
			if (is_same_value(&sample->weight[i], &sample->weight[k]))
				continue;
			sample->low_mask = PAGE_MASK;
			if (sample->low[i] == sample->low[k])
				return err_set(
					err, -ENOTSUP,
					"%s: two of its places cannot be told apart, and its "
					"%s lies elsewhere in each; it works without a weight",
					s->spec->text, s->spec->weight);
		}
	return 0;
}

static int make_sample(struct probe_setup *s, struct err *err)
{
	const struct probe_spec *spec = s->spec;

	for (uint32_t i = 0; i < s->begin.cnt; i++) {
		int code = probe_point_value(&s->begin, i, &spec->begin, spec->weight, false,
					     &s->sample.weight[i], err);

		if (code)
			return code;
	}
	return tell_places(s, err);
}

/* A field of two tracepoints is that of the second, if it has one. */
static int find_in_pair(const struct probe_setup *s, const char *field,
			struct abi_probe_value *begin, struct abi_probe_value *end, struct err *err)
{
	const struct probe_spec *spec = s->spec;

	if (!probe_point_value(&s->end, 0, &spec->end, field, true, end, NULL))
		return 0;
	return probe_point_value(&s->begin, 0, &spec->begin, field, false, begin, err);
}

/* Arguments are there at the entry of a function, what it returns at its return. */
static int find_in_function(const struct probe_setup *s, const char *field,
			    struct abi_probe_value *begin, struct abi_probe_value *end,
			    struct err *err)
{
	const struct probe_spec *spec = s->spec;
	int code = probe_point_value(&s->begin, 0, &spec->begin, field, false, begin, err);

	return code ? code : probe_point_value(&s->begin, 0, &spec->begin, field, true, end, err);
}

static int find_value(const struct probe_setup *s, const char *field, struct abi_probe_value *begin,
		      struct abi_probe_value *end, struct err *err)
{
	if (!field)
		return 0;
	return s->spec->end.name ? find_in_pair(s, field, begin, end, err)
				 : find_in_function(s, field, begin, end, err);
}

static int find_join(struct probe_setup *s, struct err *err)
{
	const struct probe_spec *spec = s->spec;
	struct abi_probe_latency *l = &s->latency;
	int code =
		probe_point_value(&s->begin, 0, &spec->begin, spec->key, false, &l->begin_key, err);

	return code ? code
		    : probe_point_value(&s->end, 0, &spec->end, spec->key, true, &l->end_key, err);
}

static int make_latency(struct probe_setup *s, struct err *err)
{
	const struct probe_spec *spec = s->spec;
	struct abi_probe_latency *l = &s->latency;
	int code;

	l->pair = spec->joins_by_key ? ABI_PROBE_BY_KEY
		  : spec->end.name   ? ABI_PROBE_BY_THREAD
				     : ABI_PROBE_BY_FRAME;
	l->is_amount = spec->weight != NULL;
	code = find_value(s, spec->weight, &l->begin_weight, &l->end_weight, err);
	if (code)
		return code;
	return spec->joins_by_key ? find_join(s, err)
				  : find_value(s, spec->key, &l->begin_key, &l->end_key, err);
}

int probe_setup_make(struct probe_setup *out, const struct probe_spec *spec, struct err *err)
{
	struct probe_setup s = { .spec = spec };
	int code = probe_point_find(&s.begin, &spec->begin, err);

	if (!code && spec->end.name)
		code = probe_point_find(&s.end, &spec->end, err);
	if (!code)
		code = spec->is_latency ? make_latency(&s, err) : make_sample(&s, err);
	if (code) {
		probe_setup_release(&s);
		return code;
	}
	*out = s;
	return 0;
}

void probe_setup_release(struct probe_setup *s)
{
	if (!s)
		return;
	probe_point_release(&s->begin);
	probe_point_release(&s->end);
	s->spec = NULL;
}

const char *probe_setup_source(const struct probe_setup *s)
{
	const struct probe_spec *spec = s->spec;

	switch (spec->begin.kind) {
	case PROBE_TRACEPOINT:
		return !spec->is_latency    ? "tracepoint"
		       : spec->joins_by_key ? "two tracepoints, by a field of both"
					    : "two tracepoints of a thread";
	case PROBE_KPROBE:
		return spec->is_latency ? "kprobe and kretprobe" : "kprobe";
	case PROBE_UPROBE:
		return spec->is_latency ? "uprobe and uretprobe, in all processes that map the file"
					: "uprobe, in all processes that map the file";
	case PROBE_USDT:
		return "uprobe at a USDT probe's places";
	}
	return "";
}
