#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/term.h"

/* A terminal of 91 columns, and a file that is none. */
static FILE *terminal;
static FILE *plain;

static int open_streams(void **state)
{
	struct winsize size = { .ws_row = 24, .ws_col = 91 };
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	(void)state;
	if (fd < 0 || grantpt(fd) || unlockpt(fd))
		return -1;
	terminal = fopen(ptsname(fd), "w");
	plain = tmpfile();
	return terminal && plain && !ioctl(fileno(terminal), TIOCSWINSZ, &size) ? 0 : -1;
}

static int clear_environment(void **state)
{
	static const char *const names[] = { "NO_COLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	return 0;
}

static void colour_is_for_terminals(void **state)
{
	(void)state;
	assert_true(term_has_colour(terminal));
	assert_false(term_has_colour(plain));
	assert_string_equal(term_style(plain, TERM_BOLD), "");
	assert_string_equal(term_style(terminal, TERM_BOLD), "\033[1m");
	assert_string_equal(term_style(terminal, TERM_PLAIN), "\033[0m");
}

static void no_color_counts_unless_empty(void **state)
{
	(void)state;
	setenv("NO_COLOR", "1", 1);
	assert_false(term_has_colour(terminal));
	setenv("NO_COLOR", "", 1);
	assert_true(term_has_colour(terminal));
}

static void a_dumb_terminal_has_no_colour(void **state)
{
	(void)state;
	setenv("TERM", "dumb", 1);
	assert_false(term_has_colour(terminal));
}

static void force_beats_all(void **state)
{
	(void)state;
	setenv("CLICOLOR_FORCE", "1", 1);
	setenv("NO_COLOR", "1", 1);
	setenv("TERM", "dumb", 1);
	assert_true(term_has_colour(plain));
	setenv("CLICOLOR_FORCE", "0", 1);
	assert_false(term_has_colour(plain));
}

static void width_is_the_terminals_unless_set(void **state)
{
	(void)state;
	assert_int_equal(term_columns(terminal), 91);
	assert_int_equal(term_columns(plain), 80);
	setenv("COLUMNS", "132", 1);
	assert_int_equal(term_columns(terminal), 132);
	assert_int_equal(term_columns(plain), 132);
}

static void widths_without_sense_are_ignored(void **state)
{
	static const char *const bad[] = { "", "0", "1", "-5", "wide", "80x", "1e9" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("COLUMNS", bad[i], 1);
		assert_int_equal(term_columns(terminal), 91);
	}
	setenv("COLUMNS", "99999999999", 1);
	assert_int_equal(term_columns(terminal), 1000);
}

static void what_is_said_is_made_visible(void **state)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char line[64] = { 0 };

	(void)state;
	dup2(fileno(file), STDERR_FILENO);
	term_say("%s: no", "\033[2Jbad\n");
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	assert_true(fread(line, 1, sizeof(line) - 1, file) > 0);
	assert_string_equal(line, "profile: \\x1b[2Jbad\\x0a: no\n");
	fclose(file);
}

static void progress_is_silent_on_files(void **state)
{
	struct term_progress p;
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);

	(void)state;
	dup2(fileno(file), STDERR_FILENO);
	term_progress_start(&p, "reading");
	p.started_ns = 0; /* as if it had begun long ago */
	term_progress_show(&p, 1, 2);
	term_progress_stop(&p);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
	fclose(file);
}

#define CLEAN(test) cmocka_unit_test_setup(test, clear_environment)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLEAN(colour_is_for_terminals),		  CLEAN(no_color_counts_unless_empty),
		CLEAN(a_dumb_terminal_has_no_colour),	  CLEAN(force_beats_all),
		CLEAN(width_is_the_terminals_unless_set), CLEAN(widths_without_sense_are_ignored),
		CLEAN(what_is_said_is_made_visible),	  CLEAN(progress_is_silent_on_files),
	};

	return cmocka_run_group_tests(tests, open_streams, NULL);
}
