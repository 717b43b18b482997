#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * What a command costs, descendants that it waited for included: cost FILE COMMAND ARG...
 * appends "wall_seconds cpu_seconds peak_kib" to FILE. Exits as the command does. Peak
 * memory is that of the largest single process.
 */
static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double start = now(), wall;
	struct rusage usage;
	int status = 0;
	FILE *out;
	pid_t child;

	if (argc < 3)
		return 2;
	child = fork();
	if (!child) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 1;
	wall = now() - start;
	getrusage(RUSAGE_CHILDREN, &usage);
	out = fopen(argv[1], "a");
	if (!out)
		return 1;
	fprintf(out, "%.4f %.4f %ld\n", wall, seconds(usage.ru_utime) + seconds(usage.ru_stime),
		usage.ru_maxrss);
	if (fclose(out))
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
