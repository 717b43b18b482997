#include "collector/wait_sums.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BATCH 256

struct batch {
	uint64_t keys[BATCH];
	struct abi_wait_sum sums[BATCH];
};

void wait_sums_add(struct wait_sums *s, uint32_t epoch, uint64_t key,
		   const struct abi_wait_sum *sum)
{
	*vec_push(&s->halves[epoch].sums) = (struct wait_sum_entry){ key, *sum };
}

void wait_sums_add_longest(struct wait_sums *s, uint32_t epoch, const struct abi_long_wait *wait)
{
	*vec_push(&s->halves[epoch].longest) = *wait;
}

/* With batches; false where the kernel has none (before 5.6), or no memory for them. */
static bool take_batches(struct wait_sums *s, int fd, uint32_t epoch)
{
	struct batch *batch = mem_alloc(1, sizeof(*batch));
	uint32_t at = 0, next = 0, cnt;
	bool first = true, emptied = false;
	int failed;

	do {
		cnt = BATCH;
		failed = bpf_map_lookup_and_delete_batch(fd, first ? NULL : &at, &next, batch->keys,
							 batch->sums, &cnt, NULL);
		emptied = failed && errno == ENOENT;
		if (failed && !emptied)
			break;
		for (uint32_t i = 0; i < cnt; i++)
			wait_sums_add(s, epoch, batch->keys[i], &batch->sums[i]);
		at = next;
		first = false;
	} while (!failed);
	free(batch);
	return emptied;
}

static void take_one_by_one(struct wait_sums *s, int fd, uint32_t epoch)
{
	struct abi_wait_sum sum;
	uint64_t key;

	while (!bpf_map_get_next_key(fd, NULL, &key)) {
		if (bpf_map_lookup_elem(fd, &key, &sum))
			return;
		wait_sums_add(s, epoch, key, &sum);
		if (bpf_map_delete_elem(fd, &key))
			return;
	}
}

static void take_longest(struct wait_sums *s, struct abi_longest *of_cpu, uint32_t epoch)
{
	if (!of_cpu->cnt)
		return;
	for (uint64_t i = 0; i < of_cpu->cnt && i < ABI_LONGEST_MAX; i++)
		if (of_cpu->v[i].key)
			wait_sums_add_longest(s, epoch, &of_cpu->v[i]);
	memset(of_cpu, 0, sizeof(*of_cpu));
}

void wait_sums_read(struct wait_sums *s, const struct wait_sums_maps *maps, uint32_t epoch)
{
	if (!take_batches(s, maps->sum_fd[epoch], epoch))
		take_one_by_one(s, maps->sum_fd[epoch], epoch);
	for (uint32_t cpu = 0; cpu < maps->cpu_cnt; cpu++)
		take_longest(s, &maps->longest[2 * cpu + epoch], epoch);
}

static void write_sum(struct wait_sums *s, uint32_t epoch, struct wait_key *key,
		      const struct abi_wait_sum *sum)
{
	struct trace_wait_sum record = {
		.cnt = sum->cnt,
		.blocked_ns = sum->blocked_ns,
		.runnable_ns = sum->runnable_ns,
		.longest_ns = sum->longest_ns,
	};

	memcpy(record.link_ns, sum->link_ns, sizeof(record.link_ns));
	wait_log_write_sum(s->log, epoch, key, &record);
	s->written_cnt += sum->cnt;
}

static void lose_sum(struct wait_sums *s, const struct abi_wait_sum *sum)
{
	s->lost_cnt += sum->cnt;
	s->lost_ns += sum->blocked_ns + sum->runnable_ns;
}

/* Writes those whose key is known, keeps the others. */
static void write_sums(struct wait_sums *s, uint32_t epoch, bool last)
{
	struct wait_sums_half *half = &s->halves[epoch];
	size_t kept = 0;

	for (size_t i = 0; i < half->sums.cnt; i++) {
		struct wait_sum_entry *e = &half->sums.v[i];
		struct wait_key *key = wait_log_find(s->log, epoch, e->key);

		if (!e->sum.cnt)
			continue;
		if (key)
			write_sum(s, epoch, key, &e->sum);
		else if (last)
			lose_sum(s, &e->sum);
		else
			half->sums.v[kept++] = *e;
	}
	half->sums.cnt = kept;
}

static void write_longest(struct wait_sums *s, uint32_t epoch, bool last)
{
	struct wait_sums_half *half = &s->halves[epoch];
	size_t kept = 0;

	for (size_t i = 0; i < half->longest.cnt; i++) {
		struct abi_long_wait *w = &half->longest.v[i];
		struct wait_key *key = wait_log_find(s->log, epoch, w->key);
		struct trace_wait record = {
			.why = TRACE_WAIT_LONGEST,
			.start_ns = w->out_ns,
			.blocked_ns = w->blocked_ns,
			.runnable_ns = w->runnable_ns,
		};

		if (wait_log_has_single(s->log, epoch, w->tid, w->out_ns))
			continue;
		memcpy(record.link_ns, w->link_ns, sizeof(record.link_ns));
		if (key)
			wait_log_write_single(s->log, key, w->tid, &record);
		else if (!last)
			half->longest.v[kept++] = *w;
	}
	half->longest.cnt = kept;
}

static void write_half(struct wait_sums *s, uint32_t epoch, bool last)
{
	write_longest(s, epoch, last);
	write_sums(s, epoch, last);
	s->halves[epoch].waited = !last;
	if (last)
		wait_log_forget(s->log, epoch);
}

void wait_sums_write(struct wait_sums *s, uint32_t epoch, bool last)
{
	if (s->halves[!epoch].waited)
		write_half(s, !epoch, true);
	write_half(s, epoch, last);
}

void wait_sums_release(struct wait_sums *s)
{
	for (int epoch = 0; epoch < 2; epoch++) {
		vec_release(&s->halves[epoch].sums);
		vec_release(&s->halves[epoch].longest);
	}
}
