#include "formats/commands.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/term.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/info_json.h"
#include "formats/info_latencies.h"
#include "formats/info_waits.h"
#include "formats/trace_dump.h"
#include "formats/trace_reader.h"
#include "formats/trace_source.h"
#include "formats/trace_summary.h"

/*
 * What a trace is: where and how it was recorded, what it holds, what is missing
 * from it and why. The text is for people; --json says the same for programs.
 */

#define NS_PER_S 1000000000ull
#define CUTS_TOLD 8

struct info_options {
	bool json;
	bool dump;
};

struct info {
	const struct trace_reader *r;
	const struct trace_summary *s;
	struct buf out;
};

static void put_label(struct info *i, const char *label)
{
	info_put_label(&i->out, label);
}

static void put_visible(struct info *i, const char *text)
{
	text_visible(&i->out, text, strlen(text));
}

static void put_line(struct info *i, const char *label, const char *text)
{
	if (!*text)
		return;
	put_label(i, label);
	put_visible(i, text);
	buf_puts(&i->out, "\n");
}

/* "12 threads", "1 thread". */
static void put_count(struct info *i, uint64_t cnt, const char *one, const char *many)
{
	char text[UNITS_TEXT_MAX];

	buf_printf(&i->out, "%s %s", units_count(text, cnt), cnt == 1 ? one : many);
}

static bool has_time(const struct info *i)
{
	return *trace_reader_fact(i->r, TRACE_FACT_CLOCK_START_NS);
}

static uint64_t duration_ns(const struct info *i)
{
	uint64_t start = trace_reader_fact_number(i->r, TRACE_FACT_CLOCK_START_NS);
	uint64_t end = i->s->totals.end_ns;

	return has_time(i) && end > start ? end - start : 0;
}

static void put_head(struct info *i)
{
	const struct trace_totals *t = &i->s->totals;
	char size[UNITS_TEXT_MAX], count[UNITS_TEXT_MAX];
	uint64_t chunks = t->lost[TRACE_LOSS_DAMAGED_CHUNKS];

	buf_puts(&i->out, term_style(stdout, TERM_BOLD));
	put_visible(i, trace_reader_path(i->r));
	buf_printf(&i->out, "%s: %s, ", term_style(stdout, TERM_PLAIN),
		   units_size(size, trace_reader_bytes(i->r)));
	if (i->s->is_clean) {
		buf_printf(&i->out, "whole (%s)\n", trace_stop_text(t->stop));
		return;
	}
	buf_puts(&i->out, term_style(stdout, TERM_WARN));
	if (t->stop == TRACE_STOP_UNKNOWN)
		buf_puts(&i->out, "without an end (still recording, killed or cut off)");
	else
		buf_puts(&i->out, "damaged");
	if (chunks || t->lost[TRACE_LOSS_DAMAGED_BYTES]) {
		buf_puts(&i->out, "; ");
		put_count(i, chunks, "chunk", "chunks");
		buf_printf(&i->out, " lost, %s skipped",
			   units_size(size, t->lost[TRACE_LOSS_DAMAGED_BYTES]));
	}
	if (t->sample_cnt || (!t->wait_cnt && !t->latency_cnt))
		buf_printf(&i->out, "; %s samples recovered", units_count(count, t->sample_cnt));
	if (t->wait_cnt)
		buf_printf(&i->out, "; %s waits recovered", units_count(count, t->wait_cnt));
	if (t->latency_cnt)
		buf_printf(&i->out, "; %s latency events recovered",
			   units_count(count, t->latency_cnt));
	buf_printf(&i->out, "%s\n", term_style(stdout, TERM_PLAIN));
}

static void put_when(struct info *i)
{
	uint64_t real_ns = trace_reader_fact_number(i->r, TRACE_FACT_CLOCK_REALTIME_NS);
	time_t seconds = (time_t)(real_ns / NS_PER_S);
	char date[64], took[UNITS_TEXT_MAX];
	struct tm utc;

	if (!real_ns || !gmtime_r(&seconds, &utc) ||
	    !strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &utc))
		return;
	put_label(i, "Recorded");
	buf_puts(&i->out, date);
	if (duration_ns(i))
		buf_printf(&i->out, ", for %s", units_duration(took, duration_ns(i)));
	if (*trace_reader_fact(i->r, TRACE_FACT_TOOL)) {
		buf_puts(&i->out, ", by ");
		put_visible(i, trace_reader_fact(i->r, TRACE_FACT_TOOL));
	}
	buf_puts(&i->out, "\n");
}

