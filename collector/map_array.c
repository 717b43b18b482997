#include "collector/map_array.h"

#include <bpf/libbpf.h>
#include <errno.h>
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

int map_array_open(const struct bpf_map *map, int protection, void *out, struct err *err)
{
	void *at = mmap(NULL, array_bytes(map), protection, MAP_SHARED, bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		return err_set(err, -errno, "cannot map %s of the BPF programs: %s",
			       bpf_map__name(map), strerror(errno));
	*(void **)out = at;
	return 0;
}

void map_array_close(const struct bpf_map *map, const void *at)
{
	if (at)
		munmap((void *)at, array_bytes(map));
}
