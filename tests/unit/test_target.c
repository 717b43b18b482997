#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "collector/target.h"

/* A list of one word. */
#define WORD(text) (&(struct text_list){ .v = (const char *[]){ text }, .cnt = 1 })

static int choose(struct target *t, struct target_words words, struct err *err)
{
	*t = (struct target){ 0 };
	*err = (struct err){ 0 };
	return target_choose(t, &words, err);
}

static void nothing_chosen_means_all(void **state)
{
	struct target t;
	struct err err;

	(void)state;
	assert_int_equal(choose(&t, (struct target_words){ 0 }, &err), 0);
	assert_true(t.all);
	target_release(&t);
}

static void a_command_alone_is_the_target(void **state)
{
	struct target t;
	struct err err;

	(void)state;
	assert_int_equal(choose(&t, (struct target_words){ .command = true }, &err), 0);
	assert_false(t.all);
	target_release(&t);
}

static void a_command_beside_a_choice_only_says_how_long(void **state)
{
	const struct target_words all = { .command = true, .all = true };
	const struct target_words cgroup = { .command = true, .cgroup = "/" };
	const struct target_words comm = { .command = true, .comm_glob = "worker*" };

	(void)state;
	assert_false(target_is_command(&all));
	assert_false(target_is_command(&cgroup));
	assert_true(target_is_command(&comm));
}

static void refuses_all_with_processes(void **state)
{
	struct target t;
	struct err err;

	(void)state;
	assert_int_equal(
		choose(&t, (struct target_words){ .all = true, .processes = WORD("1") }, &err),
		-EINVAL);
}

static void refuses_what_is_not_a_number(void **state)
{
	static const char *const words[] = { "",  "x",	"-1",  "1x",  " 1",
					     "0", "+1", "1.0", "0x1", "99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct target t;
		struct err err;

		assert_int_equal(
			choose(&t, (struct target_words){ .processes = WORD(words[i]) }, &err),
			-EINVAL);
		assert_int_equal(
			choose(&t, (struct target_words){ .threads = WORD(words[i]) }, &err),
			-EINVAL);
	}
}

static void says_that_a_process_is_not_there(void **state)
{
	struct target t;
	struct err err;

	(void)state;
	assert_int_equal(choose(&t, (struct target_words){ .processes = WORD("2147483647") }, &err),
			 -ESRCH);
	assert_string_equal(err.text, "-p 2147483647: there is no such process");
}

struct waiting_thread {
	pthread_t thread;
	int tid_pipe[2];
	int end_pipe[2];
};

static void *wait_in_thread(void *argument)
{
	struct waiting_thread *w = argument;
	int tid = (int)syscall(SYS_gettid);
	char end;

	assert_int_equal(write(w->tid_pipe[1], &tid, sizeof(tid)), (ssize_t)sizeof(tid));
	assert_int_equal(read(w->end_pipe[0], &end, 1), 0);
	return NULL;
}

static void tells_a_thread_from_a_process(void **state)
{
	struct waiting_thread w;
	char word[16];
	struct target t;
	struct err err;
	int tid;

	(void)state;
	assert_int_equal(pipe(w.tid_pipe) | pipe(w.end_pipe), 0);
	assert_int_equal(pthread_create(&w.thread, NULL, wait_in_thread, &w), 0);
	assert_int_equal(read(w.tid_pipe[0], &tid, sizeof(tid)), (ssize_t)sizeof(tid));
	snprintf(word, sizeof(word), "%d", tid);
	assert_int_equal(choose(&t, (struct target_words){ .processes = WORD(word) }, &err),
			 -ESRCH);
	assert_non_null(strstr(err.text, "is a thread of process"));
	assert_int_equal(choose(&t, (struct target_words){ .threads = WORD(word) }, &err), 0);
	assert_int_equal(t.tids.v[0], tid);
	target_release(&t);
	close(w.end_pipe[1]);
	pthread_join(w.thread, NULL);
	close(w.end_pipe[0]);
	close(w.tid_pipe[0]);
	close(w.tid_pipe[1]);
}

static void takes_a_process_once(void **state)
{
	char own[16];
	struct target t;
	struct err err;
	struct text_list twice = { .v = (const char *[]){ own, own }, .cnt = 2 };

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	assert_int_equal(choose(&t, (struct target_words){ .processes = &twice }, &err), 0);
	assert_int_equal(t.tgids.cnt, 1);
	assert_int_equal(t.tgids.v[0], getpid());
	assert_false(t.all);
	target_release(&t);
}

static void reads_cpu_ranges_in_any_order(void **state)
{
	struct target t;
	struct err err;
	struct text_list words = { .v = (const char *[]){ "0-0", "0" }, .cnt = 2 };

	(void)state;
	assert_int_equal(choose(&t, (struct target_words){ .cpus = &words }, &err), 0);
	assert_int_equal(t.cpus.cnt, 1);
	assert_int_equal(t.cpus.v[0], 0);
	target_release(&t);
}

static void refuses_ranges_that_go_backwards_or_nowhere(void **state)
{
	static const char *const words[] = { "", "-", "1-0", "0-", "-1", "a", "0-1-2", "0x0" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct target t;
		struct err err;

		assert_int_equal(choose(&t, (struct target_words){ .cpus = WORD(words[i]) }, &err),
				 -EINVAL);
	}
}

static void refuses_a_cpu_that_the_machine_does_not_have(void **state)
{
	struct target t;
	struct err err;

	(void)state;
	assert_int_equal(choose(&t, (struct target_words){ .cpus = WORD("0-2000000000") }, &err),
			 -ENOENT);
}

static void refuses_an_empty_name_pattern(void **state)
{
	struct target t;
	struct err err;

	(void)state;
	assert_int_equal(choose(&t, (struct target_words){ .comm_glob = "" }, &err), -EINVAL);
}

static void assert_text(const struct target *t, const char *command, const char *expected)
{
	char *text = target_text(t, command);

	assert_string_equal(text, expected);
	free(text);
}

static void says_what_is_recorded(void **state)
{
	uint32_t one[] = { 42 };
	uint32_t many[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct target t = { .all = true };

	(void)state;
	assert_text(&t, NULL, "all processes");
	assert_text(&t, "make", "command make and its children");
	t = (struct target){ .tgids = { .v = one, .cnt = 1 }, .comm_glob = "nginx*" };
	assert_text(&t, NULL, "process 42 and its children, thread names like nginx*");
	t = (struct target){ .tids = { .v = many, .cnt = 10 }, .cpus = { .v = one, .cnt = 1 } };
	assert_text(&t, NULL, "threads 1, 2, 3, 4, 5, 6, 7, 8 and 2 more, on CPU 42");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_chosen_means_all),
		cmocka_unit_test(a_command_alone_is_the_target),
		cmocka_unit_test(a_command_beside_a_choice_only_says_how_long),
		cmocka_unit_test(refuses_all_with_processes),
		cmocka_unit_test(refuses_what_is_not_a_number),
		cmocka_unit_test(says_that_a_process_is_not_there),
		cmocka_unit_test(tells_a_thread_from_a_process),
		cmocka_unit_test(takes_a_process_once),
		cmocka_unit_test(reads_cpu_ranges_in_any_order),
		cmocka_unit_test(refuses_ranges_that_go_backwards_or_nowhere),
		cmocka_unit_test(refuses_a_cpu_that_the_machine_does_not_have),
		cmocka_unit_test(refuses_an_empty_name_pattern),
		cmocka_unit_test(says_what_is_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
