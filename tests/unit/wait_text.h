#ifndef TESTS_UNIT_WAIT_TEXT_H
#define TESTS_UNIT_WAIT_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/trace_reader.h"
#include "formats/trace_writer.h"

/*
 * Traces of waits from a text, a record a line, words parted by single blanks, times in
 * milliseconds since the start of the trace (5 s after boot), "#" to the end a comment:
 *
 *	event NAME                          of waits; before the first record; else "chain"
 *	fact NUMBER TEXT                    likewise
 *	slice START END THRESHOLD           what follows ends in it
 *	sum PROCESS STATE STACK CNT BLOCKED RUNNABLE LONGEST [FLAG]... [< WAKER STACK MS]...
 *	wait THREAD STATE STACK START BLOCKED RUNNABLE WHY [FLAG]... [< WAKER STACK MS]...
 *	account THREAD FROM TO ON RUNNABLE BLOCKED GAP SWITCHES SHORT_CNT SHORT_MS
 *	sample THREAD STACK TIME CNT        of an event cpu, 10 ms each
 *	loss NUMBER COUNT                   of the event
 *	chunk                               a new one
 *	group                               likewise, and then each begins with a key frame
 *
 * PROCESS is comm/tgid, THREAD comm/tgid/tid. STACK is "user;leaf|kernel;leaf", root first, or
 * "-"; a frame "!" is a lost one. STATE and WHY are numbers of their enumerations or their
 * words. FLAG: open_start, open_end, deeper, waker_unknown. WAKER is a THREAD or a context as
 * "[softirq]", or both: "ksoftirqd/15/15[softirq]"; the nearest comes first.
 */
#define WAIT_TEXT_START_NS 5000000000ull

struct wait_text_maker {
	struct trace_writer *w;
	uint32_t waits, cpu, slice;
	bool has_events;
	char event[32];
	char *words[256];
	unsigned cnt, at;
};

static inline char *wait_text_word(struct wait_text_maker *m)
{
	if (m->at >= m->cnt) {
		fprintf(stderr, "wait_text: '%s' is too short\n", m->words[0]);
		abort();
	}
	return m->words[m->at++];
}

static inline uint64_t wait_text_ns(struct wait_text_maker *m)
{
	return (uint64_t)(strtod(wait_text_word(m), NULL) * 1e6 + 0.5);
}

static inline uint64_t wait_text_number(struct wait_text_maker *m)
{
	return strtoull(wait_text_word(m), NULL, 10);
}

static inline uint32_t wait_text_process(struct wait_text_maker *m, const char *comm, uint32_t tgid)
{
	struct trace_process process = { .tgid = tgid,
					 .generation = 1,
					 .uid = TRACE_NONE,
					 .comm = comm,
					 .executable = "",
					 .cgroup = "" };

	return trace_writer_process(m->w, &process);
}

/* comm/tgid or comm/tgid/tid; a comm may hold slashes of its own before them. */
static inline uint32_t wait_text_who(struct wait_text_maker *m, char *word, bool is_thread)
{
	struct trace_thread thread = { .comm = word };
	uint32_t tgid;
	char *cut = strrchr(word, '/');

	*cut = '\0';
	thread.tid = tgid = (uint32_t)atoi(cut + 1);
	if (is_thread) {
		cut = strrchr(word, '/');
		*cut = '\0';
		tgid = (uint32_t)atoi(cut + 1);
	}
	thread.process = wait_text_process(m, word, tgid);
	return is_thread ? trace_writer_thread(m->w, &thread) : thread.process;
}

static inline uint32_t wait_text_stack(struct wait_text_maker *m)
{
	char *p = wait_text_word(m);
	enum trace_frame_kind kind = TRACE_FRAME_USER;
	uint32_t node = TRACE_NONE;

	if (!strcmp(p, "-"))
		return TRACE_NONE;
	while (*p) {
		size_t len = strcspn(p, ";|");
		struct trace_frame f = {
			.kind = kind, .module = TRACE_NONE, .name = p, .name_len = len, .file = ""
		};

		if (len == 1 && *p == '!')
			f = (struct trace_frame){ .kind = TRACE_FRAME_LOST,
						  .reason = TRACE_REASON_FAULT,
						  .module = TRACE_NONE,
						  .name = "",
						  .file = "" };
		if (len)
			node = trace_writer_node(m->w, node, trace_writer_frame(m->w, &f));
		p += len;
		if (*p == '|')
			kind = TRACE_FRAME_KERNEL;
		p += *p != '\0';
	}
	return node;
}

static inline unsigned wait_text_state(struct wait_text_maker *m)
{
	const char *word = wait_text_word(m);

	for (unsigned state = 1; state < TRACE_WAIT_STATE_CNT; state++)
		if (!strcmp(trace_wait_state_text((enum trace_wait_state)state), word))
			return state;
	return (unsigned)atoi(word);
}

