#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/jit_log.h"

/* This very process is the runtime: what it writes into its map is read as it grows. */
struct runtime {
	struct module_log *modules;
	struct jit_log *log;
	struct process process;
	char path[64];
	FILE *map;
};

static struct runtime runtime_new(const char *lines)
{
	struct runtime r = { .process = { .tgid = (uint32_t)getpid() } };

	r.modules = module_log_new();
	r.log = jit_log_new(r.modules);
	snprintf(r.path, sizeof(r.path), "/tmp/perf-%u.map", r.process.tgid);
	unlink(r.path);
	r.map = fopen(r.path, "w");
	assert_non_null(r.map);
	setvbuf(r.map, NULL, _IONBF, 0);
	fputs(lines, r.map);
	return r;
}

static void runtime_release(struct runtime *r)
{
	fclose(r->map);
	unlink(r->path);
	jit_log_free(r->log);
	module_log_free(r->modules);
}

static void expect(struct runtime *r, uint64_t address, uint64_t time_ns, const char *name)
{
	struct jit_place place;

	jit_log_reach(r->log, &r->process, time_ns);
	assert_int_equal(jit_log_name(r->log, &r->process, address, time_ns, &place), name != NULL);
	if (name)
		assert_string_equal(place.name, name);
}

static void a_name_is_that_of_the_time_of_the_sample(void **state)
{
	struct runtime r = runtime_new("1000 10 first\n");
	uint64_t between, epoch;

	(void)state;
	assert_int_equal(jit_log_epoch(r.log, r.process.tgid), 0);
	expect(&r, 0x1008, clock_now_ns(), "first");
	between = clock_now_ns();
	fputs("1000 10 second\n", r.map);
	epoch = jit_log_epoch(r.log, r.process.tgid);
	expect(&r, 0x1008, between, "first");
	expect(&r, 0x1008, clock_now_ns() + 1000000000, "second");
	assert_int_not_equal(jit_log_epoch(r.log, r.process.tgid), epoch);
	runtime_release(&r);
}

static void what_had_no_name_in_time_gets_it_at_the_end(void **state)
{
	struct runtime r = runtime_new("1000 10 first\n");
	struct buf text = { 0 };

	(void)state;
	expect(&r, 0x5004, clock_now_ns(), NULL);
	expect(&r, 0x1004, clock_now_ns(), "first");
	fputs("5000 8 late\n7000 8 never sampled\n", r.map);
	assert_true(jit_log_has(r.log, r.process.tgid));
	jit_log_take(r.log, r.process.tgid, &text);
	assert_string_equal(buf_text(&text), "5000 8 late\n5004 1 late\n");
	assert_false(jit_log_has(r.log, r.process.tgid));
	assert_int_equal(jit_log_next(r.log), 0);
	buf_release(&text);
	runtime_release(&r);
}

static void what_is_wanted_is_named_at_the_end_in_any_case(void **state)
{
	struct runtime r = runtime_new("1000 10 first\n2000 10 other\n");
	struct buf text = { 0 };

	(void)state;
	jit_log_want(r.log, &r.process, 0x1004, clock_now_ns());
	expect(&r, 0x1004, clock_now_ns(), "first");
	jit_log_take(r.log, r.process.tgid, &text);
	assert_string_equal(buf_text(&text), "1000 10 first\n1004 1 first\n");
	buf_release(&text);
	runtime_release(&r);
}

static void another_program_has_nothing_of_the_one_before(void **state)
{
	struct runtime r = runtime_new("");
	struct buf text = { 0 };

	(void)state;
	expect(&r, 0x5000, 1, NULL);
	r.process.generation++;
	expect(&r, 0x6000, 2, NULL);
	fputs("5000 8 old\n6000 8 new\n", r.map);
	jit_log_take(r.log, r.process.tgid, &text);
	assert_null(strstr(buf_text(&text), "old"));
	assert_non_null(strstr(buf_text(&text), "6000 1 new\n"));
	buf_release(&text);
	runtime_release(&r);
}

/* Names of their own, more than there is room for: nothing is kept of them, but the lines
 * of what was sampled are still copied. */
static void code_beyond_the_limit_is_named_at_the_end(void **state)
{
	struct runtime r = runtime_new("");
	struct buf text = { 0 };
	char name[4000];

	(void)state;
	setvbuf(r.map, NULL, _IOFBF, 1 << 20);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	for (unsigned i = 0; i < JIT_LOG_BYTES_MAX / sizeof(name) + 1000; i++)
		fprintf(r.map, "%x 10 %u%s\n", 0x100000 + 16 * i, i, name);
	fputs("1000 10 good\n", r.map);
	fflush(r.map);
	for (int i = 0; i < 8; i++)
		expect(&r, 0x1000, clock_now_ns() + 1000000000 * (uint64_t)i, NULL);
	jit_log_take(r.log, r.process.tgid, &text);
	assert_string_equal(buf_text(&text), "1000 10 good\n");
	buf_release(&text);
	runtime_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_that_of_the_time_of_the_sample),
		cmocka_unit_test(what_had_no_name_in_time_gets_it_at_the_end),
		cmocka_unit_test(what_is_wanted_is_named_at_the_end_in_any_case),
		cmocka_unit_test(another_program_has_nothing_of_the_one_before),
		cmocka_unit_test(code_beyond_the_limit_is_named_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
