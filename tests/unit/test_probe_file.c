#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector/probe_file.h"

/* This program is the file that is looked at: its own code says what must be found. */
void probe_file_here(void);
void *probe_file_chosen(void);

__attribute__((noinline)) void probe_file_here(void)
{
	__asm__ volatile("" : : : "memory");
}

#if defined(__x86_64__)
/* A note as <sys/sdt.h> writes it, twice, with arguments of two kinds. */
#define NOTE(arguments)                                                                            \
	__asm__ volatile("990: nop\n"                                                              \
			 ".pushsection .note.stapsdt,\"?\",\"note\"\n"                             \
			 ".balign 4\n"                                                             \
			 ".4byte 992f-991f, 994f-993f, 3\n"                                        \
			 "991: .asciz \"stapsdt\"\n"                                               \
			 "992: .balign 4\n"                                                        \
			 "993: .8byte 990b\n"                                                      \
			 ".8byte 0\n"                                                              \
			 ".8byte 0\n"                                                              \
			 ".asciz \"tests\"\n"                                                      \
			 ".asciz \"place\"\n"                                                      \
			 ".asciz \"" arguments "\"\n"                                              \
			 "994: .balign 4\n"                                                        \
			 ".popsection\n")

__attribute__((noinline)) static void pass_places(void)
{
	NOTE("8@%rdi -4@$5");
	NOTE("8@-8(%rsp)");
}

static void finds_every_place_of_a_usdt_probe(void **state)
{
	struct probe_file *f;
	struct usdt_probe probe;
	struct err err = { 0 };

	(void)state;
	pass_places();
	assert_int_equal(probe_file_open(&f, "/proc/self/exe", &err), 0);
	assert_int_equal(probe_file_usdt(f, "tests", "place", &probe, &err), 0);
	assert_int_equal(probe.cnt, 2);
	assert_int_equal(probe.semaphore, 0);
	assert_string_equal(probe.places[0].arguments, "8@%rdi -4@$5");
	assert_string_equal(probe.places[1].arguments, "8@-8(%rsp)");
	assert_true(probe.places[1].offset > probe.places[0].offset);
	assert_int_equal(probe_file_usdt(f, "tests", "plac", &probe, &err), -ENOENT);
	assert_non_null(strstr(err.text, "tests:plac"));
	probe_file_close(f);
}

static void *(*choose(void))(void)
{
	return NULL;
}

void *probe_file_chosen(void) __attribute__((ifunc("choose")));

static void functions_that_the_loader_chooses_are_refused(void **state)
{
	uint64_t offsets[ABI_PROBE_PLACES];
	struct probe_file *f;
	struct err err = { 0 };
	uint32_t cnt;

	(void)state;
	assert_non_null((void *)(uintptr_t)probe_file_chosen);
	assert_int_equal(probe_file_open(&f, "/proc/self/exe", &err), 0);
	assert_int_equal(probe_file_function(f, "probe_file_chosen", offsets, &cnt, &err),
			 -ENOTSUP);
	probe_file_close(f);
}
#endif

static void finds_where_a_function_begins_in_the_file(void **state)
{
	uint64_t offsets[ABI_PROBE_PLACES];
	char bytes[16];
	struct probe_file *f;
	struct err err = { 0 };
	uint32_t cnt = 0;
	int fd;

	(void)state;
	assert_int_equal(probe_file_open(&f, "/proc/self/exe", &err), 0);
	assert_int_equal(probe_file_function(f, "probe_file_here", offsets, &cnt, &err), 0);
	assert_int_equal(cnt, 1);
	fd = open(probe_file_path(f), O_RDONLY);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), (off_t)offsets[0]), sizeof(bytes));
	close(fd);
	assert_memory_equal(bytes, (void *)(uintptr_t)probe_file_here, sizeof(bytes));
	probe_file_close(f);
}

static void says_what_it_does_not_have(void **state)
{
	uint64_t offsets[ABI_PROBE_PLACES];
	struct probe_file *f;
	struct err err = { 0 };
	uint32_t cnt;

	(void)state;
	assert_int_equal(probe_file_open(&f, "/proc/self/exe", &err), 0);
	assert_int_equal(probe_file_function(f, "no_such_function", offsets, &cnt, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no_such_function"));
	probe_file_close(f);
}

static void refuses_files_without_code(void **state)
{
	struct probe_file *f;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(probe_file_open(&f, "/proc/self/maps", &err), -EINVAL);
	err_clear(&err);
	assert_int_equal(probe_file_open(&f, "/no/such/file", &err), -ENOENT);
	probe_file_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#if defined(__x86_64__)
		cmocka_unit_test(finds_every_place_of_a_usdt_probe),
		cmocka_unit_test(functions_that_the_loader_chooses_are_refused),
#endif
		cmocka_unit_test(finds_where_a_function_begins_in_the_file),
		cmocka_unit_test(says_what_it_does_not_have),
		cmocka_unit_test(refuses_files_without_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
