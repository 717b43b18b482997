#include "collector/kallsyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strtab.h"
#include "base/vec.h"

#define BLOCK ((size_t)128 << 10)

struct row {
	uint64_t address;
	uint32_t size;
	uint32_t name;	/* offset in `names` */
	uint32_t owner; /* of `owners` */
};

struct kallsyms {
	struct {
		VEC(struct row);
	} rows;
	struct {
		VEC(char);
	} names;
	struct strtab *owners;
	bool sorted;
};

struct kallsyms *kallsyms_new(void)
{
	struct kallsyms *s = mem_alloc(1, sizeof(*s));

	s->owners = strtab_new();
	s->sorted = true;
	return s;
}

void kallsyms_free(struct kallsyms *s)
{
	if (!s)
		return;
	vec_release(&s->rows);
	vec_release(&s->names);
	strtab_free(s->owners);
	free(s);
}

static uint32_t keep_name(struct kallsyms *s, const char *name, size_t len)
{
	uint32_t at = (uint32_t)s->names.cnt;

	vec_reserve(&s->names, len + 1);
	memcpy(&s->names.v[at], name, len);
	s->names.v[at + len] = 0;
	s->names.cnt += len + 1;
	return at;
}

static void push(struct kallsyms *s, uint64_t address, const char *name, size_t name_len,
		 uint32_t owner)
{
	struct row *row;

	if (s->rows.cnt && s->rows.v[s->rows.cnt - 1].address > address)
		s->sorted = false;
	row = vec_push(&s->rows);
	*row = (struct row){
		.address = address,
		.name = keep_name(s, name, name_len),
		.owner = owner,
	};
}

static const char *parse_address(const char *at, const char *end, uint64_t *out)
{
	uint64_t value = 0;

	for (; at < end && *at != ' '; at++) {
		unsigned digit = *at <= '9' ? (unsigned)(*at - '0') : (unsigned)(*at - 'a') + 10;

		if (digit > 15)
			return NULL;
		value = value << 4 | digit;
	}
	*out = value;
	return at;
}

/* "ffffffff81000000 T name" or "ffffffffc0000000 t name\t[owner]" */
static void parse_line(struct kallsyms *s, const char *line, const char *end)
{
	const char *at, *name, *name_end, *owner = "";
	size_t owner_len = 0;
	uint64_t address;
	char type;

	at = parse_address(line, end, &address);
	if (!at || end - at < 4)
		return;
	type = at[1];
	if ((type | 0x20) != 't' && (type | 0x20) != 'w')
		return;
	name = at + 3;
	name_end = memchr(name, '\t', (size_t)(end - name));
	if (name_end && end - name_end > 3) {
		owner = name_end + 2;
		owner_len = (size_t)(end - owner) - 1;
	}
	push(s, address, name, (size_t)((name_end ? name_end : end) - name),
	     owner_len ? strtab_intern(s->owners, owner, owner_len) : 0);
}

size_t kallsyms_parse(struct kallsyms *s, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *stop;

	while ((stop = memchr(at, '\n', (size_t)(end - at)))) {
		parse_line(s, at, stop);
		at = stop + 1;
	}
	return (size_t)(at - text);
}

int kallsyms_read(struct kallsyms *s)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	size_t have = 0, used;
	char *block;
	ssize_t got;

	if (fd < 0)
		return -errno;
	block = mem_alloc(1, BLOCK);
	while ((got = read(fd, block + have, BLOCK - have)) > 0) {
		have += (size_t)got;
		used = kallsyms_parse(s, block, have);
		memmove(block, block + used, have - used);
		have -= used;
	}
	free(block);
	close(fd);
	kallsyms_sort(s);
	return got < 0 ? -EIO : 0;
}

static int by_address(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->name < b->name ? -1 : a->name > b->name;
}

void kallsyms_sort(struct kallsyms *s)
{
	if (!s->sorted)
		qsort(s->rows.v, s->rows.cnt, sizeof(*s->rows.v), by_address);
	s->sorted = true;
}

