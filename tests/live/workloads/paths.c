/*
 * Programs that are started, and files that are opened, some of which are not there; at most 50
 * a second.
 *
 *	paths PROGRAM FOUND MISSING     how many of each kind
 *
 *	REF found FOUND
 *	REF missing MISSING
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "ref.h"

static void run(const char *program)
{
	int status;
	pid_t child = vfork();

	if (!child) {
		execl(program, program, "first argument", "second", (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		ref_die("fork");
}

int main(int argc, char **argv)
{
	uint64_t found, missing;

	if (argc < 4)
		return 2;
	found = strtoull(argv[2], NULL, 10);
	missing = strtoull(argv[3], NULL, 10);
	for (uint64_t i = 0; i < found; i++) {
		int fd = open(argv[1], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			ref_die(argv[1]);
		close(fd);
		run(argv[1]);
		ref_sleep_ms(20);
	}
	for (uint64_t i = 0; i < missing; i++) {
		if (open("/missing/file", O_RDONLY | O_CLOEXEC) >= 0 || errno != ENOENT)
			ref_die("/missing/file is there");
		run("/missing/program");
		ref_sleep_ms(20);
	}
	ref_say("found", found);
	ref_say("missing", missing);
	return 0;
}
