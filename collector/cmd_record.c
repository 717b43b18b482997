#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/units.h"
#include "bpf/abi.h"
#include "collector/chosen_events.h"
#include "collector/commands.h"
#include "collector/ending.h"
#include "collector/events.h"
#include "collector/launch.h"
#include "collector/preflight.h"
#include "collector/privileges.h"
#include "collector/recorder.h"
#include "collector/record_options.h"
#include "collector/record_text.h"
#include "collector/signals.h"
#include "collector/target.h"

/*
 * From the words on the command line to a finished trace. The order matters:
 * the command is forked first, while this process is small and as it was started;
 * what would fail is looked for before anything is loaded; a trace replaces an older
 * one when the command runs for sure; rights are dropped right after that, for the
 * replacing may need them.
 */

#define POLL_MS 1000 /* at most; recording wakes by itself more often, and signals wake all */
#define SHOW_EVERY_NS 1000000000ull
#define DURATION_GRACE_NS (2 * 1000000000ull)

/* One run of the command; zeroed at first, released whatever was reached. */
struct recording {
	const struct record_options *options;
	const char *command; /* name, or NULL */
	bool command_is_target;
	struct chosen_events events;
	struct wait_options waits; /* way 0: none */
	struct target target;
	struct machine machine;
	struct findings findings;
	const struct finding *obstacle; /* of findings: what keeps us from recording, or NULL */
	struct launch launch;
	struct recorder *recorder;
	struct ending ending;
	uint64_t started_ns;
	bool ended_by_us; /* SIGTERM went to the command because -d had passed */
};

static int choose_events(struct recording *r, struct err *err)
{
	int rc = chosen_events_read(&r->events, &r->options->events, err);

	if (!rc)
		rc = record_options_waits(r->options, r->events.way, &r->waits, err);
	if (!rc)
		rc = record_options_latencies(r->options, r->waits.keep_hz, &r->events, err);
	return rc;
}

static int choose(struct recording *r, struct err *err)
{
	const struct record_options *o = r->options;
	const struct target_words words = {
		.processes = &o->processes,
		.threads = &o->threads,
		.cpus = &o->cpus,
		.cgroup = o->cgroup,
		.comm_glob = o->comm_glob,
		.all = o->all,
		.command = r->command != NULL,
	};
	int rc = record_options_check(o, err);

	if (!rc)
		rc = choose_events(r, err);
	if (!rc)
		rc = target_choose(&r->target, &words, err);
	r->command_is_target = target_is_command(&words);
	return rc;
}

static int prepare_command(struct recording *r, char **argv, struct err *err)
{
	const struct launch_options how = {
		.keep_root = r->options->keep_root,
		.stdout_taken = !strcmp(r->options->output, "-"),
	};
	int rc = launch_prepare(&r->launch, argv, &how, err);

	if (!rc && r->command_is_target)
		*vec_push(&r->target.tgids) = (uint32_t)r->launch.pid;
	return rc;
}

static int check_machine(struct recording *r, struct err *err)
{
	int32_t max_hz;

	machine_read(&r->machine);
	preflight_judge(&r->machine, &r->findings);
	r->obstacle = preflight_fatal(&r->findings);
	if (!r->obstacle && (r->target.tgids.cnt || r->target.tids.cnt))
		r->obstacle = preflight_no_ids(&r->machine, &r->findings);
	if (r->obstacle)
		return err_set(err, -EPERM, "cannot record: %s", r->obstacle->found);
	max_hz = r->machine.max_sample_rate_hz;
	if (max_hz > 0 && r->options->frequency_hz > (uint64_t)max_hz)
		return err_set(
			err, -EINVAL,
			"-F %llu: the kernel allows %d samples a second; to change that: sudo "
			"sysctl kernel.perf_event_max_sample_rate=%llu",
			(unsigned long long)r->options->frequency_hz, max_hz,
			(unsigned long long)r->options->frequency_hz);
	return 0;
}

