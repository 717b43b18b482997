#include "collector/map_array.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* max_entries elements of value_size, which the kernel keeps 8 bytes apart. */
static size_t array_bytes(const struct bpf_map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t element = ((size_t)bpf_map__value_size(map) + 7) / 8 * 8;

	return (element * bpf_map__max_entries(map) + page - 1) / page * page;
}

static int fail(const struct bpf_map *map, struct err *err)
{
	return err_set(err, -errno, "cannot map %s of the BPF programs: %s", bpf_map__name(map),
		       strerror(errno));
}

int map_array_open(const struct bpf_map *map, int protection, void *out, struct err *err)
{
	void *at = mmap(NULL, array_bytes(map), protection, MAP_SHARED, bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		return fail(map, err);
	*(void **)out = at;
	return 0;
}

void map_array_close(const struct bpf_map *map, const void *at)
{
	if (at)
		munmap((void *)at, array_bytes(map));
}

#define STEP_BYTES ((size_t)1 << 20)

/* What has the place until the array comes there can be read, and is never filled. */
int map_window_open(struct map_window *w, const struct bpf_map *map, struct err *err)
{
	size_t bytes = array_bytes(map);
	void *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return fail(map, err);
	*w = (struct map_window){ .map = map, .at = at, .bytes = bytes };
	return 0;
}

int map_window_reach(struct map_window *w, size_t bytes)
{
	size_t more;

	if (bytes <= w->reached)
		return 0;
	if (bytes > w->bytes)
		return -EINVAL;
	more = (bytes - w->reached + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
	if (more > w->bytes - w->reached)
		more = w->bytes - w->reached;
	if (mmap((uint8_t *)w->at + w->reached, more, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, bpf_map__fd(w->map), (off_t)w->reached) == MAP_FAILED)
		return -errno;
	w->reached += more;
	return 0;
}

void map_window_close(struct map_window *w)
{
	if (w->at)
		munmap(w->at, w->bytes);
	*w = (struct map_window){ 0 };
}
