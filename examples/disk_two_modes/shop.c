/*
 * A shop keeps texts and pictures of what it sells in one file, and reads a text of 4 KiB
 * for each request, and for each tenth also a picture of 512 KiB. The symptom is "the disk
 * takes 0.16 ms on average", which says nothing of either; the picture tells them apart.
 *
 *	shop [REQUESTS]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "goods.db"
#define TEXT_BYTES (4 << 10)
#define PICTURE_BYTES (512 << 10)
#define PICTURES 128

static char *block; /* of PICTURE_BYTES */

static uint32_t next_random(void)
{
	static uint32_t state = 1;

	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

/* Is on the disk, and nowhere else, since nothing here goes through the page cache. */
static int make_file(void)
{
	int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0600);

	if (fd < 0)
		exit(1);
	unlink(FILE_NAME);
	memset(block, 'x', PICTURE_BYTES);
	for (int i = 0; i < PICTURES; i++)
		if (write(fd, block, PICTURE_BYTES) != PICTURE_BYTES)
			exit(1);
	return fd;
}

static void read_piece(int fd, ssize_t bytes)
{
	off_t pieces = (off_t)PICTURES * PICTURE_BYTES / bytes;

	if (pread(fd, block, (size_t)bytes, next_random() % pieces * bytes) != bytes)
		exit(1);
}

static __attribute__((noipa)) void read_text(int fd)
{
	read_piece(fd, TEXT_BYTES);
	__asm__ volatile(""); /* the call above is not the last: callers stay on the stack */
}

static __attribute__((noipa)) void read_picture(int fd)
{
	read_piece(fd, PICTURE_BYTES);
	__asm__ volatile("");
}

static void wait_for_request(void)
{
	struct timespec pause = {.tv_nsec = 3000000};

	nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	int requests = argc > 1 ? atoi(argv[1]) : 5000;
	int fd;

	if (posix_memalign((void **)&block, 4096, PICTURE_BYTES))
		return 1;
	fd = make_file();
	for (int i = 0; i < requests; i++) {
		wait_for_request();
		read_text(fd);
		if (next_random() % 10 == 0)
			read_picture(fd);
	}
	printf("%d requests\n", requests);
	return 0;
}
