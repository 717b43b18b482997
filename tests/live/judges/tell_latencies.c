/*
 * What a trace says of latencies, one line each, for judges that compare it with what workloads
 * say of themselves:
 *
 *	tell_latencies TRACE [stacks]
 *
 *	SERIES EVENT PROCESS LABEL LABEL CNT SUM P50 P99 LEAST MOST
 *	SINGLE EVENT LABEL LABEL COMM TGID TID WHY END VALUE BYTES QUEUED TEXT KERNEL USER
 *	EVENT NAME UNIT CNT SINGLES
 *	SOURCE NAME WORDS
 *	LOST REASON EVENT COUNT
 *	TOTAL LATENCIES SINGLES
 *	SIZE SLICES LONGEST_NS BYTES
 *	WRONG WORDS           what must never be, whatever was recorded
 *
 * P50, P99, LEAST and MOST are numbers of bins (formats/latency_bin.h); a percentile is in the
 * first bin that so many of the events are not above. With `stacks`, KERNEL and USER are frames,
 * leaf first, parted by ";". What is empty is "-"; blanks within texts are "_". Exit status 1 if
 * anything is wrong.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strtab.h"
#include "formats/latency_bin.h"
#include "formats/name_table.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"
#include "symbolize/symbolizer.h"

#define EVENTS_MAX 64
#define KEY_MAX 512

struct series {
	char key[KEY_MAX]; /* event and what it is told apart by, as printed */
	uint64_t cnt, sum;
	uint64_t bins[LATENCY_BINS];
};

static struct trace_reader *reader;
static struct strtab *texts;
static struct stack_names *names;
static struct series *all;
static size_t all_cnt, all_room;
static uint64_t event_cnt[EVENTS_MAX], single_cnt[EVENTS_MAX];
static uint64_t longest_ns, slice_cnt;
static int wrong;

static void say_wrong(const char *words)
{
	printf("WRONG %s\n", words);
	wrong = 1;
}

/* A text as one word. */
static const char *word(const char *text, char out[KEY_MAX])
{
	size_t len = 0;

	for (; *text && len + 1 < KEY_MAX; text++)
		out[len++] = (unsigned char)*text <= ' ' ? '_' : *text;
	if (!len)
		out[len++] = '-';
	out[len] = 0;
	return out;
}

static void put_word(const char *text)
{
	char room[KEY_MAX];

	printf(" %s", word(text, room));
}

/* The frames of one side, leaf first; what was inlined belongs where its caller does. */
static void put_frames(const struct shown_frame *v, const bool *in_kernel, size_t cnt, bool kernel)
{
	const char *before = " ";

	for (size_t i = cnt; i-- > 0;) {
		if (in_kernel[i] != kernel)
			continue;
		printf("%s", before);
		before = ";";
		for (const char *c = strtab_get(texts, v[i].name, NULL); *c; c++)
			putchar(*c == ' ' || *c == ';' ? '_' : *c);
	}
	if (*before == ' ')
		printf(" -");
}

static void put_stack(uint32_t stack)
{
	static bool in_kernel[TRACE_DEPTH_MAX * NAME_FRAMES_MAX];
	size_t cnt;
	const struct shown_frame *v;

	if (!names) {
		printf(" - -");
		return;
	}
	v = stack_names_stack(names, stack, &cnt);
	for (size_t i = 0; i < cnt; i++)
		in_kernel[i] = v[i].kind == TRACE_FRAME_INLINED && i
				       ? in_kernel[i - 1]
				       : v[i].kind == TRACE_FRAME_KERNEL;
	put_frames(v, in_kernel, cnt, true);
	put_frames(v, in_kernel, cnt, false);
}

static struct series *series_of(const struct trace_series *s)
{
	char words[4][KEY_MAX], key[KEY_MAX];

	snprintf(key, sizeof(key), "%.99s %.99s %.99s %.99s",
		 word(trace_reader_event(reader, s->event)->name, words[0]),
		 word(s->process, words[1]), word(s->labels[0], words[2]),
		 word(s->labels[1], words[3]));
	for (size_t i = all_cnt; i-- > 0;)
		if (!strcmp(all[i].key, key))
			return &all[i];
	if (all_cnt == all_room) {
		all_room = all_room ? 2 * all_room : 64;
		all = mem_resize(all, all_room, sizeof(*all));
	}
	memset(&all[all_cnt], 0, sizeof(*all));
	memcpy(all[all_cnt].key, key, sizeof(key));
	return &all[all_cnt++];
}

static void take_bin(const struct trace_bin *b)
{
	const struct trace_series *s = trace_reader_series(reader, b->series);
	const struct trace_slice *slice = trace_reader_slice(reader, b->slice);
	struct series *mine = series_of(s);

	mine->cnt += b->cnt;
	mine->sum += b->sum;
	mine->bins[b->bin] += b->cnt;
	event_cnt[s->event % EVENTS_MAX] += b->cnt;
	if (slice->end_ns - slice->start_ns > longest_ns)
		longest_ns = slice->end_ns - slice->start_ns;
	if (b->sum < b->cnt * latency_bin_first(b->bin) ||
	    b->sum / b->cnt > latency_bin_last(b->bin))
		say_wrong("the sum of a bin is beyond its bounds");
}