static void put_machine(struct info *i)
{
	static const enum trace_fact parts[] = { TRACE_FACT_HOST, TRACE_FACT_ARCH,
						 TRACE_FACT_CPU_MODEL };
	uint64_t cpus = trace_reader_fact_number(i->r, TRACE_FACT_CPU_CNT);
	const char *between = "";

	put_label(i, "Machine");
	for (size_t k = 0; k < sizeof(parts) / sizeof(*parts); k++) {
		const char *text = trace_reader_fact(i->r, parts[k]);

		if (!*text)
			continue;
		buf_puts(&i->out, between);
		put_visible(i, text);
		between = ", ";
	}
	if (cpus) {
		buf_puts(&i->out, between);
		put_count(i, cpus, "CPU", "CPUs");
	} else if (!*between) {
		buf_puts(&i->out, "not said");
	}
	buf_puts(&i->out, "\n");
}

/* Whether a record stands for many samples: a folded stack with its sum. */
static bool is_summed(const struct info *i, uint32_t id)
{
	const struct trace_event *e = trace_reader_event(i->r, id);
	const struct event_summary *s = &i->s->events.v[id];

	return e->unit == TRACE_UNIT_SAMPLES && s->weight != s->sample_cnt;
}

static void put_event(struct info *i, uint32_t id)
{
	const struct trace_event *e = trace_reader_event(i->r, id);
	const struct event_summary *s = &i->s->events.v[id];
	char text[UNITS_TEXT_MAX];

	put_label(i, id ? "" : "Events");
	put_visible(i, e->name);
	if (*e->source && strcmp(e->source, e->name) != 0) {
		buf_puts(&i->out, " (");
		put_visible(i, e->source);
		buf_puts(&i->out, ")");
	}
	if (e->frequency_hz)
		buf_printf(&i->out, " at %s Hz", units_count(text, e->frequency_hz));
	if (e->kind == TRACE_EVENT_LATENCY) {
		info_put_latency_event(&i->out, e, s);
		return;
	}
	buf_puts(&i->out, ": ");
	if (e->kind == TRACE_EVENT_WAIT) {
		put_count(i, s->wait_cnt, "wait", "waits");
		buf_printf(&i->out, ", %s\n", units_duration(text, s->weight));
		return;
	}
	if (is_summed(i, id)) {
		buf_printf(&i->out, "%s samples in ", units_count(text, s->weight));
		put_count(i, s->sample_cnt, "record", "records");
	} else {
		put_count(i, s->sample_cnt, "sample", "samples");
	}
	if (e->period_ns && s->weight < UINT64_MAX / e->period_ns)
		buf_printf(&i->out, ", %s of CPU time",
			   units_duration(text, s->weight * e->period_ns));
	else if (e->unit != TRACE_UNIT_SAMPLES)
		buf_printf(&i->out, ", %s %s", units_count(text, s->weight),
			   trace_unit_text(e->unit));
	buf_puts(&i->out, "\n");
}

static void put_holds(struct info *i)
{
	const struct trace_summary *s = i->s;

	put_label(i, "Holds");
	put_count(i, s->process_cnt, "process", "processes");
	buf_puts(&i->out, ", ");
	put_count(i, s->thread_cnt, "thread", "threads");
	buf_puts(&i->out, ", ");
	put_count(i, s->module_cnt, "module", "modules");
	buf_puts(&i->out, ", ");
	put_count(i, s->stack_cnt, "different stack", "different stacks");
	if (s->stack_uses)
		buf_printf(&i->out, " (%.1f frames each, at most %llu)",
			   (double)s->frame_uses / (double)s->stack_uses,
			   (unsigned long long)s->deepest);
	buf_puts(&i->out, "\n");
}

static void put_size(struct info *i)
{
	uint64_t samples = i->s->totals.sample_cnt;
	bool summed = false;

	if (i->s->waits.sum_cnt) {
		samples += i->s->waits.sum_cnt + i->s->waits.single_cnt;
		summed = true;
	}
	if (i->s->latencies.bin_cnt) {
		samples += i->s->latencies.bin_cnt + i->s->totals.single_cnt;
		summed = true;
	}
	if (!samples)
		return;
	for (uint32_t id = 0; id < trace_reader_event_cnt(i->r); id++)
		summed |= is_summed(i, id);
	put_label(i, "Size");
	buf_printf(&i->out, "%.1f bytes a %s\n", (double)trace_reader_bytes(i->r) / (double)samples,
		   summed ? "record" : "sample");
}

/* The label before the first entry of a line, a comma before the others. */
static void put_entry(struct info *i, const char *label, bool *any)
{
	if (*any)
		buf_puts(&i->out, ", ");
	else
		put_label(i, label);
	*any = true;
}