static inline uint32_t wait_text_flags(struct wait_text_maker *m)
{
	static const char *const names[] = { "open_start", "open_end", "deeper", "waker_unknown" };
	uint32_t flags = 0;

	for (; m->at < m->cnt && strcmp(m->words[m->at], "<") != 0; m->at++)
		for (unsigned i = 0; i < 4; i++)
			flags |= !strcmp(m->words[m->at], names[i]) ? 1u << i : 0;
	return flags;
}

static inline enum trace_context wait_text_context(const char *word)
{
	for (unsigned context = 1; context < TRACE_CONTEXT_CNT; context++) {
		const char *name = trace_context_text((enum trace_context)context);

		if (!strncmp(word, name, strlen(name)) && word[strlen(name)] == ']')
			return (enum trace_context)context;
	}
	abort();
}

static inline uint32_t wait_text_chain(struct wait_text_maker *m, uint64_t *link_ns)
{
	uint32_t chain = TRACE_NONE;

	for (unsigned i = 0; m->at < m->cnt && i < TRACE_CHAIN_MAX; i++) {
		struct trace_link link = { .parent = chain, .thread = TRACE_NONE };
		char *who, *context;

		m->at++; /* the "<" */
		who = wait_text_word(m);
		context = strchr(who, '[');
		link.context = context ? wait_text_context(context + 1) : TRACE_CONTEXT_TASK;
		if (context)
			*context = '\0';
		if (*who)
			link.thread = wait_text_who(m, who, true);
		link.stack = wait_text_stack(m);
		link_ns[i] = wait_text_ns(m);
		chain = trace_writer_link(m->w, &link);
	}
	return chain;
}

static inline void wait_text_put_slice(struct wait_text_maker *m)
{
	struct trace_slice slice = { .start_ns = WAIT_TEXT_START_NS + wait_text_ns(m) };

	slice.end_ns = WAIT_TEXT_START_NS + wait_text_ns(m);
	slice.min_block_ns = wait_text_ns(m);
	m->slice = trace_writer_slice(m->w, &slice);
}

static inline void wait_text_put_sum(struct wait_text_maker *m)
{
	struct trace_wait_sum sum = { .event = m->waits, .slice = m->slice };

	sum.process = wait_text_who(m, wait_text_word(m), false);
	sum.state = (enum trace_wait_state)wait_text_state(m);
	sum.stack = wait_text_stack(m);
	sum.cnt = wait_text_number(m);
	sum.blocked_ns = wait_text_ns(m);
	sum.runnable_ns = wait_text_ns(m);
	sum.longest_ns = wait_text_ns(m);
	sum.flags = wait_text_flags(m);
	sum.chain = wait_text_chain(m, sum.link_ns);
	trace_writer_wait_sum(m->w, &sum);
}

static inline unsigned wait_text_why(struct wait_text_maker *m)
{
	const char *word = wait_text_word(m);

	return !strcmp(word, "longest") ? TRACE_WAIT_LONGEST
	       : !strcmp(word, "drawn") ? TRACE_WAIT_DRAWN
	       : !strcmp(word, "alone") ? TRACE_WAIT_ALONE
					: (unsigned)atoi(word);
}

static inline void wait_text_put_wait(struct wait_text_maker *m)
{
	struct trace_wait wait = { .event = m->waits };

	wait.thread = wait_text_who(m, wait_text_word(m), true);
	wait.state = (enum trace_wait_state)wait_text_state(m);
	wait.stack = wait_text_stack(m);
	wait.start_ns = WAIT_TEXT_START_NS + wait_text_ns(m);
	wait.blocked_ns = wait_text_ns(m);
	wait.runnable_ns = wait_text_ns(m);
	wait.why = wait_text_why(m);
	wait.flags = wait_text_flags(m);
	wait.chain = wait_text_chain(m, wait.link_ns);
	trace_writer_wait(m->w, &wait);
}

static inline void wait_text_put_account(struct wait_text_maker *m)
{
	struct trace_account a = { .thread = wait_text_who(m, wait_text_word(m), true) };

	a.from_ns = WAIT_TEXT_START_NS + wait_text_ns(m);
	a.to_ns = WAIT_TEXT_START_NS + wait_text_ns(m);
	a.on_ns = wait_text_ns(m);
	a.runnable_ns = wait_text_ns(m);
	a.blocked_ns = wait_text_ns(m);
	a.gap_ns = wait_text_ns(m);
	a.switch_cnt = wait_text_number(m);
	a.short_cnt = wait_text_number(m);
	a.short_ns = wait_text_ns(m);
	trace_writer_account(m->w, &a);
}

