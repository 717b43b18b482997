/*
 * Keeps a journal, and makes sure after each of its lines that it is on the disk. The
 * symptom is "writing 512 KB takes seconds, and no CPU is busy"; the picture shows what
 * is waited for.
 *
 *	journal [LINES [LINES_PER_SYNC]]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "journal.txt"

static void write_line(int fd, long number)
{
	char line[64];

	memset(line, '.', sizeof(line));
	line[snprintf(line, sizeof(line), "%ld ", number)] = '.';
	line[sizeof(line) - 1] = '\n';
	if (write(fd, line, sizeof(line)) != (ssize_t)sizeof(line))
		exit(1);
}

static void make_sure(int fd)
{
	if (fdatasync(fd))
		exit(1);
}

static void keep_journal(int fd, long lines, long lines_per_sync)
{
	for (long i = 1; i <= lines; i++) {
		write_line(fd, i);
		if (i % lines_per_sync == 0) /* by default after each line: this is the mistake */
			make_sure(fd);
	}
	make_sure(fd);
}

int main(int argc, char **argv)
{
	long lines = argc > 1 ? atol(argv[1]) : 8000;
	long lines_per_sync = argc > 2 ? atol(argv[2]) : 1;
	int fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);

	if (fd < 0 || lines_per_sync < 1)
		return 1;
	keep_journal(fd, lines, lines_per_sync);
	close(fd);
	unlink(FILE_NAME);
	return 0;
}
