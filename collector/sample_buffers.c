#include "collector/sample_buffers.h"

#include <stddef.h>

/* Returns the bytes of the carrier, or 0: it is none. */
static size_t read_carrier(const struct sample_buffers *s, uint32_t cpu, const uint8_t *bytes,
			   size_t len, struct backlog *backlog)
{
	const struct abi_carrier *c = (const void *)bytes;
	size_t size = offsetof(struct abi_carrier, body.frames);
	struct perf_record record = { .cpu = cpu };

	if (len < size || c->body.cnt > ABI_CARRIED_MAX)
		return 0;
	size += c->body.cnt * sizeof(c->body.frames[0]);
	if (len < size || c->sample.event >= s->event_cnt)
		return 0;
	record.time_ns = c->time_ns;
	record.pid = c->sample.tgid;
	record.tid = c->sample.tid;
	backlog_add_sample(backlog, &record, &c->sample, &c->body);
	return size;
}

static void read_buffer(const struct sample_buffers *s, uint32_t cpu, struct abi_buffer *b,
			struct backlog *backlog)
{
	size_t len = __atomic_load_n(&b->len, __ATOMIC_ACQUIRE), at = 0, size = 1;

	if (!len)
		return;
	if (len > sizeof(b->bytes))
		len = sizeof(b->bytes);
	for (; at < len && size; at += size)
		size = read_carrier(s, cpu, b->bytes + at, len - at, backlog);
	__atomic_store_n(&b->len, 0, __ATOMIC_RELEASE);
}

void sample_buffers_read(const struct sample_buffers *s, uint32_t idle, struct backlog *backlog)
{
	for (uint32_t cpu = 0; s->buffers && cpu < s->cpu_cnt; cpu++)
		read_buffer(s, cpu, &s->buffers[2 * cpu + idle], backlog);
}