static void put_losses(struct info *i)
{
	const struct trace_totals *t = &i->s->totals;
	char text[UNITS_TEXT_MAX];
	bool any = false;

	for (unsigned loss = 1; loss < TRACE_LOSS_CNT; loss++) {
		bool of_samples = trace_loss_is_samples((enum trace_loss)loss);

		if (!t->lost[loss] || loss == TRACE_LOSS_DAMAGED_CHUNKS ||
		    loss == TRACE_LOSS_DAMAGED_BYTES || loss == TRACE_LOSS_WAIT_NS)
			continue;
		put_entry(i, "Lost", &any);
		if (trace_loss_is_waits((enum trace_loss)loss)) {
			info_put_lost_waits(&i->out, t);
			continue;
		}
		buf_printf(&i->out, "%s%s: %s", units_count(text, t->lost[loss]),
			   !of_samples		? ""
			   : t->lost[loss] == 1 ? " sample"
						: " samples",
			   trace_loss_text((enum trace_loss)loss));
	}
	if (any)
		buf_puts(&i->out, "\n");
	else if (i->s->is_clean)
		put_line(i, "Lost", "nothing");
	else if (!t->lost[TRACE_LOSS_DAMAGED_CHUNKS] && !t->lost[TRACE_LOSS_DAMAGED_BYTES])
		put_line(i, "Lost", "nothing up to here; the end is missing");
	else
		put_line(i, "Lost", "what the damaged part held");
}

static void put_user_stacks(struct info *i)
{
	const struct stack_quality *q = &i->s->quality;
	char text[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];

	if (!q->stack_cnt)
		return;
	put_label(i, "Stacks");
	buf_printf(&i->out, "%s of user code, ", units_count(text, q->stack_cnt));
	buf_printf(&i->out, "%s (%s) of them %s\n", units_count(text, q->whole_cnt),
		   units_percent(share, q->whole_cnt, q->stack_cnt),
		   q->is_by_frame_pointer ? "look whole; frame pointers do not show every cut"
					  : "whole");
}

/* "12 (6.1 %): no frame pointer, in [jit]", the label before the first one. */
static void put_cut(struct info *i, size_t *rows, const struct stack_cut *cut, uint64_t of)
{
	char text[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];

	put_label(i, (*rows)++ ? "" : "Stacks cut");
	buf_printf(&i->out, "%s (%s): %s", units_count(text, cut->cnt),
		   units_percent(share, cut->cnt, of), trace_reason_text(cut->reason));
	if (*cut->module) {
		buf_puts(&i->out, ", in ");
		put_visible(i, cut->module);
	}
	buf_puts(&i->out, "\n");
}

/* Of an import nobody knows which side of the stack a part is missing from. */
static void put_kernel_cuts(struct info *i, size_t *rows)
{
	const struct stack_quality *q = &i->s->quality;

	for (unsigned reason = 1; reason < TRACE_REASON_CNT; reason++) {
		struct stack_cut cut = { .reason = (enum trace_reason)reason,
					 .module = q->applies ? "the kernel" : "" };

		cut.cnt = q->applies ? q->kernel_cut[reason] : i->s->cut[reason];
		if (cut.cnt)
			put_cut(i, rows, &cut, i->s->stack_uses);
	}
}

static void put_cut_stacks(struct info *i)
{
	const struct stack_quality *q = &i->s->quality;
	char text[UNITS_TEXT_MAX];
	size_t rows = 0;

	for (size_t k = 0; k < q->cuts.cnt && k < CUTS_TOLD; k++)
		put_cut(i, &rows, &q->cuts.v[k], q->stack_cnt);
	if (q->cuts.cnt > CUTS_TOLD) {
		put_label(i, "");
		buf_printf(&i->out, "and %s more reasons and modules; --json tells them\n",
			   units_count(text, q->cuts.cnt - CUTS_TOLD));
	}
	put_kernel_cuts(i, &rows);
}

static void put_copies(struct info *i)
{
	char size[UNITS_TEXT_MAX];

	if (!i->s->copy_cnt)
		return;
	put_label(i, "Copies");
	put_count(i, i->s->copy_cnt, "copied stack", "copied stacks");
	buf_printf(&i->out, ", %s", units_size(size, i->s->copy_bytes));
	if (i->s->quality.cut[TRACE_REASON_NOT_UNWOUND])
		buf_puts(&i->out, "; 'profile symbolize' unwinds them");
	buf_puts(&i->out, "\n");
}

