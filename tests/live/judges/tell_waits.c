/*
 * What a trace says of waits, one line each, for judges that compare it with what workloads
 * say of themselves:
 *
 *	tell_waits TRACE
 *
 *	SUM TGID COMM STATE FLAGS CNT BLOCKED RUNNABLE LONGEST LINK_NS CHAIN KERNEL USER
 *	WAIT TGID TID STATE FLAGS WHY START BLOCKED RUNNABLE LINK_NS CHAIN KERNEL USER
 *	ACCOUNT TGID TID COMM FROM TO ON RUNNABLE BLOCKED GAP SWITCHES SHORT_CNT SHORT_NS
 *	SLICE START END MIN_BLOCK
 *	LOST REASON COUNT
 *	TOTAL WAITS NS END
 *	FACT CLOCK_START MIN_BLOCK MAX_BLOCK
 *	WRONG WORDS           what must never be, whatever was recorded
 *
 * Times are nanoseconds. CHAIN is nearest first, "task:4243,hardirq:-"; LINK_NS goes with it.
 * KERNEL and USER are frames, leaf first, parted by ";". What is empty is "-"; blanks within
 * texts are "_". Exit status 1 if anything is wrong.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/strtab.h"
#include "formats/name_table.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"
#include "symbolize/symbolizer.h"

static struct trace_reader *reader;
static struct strtab *texts;
static struct stack_names *names;
static uint32_t slices_said;
static int wrong;
static uint64_t sum_cnt, sum_ns;

static void say_wrong(const char *words)
{
	printf("WRONG %s\n", words);
	wrong = 1;
}

static void put_word(const char *text)
{
	putchar(' ');
	if (!*text)
		putchar('-');
	for (; *text; text++)
		putchar(*text == ' ' || *text == '\t' || *text == '\n' ? '_' : *text);
}

static void put_number(uint64_t number)
{
	printf(" %" PRIu64, number);
}

/* The frames of one side, leaf first; what was inlined belongs where its caller does. */
static void put_frames(const struct shown_frame *v, const bool *in_kernel, size_t cnt, bool kernel)
{
	bool any = false;

	putchar(' ');
	for (size_t i = cnt; i-- > 0;) {
		if (in_kernel[i] != kernel)
			continue;
		if (any)
			putchar(';');
		any = true;
		for (const char *c = strtab_get(texts, v[i].name, NULL); *c; c++)
			putchar(*c == ' ' || *c == ';' ? '_' : *c);
	}
	if (!any)
		putchar('-');
}

static void put_stack(uint32_t stack)
{
	static bool in_kernel[TRACE_DEPTH_MAX * NAME_FRAMES_MAX];
	size_t cnt;
	const struct shown_frame *v = stack_names_stack(names, stack, &cnt);

	for (size_t i = 0; i < cnt; i++)
		in_kernel[i] = v[i].kind == TRACE_FRAME_INLINED && i
				       ? in_kernel[i - 1]
				       : v[i].kind == TRACE_FRAME_KERNEL;
	put_frames(v, in_kernel, cnt, true);
	put_frames(v, in_kernel, cnt, false);
}

/* The chain's links from the nearest one, which has no parent, to `last`; their count. */
static size_t chain_read(uint32_t last, const struct trace_link **out)
{
	size_t cnt = 0;

	for (uint32_t id = last; id != TRACE_NONE && cnt < TRACE_CHAIN_MAX; cnt++) {
		memmove(out + 1, out, cnt * sizeof(*out));
		out[0] = trace_reader_link(reader, id);
		id = out[0]->parent;
	}
	return cnt;
}

static void put_chain(uint32_t chain, const uint64_t *link_ns, uint64_t blocked_ns)
{
	const struct trace_link *links[TRACE_CHAIN_MAX];
	size_t cnt = chain_read(chain, links);
	uint64_t sum = 0;

	for (size_t i = 0; i < cnt; i++) {
		printf("%c%" PRIu64, i ? ',' : ' ', link_ns[i]);
		sum += link_ns[i];
	}
	if (!cnt)
		printf(" - -");
	for (size_t i = 0; i < cnt; i++) {
		printf("%c%s:", i ? ',' : ' ', trace_context_text(links[i]->context));
		if (links[i]->thread == TRACE_NONE)
			putchar('-');
		else
			printf("%" PRIu32, trace_reader_thread(reader, links[i]->thread)->tid);
	}
	if (cnt && sum != blocked_ns)
		say_wrong("links do not add up to what was blocked");
}