static int start_recorder(struct recording *r, struct err *err)
{
	const struct recorder_options how = {
		.events = r->events.rows,
		.event_cnt = r->events.row_cnt,
		.probes = r->events.samples,
		.probe_cnt = r->events.sample_cnt,
		.latency = chosen_events_latency(&r->events),
		.waits = r->waits.way ? &r->waits : NULL,
		.frequency_hz = r->options->frequency_hz,
		.user_only = r->options->user_only,
		.kernel_only = r->options->kernel_only,
		.unwind = record_options_unwind(r->options),
		.unwind_bytes = r->options->unwind_bytes,
		.copy_bytes = (uint32_t)r->options->copy_bytes,
		.output = r->options->output,
		.command = r->command_is_target ? r->command : NULL,
	};
	int rc = recorder_open(&r->recorder, &r->target, &how, err);

	return rc ? rc : recorder_start(r->recorder, err);
}

static void take_signals(struct recording *r)
{
	struct signal_seen seen;

	while (signals_take(&seen)) {
		int pass_on =
			ending_signal(&r->ending, seen.signal, seen.by_process, clock_now_ns());

		if (pass_on)
			launch_signal(&r->launch, pass_on);
	}
}

static void look_around(struct recording *r)
{
	take_signals(r);
	if (launch_poll(&r->launch))
		ending_command_ended(&r->ending);
	else if (!r->command && recorder_target_gone(r->recorder))
		ending_target_gone(&r->ending);
}

/* Once a second, on a line that is drawn over. */
static void show_progress(const struct recording *r, uint64_t *shown_ns)
{
	struct recorder_summary summary;
	struct buf line = { 0 };
	uint64_t now = clock_now_ns();

	if (now - *shown_ns < SHOW_EVERY_NS)
		return;
	*shown_ns = now;
	recorder_summary(r->recorder, &summary);
	record_text_progress(&line, &summary, now - r->started_ns);
	fprintf(stderr, "\r\033[K%s", buf_text(&line));
	buf_release(&line);
}

static int poll_until_over(struct recording *r, struct err *err)
{
	/* A command may draw on the terminal itself. */
	bool shown = !r->options->quiet && !r->command && isatty(STDERR_FILENO);
	uint64_t shown_ns = r->started_ns;
	int rc = 0;

	for (;;) {
		look_around(r);
		if (ending_due(&r->ending, clock_now_ns()))
			break;
		rc = recorder_poll(r->recorder, ending_wait_ms(&r->ending, clock_now_ns(), POLL_MS),
				   err);
		if (rc < 0 && rc != -EINTR)
			break;
		rc = 0;
		if (shown)
			show_progress(r, &shown_ns);
	}
	if (shown)
		fputs("\r\033[K", stderr);
	return rc;
}

/* Waits for a command that is no longer recorded, until limit_ns (0: as long as it runs) or
 * until a signal ends the patience. */
static void wait_for_command(struct recording *r, uint64_t limit_ns)
{
	struct ending e = { .has_command = true, .deadline_ns = limit_ns };

	r->ending = e;
	while (!launch_poll(&r->launch)) {
		take_signals(r);
		if (ending_due(&r->ending, clock_now_ns()))
			return;
		poll(NULL, 0, ending_wait_ms(&r->ending, clock_now_ns(), POLL_MS));
	}
}

/* -d has passed: a server would go on forever, and with it the script that records it. */
static void end_command(struct recording *r)
{
	if (!r->command || launch_poll(&r->launch))
		return;
	if (r->ending.why == TRACE_STOP_DURATION) {
		r->ended_by_us = true;
		launch_signal(&r->launch, SIGTERM);
		wait_for_command(r, clock_now_ns() + DURATION_GRACE_NS);
	}
	if (!r->launch.ended)
		term_say("%s does not end; it still runs as process %d", r->command,
			 (int)r->launch.pid);
	else if (!r->options->quiet)
		term_say("ended %s, because -d has passed", r->command);
}

