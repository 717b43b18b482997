#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "symbolize/module_note.h"
#include "symbolize/module_work.h"

#define DEATH "reading it ended with signal 11 (Segmentation fault)"

static uint64_t offsets[] = { 0x600, 0x640 };

/* A file, two addresses of it, and a piece for both that is at its answer. */
struct asking {
	struct module_addresses m;
	struct module_work w;
	struct module_piece p;
};

static void ask(struct asking *a)
{
	*a = (struct asking){ .m = { .module = { .kind = TRACE_MODULE_FILE } } };
	a->w = (struct module_work){ .m = &a->m, .file = MODULE_FILE_NONE };
	a->w.file.path = mem_dup("/usr/bin/app", strlen("/usr/bin/app"));
	*vec_push(&a->w.missing) = offsets[0];
	*vec_push(&a->w.missing) = offsets[1];
	a->p.asked = a->m;
	a->p.asked.offsets.v = offsets;
	a->p.asked.offsets.cnt = 2;
}

static void die(struct asking *a, const char *text)
{
	err_set(&a->p.result.err, -EBADMSG, "%s", text);
	a->p.result.was_tried = true;
}

static void answer(struct asking *a)
{
	struct answer said;

	answer_start(&said, &a->p.result.said, NAME_REASON_NONE, ANSWER_UNUSED_NONE, "");
	answer_function(&said, TRACE_FRAME_USER, "main");
	answer_function(&said, TRACE_FRAME_USER, "loop");
	answer_end(&said);
}

static void forget(struct asking *a)
{
	module_piece_release(&a->p);
	module_work_release(&a->w);
}

static void names_without_dwarf_say_what_reading_it_died_of(void **state)
{
	struct asking a;

	(void)state;
	ask(&a);
	die(&a, DEATH);
	assert_true(module_work_revive(&a.w, &a.p));
	answer(&a);
	module_work_take(&a.w, &a.p);
	assert_int_equal(a.w.answers.known.cnt, 2);
	assert_int_equal(a.w.bad_cnt, 0);
	assert_int_equal(a.w.no_dwarf_cnt, 2);
	assert_string_equal(a.w.no_dwarf_why, DEATH);
	assert_true(a.w.has_faults);
	forget(&a);
}

static void a_debug_file_that_was_dropped_says_so_itself(void **state)
{
	struct asking a;

	(void)state;
	ask(&a);
	a.w.file.debug_path = mem_dup("/app.debug", strlen("/app.debug"));
	die(&a, DEATH);
	assert_true(module_work_revive(&a.w, &a.p));
	module_file_drop_debug(&a.w.file, a.p.death);
	answer(&a);
	module_work_take(&a.w, &a.p);
	assert_string_equal(a.w.file.unused_path, "/app.debug");
	assert_string_equal(a.w.file.unused_why, DEATH);
	assert_int_equal(a.w.no_dwarf_cnt, 0);
	forget(&a);
}

static void a_second_death_costs_the_names_of_the_piece(void **state)
{
	struct asking a;

	(void)state;
	ask(&a);
	die(&a, DEATH);
	assert_true(module_work_revive(&a.w, &a.p));
	die(&a, "reading it takes more than 512 MiB of memory");
	module_work_take(&a.w, &a.p);
	assert_int_equal(a.w.bad_cnt, 2);
	assert_int_equal(a.w.no_dwarf_cnt, 0);
	assert_string_equal(a.w.why, "reading it takes more than 512 MiB of memory");
	forget(&a);
}

static void a_file_that_is_gone_is_named_as_it_was_recorded(void **state)
{
	const struct module_addresses m = {
		.module = { .kind = TRACE_MODULE_FILE, .path = "/usr/bin/app" },
	};
	const struct module_file gone = MODULE_FILE_NONE;
	char *note = module_note(&m, &gone, NULL, NAME_REASON_BAD_FILE, "it was there");

	(void)state;
	assert_string_equal(note, "/usr/bin/app: it was there");
	free(note);
	note = module_note(&m, &gone, NULL, NAME_REASON_NONE, "");
	assert_non_null(strstr(note, "from /usr/bin/app;"));
	free(note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_without_dwarf_say_what_reading_it_died_of),
		cmocka_unit_test(a_debug_file_that_was_dropped_says_so_itself),
		cmocka_unit_test(a_second_death_costs_the_names_of_the_piece),
		cmocka_unit_test(a_file_that_is_gone_is_named_as_it_was_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
