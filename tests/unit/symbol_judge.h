#ifndef TESTS_UNIT_SYMBOL_JUDGE_H
#define TESTS_UNIT_SYMBOL_JUDGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/vec.h"

/*
 * What nm says of a file's functions, and readelf of its segments: the judges of our
 * own reading. Of several names at one place each is right.
 */

struct judged_symbol {
	uint64_t address;
	uint64_t size;
	char *name;
};

struct judged_segment {
	uint64_t offset;
	uint64_t address;
	uint64_t size;
};

struct judged {
	struct {
		VEC(struct judged_symbol);
	} symbols; /* by address */
	struct {
		VEC(struct judged_segment);
	} segments;
};

static inline FILE *ask(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline FILE *ask(const char *fmt, ...)
{
	char command[1024];
	va_list args;
	FILE *answer;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	answer = popen(command, "r");
	assert_non_null(answer);
	return answer;
}

static inline bool can(const char *what)
{
	return pclose(ask("%s >/dev/null 2>&1", what)) == 0;
}

static inline void ask_nm(struct judged *j, const char *path, const char *options)
{
	FILE *answer = ask("nm %s --defined-only -n -S '%s' 2>/dev/null", options, path);
	unsigned long long address;
	unsigned long long size;
	char line[65536];
	char name[60000];
	char type;

	while (fgets(line, sizeof(line), answer))
		if (sscanf(line, "%llx %llx %c %59999s", &address, &size, &type, name) == 4 &&
		    strchr("tTwWi", type) && size) {
			name[strcspn(name + 1, "@") + 1] = '\0';
			*vec_push(&j->symbols) =
				(struct judged_symbol){ address, size,
							mem_dup(name, strlen(name)) };
		}
	pclose(answer);
}

static inline void ask_readelf(struct judged *j, const char *path)
{
	FILE *answer = ask("readelf -lW '%s' 2>/dev/null", path);
	unsigned long long offset;
	unsigned long long address;
	unsigned long long size;
	char line[4096];

	while (fgets(line, sizeof(line), answer))
		if (sscanf(line, " LOAD %llx %llx %*x %llx", &offset, &address, &size) == 3)
			*vec_push(&j->segments) = (struct judged_segment){ offset, address, size };
	pclose(answer);
}

static inline void release_judged(struct judged *j)
{
	for (size_t i = 0; i < j->symbols.cnt; i++)
		free(j->symbols.v[i].name);
	vec_release(&j->symbols);
	vec_release(&j->segments);
}

static inline uint64_t offset_of(const struct judged *j, uint64_t address)
{
	for (size_t i = 0; i < j->segments.cnt; i++)
		if (address - j->segments.v[i].address < j->segments.v[i].size)
			return address - j->segments.v[i].address + j->segments.v[i].offset;
	fail_msg("no segment holds %#llx", (unsigned long long)address);
	return 0;
}

/* The last symbol that starts at or before the address. */
static inline size_t last_before(const struct judged *j, uint64_t address)
{
	size_t first = 0;
	size_t last = j->symbols.cnt;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (j->symbols.v[middle].address <= address)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}

/* True: `name` is one of those that the judge has for the address. */
static inline bool is_right(const struct judged *j, uint64_t address, const char *name)
{
	const struct judged_symbol *found = NULL;

	for (size_t i = last_before(j, address); i > 0; i--) {
		const struct judged_symbol *s = &j->symbols.v[i - 1];

		if (found && s->address != found->address)
			return false;
		if (address - s->address >= s->size)
			continue;
		found = s;
		if (!strcmp(s->name, name))
			return true;
	}
	return false;
}

#endif
