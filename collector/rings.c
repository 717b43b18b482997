#include "collector/rings.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

/* All rings together, and what one of them is at least and at most. */
#define RINGS_BYTES ((size_t)8 << 20)
#define RING_BYTES_MIN ((size_t)128 << 10) /* room for some copies of stacks */
#define RING_BYTES_MAX ((size_t)2 << 20)

int rings_init(struct rings *r, uint32_t cpu_cnt, struct err *err)
{
	*r = (struct rings){ .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	if (r->epoll_fd < 0)
		return err_set(err, -errno, "epoll_create1: %s", strerror(errno));
	r->ring_bytes = RING_BYTES_MAX;
	while (r->ring_bytes > RING_BYTES_MIN && r->ring_bytes * cpu_cnt > RINGS_BYTES)
		r->ring_bytes /= 2;
	return 0;
}

void rings_release(struct rings *r)
{
	while (r->open.cnt)
		rings_remove(r, r->open.v[0]->cpu);
	vec_release(&r->open);
	if (r->epoll_fd > 0)
		close(r->epoll_fd);
	r->epoll_fd = 0;
}

int rings_add(struct rings *r, uint32_t cpu, struct perf_ring **out, struct err *err)
{
	struct epoll_event wanted = { .events = EPOLLIN };
	struct perf_ring *ring = mem_alloc(1, sizeof(*ring));
	int code = perf_ring_open(ring, cpu, r->ring_bytes, err);

	if (code) {
		free(ring);
		return code;
	}
	if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, ring->fd, &wanted)) {
		code = err_set(err, -errno, "cannot wait for the ring of CPU %u: %s", cpu,
			       strerror(errno));
		perf_ring_close(ring);
		free(ring);
		return code;
	}
	*vec_push(&r->open) = ring;
	*out = ring;
	return 0;
}

struct perf_ring *rings_find(const struct rings *r, uint32_t cpu)
{
	for (size_t i = 0; i < r->open.cnt; i++)
		if (r->open.v[i]->cpu == cpu)
			return r->open.v[i];
	return NULL;
}

void rings_remove(struct rings *r, uint32_t cpu)
{
	for (size_t i = 0; i < r->open.cnt; i++) {
		struct perf_ring *ring = r->open.v[i];

		if (ring->cpu != cpu)
			continue;
		r->lost_before += perf_ring_lost(ring);
		epoll_ctl(r->epoll_fd, EPOLL_CTL_DEL, ring->fd, NULL);
		perf_ring_close(ring);
		free(ring);
		r->open.v[i] = r->open.v[--r->open.cnt];
		return;
	}
}

uint64_t rings_lost(const struct rings *r)
{
	uint64_t lost = r->lost_before;

	for (size_t i = 0; i < r->open.cnt; i++)
		lost += perf_ring_lost(r->open.v[i]);
	return lost;
}

void rings_wait(const struct rings *r, uint64_t ns)
{
	struct pollfd any = { .fd = r->epoll_fd, .events = POLLIN };
	struct timespec time = { (time_t)(ns / 1000000000ull), (long)(ns % 1000000000ull) };

	ppoll(&any, 1, &time, NULL);
}