static void say_single(const struct trace_latency *l)
{
	const struct trace_series *s = trace_reader_series(reader, l->series);
	const struct trace_thread *t =
		l->thread == TRACE_NONE ? NULL : trace_reader_thread(reader, l->thread);

	printf("SINGLE");
	put_word(trace_reader_event(reader, s->event)->name);
	put_word(s->labels[0]);
	put_word(s->labels[1]);
	put_word(s->process);
	printf(" %" PRIu32 " %" PRIu32, t ? trace_reader_process(reader, t->process)->tgid : 0,
	       t ? t->tid : 0);
	printf(" %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, l->why, l->end_ns,
	       l->value, l->bytes, l->queued_ns);
	put_word(l->text);
	put_stack(l->stack);
	putchar('\n');
	single_cnt[s->event % EVENTS_MAX]++;
	if (l->queued_ns > l->value)
		say_wrong("a single latency was queued for longer than it lasted");
}

static void say_loss(const struct trace_loss_count *l)
{
	printf("LOST");
	put_word(trace_loss_text(l->loss));
	put_word(l->event == TRACE_NONE ? "" : trace_reader_event(reader, l->event)->name);
	printf(" %" PRIu64 "\n", l->count);
}

static void take_record(const struct trace_record *record)
{
	if (record->kind == TRACE_RECORD_BIN)
		take_bin(&record->bin);
	else if (record->kind == TRACE_RECORD_LATENCY)
		say_single(&record->latency);
	else if (record->kind == TRACE_RECORD_LOSS)
		say_loss(&record->loss);
	if (trace_reader_slice_cnt(reader) > slice_cnt)
		slice_cnt = trace_reader_slice_cnt(reader);
}

static uint32_t percentile_bin(const struct series *s, uint64_t percent)
{
	uint64_t rank = (s->cnt * percent + 99) / 100, seen = 0;
	uint32_t bin = 0;

	while (bin + 1 < LATENCY_BINS && (seen += s->bins[bin]) < rank)
		bin++;
	return bin;
}

static void say_series(const struct series *s)
{
	uint32_t least = 0, most = LATENCY_BINS - 1;

	while (least < most && !s->bins[least])
		least++;
	while (most > least && !s->bins[most])
		most--;
	printf("SERIES %s %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32
	       "\n",
	       s->key, s->cnt, s->sum, percentile_bin(s, 50), percentile_bin(s, 99), least, most);
}

static void say_totals(void)
{
	const struct trace_totals *totals = trace_reader_totals(reader);
	uint64_t cnt = 0, singles = 0;

	for (size_t i = 0; i < all_cnt; i++)
		say_series(&all[i]);
	for (uint32_t i = 0; i < trace_reader_event_cnt(reader) && i < EVENTS_MAX; i++) {
		const struct trace_event *e = trace_reader_event(reader, i);

		printf("EVENT %s %d %" PRIu64 " %" PRIu64 "\n", e->name, (int)e->unit, event_cnt[i],
		       single_cnt[i]);
		printf("SOURCE %s %s\n", e->name, e->source);
		cnt += event_cnt[i];
		singles += single_cnt[i];
		if (single_cnt[i] > event_cnt[i])
			say_wrong("more single latencies than there are");
	}
	printf("TOTAL %" PRIu64 " %" PRIu64 "\n", totals->latency_cnt, totals->single_cnt);
	printf("SIZE %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", slice_cnt, longest_ns,
	       trace_reader_bytes(reader));
	if (totals->latency_cnt != cnt || totals->single_cnt != singles)
		say_wrong("the totals are not those of the bins");
}

static int read_all(struct err *err)
{
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(reader, &record, err)) > 0)
		take_record(&record);
	if (!got)
		say_totals();
	return got;
}

int main(int argc, char **argv)
{
	struct name_table *table = NULL;
	struct err err = { 0 };
	int failed = trace_reader_open(&reader, argc > 1 ? argv[1] : "profile.data", &err);

	texts = strtab_new();
	if (!failed && argc > 2) {
		failed = trace_reader_has_names(reader) ? name_table_read(&table, reader, &err)
							: symbolizer_names(reader, &table, &err);
		if (!failed)
			names = stack_names_new(reader, table, texts);
	}
	if (!failed)
		failed = read_all(&err);
	if (failed)
		fprintf(stderr, "tell_latencies: %s\n", err.text);
	stack_names_free(names);
	name_table_free(table);
	trace_reader_close(reader);
	strtab_free(texts);
	free(all);
	return failed || wrong;
}