static void put_text(struct info *i)
{
	put_head(i);
	put_when(i);
	put_line(i, "Imported", trace_reader_fact(i->r, TRACE_FACT_IMPORTED_FROM));
	put_line(i, "Command", trace_reader_fact(i->r, TRACE_FACT_COMMAND));
	put_line(i, "Target", trace_reader_fact(i->r, TRACE_FACT_TARGET));
	put_machine(i);
	put_line(i, "Kernel", trace_reader_fact(i->r, TRACE_FACT_KERNEL));
	put_line(i, "Unwinding", trace_reader_fact(i->r, TRACE_FACT_UNWIND));
	for (uint32_t id = 0; id < trace_reader_event_cnt(i->r); id++)
		put_event(i, id);
	info_put_waits(&i->out, i->r, &i->s->waits);
	info_put_latencies(&i->out, i->r, i->s);
	put_holds(i);
	put_size(i);
	put_line(i, "Names",
		 trace_reader_has_names(i->r) ? "in the trace" : "not yet; made when needed");
	put_losses(i);
	put_copies(i);
	put_user_stacks(i);
	put_cut_stacks(i);
}

static int show(struct trace_reader *r, const struct info_options *options, struct err *err)
{
	struct trace_summary summary;
	struct info info = { .r = r, .s = &summary };
	int failed;

	if (options->dump)
		return trace_dump(trace_reader_source(r), stdout, err);
	failed = trace_summary_take(&summary, r, err);
	if (!failed) {
		if (options->json)
			info_put_json(&info.out, r, &summary);
		else
			put_text(&info);
		fwrite(info.out.v, 1, info.out.len, stdout);
	}
	buf_release(&info.out);
	trace_summary_release(&summary);
	return failed;
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct info_options options = { 0 };
	struct trace_reader *reader = NULL;
	struct operands operands;
	struct err err = { 0 };
	int status;

	(void)stages;
	if (!command_parse(self, argc, argv, &options, &operands, &status))
		return status;
	if (operands.cnt > 1) {
		err_set(&err, -EINVAL, "info takes one trace, not also '%s'", operands.v[1]);
		return command_fail(&err, EXIT_USAGE);
	}
	if (options.json && options.dump) {
		err_set(&err, -EINVAL, "--dump is text; leave out --json");
		return command_fail(&err, EXIT_USAGE);
	}
	status =
		trace_reader_open(&reader, operands.cnt ? operands.v[0] : TRACE_DEFAULT_PATH, &err);
	if (status >= 0)
		status = show(reader, &options, &err);
	trace_reader_close(reader);
	return status < 0 ? command_fail(&err, EXIT_FAILED) : command_done(EXIT_GOOD);
}

static const struct option rows[] = {
	{ 0, "json", NULL, OPTION_FLAG, offsetof(struct info_options, json), .help = "print JSON" },
	{ 0, "dump", NULL, OPTION_FLAG, offsetof(struct info_options, dump),
	  .help = "print every chunk and record as it lies in the file" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile info", "what profile.data holds, and what is missing from it" },
	{ "profile info --json run.data", "the same for a program" },
	{ "profile info --dump run.data | less", "every record of the file" },
	{ 0 },
};

const struct command cmd_info = {
	.manual = {
		.name = "info",
		.summary = "tell what a trace holds",
		.synopsis = "[options] [TRACE]",
		.description =
			"Tells where, when and how TRACE (default: profile.data) was recorded, which "
			"events really fired, how much it holds, what was lost and why.\n\n"
			"A trace that was cut off or damaged is read as far as it can be, and what was "
			"skipped is said. A trace that is still being recorded can be read too.\n\n"
			"A user stack is whole if it reaches the bottom of its thread. Those that do not "
			"are counted by the reason and by the module of the outermost frame that is "
			"there. In JSON they are 'user_stacks': 'count' of samples that have one, 'whole' "
			"of them, 'by_frame_pointer' if they were walked in the way that does not show "
			"every cut, and 'cut', a list of 'reason', 'module', 'count' and 'remedy', the "
			"most frequent first; whole and all cuts add up to the count. Imported traces "
			"have none. A wait counts as a sample, and so does a latency that was kept one by "
			"one.\n\n"
			"In JSON a trace of waits has 'waits': how many there are, of at least which "
			"time ('min_block_ns'; 'highest_block_ns' where more had to be left out), how "
			"long they were, by how many links of wakers ('by_links') and for how many "
			"nobody was seen to end them, and 'accounts': where the time of all threads "
			"went.\n\n"
			"In JSON an event of latencies has 'latencies', how many there were, 'kept', of "
			"how many of them all is known, and 'labels', what they are told apart by beside "
			"the process; its 'weight' is the sum of their values. A trace of them has "
			"'latencies': all of that together, in how many bins, in slices of which "
			"lengths, and from which time on each event was to be kept ('slower_ns').",
		.options = rows,
		.examples = examples,
		.see_also = "profile-record(1), profile-report(1)",
	},
	.run = run,
};
