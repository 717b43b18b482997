#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "collector/privileges.h"

#define BIT(capability) (1ull << (capability))
#define SETUID 7
#define KILL 5
#define PERFMON 38
#define BPF 39

static void assert_names(uint64_t capabilities, const char *expected)
{
	char *text = privileges_text(capabilities, " and ");

	assert_string_equal(text, expected);
	free(text);
}

static void names_capabilities_as_the_manuals_do(void **state)
{
	(void)state;
	assert_names(0, "");
	assert_names(BIT(BPF), "CAP_BPF");
	assert_names(privileges_needed(), "CAP_BPF and CAP_PERFMON");
	assert_names(privileges_useful(), "CAP_SYS_PTRACE, CAP_SYSLOG and CAP_DAC_READ_SEARCH");
}

static void names_capabilities_as_setcap_takes_them(void **state)
{
	char *text = privileges_setcap_text(privileges_needed());

	(void)state;
	assert_string_equal(text, "cap_bpf,cap_perfmon+ep");
	free(text);
}

/* In a child: what is dropped is dropped for good. Its exit status says what was wrong. */
static int drop_and_look(int may_signal)
{
	uint64_t before = privileges_held(), after;

	if (privileges_drop(may_signal, NULL))
		return 1;
	after = privileges_held();
	if (after & ~before)
		return 2;
	if (after & BIT(SETUID))
		return 3;
	if ((before & privileges_needed()) != (after & privileges_needed()))
		return 4;
	if (!may_signal && after & BIT(KILL))
		return 5;
	if (may_signal && (before & BIT(KILL)) != (after & BIT(KILL)))
		return 6;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE) != 0)
		return 7;
	return 0;
}

static void keeps_what_recording_needs_and_nothing_else(void **state)
{
	(void)state;
	for (int may_signal = 0; may_signal < 2; may_signal++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(drop_and_look(may_signal));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_capabilities_as_the_manuals_do),
		cmocka_unit_test(names_capabilities_as_setcap_takes_them),
		cmocka_unit_test(keeps_what_recording_needs_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