static inline void wait_text_put_sample(struct wait_text_maker *m)
{
	struct trace_sample s = { .event = m->cpu, .weight = 1 };

	s.thread = wait_text_who(m, wait_text_word(m), true);
	s.stack = wait_text_stack(m);
	s.time_ns = WAIT_TEXT_START_NS + wait_text_ns(m);
	for (uint64_t cnt = wait_text_number(m); cnt; cnt--, s.time_ns += 10000000)
		trace_writer_sample(m->w, &s);
}

static inline void wait_text_put_loss(struct wait_text_maker *m)
{
	struct trace_loss_count loss = { .event = m->waits };

	loss.loss = (enum trace_loss)wait_text_number(m);
	loss.count = wait_text_number(m);
	trace_writer_loss(m->w, &loss);
}

/* Before the first record: a trace has no cpu event unless it has samples of it. */
static inline void wait_text_put_events(struct wait_text_maker *m, bool has_samples)
{
	struct trace_event event = { .name = "cpu",
				     .source = "cpu-clock",
				     .kind = TRACE_EVENT_SAMPLE,
				     .unit = TRACE_UNIT_SAMPLES,
				     .frequency_hz = 100,
				     .period_ns = 10000000 };

	if (has_samples)
		m->cpu = trace_writer_event(m->w, &event);
	event = (struct trace_event){ .name = m->event,
				      .source = "sched_switch",
				      .kind = TRACE_EVENT_WAIT,
				      .unit = TRACE_UNIT_NS };
	m->waits = trace_writer_event(m->w, &event);
	m->has_events = true;
}

static inline void wait_text_put_line(struct wait_text_maker *m, bool has_samples)
{
	static const struct {
		const char *name;
		void (*put)(struct wait_text_maker *m);
	} records[] = {
		{ "slice", wait_text_put_slice },   { "sum", wait_text_put_sum },
		{ "wait", wait_text_put_wait },	    { "account", wait_text_put_account },
		{ "sample", wait_text_put_sample }, { "loss", wait_text_put_loss },
	};
	const char *kind = wait_text_word(m);
	struct err err;

	if (!strcmp(kind, "event")) {
		snprintf(m->event, sizeof(m->event), "%s", wait_text_word(m));
		return;
	}
	if (!strcmp(kind, "fact")) {
		enum trace_fact fact = (enum trace_fact)wait_text_number(m);

		trace_writer_fact(m->w, fact, wait_text_word(m));
		return;
	}
	if (!m->has_events)
		wait_text_put_events(m, has_samples);
	if (!strcmp(kind, "group") || !strcmp(kind, "chunk"))
		trace_writer_flush(m->w, &err);
	for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		if (!strcmp(kind, records[i].name))
			records[i].put(m);
}

static inline void wait_text_put_text(struct wait_text_maker *m, const char *text)
{
	bool has_samples = strstr(text, "sample ") != NULL;
	char *copy = strdup(text), *line_end;

	for (char *line = copy; line; line = line_end) {
		char *rest;

		line_end = strchr(line, '\n');
		if (line_end)
			*line_end++ = '\0';
		line[strcspn(line, "#")] = '\0';
		m->cnt = m->at = 0;
		for (char *word = strtok_r(line, " \t", &rest); word && m->cnt < 256;
		     word = strtok_r(NULL, " \t", &rest))
			m->words[m->cnt++] = word;
		if (m->cnt)
			wait_text_put_line(m, has_samples);
	}
	free(copy);
}

/* A file with the records of `text`. */
static inline int wait_text_write(const char *path, const char *text, struct err *err)
{
	static const uint8_t id[16] = "waits";
	const struct trace_writer_options options = { .group_bytes = strstr(text, "\ngroup") != 0,
						      .file_id = id };
	struct wait_text_maker m = { .event = "chain" };
	uint64_t end_ns;

	if (trace_writer_open(&m.w, path, &options, err))
		return -1;
	trace_writer_fact(m.w, TRACE_FACT_CLOCK_START_NS, "5000000000");
	trace_writer_fact(m.w, TRACE_FACT_CPU_CNT, "2");
	wait_text_put_text(&m, text);
	end_ns = trace_writer_totals(m.w)->last_ns;
	trace_writer_finish(m.w, TRACE_STOP_DURATION, end_ns, err);
	trace_writer_publish(m.w, err);
	trace_writer_close(m.w);
	return err->code;
}

static inline struct trace_reader *wait_text(const char *text)
{
	char path[] = "/tmp/wait_text.XXXXXX";
	struct trace_reader *r = NULL;
	struct err err = { 0 };
	int fd = mkstemp(path);

	close(fd);
	if (wait_text_write(path, text, &err) || trace_reader_open(&r, path, &err))
		abort();
	unlink(path);
	return r;
}

#endif