static void say_sum(const struct trace_wait_sum *s)
{
	const struct trace_process *p = trace_reader_process(reader, s->process);

	printf("SUM %" PRIu32, p->tgid);
	put_word(p->comm);
	put_word(trace_wait_state_text(s->state));
	put_number(s->flags);
	put_number(s->cnt);
	put_number(s->blocked_ns);
	put_number(s->runnable_ns);
	put_number(s->longest_ns);
	put_chain(s->chain, s->link_ns, s->blocked_ns);
	put_stack(s->stack);
	putchar('\n');
	sum_cnt += s->cnt;
	sum_ns += s->blocked_ns + s->runnable_ns;
	if (s->longest_ns > s->blocked_ns + s->runnable_ns)
		say_wrong("the longest wait of a sum is longer than all of them");
	if (s->state == TRACE_WAIT_PREEMPTED && s->blocked_ns)
		say_wrong("a preempted thread was blocked");
}

static void say_wait(const struct trace_wait *w)
{
	const struct trace_thread *t = trace_reader_thread(reader, w->thread);

	printf("WAIT %" PRIu32 " %" PRIu32, trace_reader_process(reader, t->process)->tgid, t->tid);
	put_word(trace_wait_state_text(w->state));
	put_number(w->flags);
	put_number(w->why);
	put_number(w->start_ns);
	put_number(w->blocked_ns);
	put_number(w->runnable_ns);
	put_chain(w->chain, w->link_ns, w->blocked_ns);
	put_stack(w->stack);
	putchar('\n');
}

static void say_account(const struct trace_account *a)
{
	const struct trace_thread *t = trace_reader_thread(reader, a->thread);

	printf("ACCOUNT %" PRIu32 " %" PRIu32, trace_reader_process(reader, t->process)->tgid,
	       t->tid);
	put_word(t->comm);
	put_number(a->from_ns);
	put_number(a->to_ns);
	put_number(a->on_ns);
	put_number(a->runnable_ns);
	put_number(a->blocked_ns);
	put_number(a->gap_ns);
	put_number(a->switch_cnt);
	put_number(a->short_cnt);
	put_number(a->short_ns);
	putchar('\n');
	if (a->on_ns + a->runnable_ns + a->blocked_ns + a->gap_ns != a->to_ns - a->from_ns)
		say_wrong("an account does not add up");
	if (!t->tid)
		say_wrong("thread 0 has an account");
}

static void say_slices(void)
{
	for (; slices_said < trace_reader_slice_cnt(reader); slices_said++) {
		const struct trace_slice *s = trace_reader_slice(reader, slices_said);

		printf("SLICE %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", s->start_ns, s->end_ns,
		       s->min_block_ns);
	}
}

static void say_record(const struct trace_record *record)
{
	if (record->kind == TRACE_RECORD_KEY_FRAME) {
		stack_names_restart(names);
		slices_said = 0;
	}
	say_slices();
	if (record->kind == TRACE_RECORD_WAIT_SUM)
		say_sum(&record->wait_sum);
	if (record->kind == TRACE_RECORD_WAIT)
		say_wait(&record->wait);
	if (record->kind == TRACE_RECORD_ACCOUNT)
		say_account(&record->account);
}

static void say_totals(void)
{
	const struct trace_totals *totals = trace_reader_totals(reader);

	for (unsigned i = 1; i < TRACE_LOSS_CNT; i++) {
		if (!totals->lost[i])
			continue;
		printf("LOST");
		put_word(trace_loss_text((enum trace_loss)i));
		printf(" %" PRIu64 "\n", totals->lost[i]);
	}
	printf("TOTAL %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", totals->wait_cnt, totals->wait_ns,
	       totals->end_ns);
	printf("FACT %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	       trace_reader_fact_number(reader, TRACE_FACT_CLOCK_START_NS),
	       trace_reader_fact_number(reader, TRACE_FACT_MIN_BLOCK_NS),
	       trace_reader_fact_number(reader, TRACE_FACT_MAX_BLOCK_NS));
	if (totals->wait_cnt != sum_cnt || totals->wait_ns != sum_ns)
		say_wrong("the totals are not those of the sums");
}

static int read_all(struct err *err)
{
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(reader, &record, err)) > 0)
		say_record(&record);
	if (!got)
		say_totals();
	return got;
}

int main(int argc, char **argv)
{
	struct name_table *table = NULL;
	struct err err = { 0 };
	int failed = trace_reader_open(&reader, argc > 1 ? argv[1] : "profile.data", &err);

	if (!failed)
		failed = trace_reader_has_names(reader) ? name_table_read(&table, reader, &err)
							: symbolizer_names(reader, &table, &err);
	if (!failed) {
		texts = strtab_new();
		names = stack_names_new(reader, table, texts);
		failed = read_all(&err);
		stack_names_free(names);
	}
	if (failed)
		fprintf(stderr, "tell_waits: %s\n", err.text);
	name_table_free(table);
	trace_reader_close(reader);
	strtab_free(texts);
	return failed || wrong;
}
