#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "collector/probe_file.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/* A file of code from strangers: every place found is in the file, every text ends. */
static void look_at(const struct probe_file *f, size_t len)
{
	uint64_t offsets[ABI_PROBE_PLACES];
	struct usdt_probe probe;
	uint32_t cnt;

	if (!probe_file_function(f, "probed", offsets, &cnt, NULL) &&
	    (!cnt || cnt > ABI_PROBE_PLACES))
		abort();
	if (probe_file_usdt(f, "tests", "place", &probe, NULL))
		return;
	if (!probe.cnt || probe.cnt > ABI_PROBE_PLACES)
		abort();
	for (uint32_t i = 0; i < probe.cnt; i++)
		if (!memchr(probe.places[i].arguments, 0, USDT_ARGUMENTS_MAX))
			abort();
	(void)len;
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("probed", MFD_CLOEXEC);
	struct probe_file *f;
	char path[64];

	if (fd < 0 || io_write_all(fd, bytes, len))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!probe_file_open(&f, path, NULL)) {
		look_at(f, len);
		probe_file_close(f);
	}
	close(fd);
	return 0;
}
