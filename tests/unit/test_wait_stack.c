#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/name_table.h"
#include "formats/wait_stack.h"
#include "tests/unit/wait_text.h"

/* One sum as lines: frames with a letter for their role and their link, then nanoseconds. */
static const char role_letters[] = ".pu-kKUncr";

struct folding {
	struct trace_reader *r;
	struct name_table *table;
	struct strtab *texts;
	struct stack_names *names;
	struct wait_stack *stack;
	struct trace_wait_sum sum;
	struct buf out;
};

static struct folding start(const char *text)
{
	struct folding f = { .r = wait_text(text), .table = name_table_new() };
	struct trace_record record;
	struct err err;

	f.texts = strtab_new();
	f.names = stack_names_new(f.r, f.table, f.texts);
	f.stack = wait_stack_new(f.r, f.names, f.texts);
	while (trace_reader_next(f.r, &record, &err) > 0)
		if (record.kind == TRACE_RECORD_WAIT_SUM)
			f.sum = record.wait_sum;
	return f;
}

static void end(struct folding *f)
{
	buf_release(&f->out);
	wait_stack_free(f->stack);
	stack_names_free(f->names);
	strtab_free(f->texts);
	name_table_free(f->table);
	trace_reader_close(f->r);
}

static void put_part(struct folding *f, enum wait_way way, const struct wait_part *part)
{
	struct wait_place place = wait_place_of_sum(&f->sum);
	size_t cnt;
	const struct wait_frame *v = wait_stack_frames(f->stack, &place, way, part, &cnt);

	for (size_t i = 0; i < cnt; i++)
		buf_printf(&f->out, "%s%c%u:%s", i ? " " : "", role_letters[v[i].role], v[i].link,
			   strtab_get(f->texts, v[i].shown.name, NULL));
	buf_printf(&f->out, " %llu\n", (unsigned long long)part->ns);
}

static const char *lines(struct folding *f, enum wait_way way, enum wait_weight weight)
{
	struct wait_part parts[WAIT_PARTS_MAX];
	size_t cnt = wait_parts(&f->sum, way, weight, parts);

	buf_clear(&f->out);
	for (size_t i = 0; i < cnt; i++)
		if (wait_stack_shows(way, &parts[i]))
			put_part(f, way, &parts[i]);
	return buf_text(&f->out);
}

#define WHOLE                                                                                      \
	"slice 0 1000 0\n"                                                                         \
	"sum web/10 1 main;read|sys_read;schedule 3 30 2 12"                                       \
	" < db/20/21 start;flush|sys_write;wake_up 10 < [softirq] |net_rx 20\n"
#define BLOCKED "p0:web u0:main u0:read -0:- k0:sys_read k0:schedule"
#define FIRST "-1:-- K1:wake_up K1:sys_write -1:- U1:flush U1:start n1:db"
#define SECOND "-2:-- K2:net_rx c2:[softirq]"

static void each_way_shows_its_parts(void **state)
{
	struct folding f = start(WHOLE);

	(void)state;
	assert_string_equal(lines(&f, WAIT_WAY_OFFCPU, WAIT_WEIGHT_FULL),
			    BLOCKED " 30000000\n" BLOCKED " r0:[runnable] 2000000\n");
	assert_string_equal(lines(&f, WAIT_WAY_WAKEUP, WAIT_WEIGHT_FULL),
			    "n1:db U1:start U1:flush -1:- K1:sys_write K1:wake_up -1:-- p0:web "
			    "30000000\n");
	assert_string_equal(lines(&f, WAIT_WAY_OFFWAKE, WAIT_WEIGHT_SPLIT),
			    BLOCKED " " FIRST " 30000000\n" BLOCKED " r0:[runnable] 2000000\n");
	assert_string_equal(lines(&f, WAIT_WAY_CHAIN, WAIT_WEIGHT_FULL), BLOCKED
			    " " FIRST " " SECOND " 30000000\n" BLOCKED " r0:[runnable] 2000000\n");
	end(&f);
}

