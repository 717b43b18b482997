#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/answer.h"
#include "symbolize/elf_image.h"
#include "symbolize/naming.h"
#include "symbolize/sandbox.h"
#include "symbolize/worker.h"

/*
 * ELF files with DWARF, through the child that names them: as the file that was mapped and
 * as what its DWARF leans on. libdw was not made for strangers' files, so that a child
 * may die of one; but none may hang or take more than its walls allow, and what one
 * says is an answer. With sanitizers the walls are down, and a report of theirs is a failure.
 */

#define OFFSETS 64
#define DEADLINE_MS 20000

int fuzz_one(const uint8_t *bytes, size_t len);

static struct {
	unsigned long files;
	unsigned long with_names;
	unsigned long with_places;
	unsigned long dead;
} counts;

struct attempt {
	struct naming naming;
	struct module_addresses asked;
	uint64_t offsets[OFFSETS];
	bool again; /* as symbolize does it: without DWARF */
};

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static bool prepare(void *owner, size_t index, struct worker_task *out)
{
	struct attempt *a = owner;

	(void)index;
	out->run = naming_run;
	out->work = &a->naming;
	out->mapped_bytes = a->naming.file.len;
	return true;
}

static void count_frames(const struct name_table *names, const struct attempt *a)
{
	enum name_reason reason;
	bool has_place = false;
	size_t cnt;

	for (size_t i = 0; i < OFFSETS; i++) {
		const struct name_frame *frames =
			name_table_find(names, 0, a->offsets[i], &cnt, &reason);

		for (size_t k = 0; k < cnt; k++)
			has_place |= frames[k].line != 0;
	}
	counts.with_places += has_place;
}

static void done(void *owner, size_t index, struct worker_result *result)
{
	struct attempt *a = owner;
	struct name_table *names = name_table_new();
	struct answer_target target = { names, 0, a->offsets, OFFSETS };
	struct answer_summary summary;

	(void)index;
	if (result->err.code) {
		expect(SANDBOX_HAS_WALLS && result->was_tried && !a->again);
		counts.dead++;
		a->again = true;
	} else {
		name_table_module(names, &a->asked.module, NULL);
		expect(!answer_read(&summary, result->said.v, result->said.len, &target, NULL));
		counts.with_names += summary.named_cnt != 0;
		count_frames(names, a);
		free(summary.why);
		a->again = false;
	}
	name_table_free(names);
}

static void print_counts(void)
{
	printf("%lu files: %lu with names, %lu of them with lines; %lu children died\n",
	       counts.files, counts.with_names, counts.with_places, counts.dead);
}

/* Where code lies in the file: its first section of code, or all of it. */
static void find_code(const uint8_t *bytes, size_t len, uint64_t *out_offset, uint64_t *out_len)
{
	struct elf_image image;
	const struct elf_section *code = NULL;

	*out_offset = 0;
	*out_len = len;
	if (elf_image_open(&image, bytes, len, NULL))
		return;
	for (size_t i = image.sections.cnt; i-- > 1;)
		if (image.sections.v[i].executable && image.sections.v[i].size)
			code = &image.sections.v[i];
	for (size_t i = 0; code && i < image.segments.cnt; i++) {
		const struct elf_segment *s = &image.segments.v[i];

		if (s->executable && code->address - s->address < s->size) {
			*out_offset = s->offset + (code->address - s->address);
			*out_len = code->size;
		}
	}
	elf_image_close(&image);
}

static void choose_offsets(struct attempt *a, const uint8_t *bytes, size_t len)
{
	uint64_t offset;
	uint64_t code_len;

	find_code(bytes, len, &offset, &code_len);
	for (size_t i = 0; i < OFFSETS; i++)
		a->offsets[i] = offset + i * (code_len / OFFSETS + 1);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	/* Of exactly this size, so that a sanitizer sees a step outside. */
	uint8_t *copy = malloc(len ? len : 1);
	struct attempt a = { .asked.module = { .kind = TRACE_MODULE_FILE, .path = "/fuzz" } };
	struct worker_crew crew = { .owner = &a,
				    .children_max = 1,
				    .deadline_ms = DEADLINE_MS,
				    .prepare = prepare,
				    .done = done };

	if (!counts.files++)
		atexit(print_counts);
	memcpy(copy, bytes, len);
	choose_offsets(&a, copy, len);
	a.asked.offsets.v = a.offsets;
	a.asked.offsets.cnt = OFFSETS;
	a.naming = (struct naming){ .asked = &a.asked,
				    .file = { .fd = -1, .bytes = copy, .len = len },
				    .debug = { .fd = -1 },
				    .alt = { .fd = -1, .bytes = copy, .len = len },
				    .style = DEMANGLE_FULL };
	worker_run_all(&crew, 1);
	a.naming.without_dwarf = true;
	if (a.again)
		worker_run_all(&crew, 1);
	free(copy);
	return 0;
}
