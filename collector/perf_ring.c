#include "collector/perf_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define RECORD_MAX ((size_t)1 << 16)

void perf_ring_sample_format(struct perf_event_attr *attr)
{
	attr->sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU | PERF_SAMPLE_RAW;
	attr->sample_id_all = 1;
	attr->use_clockid = 1;
	attr->clockid = CLOCK_MONOTONIC;
}

#define FORMAT_LOST (1u << 4) /* PERF_FORMAT_LOST; headers before 6.0 lack it */

/* What read() gives; `lost` stays 0 where the kernel does not count it (before 6.0). */
struct reading {
	uint64_t value;
	uint64_t enabled_ns;
	uint64_t lost;
};

static int ring_event_open(uint32_t cpu, size_t size, bool with_build_ids, bool with_lost)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_period = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | (with_lost ? FORMAT_LOST : 0),
		.mmap = 1,
		.mmap2 = 1,
		.build_id = with_build_ids,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.ksymbol = 1,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)(size / 4),
	};

	perf_ring_sample_format(&attr);
	return (int)syscall(SYS_perf_event_open, &attr, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

int perf_ring_open(struct perf_ring *r, uint32_t cpu, size_t size, struct err *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at;
	int fd;

	fd = ring_event_open(cpu, size, true, true);
	if (fd < 0 && errno == EINVAL)
		fd = ring_event_open(cpu, size, true, false); /* before 6.0 */
	if (fd < 0 && errno == EINVAL)
		fd = ring_event_open(cpu, size, false, false); /* before 5.12 */
	if (fd < 0)
		return err_set(err, -errno, "cannot open the ring of CPU %u: %s", cpu,
			       strerror(errno));
	at = mmap(NULL, page + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		int code = -errno;

		close(fd);
		return err_set(err, code, "cannot map the ring of CPU %u (%zu KiB): %s", cpu,
			       size >> 10, strerror(-code));
	}
	*r = (struct perf_ring){ .fd = fd, .cpu = cpu, .page = at, .size = size };
	r->asked_ns = r->behind_ns = clock_now_ns();
	return 0;
}

void perf_ring_close(struct perf_ring *r)
{
	if (r->page)
		munmap(r->page, (size_t)sysconf(_SC_PAGESIZE) + r->size);
	if (r->page)
		close(r->fd);
	free(r->joined);
	*r = (struct perf_ring){ .fd = -1 };
}

#define STILL_NS 500000000ll /* behind our clock; two clocks may drift apart besides */

static bool read_event(const struct perf_ring *r, struct reading *out)
{
	*out = (struct reading){ 0 };
	return read(r->fd, out, sizeof(*out)) >= (ssize_t)offsetof(struct reading, lost);
}

bool perf_ring_lives(struct perf_ring *r)
{
	bool was_read = r->tail != r->looked_at;
	uint64_t asked_ns = clock_now_ns();
	struct reading now;
	int64_t still_ns, drift_ns = (int64_t)(asked_ns - r->asked_ns) / 1024;

	r->looked_at = r->tail;
	if (was_read || !read_event(r, &now))
		return true;
	/* Where we are held up in between, the event seems to be ahead. */
	still_ns = (int64_t)(asked_ns - now.enabled_ns - r->behind_ns);
	r->asked_ns = asked_ns;
	r->behind_ns = clock_now_ns() - now.enabled_ns;
	return still_ns < STILL_NS + drift_ns;
}

uint64_t perf_ring_lost(const struct perf_ring *r)
{
	struct reading now;

	return read_event(r, &now) ? now.lost : 0;
}

static const uint8_t *ring_bytes(struct perf_ring *r, size_t len)
{
	const uint8_t *start = (const uint8_t *)r->page + sysconf(_SC_PAGESIZE);
	size_t at = r->tail & (r->size - 1);
	size_t first = r->size - at;

	if (first >= len)
		return start + at;
	if (!r->joined)
		r->joined = mem_alloc(1, RECORD_MAX);
	memcpy(r->joined, start + at, first);
	memcpy(r->joined + first, start, len - first);
	return r->joined;
}

const struct perf_event_header *perf_ring_next(struct perf_ring *r)
{
	uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
	const struct perf_event_header *header;

	if (head - r->tail < sizeof(*header))
		return NULL;
	/* Records are multiples of 8 bytes, so a header is never cut by the end. */
	header = (const void *)ring_bytes(r, sizeof(*header));
	if (header->size < sizeof(*header) || header->size > head - r->tail) {
		r->tail = head; /* cannot happen; what is there cannot be understood */
		return NULL;
	}
	header = (const void *)ring_bytes(r, header->size);
	r->tail += header->size;
	return header;
}

void perf_ring_release(struct perf_ring *r)
{
	__atomic_store_n(&r->page->data_tail, r->tail, __ATOMIC_RELEASE);
}
