#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/term.h"
#include "collector/commands.h"
#include "collector/known_waits.h"
#include "collector/seen_waits.h"
#include "collector/wait_kernel.h"

/*
 * Is what it sees what is true, here, on this kernel? The command records itself: `profile
 * record` as anybody would run it, and under it this command with --threads-only, whose
 * threads say on standard output what they know. Then the trace is held to that.
 *
 *	selftest ---- starts ----> record -- selftest --threads-only
 *	   ^  ^---- what is true (a pipe) ----------'   |
 *	   '------- what was seen (a trace) <-----------'
 *
 * Standard input of the threads is a pipe of ours, which ends when we have judged: that lets
 * one of them be blocked until the recording is over.
 */

struct selftest_options {
	bool threads_only;
	const char *output;
};

static const struct option options[] = {
	{ 0, "threads-only", NULL, OPTION_FLAG, offsetof(struct selftest_options, threads_only),
	  .help = "only run the threads, unrecorded, and print what is true of them, for "
		  "profilers to be tried on: kind (1 waits, 2 spins, 3 stays), process, thread, "
		  "number of wakers, two wakers (0: an interrupt), count, ns, ns on a CPU, waits "
		  "in time for all wakers, times preempted, name" },
	{ 'o', "output", "FILE", OPTION_TEXT, offsetof(struct selftest_options, output),
	  .help = "keep the trace, to look at what is not true" },
	{ 0 },
};

static const struct example examples[] = {
	{ "sudo profile selftest", "whether waits are recorded right on this machine" },
	{ "sudo profile record -e chain -- profile selftest --threads-only",
	  "record the same threads, to look at them" },
	{ 0 },
};

static const struct exit_row exits[] = {
	{ "0", "All that was recorded is true; of what is not known a line says UNKNOWN IN PART." },
	{ "1", "Something is not; its line says NOT TRUE." },
	{ "2", "The command line is wrong." },
	{ "125", "It could not run; the reason is said on standard error." },
	{ 0 },
};

/* What one run holds; zeroed at first. */
struct selftest {
	char exe[PATH_MAX], folder[PATH_MAX], own_trace[PATH_MAX + 16];
	const char *trace; /* the caller's file, or our own, which goes with its folder */
	int input, output; /* our ends of the threads' standard input and output */
	pid_t recorder;
	struct known_threads known;
	struct seen_waits seen;
};

static int make_folder(struct selftest *s, struct err *err)
{
	const char *temporary = getenv("TMPDIR");
	int room = snprintf(s->folder, sizeof(s->folder), "%s/profile-selftest.XXXXXX",
			    temporary && *temporary ? temporary : "/tmp");

	if (room >= (int)sizeof(s->folder) || !mkdtemp(s->folder)) {
		int code = errno;

		err_set(err, -code, "%s: cannot make a folder for the trace: %s", s->folder,
			strerror(code));
		s->folder[0] = '\0';
		return -code;
	}
	snprintf(s->own_trace, sizeof(s->own_trace), "%s/profile.data", s->folder);
	s->trace = s->own_trace;
	return 0;
}

static int find_places(struct selftest *s, struct err *err)
{
	ssize_t len = readlink("/proc/self/exe", s->exe, sizeof(s->exe) - 1);

	if (len < 0)
		return err_set(err, -errno, "/proc/self/exe: %s", strerror(errno));
	s->exe[len] = '\0';
	return s->trace ? 0 : make_folder(s, err);
}

static void exec_recorder(const struct selftest *s, int input, int output)
{
	const char *const argv[] = { s->exe,	 "record",	   "-q", "-e",
				     "chain",	 "--min-block",	   "0",	 "--max-overhead",
				     "0",	 "--keep-root",	   "-d", "10s",
				     "-o",	 s->trace,	   "--", s->exe,
				     "selftest", "--threads-only", NULL };

	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	execv(s->exe, (char *const *)argv);
	term_say("%s: %s", s->exe, strerror(errno));
	_exit(EXIT_PROFILER);
}

static int start_recorder(struct selftest *s, struct err *err)
{
	int input[2], output[2];

	if (pipe2(input, O_CLOEXEC) || pipe2(output, O_CLOEXEC))
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	s->recorder = fork();
	if (s->recorder < 0)
		return err_set(err, -errno, "fork: %s", strerror(errno));
	if (!s->recorder)
		exec_recorder(s, input[0], output[1]);
	close(input[0]);
	close(output[1]);
	s->input = input[1];
	s->output = output[0];
	return 0;
}

