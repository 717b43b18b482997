#include <errno.h>
#include <stdio.h>

#include "render/commands.h"
#include "render/latency_list.h"
#include "render/report.h"

/* `profile report`: the findings of a trace as text in the terminal. */

struct report_options {
	const char *event;
	struct range time;
	struct range latency;
	const char *process;
	uint64_t thread;
	uint64_t rows;
	bool with_idle;
	bool with_kernel;
	bool list;
	bool json;
};

static const struct option rows[] = {
	{ 'n', "rows", "N", OPTION_COUNT, offsetof(struct report_options, rows), .fallback = "10",
	  .help = "at most so many rows in a table; more than ten: of each event of latencies all "
		  "that -e EVENT tells of one" },
	{ 'e', "event", "EVENT", OPTION_TEXT, offsetof(struct report_options, event),
	  .help = "the event to tell of; else the first sampled one of the trace, its waits, and "
		  "all of its latencies. "
		  "Any "
		  "name of waits (offcpu, wakeup, offwake, chain) means all that is known of "
		  "them" },
	{ 0, "time", "FROM..TO", OPTION_RANGE, offsetof(struct report_options, time),
	  .help = "only this part of the recording, counted from its start: 1.5s..3s" },
	{ 0, "latency", "FROM..TO", OPTION_VALUES, offsetof(struct report_options, latency),
	  .help = "only latency events that took so long: 10ms.. (or were so large: 64KiB..)" },
	{ 0, "process", "GLOB", OPTION_TEXT, offsetof(struct report_options, process),
	  .help = "only processes of this name" },
	{ 0, "thread", "TID", OPTION_COUNT, offsetof(struct report_options, thread),
	  .help = "only this thread" },
	{ 0, "with-idle", NULL, OPTION_FLAG, offsetof(struct report_options, with_idle),
	  .help = "also waits of idle sleepers, which a report on all processes leaves out" },
	{ 0, "with-kernel", NULL, OPTION_FLAG, offsetof(struct report_options, with_kernel),
	  .help = "also waits of kernel threads, likewise" },
	{ 0, "list", NULL, OPTION_FLAG, offsetof(struct report_options, list),
	  .help = "list latency events, a line each: those that were kept one by one" },
	{ 0, "json", NULL, OPTION_FLAG, offsetof(struct report_options, json),
	  .help = "print JSON instead of text" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile report", "where the time of profile.data went" },
	{ "profile report --process 'postgres*' -n 30", "one service, in more detail" },
	{ "profile report --time 12s..13s", "the second in which it stood still" },
	{ "profile report -e chain", "why threads waited, and who ended it" },
	{ "profile report -e block", "how long the disks took, and their slowest requests" },
	{ "profile report --list -e block --latency 10ms..", "those one by one" },
	{ "profile report --json | jq '.by_self[0]'", "the hottest function, for a script" },
	{ NULL },
};

static struct selection selection_of(const struct report_options *options)
{
	return (struct selection){
		.event = options->event,
		.time = options->time,
		.latency = options->latency,
		.process = options->process,
		.thread = (uint32_t)options->thread,
	};
}

static int print_list(const struct report_options *options, const struct picture_source *source,
		      struct err *err)
{
	struct selection selection = selection_of(options);
	struct latency_list list;
	struct buf text = { 0 };
	int status = latency_list_make(&list, source, &selection, err);

	if (status < 0)
		return status;
	if (options->json)
		latency_list_put_json(&text, &list);
	else
		latency_list_put_text(&text, &list);
	fwrite(text.v, 1, text.len, stdout);
	buf_release(&text);
	latency_list_release(&list);
	return 0;
}

static int print_report(const struct report_options *options, const struct picture_source *source,
			struct err *err)
{
	struct selection selection = selection_of(options);
	struct wait_request waits = { .with_idle = options->with_idle,
				      .with_kernel = options->with_kernel };
	struct report report;
	struct buf text = { 0 };
	int status = report_make(&report, source, &selection, &waits, err);

	if (status < 0)
		return status;
	if (!report.has_waits && (options->with_idle || options->with_kernel)) {
		report_release(&report);
		return err_set(err, -EINVAL, "%s is for waits, of which nothing is told here",
			       options->with_idle ? "--with-idle" : "--with-kernel");
	}
	if (options->json)
		report_put_json(&text, &report, options->rows);
	else
		report_put_text(&text, &report, options->rows, stdout);
	fwrite(text.v, 1, text.len, stdout);
	buf_release(&text);
	report_release(&report);
	return 0;
}

static int check(const struct report_options *options, const struct operands *operands,
		 struct err *err)
{
	if (operands->cnt > 1)
		return err_set(err, -EINVAL, "too many operands: '%s'; see 'profile help report'",
			       operands->v[1]);
	if (options->thread > UINT32_MAX)
		return err_set(err, -EINVAL, "--thread %llu: no thread has such an id",
			       (unsigned long long)options->thread);
	return 0;
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct report_options options = { 0 };
	struct picture_source source;
	struct operands operands;
	struct err err = { 0 };
	int status;

	if (!command_parse(self, argc, argv, &options, &operands, &status))
		return status;
	if (check(&options, &operands, &err) < 0)
		return command_fail(&err, EXIT_USAGE);
	status = picture_source_open(&source, operands.cnt ? operands.v[0] : TRACE_DEFAULT_PATH,
				     stages, &err);
	if (status < 0)
		return command_fail(&err, EXIT_FAILED);
	status = options.list ? print_list(&options, &source, &err)
			      : print_report(&options, &source, &err);
	picture_source_close(&source);
	if (status < 0)
		return command_fail(&err, err.code == -EINVAL ? EXIT_USAGE : EXIT_FAILED);
	return command_done(EXIT_GOOD);
}

const struct command cmd_report = {
	.manual = {
		.name = "report",
		.summary = "tell the findings of a trace as text",
		.synopsis = "[options] [TRACE]",
		.description =
			"Prints where the time of TRACE (default: profile.data; folded stacks will do "
			"as well) went: by process, by function alone and with all that it calls, and, "
			"where debug information tells it, by source line. "
			"Below that stands how far this can be trusted: what has no name, why, and "
			"what would bring it, which user stacks are not whole, by the reason and the "
			"module that cut them, and what would help, and what was lost. With --json "
			"the stacks are 'user_stacks', as in profile-info(1), and 'unnamed' has the "
			"reason with most of the weight, before 'others' of the same name.\n\n"
			"Of waits (`profile record -e chain`) it says, for all processes of one name, "
			"how the time of their threads was spent, those first that were held up: that "
			"could run and had no CPU, waited uninterruptibly, or in a convoy. Then where "
			"threads waited and who ended most of that, named by the kernel's function, by "
			"how a library was entered, and by its caller; the longest waits one by one; "
			"convoys, which are places where three threads or more end each other's waits, "
			"as at a lock, and those where one thread ends most waits of the others; knots, "
			"which are groups of threads that wait nearly only for one another; and who was "
			"kept from a CPU. Accounts are of the whole recording, whatever --time says. "
			"Convoys and knots are found by the waits that were kept one by one. With --json "
			"all this is in 'waits', times in nanoseconds, and threads are named by 'name', "
			"'pid' and 'tid'.\n\n"
			"Of latencies (`profile record -e block`) it says how many there were, how often, "
			"and their percentiles, each as the range of values that it is certain to lie in; the "
			"same for each label (device, operation, syscall, host ...) and process; and the "
			"longest single events: when they ended, how long they took, how much of that they "
			"were queued, how many bytes they moved, whose they were, and where their thread "
			"stood. Where there are more than two such events, each has its percentiles, and -e "
			"EVENT tells the rest of one. With --json all of this is 'latencies'. --list prints the events that were kept one "
			"by one, in order of time, and says whether they are all, or how many of them; "
			"`profile record --slower 10ms` keeps each that takes so long.\n\n"
			"A function that calls itself counts once in its total. Lines are cut to the "
			"width of the terminal, and not at all elsewhere.",
		.options = rows,
		.examples = examples,
		.see_also = "profile-render(1), profile-export(1)",
	},
	.run = run,
};
