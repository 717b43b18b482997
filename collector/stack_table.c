#include "collector/stack_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"

struct span {
	uint32_t first;
	uint16_t cnt;
	uint16_t end;
};

struct stack_table {
	struct {
		VEC(uint64_t);
	} frames;
	struct {
		VEC(struct span);
	} spans;
	struct idmap ids; /* (hash, which of those with that hash) to id */
};

struct stack_table *stack_table_new(void)
{
	return mem_alloc(1, sizeof(struct stack_table));
}

void stack_table_free(struct stack_table *t)
{
	if (!t)
		return;
	vec_release(&t->frames);
	vec_release(&t->spans);
	idmap_release(&t->ids);
	free(t);
}

static bool span_equals(const struct stack_table *t, uint32_t stack, const uint64_t *frames,
			uint32_t cnt, uint32_t end)
{
	const struct span *s = &t->spans.v[stack];

	return s->cnt == cnt && s->end == end &&
	       (!cnt || !memcmp(&t->frames.v[s->first], frames, cnt * sizeof(*frames)));
}

static uint32_t append(struct stack_table *t, const uint64_t *frames, uint32_t cnt, uint32_t end)
{
	uint32_t id = (uint32_t)t->spans.cnt;

	*vec_push(&t->spans) =
		(struct span){ (uint32_t)t->frames.cnt, (uint16_t)cnt, (uint16_t)end };
	if (!cnt)
		return id;
	vec_reserve(&t->frames, cnt);
	memcpy(&t->frames.v[t->frames.cnt], frames, cnt * sizeof(*frames));
	t->frames.cnt += cnt;
	return id;
}

uint32_t stack_table_add(struct stack_table *t, const uint64_t *frames, uint32_t cnt, uint32_t end)
{
	uint64_t hash = hash_pair(hash_bytes(frames, cnt * sizeof(*frames)), end);

	for (uint64_t same = 0;; same++) {
		uint32_t id = idmap_intern(&t->ids, hash, same, (uint32_t)t->spans.cnt);

		if (id == t->spans.cnt)
			return append(t, frames, cnt, end);
		if (span_equals(t, id, frames, cnt, end))
			return id;
	}
}

const uint64_t *stack_table_get(const struct stack_table *t, uint32_t stack, uint32_t *out_cnt)
{
	const struct span *s = &t->spans.v[stack];

	*out_cnt = s->cnt;
	return &t->frames.v[s->first];
}

uint32_t stack_table_end(const struct stack_table *t, uint32_t stack)
{
	return t->spans.v[stack].end;
}

void stack_table_clear(struct stack_table *t)
{
	vec_release(&t->frames);
	vec_release(&t->spans);
	idmap_release(&t->ids);
}

size_t stack_table_bytes(const struct stack_table *t)
{
	return t->frames.cap * sizeof(uint64_t) + t->spans.cap * sizeof(struct span) +
	       t->ids.cap * 24;
}