/* The first row beyond the address. */
static size_t first_beyond(const struct kallsyms *s, uint64_t address)
{
	size_t low = 0, high = s->rows.cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->rows.v[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct kallsyms *s, uint64_t address, uint64_t size, const char *name,
		   size_t name_len, uint32_t owner)
{
	size_t at = first_beyond(s, address);

	/* What came last to a place is what is there now. */
	while (at && s->rows.v[at - 1].address == address)
		at--;
	vec_reserve(&s->rows, 1);
	memmove(&s->rows.v[at + 1], &s->rows.v[at], (s->rows.cnt - at) * sizeof(*s->rows.v));
	s->rows.cnt++;
	s->rows.v[at] = (struct row){
		.address = address,
		.size = size > UINT32_MAX ? 0 : (uint32_t)size,
		.name = keep_name(s, name, name_len),
		.owner = owner,
	};
}

/* Drops the rows of [start, end): something else is there now. */
static void drop_range(struct kallsyms *s, uint64_t start, uint64_t end)
{
	size_t first = start ? first_beyond(s, start - 1) : 0, beyond = first_beyond(s, end - 1);

	if (first == beyond)
		return;
	memmove(&s->rows.v[first], &s->rows.v[beyond], (s->rows.cnt - beyond) * sizeof(*s->rows.v));
	s->rows.cnt -= beyond - first;
}

void kallsyms_add(struct kallsyms *s, uint64_t address, uint64_t size, const char *name,
		  const char *owner)
{
	if (size && address + size > address)
		drop_range(s, address, address + size);
	insert(s, address, size, name, strlen(name), strtab_intern_text(s->owners, owner));
}

bool kallsyms_add_printed(struct kallsyms *s, uint64_t address, const char *printed)
{
	const char *plus = strstr(printed, "+0x"), *bracket;
	uint64_t offset, size;
	uint32_t owner = 0;
	char *end;

	if (!plus || plus == printed)
		return false;
	offset = strtoull(plus + 1, &end, 16);
	if (*end != '/')
		return false;
	size = strtoull(end + 1, &end, 16);
	bracket = strchr(end, '[');
	if (bracket)
		owner = strtab_intern(s->owners, bracket + 1, strcspn(bracket + 1, " ]"));
	if (offset > address || (size && offset >= size))
		return false;
	insert(s, address - offset, size, printed, (size_t)(plus - printed), owner);
	return true;
}

bool kallsyms_find(const struct kallsyms *s, uint64_t address, struct kallsyms_symbol *out)
{
	size_t next = first_beyond(s, address), at = next;
	uint64_t size;

	if (!next)
		return false;
	/* Of several names for one address, the first. */
	for (at--; at && s->rows.v[at - 1].address == s->rows.v[at].address;)
		at--;
	size = s->rows.v[at].size;
	if (size && address - s->rows.v[at].address >= size)
		return false;
	if (!size && next < s->rows.cnt)
		size = s->rows.v[next].address - s->rows.v[at].address;
	*out = (struct kallsyms_symbol){
		.address = s->rows.v[at].address,
		.size = size,
		.name = &s->names.v[s->rows.v[at].name],
		.owner = strtab_get(s->owners, s->rows.v[at].owner, NULL),
	};
	return true;
}

/* The address of the line that ends with "T _stext" in a block of whole lines, or 0. */
static uint64_t stext_in(const char *block)
{
	const char *at = strstr(block, " T _stext\n");
	uint64_t address = 0;

	if (!at)
		return 0;
	while (at > block && at[-1] != '\n')
		at--;
	parse_address(at, at + strcspn(at, " "), &address);
	return address;
}

uint64_t kallsyms_read_stext(void)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	char block[8192];
	size_t have = 0;
	uint64_t found = 0;
	ssize_t got;

	if (fd < 0)
		return 0;
	while (!found && (got = read(fd, block + have, sizeof(block) - 1 - have)) > 0) {
		const char *last;

		have += (size_t)got;
		block[have] = 0;
		found = stext_in(block);
		last = memrchr(block, '\n', have);
		have = last ? (size_t)(block + have - (last + 1)) : 0;
		if (last)
			memmove(block, last + 1, have);
	}
	close(fd);
	return found;
}
