#include "collector/stack_stores.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"

#define BATCH 64

/* What is known of one epoch's stores. */
struct store_half {
	struct idmap buckets; /* bucket to stack, while the bucket is not cleared */
	struct idmap bodies;  /* key to stack, of this round */
	bool stale;	      /* more buckets are taken than we remember */
	uint64_t body_cnt;    /* bodies put in, as counted when the round before ended */
};

struct stack_stores {
	struct stack_stores_maps maps;
	struct stack_table *table;
	bool *cpu_settled; /* nothing was in flight there at one moment since the flip */
	struct store_half halves[2];
	struct idmap ring_bodies;	 /* key to stack: of the round at hand */
	struct idmap ring_bodies_before; /* and of the one before */
	struct abi_body *batch;
	uint64_t *batch_keys;
};

struct stack_stores *stack_stores_new(const struct stack_stores_maps *maps)
{
	struct stack_stores *s = mem_alloc(1, sizeof(*s));

	s->maps = *maps;
	s->table = stack_table_new();
	s->cpu_settled = mem_alloc(maps->cpu_cnt, sizeof(*s->cpu_settled));
	return s;
}

void stack_stores_free(struct stack_stores *s)
{
	if (!s)
		return;
	for (int i = 0; i < 2; i++) {
		idmap_release(&s->halves[i].buckets);
		idmap_release(&s->halves[i].bodies);
	}
	idmap_release(&s->ring_bodies);
	idmap_release(&s->ring_bodies_before);
	stack_table_free(s->table);
	free(s->cpu_settled);
	free(s->batch);
	free(s->batch_keys);
	free(s);
}

struct stack_table *stack_stores_table(struct stack_stores *s)
{
	return s->table;
}

static uint32_t live_epoch(const struct stack_stores *s)
{
	return __atomic_load_n(s->maps.epoch, __ATOMIC_RELAXED) & 1;
}

uint32_t stack_stores_idle(const struct stack_stores *s)
{
	return !live_epoch(s);
}

void stack_stores_flip(struct stack_stores *s)
{
	__atomic_store_n(s->maps.epoch, !live_epoch(s), __ATOMIC_SEQ_CST);
	memset(s->cpu_settled, 0, s->maps.cpu_cnt * sizeof(*s->cpu_settled));
}

bool stack_stores_settled(struct stack_stores *s)
{
	bool all = true;

	for (uint32_t i = 0; i < s->maps.cpu_cnt; i++) {
		if (!__atomic_load_n(&s->maps.cpus[i].in_flight, __ATOMIC_ACQUIRE))
			s->cpu_settled[i] = true;
		all &= s->cpu_settled[i];
	}
	return all;
}

static uint64_t bodies_put(const struct stack_stores *s, uint32_t epoch)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->maps.cpu_cnt; i++)
		sum += __atomic_load_n(&s->maps.cpus[i].body_cnt[epoch], __ATOMIC_RELAXED);
	return sum;
}

bool stack_stores_filling(const struct stack_stores *s)
{
	uint32_t live = live_epoch(s);

	return bodies_put(s, live) - s->halves[live].body_cnt > s->maps.body_max / 2;
}

uint32_t stack_stores_add(struct stack_stores *s, const struct abi_body *body)
{
	uint32_t cnt = body->cnt < ABI_STACK_MAX ? body->cnt : ABI_STACK_MAX;
	uint32_t end = body->end < UNWIND_END_CNT ? body->end : UNWIND_END_NONE;
	uint64_t frames[ABI_STACK_MAX];

	memcpy(frames, body->frames, cnt * sizeof(*frames));
	return stack_table_add(s->table, frames, cnt, end);
}

static void add_body(struct stack_stores *s, struct idmap *to, const struct abi_body *body)
{
	idmap_set(to, body->key, 0, stack_stores_add(s, body));
}

void stack_stores_add_body(struct stack_stores *s, const struct abi_body *body)
{
	add_body(s, &s->ring_bodies, body);
}

/* Empties the hash of bodies with batches; false where the kernel has none (before 5.6). */
static bool take_batches(struct stack_stores *s, struct store_half *half, int fd)
{
	uint32_t at = 0, next, cnt;
	bool first = true;
	int err;

	if (!s->batch) {
		s->batch = mem_alloc(BATCH, sizeof(*s->batch));
		s->batch_keys = mem_alloc(BATCH, sizeof(*s->batch_keys));
	}
	do {
		cnt = BATCH;
		err = bpf_map_lookup_and_delete_batch(fd, first ? NULL : &at, &next, s->batch_keys,
						      s->batch, &cnt, NULL);
		if (err && errno != ENOENT)
			return false;
		for (uint32_t i = 0; i < cnt; i++)
			add_body(s, &half->bodies, &s->batch[i]);
		at = next;
		first = false;
	} while (!err);
	return true;
}

