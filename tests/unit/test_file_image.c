#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/file_image.h"

#define PAGE 65536 /* of any machine */

static int file_of(size_t len)
{
	char path[] = "/tmp/test_file_image.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(write(fd, "x", 1), 1);
	return fd;
}

static void shows_the_bytes_of_a_file(void **state)
{
	struct file_image image;
	int fd = file_of(100);

	(void)state;
	assert_int_equal(file_image_open(&image, fd, NULL), 0);
	assert_int_equal(image.len, 100);
	assert_int_equal(image.bytes[99], 'x');
	file_image_close(&image);
	file_image_close(&image);
	close(fd);
}

static void an_empty_file_has_none(void **state)
{
	struct file_image image = { 0 };
	int fd = file_of(0);

	(void)state;
	assert_int_equal(file_image_open(&image, fd, NULL), -ENODATA);
	assert_null(image.bytes);
	close(fd);
}

static void what_is_cut_off_meanwhile_reads_as_zeros(void **state)
{
	struct sigaction before, after;
	struct file_image image;
	int fd = file_of(0);
	size_t sum = 0;

	(void)state;
	assert_int_equal(ftruncate(fd, 4 * PAGE), 0);
	assert_int_equal(pwrite(fd, "x", 1, 3 * PAGE), 1);
	sigaction(SIGBUS, NULL, &before);
	assert_int_equal(file_image_open(&image, fd, NULL), 0);
	assert_int_equal(ftruncate(fd, 10), 0);
	for (size_t i = 0; i < image.len; i++)
		sum += image.bytes[i];
	assert_int_equal(sum, 0);
	file_image_close(&image);
	sigaction(SIGBUS, NULL, &after);
	assert_ptr_equal(before.sa_handler, after.sa_handler);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_bytes_of_a_file),
		cmocka_unit_test(an_empty_file_has_none),
		cmocka_unit_test(what_is_cut_off_meanwhile_reads_as_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