/* Until the recorder and its threads have closed their ends. */
static void read_truth(struct selftest *s)
{
	FILE *lines = fdopen(s->output, "r");
	struct known_thread known;
	char line[512];

	while (lines && fgets(line, sizeof(line), lines))
		if (known_thread_parse(line, &known))
			*vec_push(&s->known) = known;
	if (lines)
		fclose(lines);
}

static int end_recorder(struct selftest *s, struct err *err)
{
	int status;

	while (waitpid(s->recorder, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, -errno, "waitpid: %s", strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status) && s->known.cnt)
		return 0;
	return err_set(err, -ECANCELED,
		       "nothing was tested, because `profile record -e chain` failed here%s",
		       WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE
			       ? ""
			       : "; what this machine lacks: profile doctor");
}

static int test(struct selftest *s, struct err *err)
{
	int failed = find_places(s, err);

	if (!failed)
		failed = start_recorder(s, err);
	if (failed)
		return failed;
	read_truth(s);
	failed = end_recorder(s, err);
	if (!failed)
		failed = seen_waits_read(&s->seen, &s->known, s->trace, err);
	close(s->input);
	return failed;
}

static void clean_up(struct selftest *s)
{
	if (s->folder[0]) {
		unlink(s->own_trace);
		rmdir(s->folder);
	}
	vec_release(&s->known);
	seen_waits_release(&s->seen);
}

/* What waits lack here, whoever records them. */
static void put_kernel(struct buf *out)
{
	struct wait_kernel kernel;

	wait_kernel_probe(&kernel);
	if (!kernel.has_exit && !kernel.finish[0])
		buf_puts(out,
			 "this kernel: neither sched_exit_tp (since 6.18) nor finish_task_switch "
			 "can be had: waits have no user stacks\n");
	else if (!kernel.has_exit)
		buf_puts(out,
			 "this kernel: without sched_exit_tp (since 6.18), stacks are taken at "
			 "finish_task_switch, if probes are allowed; else waits have no user "
			 "stacks\n");
	if (!kernel.can_copy)
		buf_puts(out,
			 "this kernel: stacks of threads that do not run cannot be read (since "
			 "5.18): waits that are open at the end have no user stacks\n");
}

static int record_and_judge(const char *output)
{
	struct selftest s = { .trace = output };
	struct buf out = { 0 };
	struct err err = { 0 };
	int status;

	if (test(&s, &err)) {
		status = command_fail(&err, EXIT_PROFILER);
	} else {
		status = seen_waits_judge(&s.seen, &out) ? EXIT_GOOD : EXIT_FAILED;
		put_kernel(&out);
		fwrite(out.v, 1, out.len, stdout);
	}
	clean_up(&s);
	buf_release(&out);
	return command_done(status);
}

static int threads_only(void)
{
	struct known_threads known = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };
	int status = EXIT_GOOD;

	if (known_threads_play(&known, &err))
		status = command_fail(&err, EXIT_PROFILER);
	for (size_t i = 0; i < known.cnt; i++)
		known_thread_text(&out, &known.v[i]);
	fwrite(out.v, 1, out.len, stdout);
	buf_release(&out);
	vec_release(&known);
	return command_done(status);
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct selftest_options values = { 0 };
	struct operands operands = { 0 };
	int status;

	(void)stages;
	if (!command_parse(self, argc, argv, &values, &operands, &status))
		return status;
	if (operands.cnt) {
		term_say("%s: `profile selftest` takes no operand", operands.v[0]);
		return EXIT_USAGE;
	}
	return values.threads_only ? threads_only() : record_and_judge(values.output);
}

const struct command cmd_selftest = {
	.manual = {
		.name = "selftest",
		.summary = "record threads with known waits, and say whether it is right",
		.synopsis = "[--threads-only] [-o FILE]",
		.description =
			"Runs threads that sleep, hand over a mutex, wait for a condition variable, "
			"write to one another through eventfds, want the same CPU and are still blocked "
			"at the end; records them with `profile record -e chain`; and compares: how "
			"many waits there were, how long they lasted, who ended them and in what "
			"order, and whether each thread's time adds up. The truth comes from the "
			"clocks of the kernel around each call, so a busy machine does not spoil it.\n\n"
			"Times may be off by 1 % and 100 us a wait (15 us a switch for threads that "
			"want a CPU), what is blocked at the end by 10 ms. Some virtual machines do not "
			"show all switches of their threads: what the recording says to be unknown for "
			"that is no contradiction. It takes a few seconds and leaves nothing behind but "
			"what --output asks for. Names of functions are not tested.",
		.options = options,
		.examples = examples,
		.exits = exits,
		.see_also = "profile-record(1), profile-doctor(1)",
	},
	.run = run,
};
