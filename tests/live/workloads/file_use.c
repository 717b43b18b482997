/*
 * Operations on one file, each so often and timed: 4 KiB are written to its beginning, synced,
 * read, and it is opened again.
 *
 *	file_use FILE COUNT [direct]     direct: past the page cache, so that each is one of a disk
 *
 *	REF times write 101 5123456 12345 54321 98765
 *	REF times fsync ...
 *	REF times read ...
 *	REF times open ...
 */
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>

#include "ref.h"

#define BLOCK_BYTES 4096

static const char *path;
static int flags = O_RDWR | O_CREAT | O_CLOEXEC;
static void *block;
static int fd;

static int write_block(uint64_t i)
{
	struct iovec part = { block, BLOCK_BYTES };

	return i % 2 ? pwrite(fd, block, BLOCK_BYTES, 0) != BLOCK_BYTES
		     : pwritev(fd, &part, 1, 0) != BLOCK_BYTES;
}

static int sync_file(uint64_t i)
{
	(void)i;
	return fsync(fd);
}

static int read_block(uint64_t i)
{
	struct iovec part = { block, BLOCK_BYTES };

	return i % 2 ? pread(fd, block, BLOCK_BYTES, 0) != BLOCK_BYTES
		     : preadv(fd, &part, 1, 0) != BLOCK_BYTES;
}

static int open_file(uint64_t i)
{
	(void)i;
	close(fd);
	fd = open(path, flags, 0600);
	return fd < 0;
}

static void use(const char *name, int (*operation)(uint64_t i), uint64_t cnt)
{
	struct ref_times times = { 0 };

	for (uint64_t i = 0; i < cnt; i++) {
		uint64_t begin_ns = ref_now_ns();

		if (operation(i))
			ref_die(name);
		ref_times_add(&times, ref_now_ns() - begin_ns);
	}
	ref_times_say(name, &times);
}

int main(int argc, char **argv)
{
	uint64_t cnt;

	if (argc < 3)
		return 2;
	path = argv[1];
	cnt = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		flags |= O_DIRECT;
	if (posix_memalign(&block, BLOCK_BYTES, BLOCK_BYTES))
		return 1;
	memset(block, 'x', BLOCK_BYTES);
	fd = open(path, flags, 0600);
	if (fd < 0)
		ref_die(path);
	use("write", write_block, cnt);
	use("fsync", sync_file, cnt);
	use("read", read_block, cnt);
	use("open", open_file, cnt);
	return 0;
}
