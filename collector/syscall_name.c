#include "collector/syscall_name.h"

#include <stddef.h>

/* Made of <sys/syscall.h> by make: { 0, "read" }, ... with rising numbers. */
static const struct syscall_row {
	uint32_t number;
	const char *name;
} rows[] = {
#include "collector/syscall_names.inc"
};

#define ROW_CNT (sizeof(rows) / sizeof(rows[0]))

const char *syscall_name(uint64_t number)
{
	size_t first = 0, end = ROW_CNT;

	while (first < end) {
		size_t at = first + (end - first) / 2;

		if (rows[at].number == number)
			return rows[at].name;
		if (rows[at].number < number)
			first = at + 1;
		else
			end = at;
	}
	return NULL;
}