static void split_gives_each_link_its_own(void **state)
{
	struct folding f = start(WHOLE);

	(void)state;
	assert_string_equal(lines(&f, WAIT_WAY_CHAIN, WAIT_WEIGHT_SPLIT),
			    BLOCKED " " FIRST " 10000000\n" BLOCKED " " FIRST " " SECOND
				    " 20000000\n" BLOCKED " r0:[runnable] 2000000\n");
	end(&f);
}

static void no_separator_dangles(void **state)
{
	struct folding f = start("slice 0 1 0\nsum kworker/9 1 |thread;schedule 1 5 0 5\n");

	(void)state;
	assert_string_equal(lines(&f, WAIT_WAY_CHAIN, WAIT_WEIGHT_FULL),
			    "p0:kworker k0:thread k0:schedule 5000000\n");
	assert_string_equal(lines(&f, WAIT_WAY_WAKEUP, WAIT_WEIGHT_FULL),
			    "c1:[waker unknown] -1:-- p0:kworker 5000000\n");
	end(&f);
}

static void chains_say_how_they_end(void **state)
{
	static const struct {
		const char *words, *line;
	} cases[] = {
		{ "waker_unknown", "-1:-- c1:[waker unknown]" },
		{ "open_end", "-1:-- c1:[not woken]" },
		{ "deeper < db/20/21 f 5", "-1:-- U1:f n1:db -1:-- c1:[deeper]" },
		{ "< ksoftirqd/15/15[softirq] |run 5", "-1:-- K1:run n1:ksoftirqd c1:[softirq]" },
		{ "< [hardirq] - 5", "-1:-- c1:[hardirq]" },
		{ "< [nmi] - 5", "-1:-- c1:[nmi]" },
		{ "< [idle] - 5", "-1:-- c1:[idle]" },
		{ "< [lost] - 5", "-1:-- c1:[waker lost]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256], line[256];
		struct folding f;

		snprintf(text, sizeof(text), "slice 0 1 0\nsum web/10 1 a 1 5 0 5 %s\n",
			 cases[i].words);
		snprintf(line, sizeof(line), "p0:web u0:a %s 5000000\n", cases[i].line);
		f = start(text);
		assert_string_equal(lines(&f, WAIT_WAY_CHAIN, WAIT_WEIGHT_FULL), line);
		end(&f);
	}
}

static void lost_frames_stay_on_their_side(void **state)
{
	static const struct {
		const char *stack, *line;
	} cases[] = {
		{ "!|b", "u0:[stack lost: memory not readable] -0:- k0:b" },
		{ "!;a|b", "u0:[stack lost: memory not readable] u0:a -0:- k0:b" },
		{ "a|!;b", "u0:a -0:- k0:[stack lost: memory not readable] k0:b" },
		{ "!", "u0:[stack lost: memory not readable]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256], line[256];
		struct folding f;

		snprintf(text, sizeof(text), "slice 0 1 0\nsum web/10 1 %s 1 5 0 5\n",
			 cases[i].stack);
		snprintf(line, sizeof(line), "p0:web %s 5000000\n", cases[i].line);
		f = start(text);
		assert_string_equal(lines(&f, WAIT_WAY_OFFCPU, WAIT_WEIGHT_FULL), line);
		end(&f);
	}
}

static void a_wait_that_was_never_blocked_is_preempted_and_nobodys_doing(void **state)
{
	struct folding f = start("slice 0 1 0\nsum web/10 preempted a|b 1 0 5 5\n");

	(void)state;
	for (unsigned way = 1; way < WAIT_WAY_CNT; way++)
		assert_string_equal(lines(&f, (enum wait_way)way, WAIT_WEIGHT_SPLIT),
				    way == WAIT_WAY_WAKEUP
					    ? ""
					    : "p0:web u0:a -0:- k0:b r0:[preempted] 5000000\n");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_shows_its_parts),
		cmocka_unit_test(split_gives_each_link_its_own),
		cmocka_unit_test(no_separator_dangles),
		cmocka_unit_test(chains_say_how_they_end),
		cmocka_unit_test(lost_frames_stay_on_their_side),
		cmocka_unit_test(a_wait_that_was_never_blocked_is_preempted_and_nobodys_doing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
