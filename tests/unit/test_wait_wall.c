#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/name_table.h"
#include "render/flame_picture.h"
#include "render/picture_source.h"
#include "render/wait_picture.h"
#include "tests/unit/wait_text.h"

static struct picture_source source;
static struct selection selection;
static struct buf notes;

static int clear(void **state)
{
	(void)state;
	name_table_free(source.names);
	trace_reader_close(source.trace);
	source = (struct picture_source){ 0 };
	selection = (struct selection){ 0 };
	buf_release(&notes);
	return 0;
}

/* All that the caption of the picture says, a line each. */
static const char *said_of(const char *trace)
{
	const struct wait_request request = { .drawing = WAIT_DRAWING_WALL,
					      .weight = WAIT_WEIGHT_FULL };
	struct flame_picture p;
	struct err err = { 0 };

	source = (struct picture_source){ .path = "waits",
					  .names = name_table_new(),
					  .trace = wait_text(trace) };
	assert_int_equal(wait_picture_open(&p, &source, &selection, &request, NULL, &err), 0);
	for (size_t i = 0; i < p.caption.about.cnt; i++)
		buf_printf(&notes, "%s\n", p.caption.about.v[i]);
	for (size_t i = 0; i < p.caption.notes.cnt; i++)
		buf_printf(&notes, "%s\n", p.caption.notes.v[i]);
	flame_picture_close(&p);
	return buf_text(&notes);
}

#define SUM "slice 0 1000 0\nsum web/10 interruptible main 3 30 1 20\n"

/* After a SIGKILL: accounts come last. */
static void without_accounts_it_is_called_waits(void **state)
{
	const char *said = said_of(SUM);

	(void)state;
	assert_non_null(strstr(said, "31.0 ms of waiting\n"));
	assert_non_null(strstr(said, "only waits are shown: there are no accounts"));
	assert_null(strstr(said, " thread\n"));
	assert_null(strstr(said, "CPU samples"));
}

static void samples_of_others_were_taken(void **state)
{
	const char *said;

	(void)state;
	selection.process = "nobody";
	said = said_of(SUM "sample web/10/10 main 10 1\n");
	assert_non_null(strstr(said, "no samples of cpu are of it"));
	assert_null(strstr(said, "were taken"));
}

static void without_samples_it_says_that_none_were_taken(void **state)
{
	(void)state;
	assert_non_null(strstr(said_of(SUM "account web/10/10 0 1000 969 1 30 0 3 0 0\n"),
			       "no CPU samples were taken"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(without_accounts_it_is_called_waits, clear),
		cmocka_unit_test_teardown(samples_of_others_were_taken, clear),
		cmocka_unit_test_teardown(without_samples_it_says_that_none_were_taken, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
