/*
 * Ends as it is told.
 *
 *	ends exit N [MS]      with exit status N, after MS milliseconds
 *	ends signal N [MS]    by signal N
 *	ends term N           with status N when SIGTERM comes, never before
 *	ends never            ignores SIGINT, SIGTERM and SIGHUP, for a minute
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int status;

static void leave(int signal)
{
	(void)signal;
	_exit(status);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "exit";

	status = argc > 2 ? atoi(argv[2]) : 0;
	if (!strcmp(how, "term")) {
		signal(SIGTERM, leave);
		sleep(60);
	}
	if (!strcmp(how, "never")) {
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		sleep(60);
	}
	if (argc > 3)
		usleep((useconds_t)atoi(argv[3]) * 1000);
	if (!strcmp(how, "signal")) {
		signal(status, SIG_DFL);
		raise(status);
	}
	return status;
}
