#include "collector/jit_map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sorted.h"
#include "collector/jit_file.h"

#define BLOCK ((size_t)64 << 10)

static bool holds_any(uint64_t start, uint64_t size, const uint64_t *addresses, size_t cnt)
{
	size_t first = sorted_from(addresses, cnt, start);

	return first < cnt && addresses[first] - start < size;
}

/* A NUL or another end of a number stands behind the text. */
static bool parse_line(const char *line, size_t len, struct jit_load *out)
{
	char *end;

	out->start = strtoull(line, &end, 16);
	if (end == line || *end != ' ')
		return false;
	out->size = strtoull(end + 1, &end, 16);
	if (*end != ' ' || end >= line + len)
		return false;
	out->name = end + 1;
	out->name_len = (size_t)(line + len - out->name);
	return true;
}

size_t jit_map_take(const char *text, size_t len, uint64_t time_ns, struct jit_code *out)
{
	struct jit_load load = { .time_ns = time_ns, .early = true };
	const char *at = text, *stop;

	while ((stop = memchr(at, '\n', (size_t)(text + len - at)))) {
		if (stop - at < JIT_MAP_LINE_MAX && parse_line(at, (size_t)(stop - at), &load))
			jit_code_add(out, &load);
		at = stop + 1;
	}
	return (size_t)(at - text);
}

static void take_line(const char *line, size_t len, const uint64_t *addresses, size_t cnt,
		      struct buf *out)
{
	struct jit_load load;

	if (parse_line(line, len, &load) && holds_any(load.start, load.size, addresses, cnt))
		buf_put(out, line, len + 1);
}

/* Takes the whole lines of a block; returns how many bytes they are. */
static size_t take_lines(char *block, size_t len, const uint64_t *addresses, size_t cnt,
			 struct buf *out)
{
	char *at = block, *stop;

	while ((stop = memchr(at, '\n', (size_t)(block + len - at)))) {
		if (stop - at < JIT_MAP_LINE_MAX)
			take_line(at, (size_t)(stop - at), addresses, cnt, out);
		at = stop + 1;
	}
	return (size_t)(at - block);
}

void jit_map_read(int fd, const uint64_t *addresses, size_t cnt, struct buf *out)
{
	char *block = mem_alloc(1, BLOCK + 1);
	size_t have = 0, all = 0, used;
	ssize_t got;

	while (all < JIT_MAP_BYTES_MAX && (got = read(fd, block + have, BLOCK - have)) > 0) {
		all += (size_t)got;
		have += (size_t)got;
		block[have] = 0;
		used = take_lines(block, have, addresses, cnt, out);
		if (!used && have == BLOCK)
			used = have; /* no line is that long */
		memmove(block, block + used, have - used);
		have -= used;
	}
	free(block);
}