/* An error of ours is no reason to end somebody's work. */
static void let_command_end(struct recording *r)
{
	if (!r->command || launch_poll(&r->launch))
		return;
	term_say("%s goes on unrecorded; waiting for it to end", r->command);
	wait_for_command(r, 0);
}

static int exit_status(const struct recording *r, int rc)
{
	int status;

	if (rc)
		return rc == -ENOSPC ? EXIT_DISK_FULL : EXIT_PROFILER;
	if (!r->command)
		return EXIT_GOOD;
	if (!r->launch.ended)
		return r->ended_by_us ? EXIT_GOOD : 128 + r->ending.signal;
	status = launch_exit_status(&r->launch);
	return r->ended_by_us && status == 128 + SIGTERM ? EXIT_GOOD : status;
}

static enum trace_stop stop_reason(const struct recording *r, int rc)
{
	if (!rc)
		return r->ending.why;
	return rc == -ENOSPC ? TRACE_STOP_DISK_FULL : TRACE_STOP_ERROR;
}

/* Says a line, if there is one, and empties it. */
static void say_line(struct buf *line)
{
	if (line->len)
		term_say("%s", buf_text(line));
	buf_clear(line);
}

static void say_details(const struct recording *r, const struct recorder_summary *s)
{
	struct buf line = { 0 };

	for (uint32_t i = 0; i < r->events.row_cnt; i++)
		term_say("event %s, fired by %s", r->events.rows[i]->name,
			 recorder_event_source(r->recorder, i));
	record_text_waits(&line, s);
	say_line(&line);
	record_text_latencies(&line, s);
	say_line(&line);
	if (s->generated || r->events.row_cnt)
		record_text_account(&line, s);
	say_line(&line);
	record_text_unwinding(&line, s);
	say_line(&line);
	record_text_cost(&line, s);
	say_line(&line);
	buf_release(&line);
}

static void say_next(const struct recording *r)
{
	const char *output = r->options->output;
	bool is_default = !strcmp(output, "profile.data");

	if (isatty(STDERR_FILENO) && strcmp(output, "-"))
		term_say("next: profile render%s%s", is_default ? "" : " ",
			 is_default ? "" : output);
}

static void say_result(const struct recording *r)
{
	bool timed = r->events.row_cnt && r->events.rows[0]->source == EVENT_SOURCE_CPU, any;
	struct recorder_summary summary = { 0 };
	struct buf line = { 0 };

	recorder_summary(r->recorder, &summary);
	if (r->options->verbose)
		say_details(r, &summary);
	any = summary.totals.sample_cnt || summary.totals.wait_cnt || summary.totals.latency_cnt;
	if (!r->options->quiet && !any && timed) {
		record_text_nothing(&line, r->options->frequency_hz);
		say_line(&line);
	}
	record_text_other_losses(&line, &summary);
	say_line(&line);
	record_text_cut_stacks(&line, &summary);
	if (!r->options->quiet)
		say_line(&line);
	buf_clear(&line);
	record_text_result(&line, &summary, r->options->output);
	if (!r->options->quiet || record_text_lost(&summary))
		say_line(&line);
	if (!r->options->quiet && any)
		say_next(r);
	buf_release(&line);
}

