/*
 * Threads that are blocked while a recording begins or ends, each in a function of its own.
 *
 *	blocked
 *
 *	blocked_throughout     from long before to long after
 *	blocked_before         from long before; woken while it is recorded
 *	blocked_at_end         begins while it is recorded; never woken
 *	blocked_and_killed     in another process, from before; killed while it is recorded
 *
 * It begins when the file "go" is there, and then waits until it is killed. Prints its
 * process and the other one, that all are blocked, and when what happened:
 *	REF process 4242
 *	REF victim 4243
 *	REF throughout 4244
 *	REF ready 1
 *	REF began 123456789
 *	REF woke 123456789
 *	REF killed 123456789
 */
#include <signal.h>
#include <sys/wait.h>

#include "ref.h"

static int never[2], soon[2];

static void take(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		ref_die("read");
}

static void *blocked_throughout(void *unused)
{
	ref_say("throughout", (uint64_t)ref_tid());
	take(never[0]);
	return unused;
}

static void *blocked_before(void *unused)
{
	take(soon[0]);
	return unused;
}

static void *blocked_at_end(void *unused)
{
	ref_say("began", ref_now_ns());
	take(never[0]);
	return unused;
}

static void *blocked_and_killed(void *unused)
{
	take(never[0]);
	return unused;
}

static void kill_it(pid_t victim)
{
	kill(victim, SIGKILL);
	ref_say("killed", ref_now_ns());
	waitpid(victim, NULL, 0);
}

int main(void)
{
	pid_t victim;

	if (pipe(never) || pipe(soon))
		ref_die("pipe");
	victim = fork();
	if (victim == 0)
		blocked_and_killed(NULL);
	ref_say("process", (uint64_t)getpid());
	ref_say("victim", (uint64_t)victim);
	ref_thread(blocked_throughout, NULL);
	ref_thread(blocked_before, NULL);
	ref_sleep_ms(200);
	ref_say("ready", 1);
	while (access("go", F_OK))
		ref_sleep_ms(10);
	ref_thread(blocked_at_end, NULL);
	ref_sleep_ms(300);
	ref_say("woke", ref_now_ns());
	if (write(soon[1], "x", 1) != 1)
		ref_die("write");
	kill_it(victim);
	pause();
	return 0;
}