static void take_one_by_one(struct stack_stores *s, struct store_half *half, int fd)
{
	struct abi_body body;
	uint64_t key;

	while (!bpf_map_get_next_key(fd, NULL, &key)) {
		if (bpf_map_lookup_elem(fd, &key, &body))
			return;
		add_body(s, &half->bodies, &body);
		if (bpf_map_delete_elem(fd, &key))
			return;
	}
}

void stack_stores_begin(struct stack_stores *s)
{
	uint32_t idle = stack_stores_idle(s);
	struct store_half *half = &s->halves[idle];
	uint64_t put = bodies_put(s, idle);

	if (put == half->body_cnt)
		return;
	half->body_cnt = put;
	if (!take_batches(s, half, s->maps.body_fd[idle]))
		take_one_by_one(s, half, s->maps.body_fd[idle]);
}

static uint32_t read_bucket(struct stack_stores *s, struct store_half *half, uint32_t bucket)
{
	uint64_t frames[ABI_STACK_MAX] = { 0 };
	uint32_t cnt = 0, stack;

	stack = idmap_find(&half->buckets, bucket, 0);
	if (stack != IDMAP_NONE)
		return stack;
	if (bpf_map_lookup_elem(s->maps.stack_fd[stack_stores_idle(s)], &bucket, frames))
		return stack_lost(TRACE_REASON_OTHER);
	while (cnt < ABI_STACK_MAX && frames[cnt])
		cnt++;
	stack = stack_table_add(s->table, frames, cnt, UNWIND_END_NONE);
	idmap_set(&half->buckets, bucket, 0, stack);
	return stack;
}

uint32_t stack_lost_by_errno(uint64_t code)
{
	switch (code) {
	case EFAULT:
		return stack_lost(TRACE_REASON_FAULT);
	case ENOMEM:
		return stack_lost(TRACE_REASON_MEMORY);
	case EBUSY:
		return stack_lost(TRACE_REASON_BUSY);
	case EEXIST:
	case E2BIG:
	case ENOSPC:
		return stack_lost(TRACE_REASON_COLLISION);
	default:
		return stack_lost(TRACE_REASON_OTHER);
	}
}

static uint32_t ring_body(const struct stack_stores *s, uint64_t key)
{
	uint32_t stack = idmap_find(&s->ring_bodies, key, 0);

	if (stack == IDMAP_NONE)
		stack = idmap_find(&s->ring_bodies_before, key, 0);
	return stack;
}

uint32_t stack_stores_resolve(struct stack_stores *s, const struct abi_stack *stack)
{
	struct store_half *half = &s->halves[stack_stores_idle(s)];
	uint32_t found;

	switch (stack->store) {
	case ABI_STORE_NONE:
		return STACK_ABSENT;
	case ABI_STORE_MAP:
		return read_bucket(s, half, (uint32_t)stack->id);
	case ABI_STORE_BODIES:
		found = idmap_find(&half->bodies, stack->id, 0);
		break;
	case ABI_STORE_RING:
		found = ring_body(s, stack->id);
		break;
	case ABI_STORE_LOST:
		return stack_lost_by_errno(stack->id);
	default:
		return stack_lost(TRACE_REASON_OTHER);
	}
	return found == IDMAP_NONE ? stack_lost(TRACE_REASON_OTHER) : found;
}

static void clear_buckets(struct stack_stores *s, struct store_half *half)
{
	int fd = s->maps.stack_fd[stack_stores_idle(s)];

	for (uint32_t bucket = 0; bucket < s->maps.stack_max; bucket++)
		bpf_map_delete_elem(fd, &bucket);
	idmap_clear(&half->buckets);
	half->stale = false;
}

void stack_stores_finish(struct stack_stores *s)
{
	struct store_half *half = &s->halves[stack_stores_idle(s)];
	struct idmap before = s->ring_bodies_before;

	idmap_clear(&half->bodies);
	idmap_clear(&before);
	s->ring_bodies_before = s->ring_bodies;
	s->ring_bodies = before;
	if (half->stale || half->buckets.cnt > s->maps.stack_max / 2)
		clear_buckets(s, half);
}

void stack_stores_forget(struct stack_stores *s)
{
	for (int i = 0; i < 2; i++) {
		idmap_release(&s->halves[i].buckets);
		idmap_release(&s->halves[i].bodies);
		s->halves[i].stale = true;
	}
	idmap_release(&s->ring_bodies);
	idmap_release(&s->ring_bodies_before);
	stack_table_clear(s->table);
}