/* From the first event to the finished file. */
static int run_recorder(struct recording *r)
{
	struct err err = { 0 }, stop_err = { 0 };
	int rc, stop_rc;

	r->started_ns = clock_now_ns();
	ending_start(&r->ending, r->command != NULL, r->options->duration_ns, r->started_ns);
	rc = poll_until_over(r, &err);
	/* Behind the ^C that the terminal showed. */
	if (r->command && r->ending.signal == SIGINT && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	stop_rc = recorder_stop(r->recorder, stop_reason(r, rc), &stop_err);
	if (!rc && stop_rc) {
		rc = stop_rc;
		err = stop_err;
	}
	if (rc)
		command_fail(&err, 0);
	else
		end_command(r);
	say_result(r);
	if (rc)
		let_command_end(r);
	return exit_status(r, rc);
}

/* A command that cannot run has its own statuses; other errors are the profiler's. */
static int fail_command(const struct err *err)
{
	command_fail(err, 0);
	switch (-err->code) {
	case ENOENT:
	case ENOTDIR:
		return EXIT_NOT_FOUND;
	case EPERM:
	case EAGAIN:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return EXIT_PROFILER;
	}
	return EXIT_NOT_EXECUTABLE;
}

static int fail_machine(const struct recording *r, const struct err *err)
{
	command_fail(err, 0);
	if (r->obstacle) {
		struct buf lines = { 0 };

		finding_put_remedy(&lines, r->obstacle, 2);
		fprintf(stderr, "%s  details: profile doctor\n", buf_text(&lines));
		buf_release(&lines);
	}
	return err->code == -EINVAL ? EXIT_USAGE : EXIT_PROFILER;
}

/* The kernel said no although nothing was known against it: what is less than good may be
 * the cause. */
static int fail_recorder(const struct recording *r, const struct err *err)
{
	command_fail(err, 0);
	if (err->code == -ENOSPC)
		return EXIT_DISK_FULL;
	if (err->code != -EPERM && err->code != -EINVAL && err->code != -EOPNOTSUPP)
		return EXIT_PROFILER;
	for (size_t i = 0; i < r->findings.cnt; i++)
		if (r->findings.v[i].verdict == VERDICT_LACK)
			term_say("perhaps because: %s", r->findings.v[i].found);
	return EXIT_PROFILER;
}

/* From the waiting command to one that runs and is recorded into a trace in its place. */
static int run_all(struct recording *r)
{
	struct err err = { 0 };

	if (r->command && launch_start(&r->launch, r->command, &err)) {
		recorder_stop(r->recorder, TRACE_STOP_ERROR, NULL);
		return fail_command(&err);
	}
	if (recorder_publish(r->recorder, &err)) {
		int status = fail_recorder(r, &err);

		let_command_end(r);
		return status;
	}
	if (privileges_drop(r->command != NULL, &err))
		term_say("%s", err.text);
	return run_recorder(r);
}

static int record(struct recording *r, const struct operands *operands)
{
	struct err err = { 0 };

	if (operands->announced && !operands->cnt) {
		err_set(&err, -EINVAL, "no command stands behind --");
		return command_fail(&err, EXIT_USAGE);
	}
	/* The operands end argv, so that a NULL stands behind them, as exec wants it. */
	r->command = operands->cnt ? operands->v[0] : NULL;
	if (choose(r, &err))
		return command_fail(&err, err.code == -EINVAL ? EXIT_USAGE : EXIT_PROFILER);
	if (r->command && prepare_command(r, operands->v, &err))
		return fail_command(&err);
	if (check_machine(r, &err))
		return fail_machine(r, &err);
	signals_catch();
	if (start_recorder(r, &err))
		return fail_recorder(r, &err);
	return run_all(r);
}

static void recording_release(struct recording *r)
{
	launch_release(&r->launch);
	recorder_close(r->recorder);
	chosen_events_release(&r->events);
	target_release(&r->target);
	findings_release(&r->findings);
	machine_release(&r->machine);
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct record_options values = { 0 };
	struct recording r = { .options = &values };
	struct operands operands = { 0 };
	int status;

	(void)stages;
	if (!command_parse(self, argc, argv, &values, &operands, &status))
		return status;
	status = record(&r, &operands);
	recording_release(&r);
	options_release(&self->manual, &values);
	return status;
}

const struct command cmd_record = {
	.manual = {
		.name = "record",
		.summary = "record where time goes, into a trace",
		.synopsis = "[options] [-- COMMAND ARG...]",
		.description = record_description,
		.options = record_option_rows,
		.examples = record_examples,
		.exits = record_exits,
		.see_also = "profile-render(1), profile-report(1), profile-list(1), profile-doctor(1)",
		.stops_at_operand = true,
	},
	.run = run,
};
